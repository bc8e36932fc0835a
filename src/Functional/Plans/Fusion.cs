using Functional.Graphs;

namespace Functional.Plans;

/// <summary>
/// Decides which nodes become one step. Elementwise nodes join their consumers; the groups become epilogues of the products and
/// sums they consume, or prologues of the sums that consume them. A join is legal if no path leads out of the pair and back.
/// </summary>
internal sealed class Fusion
{
    private readonly Graph _graph;
    private readonly Dictionary<Node, Unit> _units = [];
    private readonly Dictionary<Node, List<Node>> _consumers;
    private readonly HashSet<Node> _outputs;

    private Fusion(Graph graph)
    {
        _graph = graph;
        _outputs = [.. graph.Outputs.Select(output => output.Node)];
        _consumers = graph.Nodes.ToDictionary(node => node, _ => new List<Node>());
        foreach (Node node in graph.Nodes)
        foreach (Node input in node.Inputs.Distinct())
            _consumers[input].Add(node);
    }

    /// <summary>The steps of a graph, not yet in an order.</summary>
    /// <param name="graph">A simplified graph.</param>
    /// <param name="enabled">False makes every node its own step: the same results by the slow way, for finding faults.</param>
    public static ValueList<Step> Fuse(Graph graph, bool enabled = true)
    {
        Fusion fusion = new(graph);
        fusion.MakeUnits();
        if (enabled)
        {
            fusion.JoinElementwise();
            fusion.AttachEpilogues();
            fusion.AttachPrologues();
        }
        return fusion._units.Values.Distinct().OrderBy(unit => unit.Order).Select(fusion.ToStep).ToValueList();
    }

    /// <summary>Whether a scalar follows from constants, 1/B and step scalars alone: the host computes it before the step.</summary>
    public static bool IsHostScalar(Node node) =>
        node.Primitive
            is Primitive.Constant
                or Primitive.InverseRows
                or Primitive.Source { Kind: SourceKind.StepScalar }
        || node.Shape.Rank == 0
            && node.Primitive is Primitive.Unary or Primitive.Binary or Primitive.Select
            && node.Inputs.All(IsHostScalar);

    // Sources, host scalars and reshapes need no step; repeated values and one-hot rows are recomputed by whoever reads them.
    private void MakeUnits()
    {
        foreach (Node node in _graph.Nodes)
        {
            if (node.Primitive is Primitive.Source or Primitive.Reshape || IsHostScalar(node))
                continue;
            if (node.Primitive is Primitive.Broadcast or Primitive.OneHot && !IsMaterialized(node))
                continue;
            _units[node] = new Unit(node) { Columns = DemandedColumns(node) };
        }
    }

    // A repeated value is stored where a product or sum reads it, or an operation whose other operand repeats under other columns.
    private bool IsMaterialized(Node node) =>
        _outputs.Contains(node)
        || _consumers[node]
            .Any(consumer =>
                !IsCompute(consumer) || ColumnsOf(node) is > 0 and int columns && columns != DemandedColumns(consumer)
            );

    private static bool IsCompute(Node node) =>
        node.Primitive is Primitive.Unary or Primitive.Binary or Primitive.Select;

    // How many columns the first repeated value among a node and its inputs prescribes; 0 if none does.
    private static int DemandedColumns(Node node) =>
        node.Inputs.Prepend(node).Select(ColumnsOf).FirstOrDefault(columns => columns > 0);

    /// <summary>Under how many columns a repeated value or one-hot rows can be read in place; 0 for any number.</summary>
    public static int ColumnsOf(Node node) =>
        node.Primitive switch
        {
            Primitive.OneHot => node.Shape[^1],
            Primitive.Broadcast when node.Inputs[0].Shape is { Rank: > 0 } small => ShapeInference.IsPerRow(
                small,
                node.Shape
            )
                ? node.Shape[^1]
                : small.Count,
            _ => 0,
        };

