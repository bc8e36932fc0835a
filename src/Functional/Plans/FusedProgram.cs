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
internal readonly record struct IterationSpace(int Rows, bool PerBatchRow, int Columns)
{
    /// <summary>A shape's elements as rows of a number of columns.</summary>
    public static IterationSpace Of(Shape shape, int columns) => new(shape.Count / columns, shape.HasBatch, columns);

    /// <summary>A shape's elements with its last dimension as columns.</summary>
    public static IterationSpace Of(Shape shape) =>
        Of(shape, shape.Rank == 0 || shape[^1] == Shape.Batch ? 1 : shape[^1]);

    /// <summary>The number of rows for a batch.</summary>
    public int RowsFor(int batch) => PerBatchRow ? Rows * batch : Rows;

    public long ElementsFor(int batch) => (long)RowsFor(batch) * Columns;

    public override string ToString() => $"{(PerBatchRow ? Rows == 1 ? "B" : $"B·{Rows}" : Rows)}×{Columns}";
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
}
