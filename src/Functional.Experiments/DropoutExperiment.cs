using System.Globalization;
using static Functional.Layers;

namespace Functional.Experiments;

/// <summary>
/// A network far too wide for a hundred noisy points, trained far too long: what dropout (Srivastava et al. 2014) makes of it. Every rate
/// learns five samples, from a start each, and is judged by its median: a hundred points may happen to be easy or misleading.
/// </summary>
internal static class DropoutExperiment
{
    private const int Points = 100;
    private const int ValidationPoints = 500;
    private const double Noise = 0.35;
    private const int Width = 128;
    private const int Epochs = 400;
    private const int Samples = 5;
    private const double Half = 0.5;

    private static readonly double[] Rates = [0, 0.25, Half, 0.75];

    public static Experiment Value { get; } =
        new(
            "dropout",
            $"Does 2-{Width}-{Width}-1 know new points better if it forgets half of its neurons in each step?",
            false,
            Run
        );

    private static ExperimentResult Run(ExperimentContext context)
    {
        Dataset[] samples =
        [
            .. Enumerable
                .Range(0, Samples)
                .Select(sample => Datasets.Moons(Points, Noise, context.SeedOf((ulong)sample))),
        ];
        Dataset validation = Datasets.Moons(ValidationPoints, Noise, context.SeedOf(Samples));
        Trained[] all = [.. Rates.Select(rate => Train(context, rate, samples, validation))];
        Trained without = all[0];
        Trained half = all.Single(trained => trained.Rate == Half);
        return new(
            Summary(all),
            [samples[0].ToTable("points"), SamplesOf(all), History(all), Boundary(without, half)],
            [.. Claims(all, without, half)]
        );
    }

    private static Trained Train(ExperimentContext context, double rate, Dataset[] samples, Dataset validation)
    {
        context.Begin($"rate {rate}: {Samples} samples, {Epochs} epochs each");
        TrainingPlan<float> plan = Dropping(rate)
            .CompileTraining<float>(Loss.BinaryCrossEntropy, Optimizer.Adam(0.01), batchSize: Points);
        return new(rate, samples.Select(Learn).ToValueList());

        Fit Learn(Dataset sample, int number)
        {
            TrainingResult<float> result = context.Train(
                plan,
                sample,
                Epochs,
                validation,
                context.SeedOf((ulong)number)
            );
            return new(
                result.Model,
                plan.Evaluate(result.Model, sample),
                plan.Evaluate(result.Model, validation),
                result.History
            );
        }
    }

    // With rate 0 dropout does nothing, so all are the same network from the same first values.
    private static Network Dropping(double rate) =>
        Dense(2, Width)
        >> Relu
        >> Dropout(rate)
        >> Dense(Width, Width)
        >> Relu
        >> Dropout(rate)
        >> Dense(Width, 1)
        >> Sigmoid;

    private static IEnumerable<Claim> Claims(Trained[] all, Trained without, Trained half)
    {
        yield return Claim.Of(
            "Without dropout it fits the points that it learns from better",
            without.Training < half.Training / 2,
            $"training loss {without.Training:F3} without, {half.Training:F3} with rate {Half}, over twice as much"
        );
        yield return Claim.Of(
            "With dropout it knows new points better",
            half.Validation < without.Validation / 1.5 && half.Accuracy > without.Accuracy,
            $"validation loss {without.Validation:F3} without, {half.Validation:F3} with, less than two thirds; accuracy {without.Accuracy:P1} and {half.Accuracy:P1}"
        );
        int better = without
            .Fits.Zip(half.Fits)
            .Count(pair => pair.Second.Validation.Loss < pair.First.Validation.Loss);
        yield return Claim.Of(
            "That is not the luck of a sample",
            better >= Samples - 1,
            $"the validation loss is less with than without after {better} of {Samples} samples, {Samples - 1} or more"
        );
        yield return Claim.Of(
            "The higher the rate, the worse the fit, and the less is taken from the noise",
            Ascends(all.Select(trained => trained.Training))
                && Ascends(all.Reverse().Select(trained => trained.Validation)),
            $"rates {Words(Rates, "G")}: training loss {Words(all.Select(trained => trained.Training))}, validation loss {Words(all.Select(trained => trained.Validation))}"
        );
        double[] least = [.. all.Select(trained => trained.Median(fit => fit.Least.ValidationLoss!.Value))];
        yield return Claim.Of(
            "Stopping in time would have done as well: no rate's best epoch is much better than that without dropout",
            least.Min() > 0.85 * least[0],
            $"least validation loss of all epochs {Words(least)}, none below 85 % of the first"
        );
    }

