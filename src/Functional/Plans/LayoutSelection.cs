using Functional.Graphs;

namespace Functional.Plans;

/// <summary>Which layouts to use for a plan's own [B, n] values.</summary>
internal enum LayoutPolicy
{
    /// <summary>Whatever takes the least time, by <see cref="LayoutCost"/>.</summary>
    Cheapest,

    /// <summary>Rows of the batch one after the other, always.</summary>
    RowMajor,

    /// <summary>Features one after the other, wherever a kernel can: for tests.</summary>
    FeatureMajor,
}

/// <summary>Steps, and which of the values they store are feature-major.</summary>
internal sealed record LaidOutSteps(ValueList<Step> Steps, IReadOnlySet<Node> FeatureMajor);

/// <summary>
/// Chooses the layout of every stored [B, n] value: row-major, or feature-major, n rows along the batch, where a narrow n would leave
/// lanes of the registers empty. What callers see, and masks, which are drawn in the order of their elements, are copied from or to
/// row-major; what a kernel takes by rows stays row-major.
/// </summary>
/// <remarks>
/// Values that meet in one program must agree, so they choose together, as a group; a product takes its factors in any layout. From
/// all groups row-major, and again from all feature-major, groups change as long as that saves time; the cheaper result is taken.
/// </remarks>
internal sealed class LayoutSelection
{
    // A saving below this is within what the cost model does not know.
    private const double LeastSaving = 0.01;
    private const int MostPasses = 4;

    private readonly ValueList<Step> _steps;
    private readonly LayoutCost _cost;

    /// <summary>A group's number for every step and matrix: steps first, then matrices; joined by <see cref="GroupOf(int)"/>.</summary>
    private readonly List<int> _joined;
    private readonly Dictionary<Node, int> _matrices = [];
    private readonly HashSet<int> _rowMajor = [];
    private readonly HashSet<int> _featureMajor = [];

    /// <summary>For groups with sources, masks or outputs: what copying these from or to row-major costs.</summary>
    private readonly Dictionary<int, double> _shown = [];
    private readonly HashSet<Node> _outputs;

    /// <summary>The feature-major copies of sources, masks and outputs.</summary>
    private readonly Dictionary<Node, Node> _copies = [];

    private LayoutSelection(Graph graph, ValueList<Step> steps, int batchSize, LayoutPolicy policy)
    {
        _steps = steps;
        _outputs = [.. graph.Outputs.Select(output => output.Node)];
        _cost = new LayoutCost(batchSize, IsFeatureMajor, IsShown, policy);
        _joined = [.. Enumerable.Range(0, steps.Count)];
        for (int i = 0; i < steps.Count; i++)
            Group(steps[i], i);
        foreach (GraphOutput output in graph.Outputs.Where(output => Storage.Of(output.Node) != output.Node))
            KeepRowMajor(output.Node);
        foreach (Node read in steps.SelectMany(step => step.Reads).Where(read => Storage.Of(read) != read))
            KeepRowMajor(read);
        foreach (int item in _rowMajor.ToArray())
            _rowMajor.Add(GroupOf(item));
        foreach ((Node node, int item) in _matrices.Where(pair => IsShown(pair.Key)))
            _shown[GroupOf(item)] = _shown.GetValueOrDefault(GroupOf(item)) + _cost.OfCopy(node);
    }

