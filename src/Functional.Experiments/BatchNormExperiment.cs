using static Functional.Layers;

namespace Functional.Experiments;

/// <summary>
/// Three hidden layers of 100 sigmoids on MNIST, as in the paper that introduced batch normalization (Ioffe and Szegedy 2015), with it and
/// without it, by plain gradient descent at several rates. Of the training images the first 12,500, a fifth of which validate.
/// </summary>
internal static class BatchNormExperiment
{
    private const int Images = 12_500;
    private const int Probes = 500;
    private const int HiddenLayers = 3;
    private const int Width = 100;
    private const int Epochs = 8;
    private const double SmallRate = 0.1;
    private const double LargeRate = 10;

    private static readonly double[] Rates = [SmallRate, 0.3, 1, 3, LargeRate];

    public static Experiment Value { get; } =
        new(
            "batch-norm",
            $"Do {HiddenLayers} hidden layers of σ learn faster, and at larger rates, if every batch is normalized?",
            true,
            Run
        );

    private static ExperimentResult Run(ExperimentContext context)
    {
        (Dataset training, Dataset validation) = context
            .RequireMnist(Value)
            .Training.Take(Images)
            .Split(0.8, context.Seed, stratified: true);
        Trained[] without = Train(context, false, training, validation);
        Trained[] with = Train(context, true, training, validation);
        Trained[] all = [.. without, .. with];
        return new(Summary(all), [Signals(all), Histogram(all), History(all)], [.. Claims(without, with)]);
    }

    private static Trained[] Train(ExperimentContext context, bool isNormalized, Dataset training, Dataset validation)
    {
        Network network = Deep(isNormalized);
        Tensor<float> probes = validation.Take(Probes).Features<float>();
        return [.. Rates.Select(Train)];

        Trained Train(double rate)
        {
            context.Begin($"{Names(isNormalized)}, rate {rate}: {Epochs} epochs of {training.Count:N0} images");
            TrainingPlan<float> plan = network.CompileTraining<float>(
                Loss.CrossEntropy,
                Optimizer.Sgd(rate),
                batchSize: 50
            );
            Model<float> first = plan.Initialize(context.Seed);
            TrainingResult<float> result = context.Train(plan, training, Epochs, validation);
            return new(
                isNormalized,
                rate,
                SignalsOf(isNormalized ? Normalized(first, probes) : first, probes),
                SignalsOf(result.Model, probes),
                result.History
            );
        }
    }

    // β takes the bias's place: the mean that is subtracted would take the bias with it.
    private static Network Deep(bool isNormalized)
    {
        int[] sizes = [784, .. Enumerable.Repeat(Width, HiddenLayers)];
        IEnumerable<Network> hidden = sizes
            .Zip(sizes.Skip(1))
            .Select(size =>
                isNormalized
                    ? Dense(size.First, size.Second, bias: false) >> BatchNorm() >> Sigmoid
                    : Dense(size.First, size.Second) >> Sigmoid
            );
        return Network.Compose([.. hidden, Dense(Width, 10), Softmax]);
    }

    // Before training there are no running statistics yet; the probes' own are what the first batches see.
    private static Model<float> Normalized(Model<float> model, Tensor<float> probes)
    {
        for (int layer = 1; layer <= HiddenLayers; layer++)
        {
            Tensor<float> outputs = model.First(3 * layer - 2).Predict(probes);
            (double[] mean, double[] variance) = Moments(outputs);
            model = new(
                model.Network,
                model
                    .Parameters.With($"batchnorm{layer}/mean", Vector(mean))
                    .With($"batchnorm{layer}/variance", Vector(variance))
            );
        }
        return model;

        static Tensor<float> Vector(double[] values) =>
            new Tensor<double>(new Shape(values.Length), values).Cast<float>();
    }

    private static ValueList<Signal> SignalsOf(Model<float> model, Tensor<float> probes)
    {
        int perLayer = (model.Network.Layers.Count - 2) / HiddenLayers;
        return Enumerable
            .Range(1, HiddenLayers)
            .Select(layer => Signal.Of(model.First(perLayer * layer).Predict(probes)))
            .ToValueList();
    }

    // Of each column, over the rows.
    private static (double[] Mean, double[] Variance) Moments(Tensor<float> values)
    {
        (int rows, int columns) = (values.Shape[0], values.Shape[1]);
        (double[] mean, double[] variance) = (new double[columns], new double[columns]);
        for (int i = 0; i < values.Count; i++)
            mean[i % columns] += values.Data[i] / (double)rows;
        for (int i = 0; i < values.Count; i++)
            variance[i % columns] += Math.Pow(values.Data[i] - mean[i % columns], 2) / rows;
        return (mean, variance);
    }