    private static bool Ascends(IEnumerable<double> values) =>
        values.Zip(values.Skip(1), (value, next) => value < next).All(rises => rises);

    private static string Words(IEnumerable<double> values, string format = "F3") =>
        string.Join(", ", values.Select(value => value.ToString(format, CultureInfo.InvariantCulture)));

    private static DataTable Summary(Trained[] all) =>
        new(
            "summary",
            [
                "rate",
                "training loss",
                "training accuracy",
                "validation loss",
                "validation accuracy",
                "least validation loss",
                "in epoch",
            ],
            all.Select(trained =>
                new object?[]
                {
                    trained.Rate,
                    trained.Training,
                    trained.Median(fit => fit.Training.Accuracy!.Value),
                    trained.Validation,
                    trained.Accuracy,
                    trained.Median(fit => fit.Least.ValidationLoss!.Value),
                    (int)trained.Median(fit => fit.Least.Epoch),
                }
            )
        );

    private static DataTable SamplesOf(Trained[] all) =>
        new(
            "samples",
            ["rate", "sample", "training loss", "training accuracy", "validation loss", "validation accuracy"],
            from trained in all
            from fit in trained.Fits.Index()
            select new object?[]
            {
                trained.Rate,
                fit.Index + 1,
                fit.Item.Training.Loss,
                fit.Item.Training.Accuracy,
                fit.Item.Validation.Loss,
                fit.Item.Validation.Accuracy,
            }
        );

    // While it trains, the loss is that of the neurons that were not dropped.
    private static DataTable History(Trained[] all) =>
        new(
            "history",
            ["rate", "sample", "epoch", "loss while training", "validation loss", "validation accuracy"],
            from trained in all
            from fit in trained.Fits.Index()
            from epoch in fit.Item.History
            select new object?[]
            {
                trained.Rate,
                fit.Index + 1,
                epoch.Epoch,
                epoch.TrainLoss,
                epoch.ValidationLoss,
                epoch.ValidationAccuracy,
            }
        );

    // What they make of the plane after the first sample.
    private static DataTable Boundary(Trained without, Trained half)
    {
        Grid grid = new(-2, 3, 81);
        Tensor<float> none = without.Fits[0].Model.Predict(grid.Points);
        Tensor<float> some = half.Fits[0].Model.Predict(grid.Points);
        return grid.ToTable(
            "boundary",
            ["probability without dropout", "probability with dropout"],
            i => [(double)none.Data[i], (double)some.Data[i]]
        );
    }

    // One training with a sample, from its own first values; evaluated without dropping, as in use.
    private sealed record Fit(Model<float> Model, Evaluation Training, Evaluation Validation, TrainingHistory History)
    {
        public EpochReport Least => History.Best(EpochMetric.ValidationLoss)!;
    }

    // All trainings with one rate; the losses and the accuracy are medians.
    private sealed record Trained(double Rate, ValueList<Fit> Fits)
    {
        public double Training => Median(fit => fit.Training.Loss);

        public double Validation => Median(fit => fit.Validation.Loss);

        public double Accuracy => Median(fit => fit.Validation.Accuracy!.Value);

        public double Median(Func<Fit, double> value) => Fits.Select(value).Order().ElementAt(Fits.Count / 2);
    }
}
