namespace Functional;

/// <summary>What can be told of a network without walking through its shapes.</summary>
internal static class NetworkWalk
{
    /// <summary>The networks inside a network, in order of application; none in a layer.</summary>
    public static IEnumerable<Network> Parts(this Network network) =>
        network switch
        {
            Network.Sequence sequence => sequence.Parts,
            Network.Concat concat => concat.Branches,
            Network.Residual residual => [residual.Body],
            Network.Named named => [named.Body],
            Network.Shared shared => [shared.Body],
            _ => [],
        };

    /// <summary>Whether a network has parts rather than being a layer itself; <see cref="Network.Identity"/> has none, but is no layer.</summary>
    public static bool IsComposite(this Network network) =>
        network is Network.Sequence or Network.Concat or Network.Residual or Network.Named or Network.Shared;

    /// <summary>The layers in order of application, those of skip connections and branches included.</summary>
    public static IEnumerable<Network> Leaves(this Network network) =>
        network.IsComposite() ? network.Parts().SelectMany(Leaves) : [network];

    /// <summary>Whether it has parameters or statistics.</summary>
    public static bool HasParameters(this Network network) =>
        network
            .Leaves()
            .Any(leaf =>
                leaf is Network.Dense or Network.Embedding or Network.BatchNorm or Network.LayerNorm { IsAffine: true }
            );

    /// <summary>The input row that the network itself tells: that of its first layer that does not take any; null if none tells.</summary>
    public static Shape? ImpliedInput(this Network network) => Entry(network)?.Input;

    // What the first layer that has a size tells of its input; null where none has one.
    private static Entrance? Entry(Network network) =>
        network switch
        {
            Network.Dense dense => new(dense.Inputs is int inputs ? new Shape(inputs) : null),
            Network.Embedding embedding => new(new Shape(embedding.Columns)),
            // A skip connection's input has its output's shape.
            Network.Residual residual => Entry(residual.Body) is Entrance inner
                ? inner.Input is null
                    ? new(Outputs(residual.Body, null) is int outputs ? new Shape(outputs) : null)
                    : inner
                : null,
            Network.Concat concat => concat
                .Branches.Select(Entry)
                .OfType<Entrance>()
                .OrderBy(entrance => entrance.Input is null)
                .FirstOrDefault(),
            _ => FirstEntry(network.Parts()),
        };

    // What comes before the first layer that has a size may repeat its input.
    private static Entrance? FirstEntry(IEnumerable<Network> parts)
    {
        int repeats = 1;
        foreach (Network part in parts)
        {
            if (Entry(part) is Entrance entrance)
                return entrance.Input is Shape row && repeats > 1
                    ? new(row.Count % repeats == 0 ? new Shape(row.Count / repeats) : null)
                    : entrance;
            repeats *= Repeats(part);
        }
        return null;
    }

    // How many times its input's width leaves a network without a layer that has a size.
    private static int Repeats(Network network) =>
        network switch
        {
            Network.Concat concat => concat.Branches.Sum(Repeats),
            Network.Residual => 1,
            _ => network.Parts().Aggregate(1, (repeats, part) => repeats * Repeats(part)),
        };

    private sealed record Entrance(Shape? Input);

    // How many features leave a network, given how many enter; null if unknown.
    private static int? Outputs(Network network, int? entering) =>
        network switch
        {
            Network.Dense dense => dense.Outputs,
            Network.Embedding embedding => embedding.Columns * embedding.Size,
            Network.Residual residual => Outputs(residual.Body, entering) ?? entering,
            Network.Concat concat => concat.Branches.Aggregate(
                (int?)0,
                (sum, branch) => sum + Outputs(branch, entering)
            ),
            _ => network.Parts().Aggregate(entering, (width, part) => Outputs(part, width)),
        };
}
