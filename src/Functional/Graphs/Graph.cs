using System.Collections.Immutable;

namespace Functional.Graphs;

/// <summary>What a graph computes its outputs for.</summary>
internal enum OutputKind
{
    Prediction,
    Loss,

    /// <summary>What leaves a layer, by its path.</summary>
    Activation,
    Gradient,

    /// <summary>The gradient's inner product with a direction, ∇L·v.</summary>
    DirectionalDerivative,

    /// <summary>The Hessian times a direction, H·v.</summary>
    HessianProduct,
    UpdatedParameter,
    UpdatedState,
    UpdatedStatistic,

    /// <summary>What follows from parameters alone.</summary>
    Prepared,
}

/// <summary>A named result of a graph.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The parameter's path (and state, after a colon); empty where the kind says all.</param>
/// <param name="Node">The node that computes it.</param>
internal sealed record GraphOutput(OutputKind Kind, string Name, Node Node);

/// <summary>An immutable computation: nodes in an order in which every input precedes its use, and the outputs they serve.</summary>
internal sealed class Graph
{
    private Graph(ImmutableArray<Node> nodes, ImmutableArray<GraphOutput> outputs) =>
        (Nodes, Outputs) = (nodes, outputs);

    public ImmutableArray<Node> Nodes { get; }

    public ImmutableArray<GraphOutput> Outputs { get; }

    /// <summary>The graph of exactly the nodes that the outputs need.</summary>
    public static Graph Of(params IEnumerable<GraphOutput> outputs)
    {
        ImmutableArray<GraphOutput> kept = [.. outputs];
        Node?[] reached = new Node?[kept.Select(output => output.Node.Id + 1).DefaultIfEmpty().Max()];
        foreach (GraphOutput output in kept)
            reached[output.Node.Id] = output.Node;
        // Every input has a smaller number than its reader.
        for (int id = reached.Length - 1; id >= 0; id--)
            if (reached[id] is Node node)
                foreach (Node input in node.Inputs)
                    reached[input.Id] = input;
        return new([.. reached.OfType<Node>()], kept);
    }

    /// <summary>The output of a kind and name.</summary>
    public Node Output(OutputKind kind, string name = "") =>
        Outputs.FirstOrDefault(output => output.Kind == kind && output.Name == name)?.Node
        ?? throw new InternalErrorException($"the graph has no output {kind} {name}", ToString());

    /// <summary>The sources of a kind, in order of creation.</summary>
    public IEnumerable<Node> Sources(SourceKind kind) =>
        Nodes.Where(node => node.Primitive is Primitive.Source source && source.Kind == kind);

    /// <summary>One line per node and output.</summary>
    public override string ToString() => GraphPrinter.Print(this);
}
