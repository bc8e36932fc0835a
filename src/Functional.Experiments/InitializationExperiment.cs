using static Functional.Layers;

namespace Functional.Experiments;

/// <summary>
/// A deep network on MNIST from four initializers, with tanh and with ReLU: what its activations are before training, layer by layer,
/// and what it then learns by plain gradient descent. Of the training images the first 12,500, a fifth of which validate.
/// </summary>
internal static class InitializationExperiment
{
    private const int Images = 12_500;
    private const int Probes = 500;
    private const int HiddenLayers = 10;
    private const int Width = 100;
    private const int Epochs = 8;

    private const string Uniform = "uniform(-1, 1)";
    private const string ScaledUniform = "scaled uniform";
    private const string Xavier = "Xavier";
    private const string He = "He";

    private static readonly (string Name, Initializer Weights)[] Initializers =
    [
        (Uniform, Initializer.Uniform(-1, 1)),
        (ScaledUniform, Initializer.ScaledUniform),
        (Xavier, Initializer.XavierUniform),
        (He, Initializer.HeNormal),
    ];

    public static Experiment Value { get; } =
        new("initialization", $"With which first weights do {HiddenLayers} hidden layers learn?", true, Run);

    private static ExperimentResult Run(ExperimentContext context)
    {
        (Dataset training, Dataset validation) = context
            .RequireMnist(Value)
            .Training.Take(Images)
            .Split(0.8, context.Seed, stratified: true);
        Trained[] all =
        [
            .. from activation in new[] { Activation.Tanh, Activation.Relu }
            from initializer in Initializers
            select Train(context, activation, initializer.Name, initializer.Weights, training, validation),
        ];
        return new(Summary(all), [Signals(all), History(all)], [.. Claims(all)]);
    }

    private static Trained Train(
        ExperimentContext context,
        Activation activation,
        string name,
        Initializer weights,
        Dataset training,
        Dataset validation
    )
    {
        context.Begin($"{activation.Name}, {name}: {Epochs} epochs of {training.Count:N0} images");
        TrainingPlan<float> plan = Deep(activation, weights)
            .CompileTraining<float>(Loss.CrossEntropy, Optimizer.Sgd(0.02), batchSize: 50);
        Model<float> model = plan.Initialize(context.Seed);
        Tensor<float> probes = validation.Take(Probes).Features<float>();
        ValueList<Signal> signals = Enumerable
            .Range(1, HiddenLayers)
            .Select(layer => Signal.Of(model.First(2 * layer).Predict(probes), activation))
            .ToValueList();
        TrainingHistory history;
        long? divergedIn = null;
        try
        {
            history = plan.Train(
                training,
                Epochs,
                context.Seed,
                validation,
                model,
                cancellationToken: context.CancellationToken
            ).History;
        }
        catch (TrainingDivergedException diverged)
        {
            (history, divergedIn) = (diverged.History, diverged.Step);
        }
        context.CancellationToken.ThrowIfCancellationRequested();
        return new(activation.Name, name, signals, history, (int?)divergedIn);
    }

    // As Mlp, with these first weights in every layer.
    private static Network Deep(Activation activation, Initializer weights)
    {
        int[] sizes = [784, .. Enumerable.Repeat(Width, HiddenLayers)];
        IEnumerable<Network> hidden = sizes
            .Zip(sizes.Skip(1))
            .Select(size => Dense(size.First, size.Second, weights: weights) >> activation);
        return Network.Compose([.. hidden, Dense(Width, 10, weights: weights), Softmax]);
    }

