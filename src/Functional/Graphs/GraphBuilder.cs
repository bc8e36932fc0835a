using System.Collections.Immutable;

namespace Functional.Graphs;

/// <summary>Builds graphs: equal operations become one node, and every node's shape is checked as it is made.</summary>
/// <param name="capacity">About how many nodes to expect.</param>
internal sealed class GraphBuilder(int capacity = 0)
{
    private readonly Dictionary<NodeKey, Node> _nodes = new(capacity);
    private int _next;

    /// <summary>The layer or stage that nodes made from now on come from.</summary>
    public string Origin { get; set; } = "";

    /// <summary>A builder that goes on from a graph's nodes.</summary>
    public static GraphBuilder From(Graph graph)
    {
        GraphBuilder builder = new(graph.Nodes.Length);
        foreach (Node node in graph.Nodes)
        {
            builder._nodes[NodeKey.Of(node.Primitive, node.Inputs)] = node;
            builder._next = node.Id + 1;
        }
        return builder;
    }

    /// <summary>The node that applies a primitive to inputs.</summary>
    public Node Add(Primitive primitive, params ImmutableArray<Node> inputs)
    {
        NodeKey key = NodeKey.Of(primitive, inputs);
        if (_nodes.TryGetValue(key, out Node? known))
            return known;
        Shape shape =
            ShapeInference.ShapeOf(primitive, inputs)
            ?? throw new InternalErrorException(
                $"{GraphPrinter.Print(primitive)} ({Origin}) cannot take shapes {string.Join(", ", inputs.Select(input => input.Shape))}",
                string.Join(Environment.NewLine, inputs)
            );
        return _nodes[key] = new Node(_next++, primitive, inputs, shape, Origin);
    }

    public Node Source(SourceKind kind, string name, Shape shape) => Add(new Primitive.Source(kind, name, shape));

    public Node Constant(double value) => Add(new Primitive.Constant(value));

    /// <summary>A number repeated to a shape.</summary>
    public Node Constant(double value, Shape shape) => Broadcast(Constant(value), shape);

    public Node InverseRows() => Add(new Primitive.InverseRows());

    public Node Unary(UnaryFunction function, Node x) => Add(new Primitive.Unary(function), x);

    /// <summary>f(x, y), the smaller operand repeated to the larger one's shape.</summary>
    public Node Binary(BinaryFunction function, Node x, Node y) =>
        x.Shape == y.Shape ? Add(new Primitive.Binary(function), x, y)
        : ShapeInference.CanBroadcast(x.Shape, y.Shape) ? Add(new Primitive.Binary(function), Broadcast(x, y.Shape), y)
        : Add(new Primitive.Binary(function), x, Broadcast(y, x.Shape));

    public Node Sum(Node x, Node y) => Binary(BinaryFunction.Add, x, y);

    public Node Difference(Node x, Node y) => Binary(BinaryFunction.Subtract, x, y);

    public Node Product(Node x, Node y) => Binary(BinaryFunction.Multiply, x, y);

    public Node Quotient(Node x, Node y) => Binary(BinaryFunction.Divide, x, y);

    public Node Negate(Node x) => Unary(UnaryFunction.Negate, x);

    /// <summary>y where c &gt; 0, otherwise z; scalars repeated to c's shape.</summary>
    public Node Select(Node c, Node y, Node z)
    {
        Shape shape = new[] { c.Shape, y.Shape, z.Shape }.MaxBy(candidate => candidate.Rank);
        return Add(new Primitive.Select(), Broadcast(c, shape), Broadcast(y, shape), Broadcast(z, shape));
    }

    public Node Broadcast(Node x, Shape shape) => x.Shape == shape ? x : Add(new Primitive.Broadcast(shape), x);

    public Node SumTo(Node x, Shape shape) => x.Shape == shape ? x : Add(new Primitive.SumTo(shape), x);

    public Node MatMul(Node a, Node b, bool transposeLeft = false, bool transposeRight = false) =>
        Add(new Primitive.MatMul(transposeLeft, transposeRight), a, b);

    public Node Reshape(Node x, Shape shape) => x.Shape == shape ? x : Add(new Primitive.Reshape(shape), x);

    /// <summary>a and then b along the last dimension.</summary>
    public Node Concat(Node a, Node b) => Add(new Primitive.Concat(), a, b);

    public Node Slice(Node x, int start, int length) =>
        length == x.Shape[^1] ? x : Add(new Primitive.Slice(start, length), x);

    /// <summary>The nodes of a scalar expression, given those of its variables.</summary>
    public Node Expression(Scalar expression, Func<string, Node> variable) =>
        expression.Fold(variable, Constant, Unary, Binary, Select);

    /// <summary>A scalar function at every element of x, with its derivative by x if that is given.</summary>
    /// <param name="function">The function, of x and other variables.</param>
    /// <param name="derivative">Its derivative by x, of the same variables; null where the table of rules gives it.</param>
    /// <param name="x">What it is differentiated by.</param>
    /// <param name="variable">The nodes of the variables, x among them.</param>
    public Node Function(Scalar function, Scalar? derivative, Node x, Func<string, Node> variable)
    {
        Node y = Broadcast(Expression(function, variable), x.Shape);
        return derivative is null
            ? y
            : Add(new Primitive.CustomDerivative(), y, Broadcast(Expression(derivative, variable), x.Shape), x);
    }
}

/// <summary>What makes a node unique: its operation and its inputs, of which no primitive has more than three.</summary>
internal readonly record struct NodeKey(Primitive Primitive, int First, int Second, int Third)
{
    public static NodeKey Of(Primitive primitive, ImmutableArray<Node> inputs) =>
        new(primitive, IdOf(inputs, 0), IdOf(inputs, 1), IdOf(inputs, 2));

    private static int IdOf(ImmutableArray<Node> inputs, int index) => index < inputs.Length ? inputs[index].Id : -1;
}
