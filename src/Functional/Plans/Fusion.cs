using System.Diagnostics;
using Functional.Graphs;

namespace Functional.Plans;

/// <summary>
/// Decides which nodes become one step. Elementwise nodes join their consumers; the groups become epilogues of the products and
/// sums they consume, or prologues of the sums that consume them. A join is legal if no path leads out of the pair and back.
/// </summary>
internal sealed class Fusion
{
    private readonly Graph _graph;

    // By the nodes' numbers.
    private readonly Unit[] _units;
    private readonly List<Node>[] _consumers;
    private readonly bool[] _isOutput;

    // For a node that replaces a source in its memory: those that still read the source.
    private readonly Dictionary<Node, List<Node>> _before = [];

    private readonly bool _contract;

    private Fusion(Graph graph, bool contract)
    {
        (_graph, _contract) = (graph, contract);
        int numbers = graph.Nodes[^1].Id + 1;
        (_units, _consumers, _isOutput) = (new Unit[numbers], new List<Node>[numbers], new bool[numbers]);
        foreach (GraphOutput output in graph.Outputs)
            _isOutput[output.Node.Id] = true;
        foreach (Node node in graph.Nodes)
        {
            _consumers[node.Id] = [];
            foreach (Node input in node.Inputs)
                if (_consumers[input.Id].LastOrDefault() != node)
                    _consumers[input.Id].Add(node);
        }
    }

    /// <summary>The steps of a graph, not yet in an order.</summary>
    /// <param name="graph">A simplified graph.</param>
    /// <param name="enabled">False makes every node its own step: the same results by the slow way, for finding faults.</param>
    /// <param name="contract">Whether x·y + z in a program rounds once.</param>
    public static ValueList<Step> Fuse(Graph graph, bool enabled = true, bool contract = true)
    {
        Fusion fusion = new(graph, contract);
        fusion.MakeUnits();
        foreach ((Node source, Node updated) in Storage.Updates(graph))
            fusion.AddReaders(source, fusion._before[updated] = []);
        if (enabled)
        {
            fusion.JoinElementwise();
            fusion.AttachEpilogues();
            fusion.AttachPrologues();
        }
        return graph
            .Nodes.Select(node => (Node: node, Unit: fusion._units[node.Id]))
            .Where(place => place.Unit.IsStep && place.Unit.Leader == place.Node)
            .Select(place => fusion.ToStep(place.Unit))
            .ToValueList();
    }

