using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Functional.Buffers;

/// <summary>Native memory, 64-byte aligned, kept for reuse by size class: sessions of the same plan pass the same memory on.</summary>
internal static unsafe class BufferPool
{
    private const nuint Alignment = 64;

    /// <summary>Memory kept for reuse is bounded by this.</summary>
    private const long MaxKeptBytes = 256L << 20;

    private static readonly ConcurrentDictionary<long, ConcurrentBag<nint>> Kept = new();
    private static long _keptBytes;

    /// <summary>Zeroed memory of at least a size.</summary>
    /// <exception cref="FunctionalException">The machine does not have as much.</exception>
    public static nint Rent(long bytes, out long capacity)
    {
        capacity = Math.Max(
            4096,
            bytes <= 1 << 20 ? (long)BitOperations.RoundUpToPowerOf2((ulong)bytes) : (bytes + 0xFFFFF) & ~0xFFFFFL
        );
        if (Kept.TryGetValue(capacity, out ConcurrentBag<nint>? bag) && bag.TryTake(out nint memory))
            Interlocked.Add(ref _keptBytes, -capacity);
        else
        {
            try
            {
                memory =
                    capacity >= LargePages.Size
                        ? LargePages.Allocate(capacity)
                        : (nint)NativeMemory.AlignedAlloc((nuint)capacity, Alignment);
            }
            catch (OutOfMemoryException exception)
            {
                throw new FunctionalException(
                    $"The plan needs {bytes / 1e6:N0} MB of memory, more than can be had. Use a smaller batch or network.",
                    exception
                );
            }
        }
        NativeMemory.Clear((void*)memory, (nuint)capacity);
        return memory;
    }

    /// <summary>Gives memory back; the caller uses it no more.</summary>
    public static void Return(nint memory, long capacity)
    {
        if (Interlocked.Add(ref _keptBytes, capacity) <= MaxKeptBytes)
            Kept.GetOrAdd(capacity, _ => []).Add(memory);
        else
        {
            Interlocked.Add(ref _keptBytes, -capacity);
            NativeMemory.AlignedFree((void*)memory);
        }
    }
}

/// <summary>One block of native memory, owned by one session; given back to the pool when disposed or forgotten.</summary>
internal sealed unsafe class Arena : IDisposable
{
    private readonly long _capacity;
    private nint _memory;

    public Arena(long bytes) => _memory = BufferPool.Rent(bytes, out _capacity);

    ~Arena() => Release();

    public bool IsDisposed => _memory == 0;

    /// <summary>The first byte; 64-byte aligned.</summary>
    public byte* Start => _memory != 0 ? (byte*)_memory : throw new ObjectDisposedException(nameof(Arena));

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        nint memory = Interlocked.Exchange(ref _memory, 0);
        if (memory != 0)
            BufferPool.Return(memory, _capacity);
    }
}
