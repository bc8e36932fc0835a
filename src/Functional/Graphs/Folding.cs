using System.Collections.Immutable;

namespace Functional.Graphs;

/// <summary>
/// Takes out of a prediction what depends on parameters alone, to be computed once when they are loaded rather than with every batch.
/// A factor and a shift per feature after a product, as batch normalization leaves them, first go into its weights and bias.
/// </summary>
internal sealed class Folding
{
    private readonly GraphBuilder _builder = new();
    private readonly Dictionary<Node, Node> _folded = [];
    private readonly Dictionary<Node, int> _readers = [];
    private readonly Dictionary<Node, bool> _given = [];
    private bool _folds;

    private Folding(Graph graph)
    {
        foreach (Node input in graph.Nodes.SelectMany(node => node.Inputs).Concat(graph.Outputs.Select(o => o.Node)))
            _readers[input] = _readers.GetValueOrDefault(input) + 1;
    }

    /// <summary>A graph and what it takes from parameters alone.</summary>
    /// <param name="Main">The graph, with a <see cref="SourceKind.Prepared"/> source for every value that the preparation computes.</param>
    /// <param name="Preparation">Computes these as <see cref="OutputKind.Prepared"/>; null if there are none.</param>
    public readonly record struct Result(Graph Main, Graph? Preparation);

    /// <summary>Folds a simplified graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="simplify">Simplifies a graph again that folding has changed.</param>
    public static Result Fold(Graph graph, Func<Graph, Graph> simplify)
    {
        Folding folding = new(graph);
        Graph folded = folding.IntoProducts(graph);
        return folding.TakeOut(ReferenceEquals(folded, graph) ? graph : simplify(folded));
    }

    // The graph with factors and shifts in the products before them; the graph itself where there are none.
    private Graph IntoProducts(Graph graph)
    {
        foreach (Node node in graph.Nodes)
            _folded[node] = Rewrite(node, ImmutableArray.CreateRange(node.Inputs, input => _folded[input]));
        return _folds ? Graph.Of(graph.Outputs.Select(output => output with { Node = _folded[output.Node] })) : graph;
    }

    private Node Rewrite(Node node, ImmutableArray<Node> inputs)
    {
        _builder.Origin = node.Origin;
        Node? folded = node.Primitive switch
        {
            // (x·W)⊙s = x·(W⊙s),  (x·W + b)⊙s = x·(W⊙s) + b⊙s
            Primitive.Binary(BinaryFunction.Multiply) => ScaledBy(inputs[1], node.Inputs[0], inputs[0])
                ?? ScaledBy(inputs[0], node.Inputs[1], inputs[1]),
            // (p + b) + t = p + (b + t),  (p + b) − t = p + (b − t)
            Primitive.Binary(BinaryFunction.Add or BinaryFunction.Subtract)
                when Vector(inputs[1]) is Node shift
                    && Once(node.Inputs[0])
                    && inputs[0] is (Primitive.Binary(BinaryFunction.Add), [(Primitive.MatMul, _) product, var b])
                    && Vector(b) is Node bias => _builder.Sum(product, _builder.Add(node.Primitive, bias, shift)),
            _ => null,
        };
        _folds |= folded is not null;
        return folded ?? _builder.Add(node.Primitive, inputs);
    }

    private Node? ScaledBy(Node factor, Node original, Node x) =>
        Vector(factor) is Node scale && Once(original) ? Scaled(original, x, scale) : null;

    private Node? Scaled(Node original, Node x, Node scale)
    {
        switch (x)
        {
            case (Primitive.MatMul(false, false) matMul, [var a, var weight]) when IsGiven(weight):
                return _builder.Add(matMul, a, _builder.Product(weight, scale));
            case (Primitive.Binary(BinaryFunction.Add), [var product, var repeated])
                when Vector(repeated) is Node bias && Once(original.Inputs[0]):
                return Scaled(original.Inputs[0], product, scale) is Node scaled
                    ? _builder.Sum(scaled, _builder.Product(bias, scale))
                    : null;
            default:
                return null;
        }
    }

    // Whether a value follows from parameters and numbers alone, and is the same for every row.
    private bool IsGiven(Node node)
    {
        if (!_given.TryGetValue(node, out bool given))
            _given[node] = given = node.Inputs.IsEmpty
                ? IsParameter(node) || node.Primitive is Primitive.Constant or Primitive.Vector
                : !node.Shape.HasBatch && node.Inputs.All(IsGiven);
        return given;
    }

    private static bool IsParameter(Node node) =>
        node.Primitive is Primitive.Source { Kind: SourceKind.Parameter or SourceKind.Statistic };

    private bool Once(Node original) => _readers[original] == 1;

    // The vector, from parameters alone, that is repeated for every row.
    private Node? Vector(Node node) =>
        node is (Primitive.Broadcast, [{ Shape: { Rank: 1, HasBatch: false } } vector]) && IsGiven(vector)
            ? vector
            : null;

    private Result TakeOut(Graph graph)
    {
        // What follows from numbers alone the host computes anyway.
        HashSet<Node> ofParameters = [];
        foreach (Node node in graph.Nodes)
            if (IsParameter(node) || node.Inputs.Any(ofParameters.Contains))
                ofParameters.Add(node);

        GraphBuilder builder = new();
        List<GraphOutput> prepared = [];
        Dictionary<Node, Node> kept = [];
        IEnumerable<GraphOutput> outputs =
        [
            .. graph.Outputs.Select(output => output with { Node = Keep(output.Node) }),
        ];
        return prepared.Count == 0
            ? new(graph, null)
            : new(GraphVerifier.Verify(Graph.Of(outputs)), GraphVerifier.Verify(Graph.Of(prepared)));

        // Repeating a value costs nothing where it is read; what is repeated may be taken out.
        Node Keep(Node node)
        {
            if (kept.TryGetValue(node, out Node? known))
                return known;
            bool isPrepared =
                IsGiven(node)
                && ofParameters.Contains(node)
                && !node.Inputs.IsEmpty
                && node.Primitive is not Primitive.Broadcast and not Primitive.Reshape;
            if (isPrepared)
                prepared.Add(new(OutputKind.Prepared, $"prepared{prepared.Count + 1}", node));
            ImmutableArray<Node> inputs = isPrepared ? [] : ImmutableArray.CreateRange(node.Inputs, Keep);
            builder.Origin = node.Origin;
            return kept[node] = isPrepared
                ? builder.Source(SourceKind.Prepared, prepared[^1].Name, node.Shape)
                : builder.Add(node.Primitive, inputs);
        }
    }
}
