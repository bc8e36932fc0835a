namespace Functional.Graphs;

/// <summary>The rules a graph keeps; run after every pass, in release builds too.</summary>
internal static class GraphVerifier
{
    /// <summary>Returns the graph, or throws with the first rule it breaks.</summary>
    public static Graph Verify(Graph graph)
    {
        HashSet<Node> seen = new(graph.Nodes.Length);
        HashSet<NodeKey> operations = new(graph.Nodes.Length);
        HashSet<(OutputKind, string)> names = [];
        int last = -1;
        foreach (Node node in graph.Nodes)
        {
            string? broken =
                node.Id <= last ? $"does not follow %{last}: ids increase"
                : !node.Inputs.All(seen.Contains) ? "uses a node that does not precede it"
                : ShapeInference.ShapeOf(node.Primitive, node.Inputs) != node.Shape
                    ? "has a shape that its inputs do not give"
                : !operations.Add(NodeKey.Of(node.Primitive, node.Inputs)) ? "repeats another node"
                : node.Primitive is Primitive.Constant(double value) && !double.IsFinite(value) ? "is not finite"
                : null;
            if (broken is not null)
                throw new InternalErrorException($"%{node.Id} {broken}", graph.ToString());
            last = node.Id;
            seen.Add(node);
        }
        foreach (GraphOutput output in graph.Outputs)
        {
            string? broken =
                !seen.Contains(output.Node) ? "is not in the graph"
                : !names.Add((output.Kind, output.Name)) ? "occurs twice"
                : null;
            if (broken is not null)
                throw new InternalErrorException($"output {output.Kind} {output.Name} {broken}", graph.ToString());
        }
        return graph;
    }
}
