using static Functional.Layers;

namespace Functional.Experiments;

/// <summary>Regression: a curve from noisy points of it, by the mean squared error.</summary>
internal static class RegressionExperiment
{
    private const int Rows = 1000;
    private const int Epochs = 1000;
    private const double Deviation = 0.2;
    private const double Variance = Deviation * Deviation;

    public static Experiment Value { get; } =
        new("regression", "Does a network find a curve through noise, and how small can its error get?", false, Run);

    private static double Truth(double x) => Math.Sin(2 * x) + 0.3 * x;

    private static ExperimentResult Run(ExperimentContext context)
    {
        RandomStream random = context.Random();
        Dataset data = Sample(ref random);
        Dataset validation = Sample(ref random);
        (string Name, Network Network)[] networks =
        [
            ("a line", Dense(1, 1)),
            ("1-32-32-1", Dense(1, 32) >> Tanh >> Dense(32) >> Tanh >> Dense(1)),
        ];
        List<object?[]> rows = [];
        List<TrainingResult<float>> results = [];
        List<double> losses = [];
        foreach ((string name, Network network) in networks)
        {
            context.Begin($"{name}: {Epochs} epochs");
            TrainingPlan<float> plan = network.CompileTraining<float>(
                Loss.MeanSquaredError,
                Optimizer.Adam(0.005),
                batchSize: 250
            );
            TrainingResult<float> result = context.Train(plan, data, Epochs, validation: validation);
            results.Add(result);
            losses.Add(plan.Evaluate(result.Model, validation).Loss);
            rows.Add([name, (int)plan.ParameterCount, plan.Evaluate(result.Model, data).Loss, losses[^1], Variance]);
        }
        double[] x = [.. Enumerable.Range(-200, 401).Select(step => step / 50.0)];
        double[] fitted = Predict(results[1].Model, x);
        double[] inner = [.. x.Zip(fitted).Where(point => Math.Abs(point.First) <= 3).Select(Deviates)];
        double distance = Math.Sqrt(inner.Average(error => error * error));
        return new(
            new(
                "summary",
                ["network", "parameters", "training loss", "validation loss", "variance of the noise"],
                rows
            ),
            [
                new(
                    "points",
                    ["x", "y"],
                    data.Features<double>()
                        .Data.ToArray()
                        .Zip(data.Targets<double>().Data.ToArray(), (one, target) => new object?[] { one, target })
                ),
                new("fit", ["x", "truth", "fitted"], x.Zip(fitted, (one, y) => new object?[] { one, Truth(one), y })),
                results[1].History.ToTable("history"),
            ],
            [
                Claim.Of(
                    "Its error on new points is nearly the noise's variance: less is not to be had",
                    losses[1] < 1.25 * Variance,
                    $"validation loss {losses[1]:F4}, variance {Variance:F4}"
                ),
                Claim.Of("A line cannot fit", losses[0] > 5 * Variance, $"validation loss {losses[0]:F4} of a line"),
                Claim.Of(
                    "The fitted curve lies nearer to the truth than the points it was fitted to",
                    distance < Deviation / 2,
                    $"root mean square distance {distance:F4} to the curve, {Deviation:F2} of the points"
                ),
            ]
        );
    }

    private static double Deviates((double X, double Y) point) => point.Y - Truth(point.X);

    private static double[] Predict(Model<float> model, double[] x) =>
        model
            .Predict(new Tensor<double>(new Shape(x.Length, 1), x.AsSpan()).Cast<float>())
            .Cast<double>()
            .Data.ToArray();

    private static Dataset Sample(ref RandomStream random)
    {
        double[] x = new double[Rows];
        double[] y = new double[Rows];
        for (int i = 0; i < Rows; i++)
        {
            x[i] = 6 * random.NextUniform() - 3;
            y[i] = Truth(x[i]) + Deviation * random.NextNormal();
        }
        return Training.Curve(x, y);
    }
}
