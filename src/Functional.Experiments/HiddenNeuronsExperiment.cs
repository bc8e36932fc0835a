using static Functional.Layers;

namespace Functional.Experiments;

/// <summary>How many hidden neurons? Too few cannot follow the data, too many follow its noise.</summary>
internal static class HiddenNeuronsExperiment
{
    private const int Most = 10;
    private const int Samples = 5;
    private const int Points = 20;
    private const int Starts = 2;
    private const double Deviation = 0.2;
    private const double Variance = Deviation * Deviation;

    public static Experiment Value { get; } =
        new("hidden-neurons", "What do 1 to 10 hidden neurons fit, and when is it too much?", false, Run);

    private static double Truth(double x) => Math.Sin(4.5 * x);

    private static ExperimentResult Run(ExperimentContext context)
    {
        RandomStream random = context.Random();
        Dataset[] curves = new Dataset[Samples];
        foreach (ref Dataset curve in curves.AsSpan())
            curve = Sample(ref random, Points);
        Width[] onCurves = Sweep(
            context,
            "curve",
            Loss.MeanSquaredError,
            curves,
            Sample(ref random, 2000),
            Identity,
            epochs: 10_000
        );
        Width[] onXor = Sweep(
            context,
            "XOR",
            Loss.BinaryCrossEntropy,
            [Datasets.Xor(200, noise: 0.15, seed: context.Seed)],
            Datasets.Xor(400, noise: 0.15, seed: context.SeedOf(1)),
            Sigmoid,
            epochs: 2000
        );
        Width one = onCurves[0];
        Width best = onCurves.MinBy(width => width.Validation)!;
        Width widest = onCurves[^1];
        return new(
            Summary(onCurves, onXor),
            [PointsOf(curves), Losses(onCurves), Curves(onCurves)],
            [
                Claim.Of(
                    "1 hidden neuron underfits the curve: more bring the validation loss down",
                    one.Validation > 2 * best.Validation,
                    $"{one.Validation:F4} with 1, {best.Validation:F4} with {best.Count}"
                ),
                Claim.Of(
                    "The training loss keeps falling with width",
                    widest.Training < best.Training && best.Training < one.Training,
                    $"{one.Training:F4} with 1, {best.Training:F4} with {best.Count}, {widest.Training:F4} with {Most}"
                ),
                Claim.Of(
                    $"{Most} overfit: they know the training points better than the noise allows, and new ones worse",
                    widest.Training < Variance && widest.Validation > 1.15 * best.Validation,
                    $"training loss {widest.Training:F4}, variance of the noise {Variance:F4}; validation loss {widest.Validation:F4}, with {best.Count} {best.Validation:F4}"
                ),
                Claim.Of(
                    "Validation data choose a width between",
                    best.Count is > 1 and < Most,
                    $"the least validation loss is with {best.Count}"
                ),
                Claim.Of(
                    "1 hidden neuron cannot do XOR",
                    onXor[0].Accuracy < 0.8,
                    $"validation accuracy {onXor[0].Accuracy:P1}"
                ),
                Claim.Of(
                    "A few can",
                    onXor.Skip(1).Max(width => width.Accuracy) > 0.97,
                    $"validation accuracy by width: {string.Join(", ", onXor.Select(width => FormattableString.Invariant($"{width.Accuracy:P0}")))}"
                ),
            ]
        );
    }

    // Of several starts the one that fits the training data best: what a width can do, not what one start does.
    private static Width[] Sweep(
        ExperimentContext context,
        string name,
        Loss loss,
        Dataset[] samples,
        Dataset validation,
        Network output,
        int epochs
    ) =>
        [
            .. Enumerable
                .Range(1, Most)
                .Select(count =>
                {
                    context.Begin($"{name}, width {count}: {samples.Length} samples, {Starts} starts each");
                    Network network =
                        Dense(validation.FeatureShape.Count, count) >> Sigmoid >> Dense(count, 1) >> output;
                    TrainingPlan<float> plan = network.CompileTraining<float>(
                        loss,
                        Optimizer.Adam(0.1),
                        samples[0].Count
                    );
                    return new Width(
                        count,
                        [
                            .. samples.Select(sample =>
                                Enumerable
                                    .Range(0, Starts)
                                    .Select(start =>
                                        context.Train(plan, sample, epochs, seed: context.SeedOf((ulong)start)).Model
                                    )
                                    .Select(model => new Fit(
                                        model,
                                        plan.Evaluate(model, sample),
                                        plan.Evaluate(model, validation)
                                    ))
                                    .MinBy(fit => fit.Training.Loss)!
                            ),
                        ]
                    );
                }),
        ];

    private static DataTable Summary(Width[] onCurves, Width[] onXor) =>
        new(
            "summary",
            [
                "hidden neurons",
                "curve: training loss",
                "curve: validation loss",
                "XOR: training loss",
                "XOR: validation loss",
                "XOR: validation accuracy",
            ],
            onCurves.Zip(
                onXor,
                (curve, xor) =>
                    new object?[]
                    {
                        curve.Count,
                        curve.Training,
                        curve.Validation,
                        xor.Training,
                        xor.Validation,
                        xor.Accuracy,
                    }
            )
        );

    private static DataTable PointsOf(Dataset[] samples) =>
        new(
            "curve-points",
            ["sample", "x", "y"],
            samples.SelectMany(
                (sample, number) =>
                    sample
                        .Features<double>()
                        .Data.ToArray()
                        .Zip(sample.Targets<double>().Data.ToArray(), (x, y) => new object?[] { number + 1, x, y })
            )
        );

    private static DataTable Losses(Width[] widths) =>
        new(
            "curve-losses",
            ["hidden neurons", "sample", "training loss", "validation loss"],
            widths.SelectMany(width =>
                width.Fits.Select(
                    (fit, number) => new object?[] { width.Count, number + 1, fit.Training.Loss, fit.Validation.Loss }
                )
            )
        );

    // What each width makes of the first sample.
    private static DataTable Curves(Width[] widths) =>
        new(
            "curves",
            ["x", "truth", .. widths.Select(width => $"{width.Count} hidden")],
            Enumerable
                .Range(-60, 121)
                .Select(step => step / 60.0)
                .Select(x =>
                    new object?[] { x, Truth(x) }
                        .Concat(widths.Select(width => (object?)(double)width.Fits[0].Model.Predict([(float)x])[0]))
                        .ToArray()
                )
        );

    // Evenly spaced over −1 … 1, with noise: where there are no points, a fit may do anything, and that is another question.
    private static Dataset Sample(ref RandomStream random, int count)
    {
        double[] x = new double[count];
        double[] y = new double[count];
        for (int i = 0; i < count; i++)
        {
            x[i] = 2.0 * i / (count - 1) - 1;
            y[i] = Truth(x[i]) + Deviation * random.NextNormal();
        }
        return Training.Curve(x, y);
    }

    /// <param name="Count">The number of hidden neurons.</param>
    /// <param name="Fits">The best fit to each sample.</param>
    private sealed record Width(int Count, ValueList<Fit> Fits)
    {
        /// <summary>The mean training loss.</summary>
        public double Training => Fits.Average(fit => fit.Training.Loss);

        /// <summary>The mean validation loss.</summary>
        public double Validation => Fits.Average(fit => fit.Validation.Loss);

        /// <summary>The mean validation accuracy, of classes.</summary>
        public double? Accuracy => Fits.Average(fit => fit.Validation.Accuracy);
    }

    private sealed record Fit(Model<float> Model, Evaluation Training, Evaluation Validation);
}
