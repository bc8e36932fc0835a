using System.Collections.Immutable;

namespace Functional.Graphs;

/// <summary>Takes out of a graph what only differentiation asks for: a function with a given derivative becomes the function.</summary>
internal static class Erasure
{
    /// <summary>A graph of the same values without <see cref="Primitive.CustomDerivative"/>; the graph itself if it has none.</summary>
    public static Graph Erase(Graph graph)
    {
        if (!graph.Nodes.Any(node => node.Primitive is Primitive.CustomDerivative))
            return graph;
        GraphBuilder builder = new(graph.Nodes.Length);
        Dictionary<Node, Node> erased = new(graph.Nodes.Length);
        foreach (Node node in graph.Nodes)
        {
            builder.Origin = node.Origin;
            erased[node] =
                node.Primitive is Primitive.CustomDerivative
                    ? erased[node.Inputs[0]]
                    : builder.Add(node.Primitive, ImmutableArray.CreateRange(node.Inputs, input => erased[input]));
        }
        return GraphVerifier.Verify(
            Graph.Of(graph.Outputs.Select(output => output with { Node = erased[output.Node] }))
        );
    }
}
