using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Functional;

/// <summary>Type codes, sizes and byte order of IDX.</summary>
internal static class IdxFormat
{
    /// <summary>The type code of a .NET type; null where there is none.</summary>
    public static IdxElementType? TypeOf<T>() =>
        typeof(T) == typeof(byte) ? IdxElementType.UnsignedByte
        : typeof(T) == typeof(sbyte) ? IdxElementType.SignedByte
        : typeof(T) == typeof(short) ? IdxElementType.Short
        : typeof(T) == typeof(int) ? IdxElementType.Int
        : typeof(T) == typeof(float) ? IdxElementType.Float
        : typeof(T) == typeof(double) ? IdxElementType.Double
        : null;

    /// <summary>Bytes per element.</summary>
    public static int Size(IdxElementType type) =>
        type switch
        {
            IdxElementType.UnsignedByte or IdxElementType.SignedByte => 1,
            IdxElementType.Short => 2,
            IdxElementType.Double => 8,
            _ => 4,
        };

    /// <summary>Big-endian bytes to elements of 1, 2, 4 or 8 bytes.</summary>
    public static void Decode<T>(ReadOnlySpan<byte> bytes, Span<T> elements)
        where T : unmanaged => Swap(MemoryMarshal.Cast<byte, T>(bytes), elements);

    /// <summary>Elements to big-endian bytes.</summary>
    public static void Encode<T>(ReadOnlySpan<T> elements, Span<byte> bytes)
        where T : unmanaged => Swap(elements, MemoryMarshal.Cast<byte, T>(bytes));

    // The same both ways; the bits of floating-point numbers are swapped as integers, so NaN payloads survive.
    private static unsafe void Swap<T>(ReadOnlySpan<T> from, Span<T> to)
        where T : unmanaged
    {
        if (sizeof(T) == 1 || !BitConverter.IsLittleEndian)
            from.CopyTo(to);
        else if (sizeof(T) == 2)
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<T, short>(from), MemoryMarshal.Cast<T, short>(to));
        else if (sizeof(T) == 4)
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<T, int>(from), MemoryMarshal.Cast<T, int>(to));
        else
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<T, long>(from), MemoryMarshal.Cast<T, long>(to));
    }
}
