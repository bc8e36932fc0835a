using Functional;
using static Functional.Layers;

/// <summary>What two digits sum to, from their numbers alone: embeddings, branches, shared weights, epochs as they come, frozen parts.</summary>
internal static class Digits
{
    public static async Task<bool> Run()
    {
        Dataset sums = Table((a, b) => (a + b) % 10);
        Dataset differences = Table((a, b) => (a - b + 10) % 10);

        Network step = Shared("step", Dense(32, 32) >> Tanh);
        Network network =
            Named("table", Embedding(10, 8, columns: 2))
            >> Concat(Dense(16, 16) >> Relu, Dense(16, 16) >> Tanh)
            >> Residual(step)
            >> Residual(step)
            >> Dense(10)
            >> Softmax;

        TrainingPlan<float> plan = network.CompileTraining<float>(
            Loss.CrossEntropy,
            Optimizer.Adam(0.01),
            batchSize: 20
        );
        Model<float>? model = null;
        await foreach (EpochResult<float> epoch in plan.TrainAsync(sums, 300, seed: 1, new() { Validation = sums }))
        {
            model = epoch.Model;
            if (epoch.Report.ValidationAccuracy == 1)
            {
                Console.WriteLine($"every sum known after {epoch.Report.Epoch} epochs");
                break; // nothing trains on
            }
        }
        if (model?.Classify([7, 8]) != 5)
            return false;

        // The same digits for another question: their vectors stay, the rest learns anew, the last layer faster.
        Optimizer careful = Optimizer.Adam(0.005).Freeze("table").ForLayer("dense1", 0.02);
        Model<float> other = network
            .CompileTraining<float>(Loss.CrossEntropy, careful, batchSize: 20)
            .Train(differences, epochs: 200, seed: 2, new TrainingLoopOptions<float> { Start = model })
            .Model;
        const string vectors = "table/embedding1/E";
        Console.WriteLine($"2 - 7 = {other.Classify([2, 7])} modulo 10");
        return other.Classify([2, 7]) == 5 && other.Parameters[vectors].Equals(model.Parameters[vectors]);
    }

    private static Dataset Table(Func<int, int, int> answer)
    {
        var rows = (from a in Enumerable.Range(0, 10) from b in Enumerable.Range(0, 10) select (a, b)).ToArray();
        double[] numbers = [.. rows.SelectMany(row => new double[] { row.a, row.b })];
        int[] labels = [.. rows.Select(row => answer(row.a, row.b))];
        return Dataset.CreateLabelled(numbers, new Shape(2), labels, classCount: 10);
    }
}
