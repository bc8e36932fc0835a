using Functional.Graphs;

namespace Functional.Plans;

/// <summary>How an operand's elements lie under a program's rows and columns.</summary>
internal enum OperandLayout
{
    /// <summary>One element per row and column.</summary>
    Full,

    /// <summary>One row, the same for every row.</summary>
    EveryRow,

    /// <summary>One element per row.</summary>
    PerRow,

    /// <summary>One element.</summary>
    Scalar,
}

/// <summary>A value that a program reads or writes.</summary>
/// <param name="Value">The node whose value it is.</param>
/// <param name="Layout">How it lies.</param>
/// <param name="IsWritten">Whether the program writes it.</param>
internal sealed record Operand(Node Value, OperandLayout Layout, bool IsWritten);

/// <summary>The rows and columns that a step runs over.</summary>
/// <param name="Rows">Rows, or rows per row of the batch.</param>
/// <param name="PerBatchRow">Whether <paramref name="Rows"/> counts per row of the batch.</param>
/// <param name="Columns">Columns.</param>
/// <param name="IsTransposed">Whether the step runs along the rows' numbers, column by column: over feature-major values.</param>
internal readonly record struct IterationSpace(int Rows, bool PerBatchRow, int Columns, bool IsTransposed = false)
{
    /// <summary>A shape's elements as rows of a number of columns.</summary>
    public static IterationSpace Of(Shape shape, int columns) => new(shape.Count / columns, shape.HasBatch, columns);

    /// <summary>A shape's elements with its last dimension as columns.</summary>
    public static IterationSpace Of(Shape shape) =>
        Of(shape, shape.Rank == 0 || shape[^1] == Shape.Batch ? 1 : shape[^1]);

    /// <summary>How often a kernel moves on to a next row, for a batch.</summary>
    public int RowsFor(int batch) => IsTransposed ? Columns : Count(batch);

    /// <summary>How many elements a kernel runs along in every row, for a batch.</summary>
    public int ColumnsFor(int batch) => IsTransposed ? Count(batch) : Columns;

    public long ElementsFor(int batch) => (long)Count(batch) * Columns;

    public override string ToString()
    {
        string rows = PerBatchRow
            ? Rows == 1
                ? "B"
                : $"B·{Rows}"
            : $"{Rows}";
        return IsTransposed ? $"{Columns}×{rows}" : $"{rows}×{Columns}";
    }

    private int Count(int batch) => PerBatchRow ? Rows * batch : Rows;
}

/// <summary>A fused program on its operands.</summary>
/// <param name="Code">What it does.</param>
/// <param name="Operands">What it does it to; the code's operand numbers index this.</param>
/// <param name="Space">The rows and columns it covers.</param>
/// <param name="Nodes">The operations fused in it.</param>
internal sealed record FusedProgram(
    ProgramCode Code,
    ValueList<Operand> Operands,
    IterationSpace Space,
    ValueList<Node> Nodes
)
{
    /// <summary>Whether rows can be run through as one long row.</summary>
    public bool IsFlat
    {
        // Asked whenever the number of rows changes: loops, for they allocate nothing.
        get
        {
            if (Space.IsTransposed)
                return false;
            foreach (Operand operand in Operands.AsSpan())
                if (operand.Layout is not (OperandLayout.Full or OperandLayout.Scalar))
                    return false;
            foreach (Node node in Nodes.AsSpan())
                if (node.Primitive is Primitive.OneHot)
                    return false;
            return true;
        }
    }

    public IEnumerable<Node> Reads => Operands.Where(operand => !operand.IsWritten).Select(operand => operand.Value);

    public IEnumerable<Node> Writes => Operands.Where(operand => operand.IsWritten).Select(operand => operand.Value);

    /// <summary>The same over feature-major values: what was one row for all is one element per row, and the other way round.</summary>
    public FusedProgram Transpose()
    {
        Operand[] operands = [.. Operands.Select(operand => operand with { Layout = Transpose(operand.Layout) })];
        return this with
        {
            Code = new(
                Code.Statements.Select(statement => statement with { Value = statement.Value.WithOperands(Load) })
                    .ToValueList(),
                Code.Operands
            ),
            Operands = operands.ToValueList(),
            Space = Space with { IsTransposed = true },
        };

        ProgramExpression Load(int operand) => ProgramExpression.LoadOf(operand, operands[operand].Layout);
    }

    /// <summary>
    /// The same with one operand for what lies in one place, as a parameter and its updated value do: fewer addresses for the kernel to hold.
    /// </summary>
    /// <param name="placeOf">Where a value lies.</param>
    public FusedProgram MergeOperands(Func<Node, long> placeOf)
    {
        List<Operand> merged = [];
        int[] numbers = new int[Operands.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            Operand operand = Operands[i];
            numbers[i] = merged.FindIndex(other =>
                operand.Layout == OperandLayout.Full
                && other.Layout == OperandLayout.Full
                && placeOf(other.Value) == placeOf(operand.Value)
            );
            if (numbers[i] >= 0)
                continue;
            numbers[i] = merged.Count;
            merged.Add(operand);
        }
        return this with
        {
            Code = new(Code.Statements.Select(Renumber).ToValueList(), merged.Count),
            Operands = merged.ToValueList(),
        };

        ProgramStatement Renumber(ProgramStatement statement)
        {
            ProgramExpression value = statement.Value.WithOperands(operand =>
                ProgramExpression.LoadOf(numbers[operand], Operands[operand].Layout)
            );
            return statement is ProgramStatement.Store(int target, _)
                ? new ProgramStatement.Store(numbers[target], value)
                : statement with
                {
                    Value = value,
                };
        }
    }

    private static OperandLayout Transpose(OperandLayout layout) =>
        layout switch
        {
            OperandLayout.EveryRow => OperandLayout.PerRow,
            OperandLayout.PerRow => OperandLayout.EveryRow,
            _ => layout,
        };
}