    private static IEnumerable<Claim> Claims(Trained[] without, Trained[] with)
    {
        yield return Claim.Of(
            $"At a small rate, one epoch with it teaches more than {Epochs} without",
            with[0].Accuracy(1) > without[0].Accuracy(Epochs) + 0.05,
            $"rate {SmallRate}: validation accuracy {with[0].Accuracy(1):P1} after 1 epoch with, {without[0].Accuracy(Epochs):P1} after {Epochs} without, 5 points more"
        );
        double slowest = with.Min(trained => trained.Accuracy(1));
        double quickest = without.Max(trained => trained.Accuracy(1));
        yield return Claim.Of(
            "After one epoch, it is ahead at its worst rate of the one without at its best",
            slowest > quickest + 0.2,
            $"validation accuracy after 1 epoch: at least {slowest:P1} with, at most {quickest:P1} without, 20 points more"
        );
        yield return Claim.Of(
            "It stands a rate at which the other is far worse",
            with[^1].Best >= 0.9 && without[^1].Best < with[^1].Best - 0.3,
            $"rate {LargeRate}: validation accuracy of the best epoch {with[^1].Best:P1} with, at least 90 %, {without[^1].Best:P1} without, more than 30 points less"
        );
        yield return Claim.Of(
            "The rate hardly matters with it",
            Spread(with) < 0.06 && Spread(without) > 0.3,
            $"over rates {SmallRate} to {LargeRate}, the best epochs' validation accuracies are {Spread(with):P1} apart with, {Spread(without):P1} without; less than 6 points, more than 30"
        );
        double best = with.Max(trained => trained.Best);
        double rival = without.Max(trained => trained.Best);
        yield return Claim.Of(
            "At the rate that suits it best and after all epochs, the one without comes close",
            Math.Abs(best - rival) < 0.04,
            $"validation accuracy of the best epoch at any rate {best:P1} with, {rival:P1} without, within 4 points"
        );
        (double kept, double faded) = (Kept(with[0].Before), Kept(without[0].Before));
        yield return Claim.Of(
            "Before training, layers without it pass ever less of what tells images apart, with it all the same",
            faded < 0.25 && kept is > 0.8 and < 1.25,
            $"the deviation of a neuron's outputs over images, in the last hidden layer / in the first: {kept:F3} with, {faded:F3} without, below 0.25"
        );
        yield return Claim.Of(
            "At the large rate, the neurons without it get stuck where σ is flat",
            without[^1].After[^1].Flat > 0.7 && with[^1].After[^1].Flat < without[^1].After[^1].Flat - 0.2,
            $"rate {LargeRate}, last hidden layer after training: {without[^1].After[^1].Flat:P0} of the outputs without, {with[^1].After[^1].Flat:P0} with, are below 0.01 or above 0.99"
        );
    }

    private static double Spread(Trained[] rates) =>
        rates.Max(trained => trained.Best) - rates.Min(trained => trained.Best);

    private static double Kept(ValueList<Signal> signals) => signals[^1].Deviation / signals[0].Deviation;

    private static string Names(bool isNormalized) => isNormalized ? "dense, batch norm, σ" : "dense, σ";

    private static DataTable Summary(Trained[] all) =>
        new(
            "summary",
            [
                "hidden layers",
                "learning rate",
                "accuracy after 1 epoch",
                "best accuracy",
                "training loss",
                "validation loss",
                "validation accuracy",
            ],
            all.Select(trained =>
                new object?[]
                {
                    Names(trained.IsNormalized),
                    trained.Rate,
                    trained.Accuracy(1),
                    trained.Best,
                    trained.History[^1].TrainLoss,
                    trained.History[^1].ValidationLoss,
                    trained.Accuracy(Epochs),
                }
            )
        );

    private static DataTable Signals(Trained[] all) =>
        new(
            "activations",
            ["hidden layers", "learning rate", "when", "hidden layer", "deviation over images", "flat"],
            from trained in all
            from moment in Moments(trained)
            from layer in moment.Layers.Index()
            select new object?[]
            {
                Names(trained.IsNormalized),
                trained.Rate,
                moment.When,
                layer.Index + 1,
                layer.Item.Deviation,
                layer.Item.Flat,
            }
        );

    private static DataTable Histogram(Trained[] all) =>
        new(
            "histogram",
            ["hidden layers", "learning rate", "when", "hidden layer", "edge", "share"],
            from trained in all
            from moment in Moments(trained)
            from layer in moment.Layers.Index()
            from bin in layer.Item.Shares.Index()
            select new object?[]
            {
                Names(trained.IsNormalized),
                trained.Rate,
                moment.When,
                layer.Index + 1,
                (double)bin.Index / Signal.Bins,
                bin.Item,
            }
        );

    private static IEnumerable<(string When, ValueList<Signal> Layers)> Moments(Trained trained) =>
        [("before training", trained.Before), ("after training", trained.After)];

    private static DataTable History(Trained[] all) =>
        new(
            "history",
            ["hidden layers", "learning rate", "epoch", "training loss", "validation loss", "validation accuracy"],
            from trained in all
            from epoch in trained.History
            select new object?[]
            {
                Names(trained.IsNormalized),
                trained.Rate,
                epoch.Epoch,
                epoch.TrainLoss,
                epoch.ValidationLoss,
                epoch.ValidationAccuracy,
            }
        );

    // One hidden layer's outputs: the neurons' root mean square deviation over images, the share of outputs where σ is flat, and the
    // share in each of the bins of [0, 1].
    private sealed record Signal(double Deviation, double Flat, ValueList<double> Shares)
    {
        public const int Bins = 20;

        public static Signal Of(Tensor<float> outputs)
        {
            int[] counts = new int[Bins];
            int flat = 0;
            foreach (float z in outputs.Data)
            {
                counts[Math.Min((int)(z * Bins), Bins - 1)]++;
                flat += z is < 0.01f or > 0.99f ? 1 : 0;
            }
            return new(
                Math.Sqrt(Moments(outputs).Variance.Average()),
                (double)flat / outputs.Count,
                counts.Select(count => (double)count / outputs.Count).ToValueList()
            );
        }
    }

    // One training at one rate, and what its neurons put out before and after.
    private sealed record Trained(
        bool IsNormalized,
        double Rate,
        ValueList<Signal> Before,
        ValueList<Signal> After,
        TrainingHistory History
    )
    {
        public double Accuracy(int epoch) => History[epoch - 1].ValidationAccuracy!.Value;

        public double Best => History.Best(EpochMetric.ValidationAccuracy)!.ValidationAccuracy!.Value;
    }
}