    /// <summary>The steps of a plan in the layouts of its values.</summary>
    /// <param name="graph">The graph that the steps compute.</param>
    /// <param name="steps">The steps, in order, all row-major.</param>
    /// <param name="batchSize">The most rows a batch can have.</param>
    /// <param name="policy">What to choose by.</param>
    public static LaidOutSteps Select(Graph graph, ValueList<Step> steps, int batchSize, LayoutPolicy policy)
    {
        LayoutSelection selection = new(graph, steps, batchSize, policy);
        selection.Choose(policy);
        Node[] featureMajor = [.. selection._matrices.Keys.Where(selection.IsFeatureMajor)];
        int id = graph.Nodes[^1].Id + 1;
        foreach (Node node in featureMajor.Where(selection.IsShown))
            selection._copies[node] = new(id++, new Primitive.Copy(), [node], node.Shape, node.Origin);
        Step[] laidOut = [.. steps.Select(selection.LayOut)];
        HashSet<Node> read = [.. laidOut.SelectMany(step => step.Reads)];
        IEnumerable<Step> before = selection
            ._copies.Where(pair => IsSource(pair.Key) && read.Contains(pair.Value))
            .Select(pair => new Step.Transpose(pair.Key, pair.Value));
        return new(
            before.Concat(laidOut.SelectMany(WithCopies)).ToValueList(),
            featureMajor.Select(selection.CopyOf).ToHashSet()
        );

        IEnumerable<Step> WithCopies(Step step) =>
            step is Step.Mask(Node mask)
                ? selection._copies.TryGetValue(mask, out Node? copy) && read.Contains(copy)
                    ? [step, new Step.Transpose(mask, copy)]
                    : [step]
                : step
                    .Writes.Where(written => written.Primitive is Primitive.Copy)
                    .Select(Step (copy) => new Step.Transpose(copy, copy.Inputs[0]))
                    .Prepend(step);
    }

    // It lies row-major in any case: callers see it, or it is drawn so.
    private bool IsShown(Node node) => IsSource(node) || IsMask(node) || _outputs.Contains(node);

    private static bool IsSource(Node node) => node.Primitive is Primitive.Source;

    private static bool IsMask(Node node) => node.Primitive is Primitive.RandomMask;

    private void Group(Step step, int index)
    {
        switch (step)
        {
            case Step.Elementwise(FusedProgram program):
                Group(program, index);
                break;
            case Step.MatMul matMul when !matMul.Product.Shape.HasBatch:
                _rowMajor.Add(index);
                Consider(matMul);
                break;
            case Step.MatMul matMul:
                if (matMul.Epilogue is FusedProgram epilogue)
                    Group(epilogue, index);
                else
                    Join(matMul.Product, index);
                Consider(matMul);
                break;
            case Step.Reduce reduce:
                if (reduce.Prologue is FusedProgram prologue)
                    Group(prologue, index);
                else
                {
                    Join(reduce.Sum.Inputs[0], index);
                    if (IsShown(reduce.Sum.Inputs[0]))
                        _rowMajor.Add(index);
                }
                foreach (Node node in (reduce.Epilogue?.Operands ?? []).Select(operand => operand.Value))
                    KeepRowMajor(node);
                break;
            case Step.Mask:
                _rowMajor.Add(index);
                break;
            default:
                _rowMajor.Add(index);
                foreach (Node node in step.Reads.Concat(step.Writes))
                    KeepRowMajor(node);
                break;
        }
    }

    // A program's full operands lie as it runs; what repeats along rows or columns is a vector, which has one layout.
    private void Group(FusedProgram program, int index)
    {
        if (program.Space is not { Rows: 1, PerBatchRow: true } || program.Code.NamesColumns)
            _rowMajor.Add(index);
        foreach (Operand operand in program.Operands)
            if (operand.Layout == OperandLayout.Full)
                Join(operand.Value, index);
            else
                KeepRowMajor(operand.Value);
    }

    private void Join(Node node, int index)
    {
        if (node.Shape is not { Rank: 2, HasBatch: true })
            _rowMajor.Add(index);
        else if (node.Shape[1] > 1)
            _joined[GroupOf(MatrixOf(node))] = GroupOf(index);
    }

    // A product takes its factors as they are; a source that only products read is a group of its own.
    private void Consider(Step.MatMul step)
    {
        foreach (Node factor in step.Product.Inputs)
            if (factor.Shape is { Rank: 2, HasBatch: true } && factor.Shape[1] > 1)
                MatrixOf(factor);
    }

    private void KeepRowMajor(Node node)
    {
        _rowMajor.Add(MatrixOf(node));
        _rowMajor.Add(MatrixOf(Storage.Of(node)));
    }

    private int MatrixOf(Node node)
    {
        if (!_matrices.TryGetValue(node, out int item))
        {
            _matrices[node] = item = _joined.Count;
            _joined.Add(item);
        }
        return item;
    }

    private int GroupOf(int item)
    {
        while (_joined[item] != item)
            item = _joined[item] = _joined[_joined[item]];
        return item;
    }

