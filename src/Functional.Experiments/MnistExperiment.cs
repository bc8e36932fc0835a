using static Functional.Layers;

namespace Functional.Experiments;

/// <summary>
/// Three activations in the same network on MNIST, each from the initializer made for it, by the same plain gradient descent: optimizers
/// that scale each step, such as Adam, and higher rates make up for much of what the activations differ in.
/// </summary>
internal static class MnistExperiment
{
    private const int Epochs = 10;
    private const int BatchSize = 64;
    private const double LearningRate = 0.05;

    // 50,000 images train, 10,000 validate.
    private const double TrainingShare = 5.0 / 6;

    public static Experiment Value { get; } =
        new("mnist", "Which of σ, tanh and ReLU learns handwritten digits best in 784-100-50-10?", true, Run);

    private static ExperimentResult Run(ExperimentContext context)
    {
        Mnist mnist = context.RequireMnist(Value);
        (Dataset training, Dataset validation) = mnist.Training.Split(TrainingShare, context.Seed, stratified: true);
        Curve[] curves =
        [
            .. new[] { Activation.Sigmoid, Activation.Tanh, Activation.Relu }.Select(activation =>
                Train(context, activation, training, validation, mnist.Test)
            ),
        ];
        return new(Summary(curves), [History(curves)], [.. Claims(curves[0], curves[1], curves[2])]);
    }

    private static Curve Train(
        ExperimentContext context,
        Activation activation,
        Dataset training,
        Dataset validation,
        Dataset test
    )
    {
        context.Begin($"{activation.Name}: {Epochs} epochs of {training.Count:N0} images");
        TrainingPlan<float> plan = Mlp([784, 100, 50, 10], hidden: activation, output: Softmax)
            .CompileTraining<float>(Loss.CrossEntropy, Optimizer.Sgd(LearningRate), BatchSize);
        TrainingResult<float> result = context.Train(plan, training, Epochs, validation);
        return new(activation.Name, result.History, plan.Evaluate(result.Model, test).Accuracy!.Value);
    }

    private static IEnumerable<Claim> Claims(Curve sigmoid, Curve tanh, Curve relu)
    {
        yield return Claim.Of(
            "ReLU comes out ahead, then tanh, then sigmoid",
            relu.Accuracy(Epochs) > tanh.Accuracy(Epochs) && tanh.Accuracy(Epochs) > sigmoid.Accuracy(Epochs),
            $"validation accuracy after {Epochs} epochs: {relu.Accuracy(Epochs):P2}, {tanh.Accuracy(Epochs):P2}, {sigmoid.Accuracy(Epochs):P2}"
        );
        yield return Claim.Of(
            "ReLU ends with the least loss, in training and in validation",
            relu.Last.TrainLoss < Math.Min(tanh.Last.TrainLoss, sigmoid.Last.TrainLoss)
                && relu.Last.ValidationLoss
                    < Math.Min(tanh.Last.ValidationLoss!.Value, sigmoid.Last.ValidationLoss!.Value),
            $"ReLU {relu.Last.TrainLoss:F3} and {relu.Last.ValidationLoss:F3}, tanh {tanh.Last.TrainLoss:F3} and {tanh.Last.ValidationLoss:F3}, sigmoid {sigmoid.Last.TrainLoss:F3} and {sigmoid.Last.ValidationLoss:F3}"
        );
        double early = Enumerable.Range(1, 3).Max(relu.Accuracy);
        yield return Claim.Of(
            $"ReLU passes within 3 epochs what sigmoid reaches in {Epochs}",
            early > sigmoid.Accuracy(Epochs),
            $"validation accuracy {early:P2} and {sigmoid.Accuracy(Epochs):P2}"
        );
        yield return Claim.Of(
            "With ReLU it knows images it has never seen",
            relu.Test >= 0.965,
            $"test accuracy {relu.Test:P2}, at least 96.5 %"
        );
    }

    private static DataTable Summary(Curve[] curves) =>
        new(
            "summary",
            ["activation", "training loss", "validation loss", "validation accuracy", "test accuracy"],
            curves.Select(curve =>
                new object?[]
                {
                    curve.Activation,
                    curve.Last.TrainLoss,
                    curve.Last.ValidationLoss,
                    curve.Last.ValidationAccuracy,
                    curve.Test,
                }
            )
        );

    private static DataTable History(Curve[] curves) =>
        new(
            "history",
            ["activation", "epoch", "training loss", "validation loss", "validation accuracy"],
            from curve in curves
            from epoch in curve.History
            select new object?[]
            {
                curve.Activation,
                epoch.Epoch,
                epoch.TrainLoss,
                epoch.ValidationLoss,
                epoch.ValidationAccuracy,
            }
        );

    // One activation's training; Test is the last model's accuracy on the test set.
    private sealed record Curve(string Activation, TrainingHistory History, double Test)
    {
        public EpochReport Last => History[^1];

        public double Accuracy(int epoch) => History[epoch - 1].ValidationAccuracy!.Value;
    }
}
