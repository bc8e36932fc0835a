namespace Functional.Experiments;

/// <summary>All experiments, in the order of the course.</summary>
public static class Catalogue
{
    /// <summary>Every experiment.</summary>
    public static IReadOnlyList<Experiment> All { get; } =
    [
        NeuronExperiment.Value,
        LogisticExperiment.Value,
        HiddenNeuronsExperiment.Value,
        MultiClassExperiment.Value,
        RegressionExperiment.Value,
        MoonsExperiment.Value,
        DepthExperiment.Value,
        MnistExperiment.Value,
        VanishingGradientExperiment.Value,
        InitializationExperiment.Value,
        BatchNormExperiment.Value,
        DropoutExperiment.Value,
        MomentumExperiment.Value,
        LogSoftmaxExperiment.Value,
    ];
}