    private static IEnumerable<Claim> Claims(Trained[] all)
    {
        Trained Of(Activation activation, string initializer) =>
            all.Single(trained => trained.Activation == activation.Name && trained.Initializer == initializer);

        (Trained tanhXavier, Trained reluHe) = (Of(Activation.Tanh, Xavier), Of(Activation.Relu, He));
        (Trained tanhUniform, Trained reluUniform) = (Of(Activation.Tanh, Uniform), Of(Activation.Relu, Uniform));
        (Trained tanhScaled, Trained reluScaled) = (
            Of(Activation.Tanh, ScaledUniform),
            Of(Activation.Relu, ScaledUniform)
        );
        yield return Claim.Of(
            "Xavier for tanh and He for ReLU carry the signal through: the deviation changes by less than a factor of 4",
            tanhXavier.Growth is > 0.25 and < 4 && reluHe.Growth is > 0.25 and < 4,
            $"last hidden layer's / first one's {tanhXavier.Growth:F2} and {reluHe.Growth:F2}"
        );
        yield return Claim.Of(
            "Uniform(-1, 1) saturates tanh and makes ReLU explode",
            tanhUniform.Signals[^1].Flat > 0.5 && reluUniform.Growth > 1000,
            $"{tanhUniform.Signals[^1].Flat:P0} of the last tanh's outputs are flat, more than half; ReLU's deviation grows {reluUniform.Growth:N0}-fold, more than 1,000-fold"
        );
        yield return Claim.Of(
            "Scaled uniform lets the signal fade: the deviation falls more than 20-fold",
            tanhScaled.Growth < 0.05 && reluScaled.Growth < 0.05,
            $"last hidden layer's / first one's {tanhScaled.Growth:G2} with tanh, {reluScaled.Growth:G2} with ReLU"
        );
        yield return Claim.Of(
            "Xavier with tanh and He with ReLU learn",
            tanhXavier.Accuracy >= 0.9 && reluHe.Accuracy >= 0.9,
            $"validation accuracy {tanhXavier.Accuracy:P1} and {reluHe.Accuracy:P1}, at least 90 %"
        );
        yield return Claim.Of(
            "Uniform(-1, 1) does not, or far worse",
            tanhUniform.Accuracy < tanhXavier.Accuracy - 0.2 && reluUniform.Accuracy < reluHe.Accuracy - 0.2,
            $"tanh {tanhUniform.Outcome}, ReLU {reluUniform.Outcome}"
        );
        yield return Claim.Of(
            "Scaled uniform leaves so deep a network where it began",
            tanhScaled.Accuracy < 0.3 && reluScaled.Accuracy < 0.3,
            $"tanh {tanhScaled.Outcome}, ReLU {reluScaled.Outcome}, both below 30 %"
        );
    }

    private static DataTable Summary(Trained[] all) =>
        new(
            "summary",
            [
                "activation",
                "initializer",
                "deviation in first",
                "deviation in last",
                "flat in last",
                "training loss",
                "validation accuracy",
                "diverged in step",
            ],
            all.Select(trained =>
                new object?[]
                {
                    trained.Activation,
                    trained.Initializer,
                    trained.Signals[0].Deviation,
                    trained.Signals[^1].Deviation,
                    trained.Signals[^1].Flat,
                    trained.History.LastOrDefault()?.TrainLoss,
                    trained.History.LastOrDefault()?.ValidationAccuracy,
                    trained.DivergedIn,
                }
            )
        );

    private static DataTable Signals(Trained[] all) =>
        new(
            "activations",
            ["activation", "initializer", "hidden layer", "deviation", "flat"],
            from trained in all
            from signal in trained.Signals.Index()
            select new object?[]
            {
                trained.Activation,
                trained.Initializer,
                signal.Index + 1,
                signal.Item.Deviation,
                signal.Item.Flat,
            }
        );

    private static DataTable History(Trained[] all) =>
        new(
            "history",
            ["activation", "initializer", "epoch", "training loss", "validation loss", "validation accuracy"],
            from trained in all
            from epoch in trained.History
            select new object?[]
            {
                trained.Activation,
                trained.Initializer,
                epoch.Epoch,
                epoch.TrainLoss,
                epoch.ValidationLoss,
                epoch.ValidationAccuracy,
            }
        );

    // The epochs that were completed; those before a divergence too.
    // One hidden layer's outputs: their standard deviation, and the share of them where φ′ is below 0.02, at |tanh| > 0.99 or ReLU = 0.
    private sealed record Signal(double Deviation, double Flat)
    {
        public static Signal Of(Tensor<float> outputs, Activation activation)
        {
            (double sum, double squares, int flat) = (0, 0, 0);
            foreach (float z in outputs.Data)
            {
                sum += z;
                squares += (double)z * z;
                flat += (activation == Activation.Tanh ? Math.Abs(z) > 0.99 : z == 0) ? 1 : 0;
            }
            double mean = sum / outputs.Count;
            return new(Math.Sqrt(squares / outputs.Count - mean * mean), (double)flat / outputs.Count);
        }
    }

    // One training, and its activations before it; accuracy is that of the last completed epoch, 0 without one.
    private sealed record Trained(
        string Activation,
        string Initializer,
        ValueList<Signal> Signals,
        TrainingHistory History,
        int? DivergedIn
    )
    {
        public double Growth => Signals[^1].Deviation / Signals[0].Deviation;

        public double Accuracy => History.LastOrDefault()?.ValidationAccuracy ?? 0;

        public string Outcome =>
            DivergedIn is { } step ? $"diverges in step {step}" : FormattableString.Invariant($"{Accuracy:P1}");
    }
}
