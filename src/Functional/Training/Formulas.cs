using Functional.Gradients;
using Functional.Graphs;

namespace Functional;

/// <summary>
/// Prints nodes of a derived graph as formulas in the names of the paper: Wᵢ, bᵢ, zᵢ, uᵢ and δᵢ, layers counted from the output.
/// The names are found in the graph, so a formula shows what was really derived. What would be written out at length more than once
/// becomes a part with a name, v₁, v₂, …, so that all formulas together are no longer than the graph is large.
/// </summary>
internal sealed class Formulas
{
    private readonly Dictionary<Node, string> _names = [];
    private readonly Dictionary<string, Node> _cotangents = [];
    private readonly HashSet<Node> _shared = [];
    private readonly Queue<string> _parts = [];
    private int _partCount;

    /// <summary>Characters up to which a part is repeated rather than named.</summary>
    private const int MostRepeated = 60;

    public Formulas(Compilation compiled)
    {
        Graph graph = compiled.Derived;
        ILookup<Node, Node> consumers = graph
            .Nodes.SelectMany(node => node.Inputs.Select(input => (input, node)))
            .ToLookup(p => p.input, p => p.node);
        HashSet<Node> outputs = [.. graph.Outputs.Select(output => output.Node)];
        _shared.UnionWith(graph.Nodes.Where(node => consumers[node].Count() + (outputs.Contains(node) ? 1 : 0) > 1));
        IReadOnlyDictionary<string, string> numbers = ChainRule.Names(compiled.Network);
        foreach (ChainRule rule in ChainRule.Derive(compiled.Network))
            if (Parameter(graph, rule.Parameter.Path) is Node parameter)
                _names[parameter] = rule.Symbol;
        foreach (LayerInfo layer in compiled.Network.Layers.Where(layer => layer.Layer is Network.Dense))
        {
            string i = numbers[layer.Path];
            Node? weight = Parameter(graph, layer.Parameters[0].Path);
            if (weight is null)
                continue;
            // A shared layer's products all have its number; the first names its values.
            Node product = consumers[weight]
                .First(node => node.Primitive is Primitive.MatMul(false, false) && node.Inputs[1] == weight);
            _names.TryAdd(product.Inputs[0], $"z{i}");
            Node u = product;
            if (layer.Parameters.Count > 1 && Parameter(graph, layer.Parameters[1].Path) is Node bias)
                u =
                    consumers[product].FirstOrDefault(node => node.Inputs.Any(input => input.Inputs.Contains(bias)))
                    ?? product;
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
    public string Print(Node node) => _names.TryGetValue(node, out string? name) ? name : Define(node);

    /// <summary>What a named node is.</summary>
    public string Define(Node node) => FormulaOf(node).Text;

    /// <summary>The parts that formulas have named since this was last asked, each with its definition.</summary>
    public IEnumerable<string> TakeParts()
    {
        while (_parts.TryDequeue(out string? part))
            yield return part;
    }

    // How tightly a formula binds; a looser one inside a tighter one takes parentheses.
    private enum Level
    {
        Sum,
        Product,
        Factor,
        Atom,
    }

    private string Print(Node node, Level level)
    {
        (Level own, string text) = PartOf(node);
        return own < level ? $"({text})" : text;
    }

    // The formula of a node inside another one's.
    private (Level Own, string Text) PartOf(Node node)
    {
        if (_names.TryGetValue(node, out string? name))
            return (Level.Atom, name);
        (Level own, string text) = FormulaOf(node);
        if (text.Length <= MostRepeated || !_shared.Contains(node))
            return (own, text);
        _names[node] = name = $"v{ChainRule.Subscript(++_partCount)}";
        _parts.Enqueue($"{name} = {text}    {node.Shape}");
        return (Level.Atom, name);
    }

    private (Level Own, string Text) FormulaOf(Node node) =>
        node.Primitive switch
        {
            Primitive.Source source => (Level.Atom, source.Name),
            Primitive.Constant constant => (
                constant.Value < 0 ? Level.Factor : Level.Atom,
                GraphPrinter.Print(constant)
            ),
            Primitive.InverseRows => (Level.Factor, "1/B"),
            Primitive.Unary(UnaryFunction.Negate) => (Level.Product, $"−{Print(node.Inputs[0], Level.Product)}"),
            Primitive.Unary(UnaryFunction f) => (Level.Atom, $"{f}({Print(node.Inputs[0], Level.Sum)})"),
            Primitive.Binary(BinaryFunction.Add) => (Level.Sum, Join(node, Level.Sum, " + ", Level.Sum)),
            Primitive.Binary(BinaryFunction.Subtract) => (Level.Sum, Join(node, Level.Sum, " − ", Level.Product)),
            Primitive.Binary(BinaryFunction.Multiply) => (
                Level.Product,
                Join(node, Level.Product, " ⊙ ", Level.Factor)
            ),
            Primitive.Binary(BinaryFunction.Divide) => (Level.Product, Join(node, Level.Product, " / ", Level.Atom)),
            Primitive.Binary(BinaryFunction f) => (
                Level.Atom,
                $"{f}({Print(node.Inputs[0], Level.Sum)}, {Print(node.Inputs[1], Level.Sum)})"
            ),
            Primitive.Select => (
                Level.Atom,
                $"({Print(node.Inputs[0], Level.Sum)} > 0 ? {Print(node.Inputs[1], Level.Sum)} : {Print(node.Inputs[2], Level.Sum)})"
            ),
            Primitive.Broadcast or Primitive.Reshape or Primitive.CustomDerivative => PartOf(node.Inputs[0]),
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
            Primitive.Vector(var numbers) => (Level.Atom, ScalarPrinter.Numbers(numbers)),
            Primitive.RandomMask(int layer, _, _) => (Level.Atom, $"m{ChainRule.Subscript(layer + 1)}"),
            Primitive.Concat => (
                Level.Atom,
                $"[{Print(node.Inputs[0], Level.Sum)}, {Print(node.Inputs[1], Level.Sum)}]"
            ),
            Primitive.Slice(int start, int length) => (
                Level.Atom,
                $"{Print(node.Inputs[0], Level.Atom)}[{start}…{start + length - 1}]"
            ),
            Primitive.Gather => (
                Level.Atom,
                $"{Print(node.Inputs[0], Level.Atom)}[{Print(node.Inputs[1], Level.Sum)}]"
            ),
            Primitive.OneHot => (Level.Atom, $"onehot({Print(node.Inputs[0], Level.Sum)})"),
            _ => (
                Level.Atom,
                $"{GraphPrinter.Print(node.Primitive)}({string.Join(", ", node.Inputs.Select(input => Print(input, Level.Sum)))})"
            ),
        };

    private string Join(Node node, Level left, string symbol, Level right) =>
        Print(node.Inputs[0], left) + symbol + Print(node.Inputs[1], right);

    private static Node? Parameter(Graph graph, string path) =>
        graph.Sources(SourceKind.Parameter).FirstOrDefault(node => ((Primitive.Source)node.Primitive).Name == path);
}