    private void JoinElementwise()
    {
        foreach (Node node in _graph.Nodes.Reverse())
        {
            if (!IsCompute(node) || !_units.TryGetValue(node, out Unit? unit))
                continue;
            foreach (Node consumer in _consumers[node].AsEnumerable().Reverse())
                if (
                    IsCompute(consumer)
                    && _units.TryGetValue(consumer, out Unit? other)
                    && other != unit
                    && unit.Shape == other.Shape
                )
                    if (TryJoin(unit, other, other.Anchor))
                        unit = other;
        }
    }

    // A product or sum hands its tiles to the one group that reads them; the latest of several that could.
    private void AttachEpilogues()
    {
        foreach (Node node in _graph.Nodes.Reverse())
        {
            if (
                node.Primitive is not (Primitive.MatMul or Primitive.SumTo)
                || !_units.TryGetValue(node, out Unit? unit)
            )
                continue;
            foreach (Node consumer in _consumers[node])
                if (
                    IsCompute(consumer)
                    && _units.TryGetValue(consumer, out Unit? other)
                    && other != unit
                    && other.Anchor is null
                    && other.Shape == node.Shape
                    && TryJoin(unit, other, node)
                )
                    break;
        }
    }

    // A group that nothing but one sum reads is never stored.
    private void AttachPrologues()
    {
        foreach (Node node in _graph.Nodes)
        {
            if (node.Primitive is not Primitive.SumTo || _units[node].Prologue.Count > 0)
                continue;
            Node input = node.Inputs[0];
            if (
                !IsCompute(input)
                || _units[input] is not { Anchor: null } group
                || _outputs.Overlaps(group.Nodes)
                || group.Nodes.Any(member =>
                    _consumers[member].Any(consumer => consumer != node && !group.Nodes.Contains(consumer))
                )
                || group.Columns != 0 && group.Columns != ReductionSpace(node).Columns
                || ProgramBuilder.Build(group.Members, null, [input], ReductionSpace(node)) is null
            )
                continue;
            Unit unit = _units[node];
            if (HasOtherPath(group, unit))
                continue;
            foreach (Node member in group.Nodes)
            {
                unit.Nodes.Add(member);
                unit.Prologue.Add(member);
                _units[member] = unit;
            }
        }
    }

    private bool TryJoin(Unit producer, Unit consumer, Node? anchor)
    {
        int columns = Math.Max(producer.Columns, consumer.Columns);
        if (producer.Columns != 0 && consumer.Columns != 0 && producer.Columns != consumer.Columns)
            return false;
        if (columns != 0 && anchor is not null && columns != EpilogueSpace(anchor).Columns)
            return false;
        if (HasOtherPath(producer, consumer))
            return false;
        Unit joined = new(consumer.Nodes.First()) { Anchor = anchor, Columns = columns };
        joined.Nodes.UnionWith(producer.Nodes);
        joined.Nodes.UnionWith(consumer.Nodes);
        if (!Fits(joined))
            return false;
        consumer.Nodes.UnionWith(producer.Nodes);
        (consumer.Anchor, consumer.Columns) = (anchor, columns);
        foreach (Node node in producer.Nodes)
            _units[node] = consumer;
        return true;
    }

    // Few values always fit, even if each is stored, the anchor's included; for more, the program tells.
    private bool Fits(Unit unit)
    {
        List<Node> members = unit.Members;
        int inputs = members.SelectMany(node => node.Inputs).Distinct().Count(input => !unit.Nodes.Contains(input));
        int values = members.Count + (unit.Anchor is null ? 0 : 1);
        return values <= KernelLimits.Locals && inputs + values <= KernelLimits.Operands
            || ProgramBuilder.Build(members, unit.Anchor, Stored(unit.Nodes), SpaceOf(unit)) is not null;
    }

