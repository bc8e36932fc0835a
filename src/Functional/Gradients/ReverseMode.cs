using Functional.Graphs;

namespace Functional.Gradients;

/// <summary>The chain rule as one walk from the output back: every node passes its cotangent to its inputs by the table of rules.</summary>
internal static class ReverseMode
{
    /// <summary>The cotangents of a node's inputs from the node's own, as <see cref="VjpRules.Pull"/>.</summary>
    public delegate Node?[] Rule(GraphBuilder builder, Node node, Node cotangent);

    /// <summary>A graph with the given outputs and, as <see cref="OutputKind.Gradient"/>, ∂output/∂source for every source asked for.</summary>
    /// <param name="graph">The graph of the function.</param>
    /// <param name="output">The scalar to differentiate, a node of the graph.</param>
    /// <param name="sources">The sources to differentiate by; one that the output does not depend on has gradient 0.</param>
    /// <param name="rule">The table of rules; another one for tests of what finds wrong rules.</param>
    public static Graph Differentiate(Graph graph, Node output, IEnumerable<Node> sources, Rule? rule = null)
    {
        if (output.Shape.Rank != 0)
            throw new InternalErrorException(
                $"%{output.Id} is no scalar: only scalars are differentiated",
                graph.ToString()
            );
        GraphBuilder builder = GraphBuilder.From(graph);
        Dictionary<Node, Node> cotangents = new() { [output] = builder.Constant(1) };
        Node[] wanted = [.. sources];
        HashSet<Node> needed = DependingOn(graph, wanted);

        foreach (Node node in graph.Nodes.Reverse())
        {
            if (!needed.Contains(node) || !cotangents.TryGetValue(node, out Node? cotangent))
                continue;
            builder.Origin = node.Origin;
            Node?[] pulled = (rule ?? VjpRules.Pull)(builder, node, cotangent);
            for (int i = 0; i < pulled.Length; i++)
                if (pulled[i] is Node contribution && needed.Contains(node.Inputs[i]))
                    Accumulate(node.Inputs[i], contribution);
        }

        return GraphVerifier.Verify(
            Graph.Of([
                .. graph.Outputs,
                .. wanted.Select(source => new GraphOutput(
                    OutputKind.Gradient,
                    ((Primitive.Source)source.Primitive).Name,
                    cotangents.GetValueOrDefault(source) ?? builder.Constant(0, source.Shape)
                )),
            ])
        );

        void Accumulate(Node input, Node contribution) =>
            cotangents[input] = cotangents.TryGetValue(input, out Node? sum)
                ? builder.Sum(sum, contribution)
                : contribution;
    }

    // No cotangent is worth pulling to a node that no wanted source reaches.
    private static HashSet<Node> DependingOn(Graph graph, Node[] sources)
    {
        HashSet<Node> reached = [.. sources];
        foreach (Node node in graph.Nodes)
            if (node.Inputs.Any(reached.Contains))
                reached.Add(node);
        return reached;
    }
}
