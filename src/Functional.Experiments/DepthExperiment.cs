using static Functional.Layers;

namespace Functional.Experiments;

/// <summary>
/// Networks from lists of layer sizes on seven interleaved spirals: deeper at the same width, and deeper with the same number of
/// parameters. Every list is trained from five starts and judged by its median.
/// </summary>
internal static class DepthExperiment
{
    private const int Arms = 7;
    private const int Points = 2000;
    private const double Noise = 0.02;
    private const int Deepest = 6;
    private const int Width = 8;
    private const int MostParameters = 200;
    private const int Starts = 5;
    private const int Epochs = 60;

    public static Experiment Value { get; } =
        new(
            "depth",
            "When do more layers pay, and when do they stop: at the same width, with as many parameters?",
            false,
            Run
        );

    private static ExperimentResult Run(ExperimentContext context)
    {
        Dataset training = Datasets.Spiral(Points, Arms, Noise, context.Seed);
        Dataset validation = Datasets.Spiral(Points, Arms, Noise, context.SeedOf(Starts));
        Trained[] byWidth =
        [
            .. Enumerable
                .Range(0, Deepest + 1)
                .Select(hidden => Train(context, $"width {Width}", Sizes(hidden, Width), training, validation)),
        ];
        Trained[] byParameters =
        [
            .. Enumerable
                .Range(1, Deepest)
                .Select(hidden =>
                    Train(context, $"{MostParameters} parameters", Sizes(hidden, Widest(hidden)), training, validation)
                ),
        ];
        Trained[] all = [.. byWidth, .. byParameters];
        return new(Summary(all), [StartsOf(all), History(all)], [.. Claims(byWidth, byParameters)]);
    }

    private static Trained Train(
        ExperimentContext context,
        string series,
        ValueList<int> sizes,
        Dataset training,
        Dataset validation
    )
    {
        context.Begin($"{series}, layer sizes {sizes}: {Starts} times {Epochs} epochs");
        TrainingPlan<float> plan = Mlp(sizes.AsSpan(), hidden: Relu, output: Softmax)
            .CompileTraining<float>(Loss.CrossEntropy, Optimizer.Adam(0.01), batchSize: 32);
        return new(series, sizes, (int)plan.ParameterCount, Enumerable.Range(0, Starts).Select(Start).ToValueList());

        Start Start(int index)
        {
            TrainingResult<float> result = context.Train(
                plan,
                training,
                Epochs,
                validation,
                context.SeedOf((ulong)index)
            );
            return new(plan.Evaluate(result.Model, training), plan.Evaluate(result.Model, validation), result.History);
        }
    }

    private static ValueList<int> Sizes(int hidden, int width) => [2, .. Enumerable.Repeat(width, hidden), Arms];

    private static int Widest(int hidden)
    {
        int width = 1;
        while (ParametersOf(Sizes(hidden, width + 1)) <= MostParameters)
            width++;
        return width;
    }

    // Σ (inputs + 1)·outputs
    private static int ParametersOf(ValueList<int> sizes) =>
        sizes.Zip(sizes.Skip(1), (inputs, outputs) => (inputs + 1) * outputs).Sum();

    private static IEnumerable<Claim> Claims(Trained[] byWidth, Trained[] byParameters)
    {
        (Trained none, Trained one, Trained two) = (byWidth[0], byWidth[1], byWidth[2]);
        yield return Claim.Of(
            "Without a hidden layer, lines are all there is; two hidden layers wind along the spirals",
            none.Accuracy < 0.4 && two.Accuracy > 0.9,
            $"validation accuracy {none.Accuracy:P1} and {two.Accuracy:P1}, below 40 % and above 90 %"
        );
        yield return Claim.Of(
            "At the same width, a second hidden layer more than halves the loss",
            two.Loss < one.Loss / 2,
            $"validation loss {one.Loss:F3} with one, {two.Loss:F3} with two"
        );
        Trained deeper = byWidth.Skip(3).MinBy(trained => trained.Loss)!;
        yield return Claim.Of(
            "Then depth stops paying: no network of 3 to 6 gains a third of what the second layer did",
            two.Loss - deeper.Loss < (one.Loss - two.Loss) / 3,
            $"the second gains {one.Loss - two.Loss:F3}, the best of the deeper, {deeper.Sizes}, {two.Loss - deeper.Loss:F3} more"
        );
        Trained best = byParameters.MinBy(trained => trained.Loss)!;
        (Trained shallowest, Trained deepest) = (byParameters[0], byParameters[^1]);
        yield return Claim.Of(
            $"With {MostParameters} parameters, neither wide and shallow nor narrow and deep is best; the deepest has over twice the best one's loss",
            best.Loss < shallowest.Loss && best.Loss < deepest.Loss / 2,
            $"validation loss {shallowest.Loss:F3} of {shallowest.Sizes}, {best.Loss:F3} of {best.Sizes}, {deepest.Loss:F3} of {deepest.Sizes}"
        );
    }

    private static DataTable Summary(Trained[] all) =>
        new(
            "summary",
            [
                "with",
                "layer sizes",
                "parameters",
                "training loss",
                "training accuracy",
                "validation loss",
                "validation accuracy",
                "worst start's",
            ],
            all.Select(trained =>
                new object?[]
                {
                    trained.Series,
                    trained.Sizes.ToString(),
                    trained.Parameters,
                    trained.Median(start => start.Training.Loss),
                    trained.Median(start => start.Training.Accuracy!.Value),
                    trained.Loss,
                    trained.Accuracy,
                    trained.Starts.Min(start => start.Validation.Accuracy),
                }
            )
        );

    private static DataTable StartsOf(Trained[] all) =>
        new(
            "starts",
            [
                "with",
                "layer sizes",
                "hidden layers",
                "start",
                "training loss",
                "training accuracy",
                "validation loss",
                "validation accuracy",
            ],
            from trained in all
            from start in trained.Starts.Index()
            select new object?[]
            {
                trained.Series,
                trained.Sizes.ToString(),
                trained.Hidden,
                start.Index,
                start.Item.Training.Loss,
                start.Item.Training.Accuracy,
                start.Item.Validation.Loss,
                start.Item.Validation.Accuracy,
            }
        );

    private static DataTable History(Trained[] all) =>
        new(
            "history",
            [
                "with",
                "layer sizes",
                "hidden layers",
                "start",
                "epoch",
                "training loss",
                "validation loss",
                "validation accuracy",
            ],
            from trained in all
            from start in trained.Starts.Index()
            from epoch in start.Item.History
            select new object?[]
            {
                trained.Series,
                trained.Sizes.ToString(),
                trained.Hidden,
                start.Index,
                epoch.Epoch,
                epoch.TrainLoss,
                epoch.ValidationLoss,
                epoch.ValidationAccuracy,
            }
        );

    // One training from its own first values.
    private sealed record Start(Evaluation Training, Evaluation Validation, TrainingHistory History);

    // One list of sizes; Loss and Accuracy are the medians in validation.
    private sealed record Trained(string Series, ValueList<int> Sizes, int Parameters, ValueList<Start> Starts)
    {
        public int Hidden => Sizes.Count - 2;

        public double Loss => Median(start => start.Validation.Loss);

        public double Accuracy => Median(start => start.Validation.Accuracy!.Value);

        public double Median(Func<Start, double> value) => Starts.Select(value).Order().ElementAt(Starts.Count / 2);
    }
}
