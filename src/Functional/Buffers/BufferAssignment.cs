using Functional.Graphs;
using Functional.Plans;

namespace Functional.Buffers;

/// <summary>What a part of the arena holds, in the order in which the parts lie.</summary>
internal enum Region
{
    /// <summary>Numbers that the host computes: constants, 1/B, the optimizer's step scalars.</summary>
    Scalars,
    Parameters,
    States,
    Features,
    Targets,

    /// <summary>Results that the caller reads after a step.</summary>
    Outputs,

    /// <summary>Values that one step leaves for a later one; they share memory where their lives do not overlap.</summary>
    Intermediates,
}

/// <summary>A value's place in the arena, in elements from its start.</summary>
/// <param name="Region">What it is.</param>
/// <param name="Offset">Where it begins; a multiple of <see cref="BufferAssignment.Alignment"/>.</param>
/// <param name="Length">Its elements at full batch size.</param>
/// <param name="Life">The first and the last step that need it there.</param>
/// <param name="IsFeatureMajor">Whether it is a [B, n] value that lies as n rows along the batch, <see cref="BufferAssignment.BatchStride"/> apart.</param>
internal readonly record struct Placement(
    Region Region,
    long Offset,
    long Length,
    (int First, int Last) Life,
    bool IsFeatureMajor = false
)
{
    public long End => Offset + Length;

    public bool Overlaps(Placement other) => Offset < other.End && other.Offset < End;

    public bool LivesWith(Placement other) => Life.First <= other.Life.Last && other.Life.First <= Life.Last;
}

/// <summary>Every stored value's place in one arena.</summary>
/// <param name="Placements">The place of each node that has memory of its own.</param>
/// <param name="Length">The arena's length in elements.</param>
internal sealed record BufferAssignment(IReadOnlyDictionary<Node, Placement> Placements, long Length)
{
    /// <summary>Elements between which buffers begin: 64 bytes of float32.</summary>
    public const int Alignment = 16;

    /// <summary>The place of a node's value.</summary>
    public Placement this[Node node] =>
        Placements.TryGetValue(Storage.Of(node), out Placement placement)
            ? placement
            : throw new InternalErrorException($"%{node.Id} has no place in the arena", node.ToString());

    /// <summary>The elements that values of a region take together, from the first one's start to the last one's end.</summary>
    public long LengthOf(Region region) => RangeOf(region).Length;

    /// <summary>Where the values of a region begin, and the elements that they take together.</summary>
    public (long Offset, long Length) RangeOf(Region region)
    {
        Placement[] parts = [.. Placements.Values.Where(placement => placement.Region == region)];
        long start = parts.Length == 0 ? 0 : parts.Min(part => part.Offset);
        return (start, parts.Length == 0 ? 0 : parts.Max(part => part.End) - start);
    }

    /// <summary>Places every stored value of a schedule.</summary>
    /// <param name="graph">The graph that the steps compute.</param>
    /// <param name="steps">The steps, in order.</param>
    /// <param name="batchSize">The most rows a batch can have.</param>
    /// <param name="featureMajor">The [B, n] values that lie feature by feature.</param>
    /// <param name="reuses">Whether intermediates share memory where their lives do not overlap.</param>
    public static BufferAssignment Assign(
        Graph graph,
        ValueList<Step> steps,
        int batchSize,
        IReadOnlySet<Node> featureMajor,
        bool reuses
    )
    {
        Dictionary<Node, Placement> placements = [];
        long end = 0;
        Dictionary<Node, Node> updates = Storage.Updates(graph).ToDictionary(pair => pair.Updated, pair => pair.Source);
        HashSet<Node> outputs = [.. graph.Outputs.Select(output => Storage.Of(output.Node))];
        ILookup<Region, Node> nodes = steps
            .SelectMany(step => step.Reads.Concat(step.Writes))
            .Concat(graph.Outputs.Select(output => output.Node))
            .Concat(graph.Nodes.Where(node => node.Primitive is Primitive.Source))
            .Select(Storage.Of)
            .Distinct()
            .Where(node => !updates.ContainsKey(node))
            .OrderBy(node => node.Id)
            .ToLookup(node => RegionOf(node, outputs));

        for (Region region = Region.Scalars; region < Region.Intermediates; region++)
            foreach (Node node in nodes[region])
                end = Place(node, region, end, (0, steps.Count - 1));
        foreach ((Node updated, Node source) in updates)
            placements[updated] = placements[source];

        Dictionary<Node, (int First, int Last)> lives = Liveness.Of(steps);
        long start = end;
        // By offset, so that each finds the first gap in its time.
        List<Placement> placed = [];
        foreach (Node node in nodes[Region.Intermediates].OrderByDescending(LengthOf).ThenBy(node => node.Id))
        {
            bool isFeatureMajor = featureMajor.Contains(node);
            Placement wanted = new(Region.Intermediates, start, LengthOf(node), lives[node], isFeatureMajor);
            foreach (Placement other in placed.TakeWhile(other => other.Offset < wanted.End))
                if (wanted.Overlaps(other) && (!reuses || wanted.LivesWith(other)))
                    wanted = wanted with { Offset = Align(other.End) };
            placed.Insert(placed.FindLastIndex(other => other.Offset <= wanted.Offset) + 1, wanted);
            placements[node] = wanted;
            end = Math.Max(end, Align(wanted.End));
        }
        return new(placements, end);

        long Place(Node node, Region region, long offset, (int, int) life)
        {
            placements[node] = new(region, offset, LengthOf(node), life);
            return Align(placements[node].End);
        }

        long LengthOf(Node node) =>
            (long)node.Shape.Count
            * (
                featureMajor.Contains(node) ? BatchStride(batchSize)
                : node.Shape.HasBatch ? batchSize
                : 1
            );
    }

    /// <summary>Elements from a feature's row to the next: aligned, and not such that many rows share the sets of a cache.</summary>
    public static int BatchStride(int batchSize)
    {
        int aligned = (int)Align(batchSize);
        return aligned % (16 * Alignment) == 0 ? aligned + Alignment : aligned;
    }

    /// <summary>The next multiple of <see cref="Alignment"/>.</summary>
    public static long Align(long offset) => (offset + Alignment - 1) / Alignment * Alignment;

    private static Region RegionOf(Node node, HashSet<Node> outputs) =>
        node.Primitive switch
        {
            _ when Fusion.IsHostScalar(node) => Region.Scalars,
            Primitive.Source { Kind: SourceKind.Parameter or SourceKind.Statistic or SourceKind.Prepared } =>
                Region.Parameters,
            Primitive.Source { Kind: SourceKind.State } => Region.States,
            Primitive.Source { Kind: SourceKind.Targets } => Region.Targets,
            Primitive.Source => Region.Features,
            _ when outputs.Contains(node) => Region.Outputs,
            _ => Region.Intermediates,
        };
}