    // Whether something outside the pair reads from the first and leads to the second: joined, they would wait for themselves.
    private bool HasOtherPath(Unit from, Unit to)
    {
        HashSet<object> seen = [from, to];
        Stack<Node> pending = [];
        bool isReached = PushConsumers(from.Nodes, isStart: true);
        while (!isReached && pending.TryPop(out Node? node))
            isReached = PushConsumers(_units.TryGetValue(node, out Unit? unit) ? unit.Nodes : [node], isStart: false);
        return isReached;

        // True if a consumer is in the second unit, which the first may read from directly.
        bool PushConsumers(IEnumerable<Node> nodes, bool isStart)
        {
            foreach (Node node in nodes)
            foreach (Node consumer in _consumers[node])
            {
                object place = _units.TryGetValue(consumer, out Unit? unit) ? unit : consumer;
                if (place == to && !isStart)
                    return true;
                if (seen.Add(place))
                    pending.Push(consumer);
            }
            return false;
        }
    }

    // The nodes of a unit whose values something outside it reads.
    private List<Node> Stored(HashSet<Node> nodes) =>
        [
            .. nodes
                .Where(node => _outputs.Contains(node) || Readers(node).Any(reader => !nodes.Contains(reader)))
                .OrderBy(node => node.Id),
        ];

    // Who reads a node's value, through repeated values that are not stored themselves.
    private IEnumerable<Node> Readers(Node node) =>
        _consumers[node]
            .SelectMany(consumer =>
                consumer.Primitive is Primitive.Broadcast or Primitive.OneHot && !_units.ContainsKey(consumer)
                    ? Readers(consumer)
                    : [consumer]
            );

    private static IterationSpace SpaceOf(Unit unit) =>
        unit.Anchor is not null ? EpilogueSpace(unit.Anchor)
        : unit.Columns == 0 ? IterationSpace.Of(unit.Shape)
        : IterationSpace.Of(unit.Shape, unit.Columns);

    // The sums of columns are one row.
    private static IterationSpace EpilogueSpace(Node anchor) =>
        anchor.Primitive is Primitive.SumTo && KindOf(anchor) == ReductionKind.Columns
            ? IterationSpace.Of(anchor.Shape, anchor.Shape.Count)
            : IterationSpace.Of(anchor.Shape);

    private Step ToStep(Unit unit)
    {
        List<Node> members = unit.Members;
        FusedProgram? program =
            members.Count == 0
                ? null
                : Require(ProgramBuilder.Build(members, unit.Anchor, Stored(unit.Nodes), SpaceOf(unit)), unit);
        switch (unit.Anchor?.Primitive)
        {
            case null:
                return new Step.Elementwise(program!);
            case Primitive.MatMul:
                return new Step.MatMul(unit.Anchor, program);
            case Primitive.SumTo:
                IterationSpace space = ReductionSpace(unit.Anchor);
                List<Node> before = [.. unit.Prologue.OrderBy(node => node.Id)];
                FusedProgram? prologue =
                    before.Count == 0
                        ? null
                        : Require(ProgramBuilder.Build(before, null, [unit.Anchor.Inputs[0]], space), unit);
                return new Step.Reduce(unit.Anchor, KindOf(unit.Anchor), space, prologue, program);
            default:
                return new Step.Softmax(unit.Anchor, unit.Anchor.Primitive is Primitive.LogSoftmax);
        }
    }

    private static ReductionKind KindOf(Node sum) =>
        sum.Shape.Rank == 0 ? ReductionKind.All
        : ShapeInference.IsPerRow(sum.Shape, sum.Inputs[0].Shape) ? ReductionKind.Rows
        : ReductionKind.Columns;

    private static IterationSpace ReductionSpace(Node sum) =>
        KindOf(sum) == ReductionKind.Columns
            ? IterationSpace.Of(sum.Inputs[0].Shape, sum.Shape.Count)
            : IterationSpace.Of(sum.Inputs[0].Shape);

    private static FusedProgram Require(FusedProgram? program, Unit unit) =>
        program
        ?? throw new InternalErrorException(
            "a single operation exceeds a kernel's limits",
            string.Join(Environment.NewLine, unit.Nodes)
        );
}