    private bool IsFeatureMajor(Node node) =>
        _matrices.TryGetValue(node, out int item) && _featureMajor.Contains(GroupOf(item));

    private void Choose(LayoutPolicy policy)
    {
        int[] groups =
        [
            .. Enumerable.Range(0, _joined.Count).Select(GroupOf).Distinct().Where(group => !_rowMajor.Contains(group)),
        ];
        if (policy == LayoutPolicy.FeatureMajor)
            _featureMajor.UnionWith(groups);
        if (policy != LayoutPolicy.Cheapest || groups.Length == 0)
            return;

        ILookup<int, int> affected = AffectedSteps();
        Descend(groups, affected);
        int[] fromRowMajor = [.. _featureMajor];
        double cost = TotalCost(groups);
        _featureMajor.UnionWith(groups);
        Descend(groups, affected);
        if (TotalCost(groups) >= cost * (1 - LeastSaving))
        {
            _featureMajor.Clear();
            _featureMajor.UnionWith(fromRowMajor);
        }
    }

    private void Descend(int[] groups, ILookup<int, int> affected)
    {
        bool hasChanged = true;
        for (int pass = 0; pass < MostPasses && hasChanged; pass++)
        {
            hasChanged = false;
            foreach (int group in groups)
            {
                double before = Cost(affected[group]) + CopyCost(group);
                Flip(group);
                if (Cost(affected[group]) + CopyCost(group) < before * (1 - LeastSaving))
                    hasChanged = true;
                else
                    Flip(group);
            }
        }
    }

    private void Flip(int group)
    {
        if (!_featureMajor.Remove(group))
            _featureMajor.Add(group);
    }

    // The steps whose cost a group's layout changes: its own, and the products of its values.
    private ILookup<int, int> AffectedSteps() =>
        Enumerable
            .Range(0, _steps.Count)
            .SelectMany(step =>
                (_steps[step] is Step.MatMul matMul ? matMul.Product.Inputs : [])
                    .Where(_matrices.ContainsKey)
                    .Select(input => GroupOf(_matrices[input]))
                    .Append(GroupOf(step))
                    .Distinct()
                    .Select(group => (group, step))
            )
            .ToLookup(pair => pair.group, pair => pair.step);

    private double TotalCost(int[] groups) => Cost(Enumerable.Range(0, _steps.Count)) + groups.Sum(CopyCost);

    private double CopyCost(int group) =>
        _featureMajor.Contains(group) && _shown.TryGetValue(group, out double cost) ? cost : 0;

    private double Cost(IEnumerable<int> steps) => steps.Sum(step => _cost.Of(_steps[step], IsStepFeatureMajor(step)));

    private bool IsStepFeatureMajor(int step) => _featureMajor.Contains(GroupOf(step));

    private Step LayOut(Step step, int index) =>
        (step, IsStepFeatureMajor(index)) switch
        {
            (Step.MatMul matMul, bool isFeatureMajor) => LayOut(matMul, isFeatureMajor),
            (Step.Elementwise(FusedProgram program), true) => new Step.Elementwise(LayOut(program)),
            (Step.Reduce reduce, true) => reduce with
            {
                Prologue = reduce.Prologue is FusedProgram prologue ? LayOut(prologue) : null,
                Space = reduce.Space with { IsTransposed = true },
            },
            _ => step,
        };

    private Step.MatMul LayOut(Step.MatMul step, bool isFeatureMajor)
    {
        ProductWay way = _cost.WayOf(step, isFeatureMajor);
        return step with
        {
            Way = way,
            Epilogue = isFeatureMajor && step.Epilogue is FusedProgram epilogue ? LayOut(epilogue) : step.Epilogue,
            Left = way == ProductWay.Columns ? step.Left : CopyOf(step.Left),
            Right = way == ProductWay.Terms ? CopyOf(step.Right) : step.Right,
            Target = CopyOf(step.Target),
        };
    }

    private FusedProgram LayOut(FusedProgram program)
    {
        FusedProgram transposed = program.Transpose();
        return transposed with
        {
            Operands = transposed
                .Operands.Select(operand => operand with { Value = CopyOf(operand.Value) })
                .ToValueList(),
        };
    }

    private Node CopyOf(Node node) => _copies.GetValueOrDefault(node, node);
}
