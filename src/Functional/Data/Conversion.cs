using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Functional;

/// <summary>Stored numbers to the type a plan computes in: copied when the types match, else converted in SIMD.</summary>
internal static class Conversion
{
    /// <summary>
    /// Writes every number of <paramref name="source"/>, rounded once to <typeparamref name="TTo"/>; bytes are multiplied by
    /// <paramref name="scale"/>, other types ignore it. <paramref name="destination"/> must be at least as long.
    /// </summary>
    /// <exception cref="NotSupportedException"><typeparamref name="TTo"/> is neither float nor double.</exception>
    public static void Convert<TFrom, TTo>(ReadOnlySpan<TFrom> source, Span<TTo> destination, double scale)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        // The type tests are constants for the JIT: one branch remains.
        if (typeof(TFrom) == typeof(TTo))
            Cast<TFrom, TTo>(source).CopyTo(destination);
        else if (typeof(TFrom) == typeof(byte) && typeof(TTo) == typeof(float))
            BytesToSingle(Cast<TFrom, byte>(source), Cast<TTo, float>(destination), (float)scale);
        else if (typeof(TFrom) == typeof(byte) && typeof(TTo) == typeof(double))
            BytesToDouble(Cast<TFrom, byte>(source), Cast<TTo, double>(destination), scale);
        else if (typeof(TFrom) == typeof(float) && typeof(TTo) == typeof(double))
            SingleToDouble(Cast<TFrom, float>(source), Cast<TTo, double>(destination));
        else if (typeof(TFrom) == typeof(double) && typeof(TTo) == typeof(float))
            DoubleToSingle(Cast<TFrom, double>(source), Cast<TTo, float>(destination));
        else if (typeof(TFrom) == typeof(int) && typeof(TTo) == typeof(float))
            LabelsToSingle(Cast<TFrom, int>(source), Cast<TTo, float>(destination));
        else if (typeof(TFrom) == typeof(int) && typeof(TTo) == typeof(double))
            LabelsToDouble(Cast<TFrom, int>(source), Cast<TTo, double>(destination));
        else
            throw new NotSupportedException(
                $"A dataset gives float or double, not {typeof(TTo).Name}. Ask for float or double."
            );
    }

    // The last vector ends where the span ends, overlapping the one before it: no scalar tail beyond a vector's width.
    private static void BytesToSingle(ReadOnlySpan<byte> source, Span<float> destination, float scale)
    {
        int last = source.Length - Vector<byte>.Count;
        if (last < 0)
        {
            for (int i = 0; i < source.Length; i++)
                destination[i] = source[i] * scale;
            return;
        }
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref float to = ref MemoryMarshal.GetReference(destination[..source.Length]);
        Vector<float> factor = new(scale);
        for (int i = 0; ; i = Math.Min(i + Vector<byte>.Count, last))
        {
            Widen(ref from, i, out Vector<float> a, out Vector<float> b, out Vector<float> c, out Vector<float> d);
            (a * factor).StoreUnsafe(ref to, (nuint)i);
            (b * factor).StoreUnsafe(ref to, (nuint)(i + Vector<float>.Count));
            (c * factor).StoreUnsafe(ref to, (nuint)(i + 2 * Vector<float>.Count));
            (d * factor).StoreUnsafe(ref to, (nuint)(i + 3 * Vector<float>.Count));
            if (i == last)
                return;
        }
    }

    private static void BytesToDouble(ReadOnlySpan<byte> source, Span<double> destination, double scale)
    {
        int last = source.Length - Vector<byte>.Count;
        if (last < 0)
        {
            for (int i = 0; i < source.Length; i++)
                destination[i] = source[i] * scale;
            return;
        }
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref double to = ref MemoryMarshal.GetReference(destination[..source.Length]);
        Vector<double> factor = new(scale);
        for (int i = 0; ; i = Math.Min(i + Vector<byte>.Count, last))
        {
            Widen(ref from, i, out Vector<float> a, out Vector<float> b, out Vector<float> c, out Vector<float> d);
            StoreScaled(a, factor, ref to, i);
            StoreScaled(b, factor, ref to, i + Vector<float>.Count);
            StoreScaled(c, factor, ref to, i + 2 * Vector<float>.Count);
            StoreScaled(d, factor, ref to, i + 3 * Vector<float>.Count);
            if (i == last)
                return;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen(
        ref byte from,
        int offset,
        out Vector<float> a,
        out Vector<float> b,
        out Vector<float> c,
        out Vector<float> d
    )
    {
        Vector.Widen(Vector.LoadUnsafe(ref from, (nuint)offset), out Vector<ushort> low, out Vector<ushort> high);
        Vector.Widen(low, out Vector<uint> first, out Vector<uint> second);
        Vector.Widen(high, out Vector<uint> third, out Vector<uint> fourth);
        // As signed integers: 0 … 255 convert the same, in one instruction.
        a = Vector.ConvertToSingle(Vector.AsVectorInt32(first));
        b = Vector.ConvertToSingle(Vector.AsVectorInt32(second));
        c = Vector.ConvertToSingle(Vector.AsVectorInt32(third));
        d = Vector.ConvertToSingle(Vector.AsVectorInt32(fourth));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreScaled(Vector<float> values, Vector<double> factor, ref double to, int offset)
    {
        Vector.Widen(values, out Vector<double> low, out Vector<double> high);
        (low * factor).StoreUnsafe(ref to, (nuint)offset);
        (high * factor).StoreUnsafe(ref to, (nuint)(offset + Vector<double>.Count));
    }

    private static void SingleToDouble(ReadOnlySpan<float> source, Span<double> destination)
    {
        int i = 0;
        for (; i <= source.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(source[i..]), out Vector<double> low, out Vector<double> high);
            low.CopyTo(destination[i..]);
            high.CopyTo(destination[(i + Vector<double>.Count)..]);
        }
        for (; i < source.Length; i++)
            destination[i] = source[i];
    }

    private static void DoubleToSingle(ReadOnlySpan<double> source, Span<float> destination)
    {
        int i = 0;
        for (; i <= source.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<double> low = new(source[i..]);
            Vector<double> high = new(source[(i + Vector<double>.Count)..]);
            Vector.Narrow(low, high).CopyTo(destination[i..]);
        }
        for (; i < source.Length; i++)
            destination[i] = (float)source[i];
    }

    private static void LabelsToSingle(ReadOnlySpan<int> source, Span<float> destination)
    {
        for (int i = 0; i < source.Length; i++)
            destination[i] = source[i];
    }

    private static void LabelsToDouble(ReadOnlySpan<int> source, Span<double> destination)
    {
        for (int i = 0; i < source.Length; i++)
            destination[i] = source[i];
    }

    private static ReadOnlySpan<TTo> Cast<TFrom, TTo>(ReadOnlySpan<TFrom> span)
        where TFrom : unmanaged
        where TTo : unmanaged => MemoryMarshal.Cast<TFrom, TTo>(span);

    private static Span<TTo> Cast<TFrom, TTo>(Span<TFrom> span)
        where TFrom : unmanaged
        where TTo : unmanaged => MemoryMarshal.Cast<TFrom, TTo>(span);
}
