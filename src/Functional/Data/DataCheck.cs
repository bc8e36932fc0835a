using System.Numerics;

namespace Functional;

/// <summary>The rules a dataset keeps, each checked once when it is made; what breaks one is named with its place and a fix.</summary>
internal static class DataCheck
{
    /// <summary>Neither scalar nor batched: a row has at least one dimension, all sizes known.</summary>
    public static void RowShape(Shape shape, string what)
    {
        if (shape.Rank == 0 || shape.HasBatch)
            throw new DataException(
                $"Dataset: the shape of one row of {what} must list its sizes, as [784] or [28, 28], got {shape}. "
                    + (shape.HasBatch ? $"Use {shape.WithoutBatch()}." : "Use [1] for one number per row.")
            );
    }

    /// <summary>The number of rows that <paramref name="length"/> numbers make.</summary>
    public static int Rows(int length, Shape rowShape, string what)
    {
        if (length == 0)
            throw new DataException($"Dataset: there are no {what}. Give at least one row of shape {rowShape}.");
        int rowLength = rowShape.Count;
        if (length % rowLength != 0)
            throw new DataException(
                $"Dataset: {length} numbers are not a whole number of rows of {what} of shape {rowShape} ({rowLength} numbers each); "
                    + $"{length % rowLength} are left over. Give rows × {rowLength} numbers, or correct the shape."
            );
        return length / rowLength;
    }

    /// <summary>As many rows of targets as of features.</summary>
    public static void SameRows(int features, int targets)
    {
        if (features != targets)
            throw new DataException(
                $"Dataset: {features} rows of features but {targets} rows of targets. Give one row of targets for each row of features."
            );
    }

    /// <summary>As many names as there are things to name, or none.</summary>
    public static void Names(ValueList<string> names, int expected, string what)
    {
        if (names.Count != 0 && names.Count != expected)
            throw new DataException(
                $"Dataset: {names.Count} names for {expected} {what}. Give {expected} names, or none."
            );
    }

    /// <summary>No NaN, no infinity.</summary>
    public static void Finite<T>(ReadOnlySpan<T> values, int rowLength, string what, ValueList<string> names)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++)
            if (!T.IsFinite(values[i]))
                throw new DataException(
                    $"Dataset: row {i / rowLength}, column {i % rowLength}{Named(names, i % rowLength)} of the {what} is {Printed(values[i])}. "
                        + "Every number must be finite: remove the row, or fill the value in."
                );
    }

    /// <summary>At least two classes, every label one of them.</summary>
    public static void Labels(ReadOnlySpan<int> labels, int classCount)
    {
        if (classCount < 2)
            throw new DataException(
                $"Dataset: classCount must be at least 2, got {classCount}. Give the number of classes; two for yes or no."
            );
        for (int row = 0; row < labels.Length; row++)
            if ((uint)labels[row] >= (uint)classCount)
                throw new DataException(
                    $"Dataset: the label of row {row} is {labels[row]}, outside 0 … {classCount - 1} for {classCount} classes. "
                        + "Number the classes from 0, or raise classCount."
                );
    }

    /// <summary>A positive finite factor.</summary>
    public static void Scale(double scale)
    {
        if (!(double.IsFinite(scale) && scale > 0))
            throw new DataException(
                $"Dataset: the scale of byte features must be positive and finite, got {scale}. Use 1.0 / 255 to map bytes to 0 … 1."
            );
    }

    private static string Named(ValueList<string> names, int column) =>
        names.Count > column ? $" '{names[column]}'" : "";

    private static string Printed<T>(T value)
        where T : IFloatingPointIeee754<T> =>
        T.IsNaN(value) ? "NaN"
        : T.IsPositive(value) ? "+∞"
        : "−∞";
}
