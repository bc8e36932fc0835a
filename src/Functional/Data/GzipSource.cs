using System.Buffers.Binary;

namespace Functional;

/// <summary>
/// Compressed bytes for a decompressor: those already taken from a stream to recognise it, then the rest; remembers the last four
/// that it gave, where gzip keeps the length of the data.
/// </summary>
internal sealed class GzipSource(ReadOnlyMemory<byte> taken, Stream rest) : Stream
{
    private readonly byte[] _last = new byte[4];
    private ReadOnlyMemory<byte> _taken = taken;

    /// <summary>The last four bytes given, little-endian.</summary>
    public uint LastWord => BinaryPrimitives.ReadUInt32LittleEndian(_last);

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int count;
        if (_taken.IsEmpty)
            count = rest.Read(buffer);
        else
        {
            count = Math.Min(buffer.Length, _taken.Length);
            _taken.Span[..count].CopyTo(buffer);
            _taken = _taken[count..];
        }
        int kept = Math.Min(count, _last.Length);
        _last.AsSpan(kept).CopyTo(_last);
        buffer[(count - kept)..count].CopyTo(_last.AsSpan(_last.Length - kept));
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
