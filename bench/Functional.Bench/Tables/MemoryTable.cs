using System.Globalization;

namespace Functional.Bench;

/// <summary>
/// What a training step's memory is, as its plan states it before the first step, beside what the mathematics needs of it. Every
/// number is of float32.
/// </summary>
public static class MemoryTable
{
    /// <summary>Prints the table, in kilobytes.</summary>
    /// <returns>The exit code.</returns>
    public static int Print()
    {
        Console.WriteLine(
            "| case | parameters | optimizer state | batch | activations and deltas | needed | stated | stated / needed |"
        );
        Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|--:|");
        foreach (NetworkCase network in ReferenceCases.All)
        {
            long parameters = network.Training.ParameterCount;
            long state = parameters * network.Optimizer.States.Count;
            long batch =
                (long)network.Batch
                * (network.Training.InputShape.Count + network.Loss.TargetShape(network.Training.OutputShape).Count);
            long moment = network.Batch * WidestMoment(network.Training);
            long needed = parameters + state + batch + moment;
            double stated =
                network.Training.CompileTraining<float>(network.Loss, network.Optimizer, network.Batch).ArenaBytes
                / (double)sizeof(float);
            string ratio = (stated / needed).ToString("F3", CultureInfo.InvariantCulture);
            Console.WriteLine(
                $"| {network} | {Kilobytes(parameters)} | {Kilobytes(state)} | {Kilobytes(batch)} | {Kilobytes(moment)} | {Kilobytes(needed)} | {Kilobytes(stated)} | {ratio} |"
            );
        }
        Console.WriteLine();
        Console.WriteLine("Kilobytes (1000 bytes) of float32; what is needed is defined in bench/README.md.");
        return 0;
    }

    /// <summary>
    /// Numbers per row that lie in memory at the widest moment of the backward pass of a multilayer perceptron: where the pass turns
    /// ∂L/∂u of a layer into ∂L/∂u of the one before it, both of them, and the outputs of that layer and of all before it. The update
    /// of the weights between can come only after, as it overwrites what this reads.
    /// </summary>
    private static long WidestMoment(Network network)
    {
        int[] outputs =
        [
            .. network.Describe().Where(layer => layer.Layer is Network.Dense).Select(layer => layer.Output.Count),
        ];
        return Enumerable
            .Range(1, outputs.Length - 1)
            .Max(layer => outputs[..layer].Sum(size => (long)size) + outputs[layer - 1] + outputs[layer]);
    }

    private static string Kilobytes(double numbers) =>
        (numbers * sizeof(float) / 1e3).ToString("#,0.0", CultureInfo.InvariantCulture);
}
