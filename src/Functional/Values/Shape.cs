using System.Globalization;

namespace Functional;

/// <summary>
/// The sizes of a row-major array, outermost first; printed as <c>[32, 784]</c>. A leading <see cref="Batch"/> stands for the
/// number of rows, known only when a plan runs, and prints as <c>B</c>. The empty shape <c>[]</c> is a scalar.
/// </summary>
public readonly struct Shape : IEquatable<Shape>
{
    /// <summary>The dimension that stands for the number of rows in a batch.</summary>
    public const int Batch = -1;

    private readonly ValueList<int> _dimensions;

    /// <summary>Creates a shape from its sizes, outermost first.</summary>
    /// <exception cref="ShapeException">A size is below 1 (only the first may be <see cref="Batch"/>), or the product exceeds 2³¹ − 1.</exception>
    public Shape(params ReadOnlySpan<int> dimensions)
    {
        long count = 1;
        for (int i = 0; i < dimensions.Length; i++)
        {
            int size = dimensions[i];
            if (size < 1 && !(i == 0 && size == Batch))
                throw new ShapeException(
                    $"Shape [{string.Join(", ", dimensions.ToArray())}]: every size must be at least 1, got {size} at position {i}. Give the real sizes, outermost first."
                );
            count *= Math.Max(size, 1);
            if (count > int.MaxValue)
                throw new ShapeException(
                    $"Shape [{string.Join(", ", dimensions.ToArray())}]: more than 2³¹ − 1 elements. Split the array or reduce a size."
                );
        }
        _dimensions = ValueList.Create(dimensions);
    }

    /// <summary>The shape of one number, <c>[]</c>.</summary>
    public static Shape Scalar => default;

    /// <summary>The number of dimensions.</summary>
    public int Rank => _dimensions.Count;

    /// <summary>The size at <paramref name="index"/>; an index from the end works too: <c>shape[^1]</c>.</summary>
    public int this[Index index] => _dimensions[index.GetOffset(Rank)];

    /// <summary>Whether the first dimension is the batch.</summary>
    public bool HasBatch => Rank > 0 && _dimensions[0] == Batch;

    /// <summary>The sizes, outermost first.</summary>
    public ReadOnlySpan<int> Dimensions => _dimensions.AsSpan();

    /// <summary>The number of elements; per row when the shape has a batch dimension.</summary>
    public int Count
    {
        get
        {
            int count = 1;
            foreach (int size in Dimensions)
                count *= size == Batch ? 1 : size;
            return count;
        }
    }

    /// <summary>The shape of a batch whose rows have this shape: <c>[784]</c> becomes <c>[B, 784]</c>.</summary>
    public Shape WithBatch() => new([Batch, .. Dimensions]);

    /// <summary>The shape of one row: <c>[B, 784]</c> becomes <c>[784]</c>.</summary>
    public Shape WithoutBatch() => HasBatch ? new(Dimensions[1..]) : this;

    /// <summary>This shape with the batch dimension replaced by a number of rows.</summary>
    public Shape ForRows(int rows) => HasBatch ? new([rows, .. Dimensions[1..]]) : this;

    /// <summary>Whether <paramref name="other"/> equals this shape's innermost dimensions, as <c>[784]</c> does those of <c>[B, 784]</c>.</summary>
    public bool EndsWith(Shape other) =>
        other.Rank <= Rank && Dimensions[^other.Rank..].SequenceEqual(other.Dimensions);

    /// <inheritdoc/>
    public bool Equals(Shape other) => _dimensions == other._dimensions;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _dimensions.GetHashCode();

    /// <summary>Whether both shapes have the same sizes in the same order.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether the shapes differ.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The sizes in brackets: <c>[B, 28, 28]</c>.</summary>
    public override string ToString() =>
        $"[{string.Join(", ", _dimensions.Select(size => size == Batch ? "B" : size.ToString(CultureInfo.InvariantCulture)))}]";
}
