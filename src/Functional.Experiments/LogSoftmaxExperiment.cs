using static Functional.Layers;

namespace Functional.Experiments;

/// <summary>log(softmax(z)) as it stands on paper overflows and underflows; log-sum-exp, which is the same, does not.</summary>
internal static class LogSoftmaxExperiment
{
    private const int Classes = 10;
    private const int RandomRows = 200;

    // A few roundings of float, of a number as large as the logits.
    private const double Tolerance = 1e-6;

    private static readonly double[] Magnitudes =
    [
        .. Enumerable.Range(0, 201).Select(z => (double)z),
        300,
        500,
        1000,
        2000,
        5000,
        10_000,
    ];

    // Two classes with logits z and 0: what a user would write who does not know better.
    private static readonly Network Naive = Activation.Define(
        "naiveLogSoftmax",
        z => Scalar.Log(Scalar.Exp(z) / (Scalar.Exp(z) + 1))
    );

    public static Experiment Value { get; } =
        new(
            "log-softmax",
            "Where does log(softmax(z)) break in float, and does what is compiled break too?",
            false,
            Run
        );

    private static ExperimentResult Run(ExperimentContext context)
    {
        context.Begin($"two classes, logits from −10⁴ to 10⁴");
        Model<float> naive = (Dense(1, 1) >> Naive).With<float>([1], [0]);
        Model<float> stable = Identities(2, LogSoftmax);
        double[] logits = [.. Magnitudes.Skip(1).Reverse().Select(z => -z), .. Magnitudes];
        Way[] ways =
        [
            new("log(softmax), plain float", z => MathF.Log(MathF.Exp((float)z) / (MathF.Exp((float)z) + 1))),
            new("log(softmax), compiled as an expression", z => naive.Predict([(float)z])[0]),
            new("LogSoftmax, compiled", z => stable.Predict([(float)z, 0])[0]),
        ];
        double[][] values = [.. ways.Select(way => logits.Select(way.Value).ToArray())];
        double[] exact = [.. logits.Select(z => LogSumExp([z, 0])[0])];
        double?[] above = [.. values.Select(of => FirstFailure(logits, of, 1))];
        double?[] below = [.. values.Select(of => FirstFailure(logits, of, -1))];
        double[] errors = [.. values.Select(of => of.Zip(exact, Error).Max())];
        context.Begin($"{Classes} classes, random logits");
        (DataTable scales, double worst, int naiveFailures) = RandomLogits(context);
        (double loss, double gradient, double wrong) = CrossEntropy();
        return new(
            new(
                "summary",
                ["computed as", "first failure above 0", "first failure below 0", "largest error"],
                ways.Select((way, i) => new object?[] { way.Name, above[i], below[i], errors[i] })
            ),
            [
                new(
                    "logits",
                    ["logit", .. ways.Select(way => way.Name), "log-sum-exp in double"],
                    logits.Select(
                        (z, i) =>
                            new object?[] { z }
                                .Concat(values.Select(of => (object?)of[i]))
                                .Append(exact[i])
                                .ToArray()
                    )
                ),
                scales,
            ],
            [
                Claim.Of(
                    "log(softmax) in plain float is no number from eᶻ = ∞ on (z > 88.72) and −∞ from eᶻ = 0 on (z < −103.97)",
                    above[0] == 89 && below[0] == -104,
                    $"first failures at {above[0]} and {below[0]}"
                ),
                Claim.Of(
                    "So it is when it is compiled as an expression, taken at its word",
                    above[1] is > 80 and < 130 && below[1] is < -80 and > -130,
                    $"first failures at {above[1]} and {below[1]}"
                ),
                Claim.Of(
                    "LogSoftmax, compiled to log-sum-exp, holds to ±10⁴",
                    above[2] is null && below[2] is null && errors[2] < Tolerance,
                    $"largest error {errors[2]:0.0E+0} of max(1, |value|), allowed {Tolerance:0E+0}"
                ),
                Claim.Of(
                    $"So it does for {Classes} random classes, where the other fails",
                    worst < Tolerance && naiveFailures > 0,
                    $"largest error {worst:0.0E+0}; the other failed on {naiveFailures} rows"
                ),
                Claim.Of(
                    "Softmax followed by the cross-entropy is compiled to the same: at 10⁴ the loss and p − y are exact",
                    loss == 10_000 && gradient == 1 && wrong == -1,
                    $"loss {loss:R}, gradient ({gradient:R}, {wrong:R})"
                ),
            ]
        );
    }

    private static double Error(double value, double exact) =>
        double.IsFinite(value) ? Math.Abs(value - exact) / Math.Max(1, Math.Abs(exact)) : double.PositiveInfinity;

    // z − max z − ln Σ exp(z − max z).
    private static double[] LogSumExp(double[] z)
    {
        double max = z.Max();
        double sum = Math.Log(z.Sum(one => Math.Exp(one - max)));
        return [.. z.Select(one => one - max - sum)];
    }

    private static double? FirstFailure(double[] logits, double[] values, int sign) =>
        logits
            .Zip(values)
            .Where(pair => Math.Sign(pair.First) == sign && !double.IsFinite(pair.Second))
            .Select(pair => (double?)pair.First)
            .MinBy(z => Math.Abs(z!.Value));

    // A network that is nothing but its last activation.
    private static Model<float> Identities(int size, Network activation) =>
        (Dense(size, size) >> activation).With<float>(
            [.. Enumerable.Range(0, size * size).Select(i => i % (size + 1) == 0 ? 1.0 : 0.0)],
            new double[size]
        );

    // Random rows at growing scales: rows on which the plain formula has a value that is no finite number, and the compiled one's error.
    private static (DataTable Table, double Worst, int Failures) RandomLogits(ExperimentContext context)
    {
        RandomStream random = context.Random();
        Model<float> stable = Identities(Classes, LogSoftmax);
        List<object?[]> rows = [];
        foreach (double scale in new double[] { 1, 10, 100, 1000, 10_000 })
        {
            int failures = 0;
            double worst = 0;
            for (int row = 0; row < RandomRows; row++)
            {
                float[] z = new float[Classes];
                foreach (ref float logit in z.AsSpan())
                    logit = (float)(scale * (2 * random.NextUniform() - 1));
                float sum = z.Sum(MathF.Exp);
                if (z.Any(one => !float.IsFinite(MathF.Log(MathF.Exp(one) / sum))))
                    failures++;
                double[] exact = LogSumExp([.. z.Select(one => (double)one)]);
                worst = Math.Max(worst, stable.Predict(z).Zip(exact, (value, one) => Error(value, one)).Max());
            }
            rows.Add([scale, RandomRows, failures, worst]);
        }
        return (
            new("scales", ["logits up to", "rows", "rows on which log(softmax) fails", "largest error compiled"], rows),
            rows.Max(row => (double)row[3]!),
            rows.Sum(row => (int)row[2]!)
        );
    }

    // Logits (10⁴, 0) and class 1: the loss is 10⁴, and by the logits its gradient is p − y = (1, −1).
    private static (double Loss, double First, double Second) CrossEntropy()
    {
        Network network = Dense(1, 2) >> Softmax;
        Gradient<float> gradient = network
            .CompileGradient<float>(Loss.CrossEntropy, batchSize: 1)
            .Gradient(network.With<float>([10_000, 0], [0, 0]), [1], [1]);
        double[] byBias = network.Values(gradient.Parameters)[1];
        return (gradient.Loss, byBias[0], byBias[1]);
    }

    private sealed record Way(string Name, Func<double, double> Value);
}
