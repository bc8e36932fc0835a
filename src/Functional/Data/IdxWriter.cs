using System.Buffers.Binary;
using System.Numerics;

namespace Functional;

/// <summary>A tensor to the bytes of an IDX file.</summary>
internal static class IdxWriter
{
    private const int ChunkBytes = 1 << 16;

    public static void Write<T>(Tensor<T> tensor, Stream stream)
        where T : unmanaged, INumber<T>
    {
        IdxElementType type = Check(tensor);
        byte[] header = new byte[4 + 4 * tensor.Shape.Rank];
        header[2] = (byte)type;
        header[3] = (byte)tensor.Shape.Rank;
        for (int i = 0; i < tensor.Shape.Rank; i++)
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * i), tensor.Shape[i]);
        stream.Write(header);

        int size = IdxFormat.Size(type);
        byte[] chunk = new byte[ChunkBytes];
        ReadOnlySpan<T> left = tensor.Data;
        while (!left.IsEmpty)
        {
            ReadOnlySpan<T> part = left[..Math.Min(left.Length, ChunkBytes / size)];
            Span<byte> bytes = chunk.AsSpan(0, part.Length * size);
            IdxFormat.Encode(part, bytes);
            stream.Write(bytes);
            left = left[part.Length..];
        }
    }

    /// <summary>The type code, when IDX can hold the tensor.</summary>
    public static IdxElementType Check<T>(Tensor<T> tensor)
        where T : unmanaged, INumber<T>
    {
        if (tensor.Shape.Rank > byte.MaxValue)
            throw new DataException(
                $"IDX holds at most 255 dimensions, the tensor has {tensor.Shape.Rank}. Reshape it first."
            );
        return IdxFormat.TypeOf<T>()
            ?? throw new DataException(
                $"IDX cannot hold {typeof(T).Name}. Cast the tensor to byte, sbyte, short, int, float or double first."
            );
    }
}
