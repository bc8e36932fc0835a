using static Functional.Layers;

namespace Functional.Experiments;

/// <summary>Binary classification: two half circles that no line separates.</summary>
internal static class MoonsExperiment
{
    private const int Rows = 1000;
    private const double Noise = 0.1;

    public static Experiment Value { get; } =
        new("moons", "Does 2-20-40-20-1 with ReLU and σ separate two classes that no line separates?", false, Run);

    private static ExperimentResult Run(ExperimentContext context)
    {
        Dataset data = Datasets.Moons(Rows, Noise, context.Seed);
        Dataset test = Datasets.Moons(Rows, Noise, context.SeedOf(1));
        (string Name, Network Network)[] networks =
        [
            ("one neuron, a line", Dense(2, 1) >> Sigmoid),
            ("2-20-40-20-1", Mlp([2, 20, 40, 20, 1], hidden: Relu, output: Sigmoid)),
        ];
        List<object?[]> rows = [];
        List<TrainingResult<float>> results = [];
        List<Evaluation> tests = [];
        foreach ((string name, Network network) in networks)
        {
            context.Begin($"{name}: 100 epochs");
            TrainingPlan<float> plan = network.CompileTraining<float>(
                Loss.BinaryCrossEntropy,
                Optimizer.Adam(0.01),
                batchSize: 10
            );
            TrainingResult<float> result = context.Train(plan, data, epochs: 100, validation: test);
            Evaluation training = plan.Evaluate(result.Model, data);
            Evaluation tested = plan.Evaluate(result.Model, test);
            results.Add(result);
            tests.Add(tested);
            rows.Add([name, (int)plan.ParameterCount, training.Loss, training.Accuracy, tested.Loss, tested.Accuracy]);
        }
        (Evaluation line, Evaluation deep) = (tests[0], tests[1]);
        Grid grid = new(-1.5, 2.5, 81);
        Tensor<float> probability = results[1].Model.Predict(grid.Points);
        double first = results[1].History[0].TrainLoss;
        double last = results[1].History[^1].TrainLoss;
        return new(
            new(
                "summary",
                ["network", "parameters", "training loss", "training accuracy", "test loss", "test accuracy"],
                rows
            ),
            [
                data.ToTable("points"),
                results[1].History.ToTable("history"),
                grid.ToTable("boundary", "probability of class 1", i => (double)probability.Data[i]),
            ],
            [
                Claim.Of(
                    "It classifies new points",
                    deep.Accuracy >= 0.99,
                    $"test accuracy {deep.Accuracy:P1}, at least 99 %"
                ),
                Claim.Of(
                    "One neuron cannot",
                    line.Accuracy < 0.92,
                    $"test accuracy {line.Accuracy:P1} of a line, less than 92 %"
                ),
                Claim.Of(
                    "Its loss falls while it learns",
                    last < first / 5,
                    $"{first:F4} in the first epoch, {last:F4} in the last"
                ),
            ]
        );
    }
}
