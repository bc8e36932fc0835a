namespace Functional.Graphs;

/// <summary>The rules a graph keeps; run after every pass, in release builds too.</summary>
internal static class GraphVerifier
{
    /// <summary>Returns the graph, or throws with the first rule it breaks.</summary>
    public static Graph Verify(Graph graph)
    {
        HashSet<Node> seen = [];
        HashSet<NodeKey> operations = [];
        HashSet<(OutputKind, string)> names = [];
        int last = -1;
        foreach (Node node in graph.Nodes)
        {
            Check(node.Id > last, $"%{node.Id} does not follow %{last}: ids increase", graph);
            last = node.Id;
            Check(node.Inputs.All(seen.Contains), $"%{node.Id} uses a node that does not precede it", graph);
            Check(
                ShapeInference.Infer(node.Primitive, [.. node.Inputs.Select(input => input.Shape)]) == node.Shape,
                $"%{node.Id} has a shape that its inputs do not give",
                graph
            );
            Check(operations.Add(NodeKey.Of(node.Primitive, node.Inputs)), $"%{node.Id} repeats another node", graph);
            Check(
                node.Primitive is not Primitive.Constant(double value) || double.IsFinite(value),
                $"%{node.Id} is not finite",
                graph
            );
            seen.Add(node);
        }
        foreach (GraphOutput output in graph.Outputs)
        {
            Check(seen.Contains(output.Node), $"output {output.Kind} {output.Name} is not in the graph", graph);
            Check(names.Add((output.Kind, output.Name)), $"output {output.Kind} {output.Name} occurs twice", graph);
        }
        return graph;
    }

    private static void Check(bool holds, string rule, Graph graph)
    {
        if (!holds)
            throw new InternalErrorException(rule, graph.ToString());
    }
}
