namespace Functional.Cli;

/// <summary>All that a training run needs, and what to tell about it.</summary>
/// <param name="Name">The data set in one word.</param>
/// <param name="Source">The data set in words.</param>
/// <param name="Training">The rows to learn.</param>
/// <param name="Test">The rows held out.</param>
/// <param name="Network">The network, every size stated.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Settings">What the command line says.</param>
internal sealed record TrainingTask(
    string Name,
    string Source,
    Dataset Training,
    Dataset Test,
    Network Network,
    Loss Loss,
    TrainingSettings Settings
)
{
    /// <summary>Decisions about the data that the user should know of, each with its name.</summary>
    public IReadOnlyList<(string Name, string Text)> Notes { get; init; } = [];

    /// <summary>Rows held out of the training set to stop early by; null where training does not.</summary>
    public Dataset? Validation { get; init; }

    /// <summary>The rows that are evaluated after every epoch, and what they are called; null where none are.</summary>
    public (string Name, Dataset Rows)? Watched =>
        Validation is not null ? ("validation", Validation)
        : Settings.Validates ? ("test", Test)
        : null;

    /// <summary>What a target's distance of 1 stands for in the data's own units; null where targets are classes.</summary>
    public double? TargetScale { get; init; }

    // Of the rows that early stopping is given to train and to watch.
    private const double TrainingShare = 0.9;

    /// <summary>Joins data and settings: the network asked for, or the default; the loss asked for, or the one that suits.</summary>
    /// <exception cref="FunctionalException">The network's text is none, or it does not fit the data.</exception>
    public static TrainingTask Create(
        string name,
        string source,
        Dataset training,
        Dataset test,
        Network otherwise,
        TrainingSettings settings
    )
    {
        Network network = settings.Network is null ? otherwise : Network.Parse(settings.Network);
        network = network.WithInput(training.FeatureShape);
        Dataset? validation = null;
        if (settings.Patience is not null)
            (training, validation) = training.Split(
                TrainingShare,
                settings.Seed,
                stratified: training.ClassCount is not null
            );
        Loss loss = settings.Compilation.Loss ?? DefaultLoss.Of(network, training);
        if (settings.Schedule is { } schedule)
        {
            CompilationSettings compilation = settings.Compilation;
            long steps = (long)settings.Epochs * training.BatchCount(compilation.BatchSize);
            settings = settings with
            {
                Compilation = compilation with { Optimizer = compilation.Optimizer.With(schedule(steps)) },
            };
        }
        return new(name, source, training, test, network, loss, settings) { Validation = validation };
    }
}