    /// <summary>Whether a value is given with the plan, or a scalar that follows from such, 1/B and step scalars alone: the host writes it before the step.</summary>
    public static bool IsHostScalar(Node node) =>
        node.Primitive
            is Primitive.Constant
                or Primitive.Vector
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
            bool isStep =
                node.Primitive is not (Primitive.Source or Primitive.Reshape)
                && !IsHostScalar(node)
                && (node.Primitive is not (Primitive.Broadcast or Primitive.OneHot) || IsMaterialized(node));
            _units[node.Id] = new Unit([node], isStep)
            {
                Anchor = node.Primitive.IsElementwise ? null : node,
                Columns = DemandedColumns(node),
            };
        }
    }

    // A repeated value is stored where a product or sum reads it, or an operation whose other operand repeats under other columns.
    private bool IsMaterialized(Node node)
    {
        int columns = ColumnsOf(node);
        return _isOutput[node.Id]
            || _consumers[node.Id]
                .Exists(consumer => !IsCompute(consumer) || columns > 0 && columns != DemandedColumns(consumer));
    }

    private static bool IsCompute(Node node) =>
        node.Primitive is Primitive.Unary or Primitive.Binary or Primitive.Select;

    // How many columns the first repeated value among a node and its inputs prescribes; 0 if none does.
    private static int DemandedColumns(Node node)
    {
        int columns = ColumnsOf(node);
        for (int i = 0; columns == 0 && i < node.Inputs.Length; i++)
            columns = ColumnsOf(node.Inputs[i]);
        return columns;
    }

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
        int[] cuts = Cuts();
        foreach (Node node in _graph.Nodes.Reverse())
            if (IsCompute(node))
                foreach (Node consumer in Enumerable.Reverse(_consumers[node.Id]))
                    if (IsCompute(consumer) && _units[node.Id].Shape == _units[consumer.Id].Shape)
                        TryJoin(_units[node.Id], _units[consumer.Id], _units[consumer.Id].Anchor, cuts[node.Id]);
    }

    // A product or sum hands its tiles to the one group that reads them; the latest of several that could.
    private void AttachEpilogues()
    {
        int[] cuts = Cuts();
        foreach (Node node in _graph.Nodes.Reverse())
            if (node.Primitive is Primitive.MatMul or Primitive.SumTo)
                foreach (Node consumer in _consumers[node.Id])
                    if (
                        IsCompute(consumer)
                        && _units[consumer.Id] is { Anchor: null } other
                        && other.Shape == node.Shape
                        && TryJoin(_units[node.Id], other, node, cuts[node.Id])
                    )
                        break;
    }

    // A group that nothing but one sum reads is never stored.
    private void AttachPrologues()
    {
        foreach (Node node in _graph.Nodes)
        {
            if (node.Primitive is not Primitive.SumTo)
                continue;
            Node input = node.Inputs[0];
            Unit group = _units[input.Id];
            IterationSpace space = ReductionSpace(node);
            if (
                IsCompute(input)
                && group.Anchor is null
                && (group.Columns == 0 || group.Columns == space.Columns)
                && group.Nodes.TrueForAll(member =>
                    !_isOutput[member.Id]
                    && _consumers[member.Id].TrueForAll(reader => reader == node || _units[reader.Id] == group)
                )
                && ProgramBuilder.Build(group.Nodes, null, [input], space, _contract) is FusedProgram program
            )
            {
                _units[node.Id].Prologue = program;
                foreach (Node member in group.Nodes)
                    _units[member.Id] = _units[node.Id];
            }
        }
    }

    private bool TryJoin(Unit producer, Unit consumer, Node? anchor, int cut)
    {
        int columns = Math.Max(producer.Columns, consumer.Columns);
        if (
            producer == consumer
            || !producer.IsStep
            || !consumer.IsStep
            || producer.Columns != 0 && consumer.Columns != 0 && producer.Columns != consumer.Columns
            || columns != 0 && anchor is not null && columns != EpilogueSpace(anchor).Columns
            || HasOtherPath(producer, consumer, cut)
        )
            return false;
        List<Node> nodes = [.. producer.Nodes, .. consumer.Nodes];
        nodes.Sort((x, y) => x.Id - y.Id);
        Unit joined = new(nodes) { Anchor = anchor, Columns = columns };
        Enter(joined);
        if (Fits(joined))
            return true;
        Enter(producer);
        Enter(consumer);
        return false;
    }

    private void Enter(Unit unit)
    {
        foreach (Node node in unit.Nodes)
            _units[node.Id] = unit;
    }

    // Nearly all units fit even if every read from outside took an operand and if a name went to what is stored, to what is read again
    // (what is not stored is read once) and to one node in six for nesting too deeply. For the others, the program tells.
    private bool Fits(Unit unit)
    {
        List<Node> stored = Stored(unit);
        (int inside, int outside) = (0, 0);
        foreach (Node node in unit.Members)
        foreach (Node input in node.Inputs)
            if (_units[input.Id] == unit)
                inside++;
            else
                outside++;
        int names = stored.Count + (inside - (unit.Nodes.Count - stored.Count)) + unit.Nodes.Count / 6;
        return outside + stored.Count <= KernelLimits.Operands && names <= KernelLimits.Locals
            || ProgramBuilder.Build(unit.Members, unit.Anchor, stored, SpaceOf(unit), _contract) is not null;
    }

    // Whether something outside the pair reads from the first and leads to the second: joined, they would wait for themselves. What
    // overwrites a source leads back to all who read it. The
    // search goes back from the second, which is soon over: what leads past the first is near, and nothing before the cut does.
    private bool HasOtherPath(Unit from, Unit to, int cut)
    {
        HashSet<Unit> seen = [from, to];
        Queue<Unit> pending = new([to]);
        while (pending.TryDequeue(out Unit? unit))
            foreach (Node node in unit.Nodes)
            {
                foreach (Node input in node.Inputs)
                    if (Leads(input, unit))
                        return true;
                foreach (Node reader in _before.GetValueOrDefault(node) ?? [])
                    if (_units[reader.Id] != unit && Leads(reader, unit))
                        return true;
            }
        return false;

        bool Leads(Node before, Unit unit)
        {
            Unit source = _units[before.Id];
            if (source == from && unit != to)
                return true;
            if (before.Id >= cut && seen.Add(source))
                pending.Enqueue(source);
            return false;
        }
    }

    // What needs no step of its own is read in place by those that read it.
    private void AddReaders(Node value, List<Node> readers)
    {
        foreach (Node consumer in _consumers[value.Id])
            if (_units[consumer.Id].IsStep)
                readers.Add(consumer);
            else
                AddReaders(consumer, readers);
    }

    // For every node the place in the graph before which nothing depends on it or on what follows it: no unit reaches across. Joining
    // units behind a cut leaves it one, so cuts stay valid while nodes are visited last to first.
    private int[] Cuts()
    {
        int[] cuts = new int[_units.Length];
        (int cut, int reached) = (0, -1);
        foreach (Node node in _graph.Nodes)
        {
            if (node.Id > reached)
                cut = node.Id;
            cuts[node.Id] = cut;
            reached = Math.Max(reached, _units[node.Id].Nodes[^1].Id);
        }
        return cuts;
    }

    // The nodes of a unit whose values something outside it reads.
    private List<Node> Stored(Unit unit) => unit.Nodes.FindAll(node => _isOutput[node.Id] || IsReadOutside(node, unit));

    // Whether a node's value is read outside its unit, perhaps through repeated values that are not stored themselves.
    private bool IsReadOutside(Node node, Unit unit)
    {
        foreach (Node reader in _consumers[node.Id])
            if (
                reader.Primitive is Primitive.Broadcast or Primitive.OneHot && !_units[reader.Id].IsStep
                    ? IsReadOutside(reader, unit)
                    : _units[reader.Id] != unit
            )
                return true;
        return false;
    }

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
                : Require(ProgramBuilder.Build(members, unit.Anchor, Stored(unit), SpaceOf(unit), _contract), unit);
        switch (unit.Anchor?.Primitive)
        {
            case null:
                return new Step.Elementwise(program!);
            case Primitive.MatMul:
                return new Step.MatMul(unit.Anchor, program);
            case Primitive.SumTo:
                return new Step.Reduce(
                    unit.Anchor,
                    KindOf(unit.Anchor),
                    ReductionSpace(unit.Anchor),
                    unit.Prologue,
                    program
                );
            case Primitive.Softmax or Primitive.LogSoftmax:
                return new Step.Softmax(unit.Anchor, unit.Anchor.Primitive is Primitive.LogSoftmax);
            case Primitive.RandomMask:
                return new Step.Mask(unit.Anchor);
            case Primitive.Concat or Primitive.Slice or Primitive.Gather:
                return new Step.Rearrange(unit.Anchor);
            case Primitive.ScatterSum:
                return new Step.ScatterSum(unit.Anchor);
            default:
                throw new UnreachableException();
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
