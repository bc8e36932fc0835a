using System.Globalization;
using System.Numerics;
using System.Text;

namespace Functional;

/// <summary>
/// An immutable array of numbers: a shape and its row-major data. It carries parameters, gradients, predictions and data;
/// arithmetic belongs to networks.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/> in plans; any number type as data.</typeparam>
public sealed class Tensor<T> : IEquatable<Tensor<T>>
    where T : unmanaged, INumber<T>
{
    private readonly T[] _data;

    /// <summary>Creates a tensor of a shape from row-major data, copied.</summary>
    /// <exception cref="ShapeException">The data's length is not the shape's element count, or the shape has a batch dimension.</exception>
    public Tensor(Shape shape, ReadOnlySpan<T> data)
        : this(shape, data.ToArray()) { }

    internal Tensor(Shape shape, T[] owned)
    {
        if (shape.HasBatch)
            throw new ShapeException($"Tensor {shape}: a tensor's sizes are all known. Use shape.ForRows(rows) first.");
        if (owned.Length != shape.Count)
            throw new ShapeException(
                $"Tensor {shape}: expected {shape.Count} elements, got {owned.Length}. Give as many elements as the shape holds."
            );
        Shape = shape;
        _data = owned;
    }

    /// <summary>The sizes, outermost first.</summary>
    public Shape Shape { get; }

    /// <summary>The number of elements.</summary>
    public int Count => _data.Length;

    /// <summary>The elements in row-major order.</summary>
    public ReadOnlySpan<T> Data => _data;

    /// <summary>The element at one index per dimension.</summary>
    /// <exception cref="IndexOutOfRangeException">Too few or too many indices, or one outside its dimension.</exception>
    public T this[params ReadOnlySpan<int> indices] =>
        indices.Length == Shape.Rank
            ? _data[Offset(indices)]
            : throw new IndexOutOfRangeException(
                $"A tensor of shape {Shape} takes {Shape.Rank} indices, got {indices.Length}."
            );

    /// <summary>The part at one index per leading dimension: <c>images.Slice(3)</c> is the fourth image.</summary>
    /// <exception cref="IndexOutOfRangeException">More indices than dimensions, or one outside its dimension.</exception>
    public Tensor<T> Slice(params ReadOnlySpan<int> indices)
    {
        Shape part = new(Shape.Dimensions[Math.Min(indices.Length, Shape.Rank)..]);
        return new Tensor<T>(part, Data.Slice(Offset(indices), part.Count));
    }

    /// <summary>Rows <paramref name="range"/> of the outermost dimension.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range reaches outside the outermost dimension or is empty.</exception>
    public Tensor<T> Rows(Range range)
    {
        if (Shape.Rank == 0)
            throw new ArgumentOutOfRangeException(nameof(range), "A scalar has no rows.");
        (int start, int length) = range.GetOffsetAndLength(Shape[0]);
        ArgumentOutOfRangeException.ThrowIfZero(length, nameof(range));
        int row = Count / Shape[0];
        return new Tensor<T>(new Shape([length, .. Shape.Dimensions[1..]]), Data.Slice(start * row, length * row));
    }

    /// <summary>The same data under another shape of the same element count.</summary>
    /// <exception cref="ShapeException">The element counts differ.</exception>
    public Tensor<T> Reshape(Shape shape) => new(shape, _data);

    /// <summary>The same numbers in another type, each rounded to nearest.</summary>
    public Tensor<TOther> Cast<TOther>()
        where TOther : unmanaged, INumber<TOther>
    {
        TOther[] data = new TOther[Count];
        for (int i = 0; i < data.Length; i++)
            data[i] = TOther.CreateTruncating(_data[i]);
        return new Tensor<TOther>(Shape, data);
    }

    /// <summary>Same shape and equal elements; two NaN in the same place count as equal, as do 0 and −0.</summary>
    public bool Equals(Tensor<T>? other) =>
        other is not null && Shape == other.Shape && Data.SequenceEqual(other.Data, EqualityComparer<T>.Default);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Tensor<T>);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = new();
        hash.Add(Shape);
        foreach (T value in Data[..Math.Min(Count, 16)])
            hash.Add(value);
        return hash.ToHashCode();
    }

    /// <summary>Shape and elements; long dimensions show their first and last three entries.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(Shape).Append(' ');
        Print(text, 0, 0);
        return text.ToString();
    }

    private int Offset(ReadOnlySpan<int> indices)
    {
        if (indices.Length > Shape.Rank)
            throw new IndexOutOfRangeException(
                $"A tensor of shape {Shape} takes at most {Shape.Rank} indices, got {indices.Length}."
            );
        int offset = 0;
        int stride = Count;
        for (int i = 0; i < indices.Length; i++)
        {
            if ((uint)indices[i] >= (uint)Shape[i])
                throw new IndexOutOfRangeException($"Index {indices[i]} at position {i} is outside shape {Shape}.");
            stride /= Shape[i];
            offset += indices[i] * stride;
        }
        return offset;
    }

    private void Print(StringBuilder text, int dimension, int offset)
    {
        if (dimension == Shape.Rank)
        {
            text.Append(string.Create(CultureInfo.InvariantCulture, $"{_data[offset]:G6}"));
            return;
        }
        const int shown = 3;
        int size = Shape[dimension];
        int stride = new Shape(Shape.Dimensions[(dimension + 1)..]).Count;
        text.Append('[');
        for (int i = 0; i < size; i++)
        {
            if (i > 0)
                text.Append(", ");
            if (i == shown && size > 2 * shown)
            {
                text.Append("…, ");
                i = size - shown;
            }
            Print(text, dimension + 1, offset + i * stride);
        }
        text.Append(']');
    }
}
