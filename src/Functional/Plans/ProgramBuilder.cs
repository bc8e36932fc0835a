using System.Diagnostics;
using Functional.Graphs;

namespace Functional.Plans;

/// <summary>Turns a group of elementwise nodes into a fused program: operands numbered by first use, shared values named once.</summary>
internal sealed class ProgramBuilder
{
    /// <summary>Nested deeper than this, a value gets a name: the JIT inlines to a limited depth.</summary>
    private const int MaxDepth = 6;

    private readonly HashSet<Node> _members;
    private readonly Node? _anchor;
    private readonly IterationSpace _space;
    private readonly bool _contract;
    private readonly List<Operand> _operands = [];
    private readonly List<ProgramStatement> _statements = [];
    private readonly Dictionary<Node, ProgramExpression> _values = [];
    private readonly Dictionary<Node, int> _uses;
    private int _locals;

    private ProgramBuilder(
        IEnumerable<Node> members,
        Node? anchor,
        IterationSpace space,
        Dictionary<Node, int> uses,
        bool contract
    ) => (_members, _anchor, _space, _uses, _contract) = ([.. members], anchor, space, uses, contract);

    /// <summary>The program of a group; null if it needs more operands or names than a kernel has.</summary>
    /// <param name="members">The nodes to compute, in graph order.</param>
    /// <param name="anchor">The product or reduction whose epilogue it is.</param>
    /// <param name="stored">The nodes whose values are needed outside; the anchor may be one.</param>
    /// <param name="space">The rows and columns to cover.</param>
    /// <param name="contract">Whether a product and a sum become one operation that rounds once.</param>
    public static FusedProgram? Build(
        IReadOnlyList<Node> members,
        Node? anchor,
        IReadOnlyList<Node> stored,
        IterationSpace space,
        bool contract
    )
    {
        ProgramBuilder builder = new(members, anchor, space, CountUses(members, stored), contract);
        (Node Node, ProgramExpression Value)[] results =
        [
            .. stored.Select(node => (node, stored.Count > 1 ? builder.Named(node) : builder.Value(node))),
        ];
        foreach ((Node node, ProgramExpression value) in results)
            builder._statements.Add(
                new ProgramStatement.Store(builder.OperandOf(node, OperandLayout.Full, isWritten: true), value)
            );
        return builder._operands.Count > KernelLimits.Operands || builder._locals > KernelLimits.Locals
            ? null
            : new FusedProgram(
                new ProgramCode(builder._statements.ToValueList(), builder._operands.Count),
                builder._operands.ToValueList(),
                space,
                members.ToValueList()
            );
    }

    // How often each member's value is used: above once it gets a name.
    private static Dictionary<Node, int> CountUses(IReadOnlyList<Node> members, IReadOnlyList<Node> stored)
    {
        Dictionary<Node, int> uses = [];
        foreach (Node member in members)
        foreach (Node input in member.Inputs)
            uses[input] = uses.GetValueOrDefault(input) + 1;
        foreach (Node node in stored)
            uses[node] = uses.GetValueOrDefault(node) + 1;
        return uses;
    }

    private ProgramExpression Value(Node node)
    {
        if (_values.TryGetValue(node, out ProgramExpression? known))
            return known;
        if (node == _anchor)
            return new ProgramExpression.Product();
        if (!IsComputed(node))
            return Load(node, LayoutOf(node.Shape));
        ProgramExpression value = Compute(node);
        if (
            _uses.GetValueOrDefault(node) > 1 && node.Primitive is not (Primitive.Broadcast or Primitive.OneHot)
            || Depth(value) > MaxDepth
        )
            return Name(node, value);
        return value;
    }

    // A repeated value under other columns than the program's is read as it was stored.
    private bool IsComputed(Node node) =>
        _members.Contains(node)
        || node.Primitive is Primitive.Broadcast or Primitive.OneHot
            && (Fusion.ColumnsOf(node) == 0 || Fusion.ColumnsOf(node) == _space.Columns);

    private ProgramExpression Named(Node node) =>
        Value(node) is ProgramExpression.Local local ? local : Name(node, Value(node));

    private ProgramExpression.Local Name(Node node, ProgramExpression value)
    {
        _statements.Add(new ProgramStatement.Let(_locals, value));
        ProgramExpression.Local local = new(_locals++);
        _values[node] = local;
        return local;
    }

