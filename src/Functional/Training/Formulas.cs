using Functional.Gradients;
using Functional.Graphs;

namespace Functional;

/// <summary>
/// Prints nodes of a derived graph as formulas in the names of the paper: Wᵢ, bᵢ, zᵢ, uᵢ and δᵢ, layers counted from the output.
/// The names are found in the graph, so a formula shows what was really derived.
/// </summary>
internal sealed class Formulas
{
    private readonly Dictionary<Node, string> _names = [];
    private readonly Dictionary<string, Node> _cotangents = [];

    public Formulas(Compilation compiled)
    {
        Graph graph = compiled.Derived;
        ILookup<Node, Node> consumers = graph
            .Nodes.SelectMany(node => node.Inputs.Select(input => (input, node)))
            .ToLookup(p => p.input, p => p.node);
        int dense = compiled.Network.Layers.Count(layer => layer.Layer is Network.Dense);
        foreach (LayerInfo layer in compiled.Network.Layers.Where(layer => layer.Layer is Network.Dense))
        {
            string i = ChainRule.Subscript(dense--);
            Node? weight = Parameter(graph, layer.Parameters[0].Path);
            if (weight is null)
                continue;
            _names[weight] = $"W{i}";
            Node product = consumers[weight]
                .First(node => node.Primitive is Primitive.MatMul(false, false) && node.Inputs[1] == weight);
            _names.TryAdd(product.Inputs[0], $"z{i}");
            Node u = product;
            if (layer.Parameters.Count > 1 && Parameter(graph, layer.Parameters[1].Path) is Node bias)
            {
                _names[bias] = $"b{i}";
                u =
                    consumers[product].FirstOrDefault(node => node.Inputs.Any(input => input.Inputs.Contains(bias)))
                    ?? product;
            }
            _names.TryAdd(u, $"u{i}");
            if (
                graph.Outputs.FirstOrDefault(output =>
                    output.Kind == OutputKind.Gradient && output.Name == layer.Parameters[0].Path
                ) is
                { Node: { Primitive: Primitive.MatMul(true, false) } gradient }
            )
            {
                _cotangents[layer.Parameters[0].Path] = gradient.Inputs[1];
                _names.TryAdd(gradient.Inputs[1], $"δ{i}");
            }
        }
    }

    /// <summary>δ of the layer whose weight has a path, if the graph has it in that form.</summary>
    public Node? Cotangent(string weight) => _cotangents.GetValueOrDefault(weight);

    /// <summary>A node as a formula, down to what has a name.</summary>
    public string Print(Node node) => Print(node, Level.Sum);

    /// <summary>What a named node is.</summary>
    public string Define(Node node) => Define(node, Level.Sum);

    // How tightly a formula binds; a looser one inside a tighter one takes parentheses.
    private enum Level
    {
        Sum,
        Product,
        Factor,
        Atom,
    }

    private string Print(Node node, Level level) =>
        _names.TryGetValue(node, out string? name) ? name : Define(node, level);

    private string Define(Node node, Level level)
    {
        (Level own, string text) = node.Primitive switch
        {
            Primitive.Source source => (Level.Atom, source.Name),
            Primitive.Constant constant => (
                constant.Value < 0 ? Level.Factor : Level.Atom,
                GraphPrinter.Print(constant)
            ),
            Primitive.InverseRows => (Level.Factor, "1/B"),
            Primitive.Unary(UnaryFunction.Negate) => (Level.Product, $"−{Print(node.Inputs[0], Level.Product)}"),
            Primitive.Unary(UnaryFunction f) => (Level.Atom, $"{f}({Print(node.Inputs[0])})"),
            Primitive.Binary(BinaryFunction.Add) => (Level.Sum, Join(node, Level.Sum, " + ", Level.Sum)),
            Primitive.Binary(BinaryFunction.Subtract) => (Level.Sum, Join(node, Level.Sum, " − ", Level.Product)),
            Primitive.Binary(BinaryFunction.Multiply) => (
                Level.Product,
                Join(node, Level.Product, " ⊙ ", Level.Factor)
            ),
            Primitive.Binary(BinaryFunction.Divide) => (Level.Product, Join(node, Level.Product, " / ", Level.Atom)),
            Primitive.Binary(BinaryFunction f) => (
                Level.Atom,
                $"{f}({Print(node.Inputs[0])}, {Print(node.Inputs[1])})"
            ),
            Primitive.Select => (
                Level.Atom,
                $"({Print(node.Inputs[0])} > 0 ? {Print(node.Inputs[1])} : {Print(node.Inputs[2])})"
            ),
            Primitive.Broadcast or Primitive.Reshape => (level, Print(node.Inputs[0], level)),
            Primitive.SumTo(Shape { Rank: 0 }) => (Level.Product, $"Σ {Print(node.Inputs[0], Level.Atom)}"),
            Primitive.SumTo when ShapeInference.IsPerRow(node.Shape, node.Inputs[0].Shape) => (
                Level.Product,
                $"Σ per row {Print(node.Inputs[0], Level.Atom)}"
            ),
            Primitive.SumTo => (Level.Product, $"Σ over rows {Print(node.Inputs[0], Level.Atom)}"),
            Primitive.MatMul(bool left, bool right) => (
                Level.Factor,
                $"{Print(node.Inputs[0], Level.Atom)}{(left ? "ᵀ" : "")}·{Print(node.Inputs[1], Level.Atom)}{(right ? "ᵀ" : "")}"
            ),
            Primitive.OneHot => (Level.Atom, $"onehot({Print(node.Inputs[0])})"),
            _ => (Level.Atom, $"{GraphPrinter.Print(node.Primitive)}({string.Join(", ", node.Inputs.Select(Print))})"),
        };
        return own < level ? $"({text})" : text;
    }

    private string Join(Node node, Level left, string symbol, Level right) =>
        Print(node.Inputs[0], left) + symbol + Print(node.Inputs[1], right);

    private static Node? Parameter(Graph graph, string path) =>
        graph.Sources(SourceKind.Parameter).FirstOrDefault(node => ((Primitive.Source)node.Primitive).Name == path);
}
