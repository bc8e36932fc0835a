using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace Functional;

/// <summary>
/// Rows of numbers in the type they came in: <c>float[]</c>, <c>double[]</c>, <c>int[]</c> (labels), or <c>byte[]</c> with a scale
/// (value = byte × scale). The array is never written to, so storages may share it; only its first rows may be in use.
/// </summary>
internal sealed class RowStorage
{
    private const int CacheLine = 64;
    private const int RowsAhead = 2;

    private readonly Array _values;

    public RowStorage(Array values, int rowLength, double scale = 1)
        : this(values, rowLength, scale, values.Length / rowLength) { }

    private RowStorage(Array values, int rowLength, double scale, int count)
    {
        Debug.Assert(values is float[] or double[] or int[] or byte[]);
        _values = values;
        RowLength = rowLength;
        Scale = scale;
        Count = count;
    }

    /// <summary>Numbers per row.</summary>
    public int RowLength { get; }

    /// <summary>What bytes are multiplied by; 1 for other types.</summary>
    public double Scale { get; }

    /// <summary>The number of rows.</summary>
    public int Count { get; }

    /// <summary>Whether the numbers are of this type.</summary>
    public bool Stores<T>() => _values is T[];

    /// <summary>The numbers as stored, row-major.</summary>
    public ReadOnlySpan<T> AsSpan<T>() => ((T[])_values).AsSpan(0, Count * RowLength);

    /// <summary>Writes one row.</summary>
    public void CopyRow<T>(int row, Span<T> destination)
        where T : unmanaged
    {
        if ((uint)row >= (uint)Count)
            throw OutOfRange(row);
        Copy(row, 1, destination);
    }

    /// <summary>Writes every row.</summary>
    public void CopyAll<T>(Span<T> destination)
        where T : unmanaged => Copy(0, Count, destination);

    /// <summary>Writes the rows at these positions, one after the other; nothing is allocated.</summary>
    public void CopyRows<T>(ReadOnlySpan<int> rows, Span<T> destination)
        where T : unmanaged
    {
        switch (_values)
        {
            case float[] values:
                Gather(values, rows, destination);
                break;
            case double[] values:
                Gather(values, rows, destination);
                break;
            case byte[] values:
                Gather(values, rows, destination);
                break;
            case int[] values:
                Gather(values, rows, destination);
                break;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>A storage of its own with the rows at these positions.</summary>
    public RowStorage Select(ReadOnlySpan<int> rows)
    {
        return _values switch
        {
            float[] values => Selected(values, rows),
            double[] values => Selected(values, rows),
            byte[] values => Selected(values, rows),
            int[] values => Selected(values, rows),
            _ => throw new UnreachableException(),
        };

        RowStorage Selected<TStored>(TStored[] values, ReadOnlySpan<int> positions)
            where TStored : unmanaged
        {
            TStored[] selected = new TStored[positions.Length * RowLength];
            Gather(values, positions, selected.AsSpan());
            return new RowStorage(selected, RowLength, Scale);
        }
    }

    /// <summary>The first rows, sharing the memory.</summary>
    public RowStorage Take(int count) => new(_values, RowLength, Scale, count);

    /// <summary>Both storages' rows; where their types differ, in the narrowest of float and double that holds both.</summary>
    public RowStorage Concat(RowStorage other)
    {
        if (_values.GetType() == other._values.GetType() && Scale.Equals(other.Scale))
            return _values switch
            {
                float[] => Joined<float>(this, other),
                double[] => Joined<double>(this, other),
                byte[] => new RowStorage((byte[])[.. AsSpan<byte>(), .. other.AsSpan<byte>()], RowLength, Scale),
                int[] => new RowStorage((int[])[.. AsSpan<int>(), .. other.AsSpan<int>()], RowLength),
                _ => throw new UnreachableException(),
            };
        bool narrow = (Stores<float>() || Stores<byte>()) && (other.Stores<float>() || other.Stores<byte>());
        return narrow ? Joined<float>(this, other) : Joined<double>(this, other);

        static RowStorage Joined<T>(RowStorage first, RowStorage second)
            where T : unmanaged
        {
            int length = first.Count * first.RowLength;
            T[] joined = new T[length + second.Count * second.RowLength];
            first.CopyAll(joined.AsSpan(0, length));
            second.CopyAll(joined.AsSpan(length));
            return new RowStorage(joined, first.RowLength);
        }
    }

    /// <summary>Whether both store the same numbers in the same type.</summary>
    public bool ContentEquals(RowStorage other)
    {
        if (RowLength != other.RowLength || Count != other.Count || !Scale.Equals(other.Scale))
            return false;
        return _values switch
        {
            float[] => other.Stores<float>() && AsSpan<float>().SequenceEqual(other.AsSpan<float>()),
            double[] => other.Stores<double>() && AsSpan<double>().SequenceEqual(other.AsSpan<double>()),
            byte[] => other.Stores<byte>() && AsSpan<byte>().SequenceEqual(other.AsSpan<byte>()),
            int[] => other.Stores<int>() && AsSpan<int>().SequenceEqual(other.AsSpan<int>()),
            _ => throw new UnreachableException(),
        };
    }

    private void Copy<T>(int row, int count, Span<T> destination)
        where T : unmanaged
    {
        int start = row * RowLength;
        int length = count * RowLength;
        CheckDestination(length, destination.Length);
        switch (_values)
        {
            case float[] values:
                Conversion.Convert<float, T>(values.AsSpan(start, length), destination, Scale);
                break;
            case double[] values:
                Conversion.Convert<double, T>(values.AsSpan(start, length), destination, Scale);
                break;
            case byte[] values:
                Conversion.Convert<byte, T>(values.AsSpan(start, length), destination, Scale);
                break;
            case int[] values:
                Conversion.Convert<int, T>(values.AsSpan(start, length), destination, Scale);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private unsafe void Gather<TStored, T>(TStored[] values, ReadOnlySpan<int> rows, Span<T> destination)
        where TStored : unmanaged
        where T : unmanaged
    {
        int rowLength = RowLength;
        CheckDestination((long)rows.Length * rowLength, destination.Length);
        bool prefetch = rowLength * sizeof(TStored) > CacheLine;
        for (int i = 0; i < rows.Length; i++)
        {
            int row = rows[i];
            if ((uint)row >= (uint)Count)
                throw OutOfRange(row);
            if (prefetch && i + RowsAhead < rows.Length && (uint)rows[i + RowsAhead] < (uint)Count)
                Prefetch(new ReadOnlySpan<TStored>(values, rows[i + RowsAhead] * rowLength, rowLength));
            Conversion.Convert(new ReadOnlySpan<TStored>(values, row * rowLength, rowLength), destination, Scale);
            destination = destination[rowLength..];
        }
    }

    // Shuffled rows are too far apart for the processor to guess the next.
    private static unsafe void Prefetch<TStored>(ReadOnlySpan<TStored> row)
        where TStored : unmanaged
    {
        if (!Sse.IsSupported)
            return;
        fixed (TStored* start = row)
            for (int offset = 0; offset < row.Length * sizeof(TStored); offset += CacheLine)
                Sse.Prefetch0((byte*)start + offset);
    }

    private static void CheckDestination(long needed, int length)
    {
        if (length < needed)
            throw new ArgumentException(
                $"The destination holds {length} numbers, {needed} are needed. Give a span of at least rows × numbers per row.",
                "destination"
            );
    }

    private ArgumentOutOfRangeException OutOfRange(int row) =>
        new(nameof(row), row, $"The dataset has rows 0 … {Count - 1}. Give positions in that range.");
}
