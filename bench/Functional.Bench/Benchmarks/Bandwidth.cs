using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Functional.Kernels;

namespace Functional.Bench;

/// <summary>
/// What a copy moves in memory of a size, read and written bytes together: what elementwise kernels are compared with. Outside
/// the caches a copy also fetches what it overwrites; an update in place does not, and may exceed it.
/// </summary>
public static unsafe class Bandwidth
{
    private static readonly ConcurrentDictionary<long, double> Known = new();
    private static readonly MedianTimer Timer = new() { WarmUp = TimeSpan.FromMilliseconds(30) };

    /// <summary>Gigabytes per second, for a copy that touches <paramref name="bytes"/> in all; measured once.</summary>
    public static double GigabytesPerSecond(long bytes) => Known.GetOrAdd(bytes, Measure);

    private static double Measure(long bytes)
    {
        nint count = (nint)(bytes / 2 / sizeof(float));
        float* source = (float*)NativeMemory.AlignedAlloc((nuint)(count * sizeof(float)), 64);
        float* target = (float*)NativeMemory.AlignedAlloc((nuint)(count * sizeof(float)), 64);
        try
        {
            for (nint i = 0; i < count; i++)
                source[i] = i;
            double microseconds = Timer.Time(() => Copy(source, target, count)).Fastest;
            return 2.0 * count * sizeof(float) / microseconds * 1e-3;
        }
        finally
        {
            NativeMemory.AlignedFree(source);
            NativeMemory.AlignedFree(target);
        }
    }

    private static void Copy(float* source, float* target, nint count)
    {
        switch (RegisterWidths.OfMachine[0])
        {
            case VectorWidth.Bits512:
                Copy<V512<float>>(source, target, count);
                break;
            case VectorWidth.Bits256:
                Copy<V256<float>>(source, target, count);
                break;
            default:
                Copy<V128<float>>(source, target, count);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy<TV>(float* source, float* target, nint count)
        where TV : unmanaged, IVector<TV, float>
    {
        for (nint i = 0; i <= count - TV.Count; i += TV.Count)
            TV.Store(TV.Load(source + i), target + i);
    }
}
