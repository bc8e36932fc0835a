using System.Numerics;

namespace Functional.Experiments;

/// <summary>What experiments do alike.</summary>
internal static class Training
{
    // The data sets' own streams have the first indices.
    private const ulong FirstStream = 1 << 10;

    /// <summary>Random numbers for an experiment's own data; another index, other numbers.</summary>
    public static RandomStream Random(this ExperimentContext context, ulong index = 0) =>
        new(context.Seed, RandomPurpose.Data, FirstStream + index);

    /// <summary>A seed that other choices are made by; another index, another seed.</summary>
    public static ulong SeedOf(this ExperimentContext context, ulong index) =>
        unchecked(context.Seed * 1_000_003 + index);

    /// <summary>Tells what comes next, unless it was cancelled.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Begin(this ExperimentContext context, FormattableString line)
    {
        context.CancellationToken.ThrowIfCancellationRequested();
        context.Report?.Invoke(FormattableString.Invariant(line));
    }

    /// <summary>Trains to the end.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TrainingResult<T> Train<T>(
        this ExperimentContext context,
        TrainingPlan<T> plan,
        Dataset data,
        int epochs,
        Dataset? validation = null,
        ulong? seed = null
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TrainingResult<T> result = plan.Train(
            data,
            epochs,
            seed ?? context.Seed,
            validation,
            cancellationToken: context.CancellationToken
        );
        context.CancellationToken.ThrowIfCancellationRequested();
        return result;
    }

    /// <summary>A network with given values: those of each parameter, in the order of <see cref="Network.Describe"/>.</summary>
    public static Model<T> With<T>(this Network network, params IEnumerable<double[]> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(
            network,
            new Parameters<T>(
                network
                    .Describe()
                    .SelectMany(layer => layer.Parameters)
                    .Zip(
                        values,
                        (parameter, given) =>
                            KeyValuePair.Create(
                                parameter.Path,
                                new Tensor<double>(parameter.Shape, given.AsSpan()).Cast<T>()
                            )
                    )
            )
        );

    /// <summary>A model's values: those of each parameter, in the order of <see cref="Network.Describe"/>.</summary>
    public static IReadOnlyList<double[]> Values<T>(this Model<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => model.Network.Values(model.Parameters);

    /// <summary>Values by parameter, such as gradients, in the order of <see cref="Network.Describe"/>.</summary>
    public static IReadOnlyList<double[]> Values<T>(this Network network, Parameters<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        [
            .. network
                .Describe()
                .SelectMany(layer => layer.Parameters)
                .Select(parameter => parameters[parameter.Path].Cast<double>().Data.ToArray()),
        ];

    /// <summary>A model's first layers: what they have made of the input so far.</summary>
    public static Model<T> First<T>(this Model<T> model, int layers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Network first = Network.Compose(model.Network.Layers.Take(layers));
        IEnumerable<string> paths = first
            .Describe()
            .SelectMany(layer => layer.Parameters)
            .Select(parameter => parameter.Path);
        return new(first, new Parameters<T>(paths.Select(path => KeyValuePair.Create(path, model.Parameters[path]))));
    }

    /// <summary>A training's losses, epoch by epoch.</summary>
    public static DataTable ToTable(this TrainingHistory history, string name) =>
        new(
            name,
            ["epoch", "training loss", "validation loss", "validation accuracy"],
            history.Select(epoch =>
                new object?[] { epoch.Epoch, epoch.TrainLoss, epoch.ValidationLoss, epoch.ValidationAccuracy }
            )
        );

    /// <summary>A data set of one number to predict from one number.</summary>
    public static Dataset Curve(ReadOnlySpan<double> x, ReadOnlySpan<double> y) =>
        Dataset.Create(x, new Shape(1), y, new Shape(1));

    /// <summary>Rows of two features and their class.</summary>
    public static DataTable ToTable(this Dataset points, string name)
    {
        Tensor<double> features = points.Features<double>();
        int[] labels = [.. points.Labels];
        return new(
            name,
            ["x", "y", "class"],
            labels.Select((label, i) => new object?[] { features[i, 0], features[i, 1], label })
        );
    }
}
