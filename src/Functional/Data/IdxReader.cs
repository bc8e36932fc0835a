using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;

namespace Functional;

/// <summary>The bytes of an IDX file to an array. Nothing is allocated on the word of a header: memory follows what was read.</summary>
internal static class IdxReader
{
    private const int ChunkBytes = 1 << 16;

    public static IdxArray Read(Stream stream, string name)
    {
        try
        {
            byte[] magic = new byte[4];
            int read = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
            return read >= 2 && magic[0] == 0x1F && magic[1] == 0x8B
                ? ReadCompressed(new GzipSource(magic.AsMemory(0, read), stream), name)
                : ReadRaw(magic.AsSpan(0, read), stream, name);
        }
        catch (InvalidDataException e)
        {
            throw new DataException($"IDX file '{name}': the gzip data is damaged. Get the file again.", e);
        }
        catch (Exception e) when (e is IOException or NotSupportedException or ObjectDisposedException)
        {
            throw new DataException($"IDX file '{name}' cannot be read: {e.Message} Give a readable file.", e);
        }
    }

    private static IdxArray ReadCompressed(GzipSource source, string name)
    {
        using GZipStream plain = new(source, CompressionMode.Decompress, leaveOpen: true);
        byte[] magic = new byte[4];
        int read = plain.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        IdxArray array = ReadRaw(magic.AsSpan(0, read), plain, name + " (decompressed)");
        // GZipStream checks the checksum and the length at the end of the data, but not that they are there.
        long length = HeaderBytes(array.Shape) + (long)array.Shape.Count * IdxFormat.Size(array.ElementType);
        if (source.ReadByte() >= 0 || source.LastWord != (uint)length)
            throw new DataException(
                $"IDX file '{name}': the gzip data does not end with its own length, {length:N0}: the file is truncated, or bytes follow. Get the file again."
            );
        return array;
    }

    private static IdxArray ReadRaw(ReadOnlySpan<byte> magic, Stream stream, string name)
    {
        if (magic.Length < 4)
            throw Error(name, magic.Length, "the file ends inside its 4-byte magic number. Get the file again.");
        if (magic[0] != 0 || magic[1] != 0)
            throw Error(
                name,
                0,
                $"the first two bytes must be 00 00 (or 1F 8B for gzip), got {magic[0]:X2} {magic[1]:X2}. This is not an IDX file: give another."
            );
        IdxElementType type = (IdxElementType)magic[2];
        if (!Enum.IsDefined(type))
            throw Error(
                name,
                2,
                $"unknown element type {magic[2]:X2}; IDX knows 08, 09, 0B, 0C, 0D and 0E. Write the file again with one of them."
            );
        Shape shape = ReadShape(magic[3], stream, name);
        Array data = type switch
        {
            IdxElementType.UnsignedByte => ReadElements<byte>(shape, stream, name),
            IdxElementType.SignedByte => ReadElements<sbyte>(shape, stream, name),
            IdxElementType.Short => ReadElements<short>(shape, stream, name),
            IdxElementType.Int => ReadElements<int>(shape, stream, name),
            IdxElementType.Float => ReadElements<float>(shape, stream, name),
            IdxElementType.Double => ReadElements<double>(shape, stream, name),
            _ => throw new UnreachableException(),
        };
        if (stream.ReadByte() >= 0)
            throw Error(
                name,
                HeaderBytes(shape) + (long)shape.Count * IdxFormat.Size(type),
                $"there are bytes after the {shape.Count} elements of {shape}. Correct the sizes in the header, or cut the file there."
            );
        return new IdxArray(type, shape, data);
    }

    private static Shape ReadShape(int rank, Stream stream, string name)
    {
        byte[] bytes = new byte[4 * rank];
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (read < bytes.Length)
            throw Error(name, 4 + read, $"the file ends inside its {rank} dimension sizes. Get the file again.");
        int[] sizes = new int[rank];
        long count = 1;
        for (int i = 0; i < rank; i++)
        {
            uint size = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(4 * i));
            if (size == 0)
                throw Error(name, 4 + 4 * i, $"dimension {i} has size 0. Give a file with at least one element.");
            // Neither factor exceeds 2³², so the product of the checked count and the size fits.
            count *= size;
            if (count > Array.MaxLength)
                throw Error(
                    name,
                    4 + 4 * i,
                    $"dimension {i} of size {size:N0} makes {count:N0} elements or more, above the limit of {Array.MaxLength:N0}. Split the file."
                );
            sizes[i] = (int)size;
        }
        return new Shape(sizes);
    }

    private static T[] ReadElements<T>(Shape shape, Stream stream, string name)
        where T : unmanaged
    {
        int size = IdxFormat.Size(IdxFormat.TypeOf<T>()!.Value);
        int perChunk = ChunkBytes / size;
        byte[] chunk = new byte[ChunkBytes];
        T[] elements = new T[Math.Min(shape.Count, perChunk)];
        for (int done = 0; done < shape.Count; )
        {
            Span<byte> wanted = chunk.AsSpan(0, Math.Min(shape.Count - done, perChunk) * size);
            int read = stream.ReadAtLeast(wanted, wanted.Length, throwOnEndOfStream: false);
            if (read < wanted.Length)
                throw Error(
                    name,
                    HeaderBytes(shape) + (long)done * size + read,
                    $"the file ends inside its data: {shape} needs {(long)shape.Count * size:N0} bytes after the header, got {(long)done * size + read:N0}. Get the file again."
                );
            int count = wanted.Length / size;
            // At most twice what has been read, so a header that lies costs nothing.
            if (done + count > elements.Length)
                Array.Resize(ref elements, (int)Math.Min(shape.Count, 2L * elements.Length));
            IdxFormat.Decode(wanted, elements.AsSpan(done, count));
            done += count;
        }
        return elements;
    }

    private static int HeaderBytes(Shape shape) => 4 + 4 * shape.Rank;

    private static DataException Error(string name, long offset, string problem) =>
        new($"IDX file '{name}', byte {offset}: {problem}");
}
