using System.IO.Compression;
using System.Numerics;

namespace Functional;

/// <summary>
/// The IDX format of the MNIST files: two zero bytes, a type code, the number of dimensions, each size as 32 bits, the elements
/// row-major; all big-endian. Raw or gzip (one member, as gzip writes it), told apart by the first bytes when reading.
/// </summary>
public static class Idx
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">The file is missing, unreadable, corrupt, truncated, or has bytes after the array.</exception>
    public static IdxArray Read(string path)
    {
        using FileStream file = Open(path, FileMode.Open, FileAccess.Read);
        return IdxReader.Read(file, path);
    }

    /// <summary>Reads from a stream up to its end, which must be the array's; the stream stays open and need not seek.</summary>
    /// <remarks>Memory grows with what the stream really holds, whatever its header claims.</remarks>
    /// <param name="stream">Read from its current position.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="DataException">The stream is unreadable, corrupt, truncated, or has bytes after the array.</exception>
    public static IdxArray Read(Stream stream, string name = "stream") => IdxReader.Read(stream, name);

    /// <summary>Reads from memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="DataException">The bytes are corrupt, truncated, or go on after the array.</exception>
    public static unsafe IdxArray Read(ReadOnlySpan<byte> bytes, string name = "bytes")
    {
        fixed (byte* start = bytes)
        {
            using UnmanagedMemoryStream? stream = bytes.IsEmpty ? null : new(start, bytes.Length);
            return IdxReader.Read(stream ?? Stream.Null, name);
        }
    }

    /// <summary>Writes a file, replacing one that exists; compressed if the path ends in <c>.gz</c>.</summary>
    /// <typeparam name="T">byte, sbyte, short, int, float or double.</typeparam>
    /// <exception cref="DataException">Another element type, more than 255 dimensions, or the file cannot be created.</exception>
    public static void Write<T>(Tensor<T> tensor, string path)
        where T : unmanaged, INumber<T>
    {
        IdxWriter.Check(tensor);
        using FileStream file = Open(path, FileMode.Create, FileAccess.Write);
        Write(tensor, file, path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Writes to a stream, which stays open.</summary>
    /// <typeparam name="T">byte, sbyte, short, int, float or double.</typeparam>
    /// <exception cref="DataException">Another element type, or more than 255 dimensions.</exception>
    public static void Write<T>(Tensor<T> tensor, Stream stream, bool gzip = false)
        where T : unmanaged, INumber<T>
    {
        if (!gzip)
        {
            IdxWriter.Write(tensor, stream);
            return;
        }
        using GZipStream compressed = new(stream, CompressionLevel.Optimal, leaveOpen: true);
        IdxWriter.Write(tensor, compressed);
    }

    private static FileStream Open(string path, FileMode mode, FileAccess access)
    {
        try
        {
            return new FileStream(path, mode, access);
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DataException(
                $"IDX file '{path}' cannot be opened: {e.Message} Give the path of a file you may use.",
                e
            );
        }
    }
}