    private ProgramExpression Compute(Node node)
    {
        switch (node.Primitive)
        {
            case Primitive.Unary(UnaryFunction f):
                return new ProgramExpression.Unary(f, Value(node.Inputs[0]));
            case Primitive.Binary(BinaryFunction.Add) when Factor(node.Inputs[0]) is Node product:
                return MultiplyAdd(product, node.Inputs[1]);
            case Primitive.Binary(BinaryFunction.Add) when Factor(node.Inputs[1]) is Node product:
                return MultiplyAdd(product, node.Inputs[0]);
            case Primitive.Binary(BinaryFunction.Subtract) when Factor(node.Inputs[1]) is Node product:
                ProgramExpression minuend = Value(node.Inputs[0]);
                ProgramExpression factor = Value(product.Inputs[0]);
                return new ProgramExpression.SubtractProduct(minuend, factor, Value(product.Inputs[1]));
            case Primitive.Binary(BinaryFunction.Subtract) when Factor(node.Inputs[0]) is Node product:
                ProgramExpression multiplicand = Value(product.Inputs[0]);
                ProgramExpression multiplier = Value(product.Inputs[1]);
                return new ProgramExpression.MultiplySubtract(multiplicand, multiplier, Value(node.Inputs[1]));
            case Primitive.Binary(BinaryFunction.Divide) when RootPlus(node.Inputs[1]) is (Node v, Node e):
                ProgramExpression numerator = Value(node.Inputs[0]);
                ProgramExpression square = Value(v);
                return new ProgramExpression.RootQuotient(numerator, square, Value(e));
            case Primitive.Binary(BinaryFunction f):
                ProgramExpression x = Value(node.Inputs[0]);
                return new ProgramExpression.Binary(f, x, Value(node.Inputs[1]));
            case Primitive.Select:
                ProgramExpression c = Value(node.Inputs[0]);
                ProgramExpression y = Value(node.Inputs[1]);
                return new ProgramExpression.Select(c, y, Value(node.Inputs[2]));
            case Primitive.Broadcast:
                return Load(node.Inputs[0], LayoutOf(node.Inputs[0].Shape, node.Shape));
            case Primitive.OneHot:
                return new ProgramExpression.Equal(
                    new ProgramExpression.ColumnIndex(),
                    Load(node.Inputs[0], OperandLayout.PerRow)
                );
            default:
                throw new UnreachableException();
        }
    }

    // A product used here alone becomes part of a multiply-add.
    private Node? Factor(Node node) =>
        _contract && node.Primitive is Primitive.Binary(BinaryFunction.Multiply) && IsOwn(node) ? node : null;

    // √v + e with a number e, used here alone.
    private (Node V, Node E)? RootPlus(Node node) =>
        _contract
        && IsOwn(node)
        && node is (Primitive.Binary(BinaryFunction.Add), [var root, var e])
        && IsOwn(root)
        && root is (Primitive.Unary(UnaryFunction.Sqrt), [var v])
        && e is (Primitive.Broadcast, [{ Shape.Rank: 0 }])
            ? (v, e)
            : null;

    private bool IsOwn(Node node) => _members.Contains(node) && _uses[node] == 1 && !_values.ContainsKey(node);

    private ProgramExpression MultiplyAdd(Node product, Node addend)
    {
        ProgramExpression x = Value(product.Inputs[0]);
        ProgramExpression y = Value(product.Inputs[1]);
        return new ProgramExpression.MultiplyAdd(x, y, Value(addend));
    }

    private OperandLayout LayoutOf(Shape shape) => shape.Rank == 0 ? OperandLayout.Scalar : OperandLayout.Full;

    // In a single column, one row for all is one element, and what is repeated along rows is repeated never.
    private OperandLayout LayoutOf(Shape small, Shape large) =>
        small.Rank == 0 || _space.Columns == 1 && small.Count == 1 ? OperandLayout.Scalar
        : ShapeInference.IsPerRow(small, large) ? OperandLayout.PerRow
        : OperandLayout.EveryRow;

    private ProgramExpression Load(Node node, OperandLayout layout) =>
        ProgramExpression.LoadOf(OperandOf(node, layout, isWritten: false), layout);

    private int OperandOf(Node node, OperandLayout layout, bool isWritten)
    {
        Operand operand = new(node, layout, isWritten);
        int known = _operands.IndexOf(operand);
        if (known >= 0)
            return known;
        _operands.Add(operand);
        return _operands.Count - 1;
    }

    private static int Depth(ProgramExpression expression) =>
        expression.Parts.Select(part => 1 + Depth(part)).DefaultIfEmpty().Max();
}

/// <summary>What a fused kernel has room for; the kernels are written for these numbers.</summary>
internal static class KernelLimits
{
    /// <summary>Most operands of a program.</summary>
    public const int Operands = 16;

    /// <summary>Most named values of a program.</summary>
    public const int Locals = 12;
}
