using Functional.Graphs;

namespace Functional.Plans;

/// <summary>Which nodes share memory: reshapes with what they reshape, updated parameters, states and statistics with the old ones.</summary>
internal static class Storage
{
    /// <summary>The node in whose memory a node's value lies.</summary>
    public static Node Of(Node node)
    {
        while (node.Primitive is Primitive.Reshape)
            node = node.Inputs[0];
        return node;
    }

    /// <summary>Every parameter, state and statistic with the node that replaces it.</summary>
    public static IEnumerable<(Node Source, Node Updated)> Updates(Graph graph)
    {
        Dictionary<(SourceKind, string), Node> sources = graph
            .Nodes.Where(node => node.Primitive is Primitive.Source)
            .ToDictionary(node => (((Primitive.Source)node.Primitive).Kind, ((Primitive.Source)node.Primitive).Name));
        foreach (GraphOutput output in graph.Outputs)
        {
            SourceKind? kind = output.Kind switch
            {
                OutputKind.UpdatedParameter => SourceKind.Parameter,
                OutputKind.UpdatedState => SourceKind.State,
                OutputKind.UpdatedStatistic => SourceKind.Statistic,
                _ => null,
            };
            if (
                kind is SourceKind k
                && sources.TryGetValue((k, output.Name), out Node? source)
                && source != output.Node
            )
                yield return (source, output.Node);
        }
    }
}
