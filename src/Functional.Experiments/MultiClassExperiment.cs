using static Functional.Layers;

namespace Functional.Experiments;

/// <summary>Several classes: softmax makes probabilities of the last layer's numbers, argmax the class.</summary>
internal static class MultiClassExperiment
{
    private const int Rows = 900;
    private const int Classes = 3;

    public static Experiment Value { get; } =
        new(
            "multi-class",
            "Does a network with softmax tell the arms of a spiral apart, and does argmax classify?",
            false,
            Run
        );

    private static ExperimentResult Run(ExperimentContext context)
    {
        Dataset data = Datasets.Spiral(Rows, Classes, noise: 0.02, seed: context.Seed);
        Dataset test = Datasets.Spiral(Rows, Classes, noise: 0.02, seed: context.SeedOf(1));
        (string Name, Network Network)[] networks =
        [
            ("softmax alone", Dense(2, Classes) >> Softmax),
            ("2-32-32-3", Dense(2, 32) >> Relu >> Dense(32) >> Relu >> Dense(Classes) >> Softmax),
        ];
        List<object?[]> rows = [];
        List<TrainingResult<float>> results = [];
        List<double> accuracies = [];
        foreach ((string name, Network network) in networks)
        {
            context.Begin($"{name}: 100 epochs");
            TrainingPlan<float> plan = network.CompileTraining<float>(Loss.CrossEntropy, Optimizer.Adam(0.005), 16);
            TrainingResult<float> result = context.Train(plan, data, epochs: 100, validation: test);
            Evaluation tested = plan.Evaluate(result.Model, test);
            results.Add(result);
            accuracies.Add(tested.Accuracy!.Value);
            rows.Add([name, (int)plan.ParameterCount, result.History[^1].TrainLoss, tested.Loss, tested.Accuracy]);
        }
        Model<float> model = results[1].Model;
        Grid grid = new(-1.2, 1.2, 81);
        Tensor<float> probabilities = model.Predict(grid.Points);
        int[] classes = model.ClassifyAll(grid.Points.Data);
        int[] largest = [.. Enumerable.Range(0, classes.Length).Select(i => ArgMax(probabilities, i))];
        double sum = Enumerable
            .Range(0, classes.Length)
            .Max(i => Math.Abs(probabilities.Slice(i).Cast<double>().Data.ToArray().Sum() - 1));
        return new(
            new("summary", ["network", "parameters", "training loss", "test loss", "test accuracy"], rows),
            [
                data.ToTable("points"),
                results[1].History.ToTable("history"),
                grid.ToTable("regions", "class", i => classes[i]),
                Confusion(model, test),
            ],
            [
                Claim.Of(
                    "It classifies new points",
                    accuracies[1] >= 0.97,
                    $"test accuracy {accuracies[1]:P1}, at least 97 %"
                ),
                Claim.Of(
                    "Softmax without a hidden layer cannot: straight lines do not part the arms",
                    accuracies[0] < 0.8,
                    $"test accuracy {accuracies[0]:P1}, less than 80 %"
                ),
                Claim.Of(
                    "The outputs are probabilities",
                    sum < 1e-5 && probabilities.Data.ToArray().All(p => p is >= 0 and <= 1),
                    $"at {classes.Length} points they sum to 1 within {sum:0.0E+0}"
                ),
                Claim.Of(
                    "The class is the argmax",
                    classes.SequenceEqual(largest) && classes.Distinct().Count() == Classes,
                    $"at {classes.Zip(largest).Count(pair => pair.First == pair.Second)} of {classes.Length} points; {classes.Distinct().Count()} classes occur"
                ),
            ]
        );
    }

    private static int ArgMax(Tensor<float> probabilities, int row)
    {
        float[] values = probabilities.Slice(row).Data.ToArray();
        return Array.IndexOf(values, values.Max());
    }

    // How often which class is taken for which.
    private static DataTable Confusion(Model<float> model, Dataset test)
    {
        int[] predicted = model.ClassifyAll(test.Features<float>().Data);
        ILookup<(int, int), int> pairs = test
            .Labels.ToArray()
            .Select((label, i) => (label, predicted[i]))
            .ToLookup(pair => pair, _ => 1);
        return new(
            "confusion",
            ["class", "predicted class", "count"],
            from actual in Enumerable.Range(0, Classes)
            from named in Enumerable.Range(0, Classes)
            select new object?[] { actual, named, pairs[(actual, named)].Count() }
        );
    }
}
