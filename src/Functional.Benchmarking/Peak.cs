using System.Collections.Concurrent;
using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using Functional.Kernels;

namespace Functional.Benchmarking;

/// <summary>What this machine computes at most, measured: the limit that rates are compared with.</summary>
public static class Peak
{
    private const int Accumulators = 12;
    private const int Rounds = 20_000;
    private static readonly ConcurrentDictionary<(Precision, VectorWidth, int), double> Known = new();

    /// <summary>Multiply-adds in registers, a multiply-add counted as two operations, in GFLOP/s; measured once.</summary>
    public static double Gflops(Precision precision, VectorWidth width, int threads) =>
        Known.GetOrAdd((precision, width.Resolve(), threads), static key => Measure(key.Item1, key.Item2, key.Item3));

    private static double Measure(Precision precision, VectorWidth width, int threads)
    {
        (Func<double> multiply, int lanes) = (precision, width) switch
        {
            (Precision.Float, VectorWidth.Bits512) => ((Func<double>)MultiplyAdds<V512<float>, float>, 16),
            (Precision.Float, VectorWidth.Bits256) => (MultiplyAdds<V256<float>, float>, 8),
            (Precision.Float, _) => (MultiplyAdds<V128<float>, float>, 4),
            (_, VectorWidth.Bits512) => (MultiplyAdds<V512<double>, double>, 8),
            (_, VectorWidth.Bits256) => (MultiplyAdds<V256<double>, double>, 4),
            _ => (MultiplyAdds<V128<double>, double>, 2),
        };
        double flops = 2.0 * Accumulators * Rounds * lanes * threads;
        double best = 0;
        for (int repeat = 0; repeat < 40; repeat++)
            best = Math.Max(best, flops / Together(threads, multiply).TotalSeconds * 1e-9);
        return best;
    }

    // The peak is the fastest repeat, not the median: it is a limit, and nothing makes a machine faster than it is.
    private static TimeSpan Together(int threads, Func<double> work)
    {
        using Barrier barrier = new(threads);
        TimeSpan[] took = new TimeSpan[threads];
        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(i => new Thread(() => took[i] = Timed()))];
        foreach (Thread other in others)
            other.Start();
        took[0] = Timed();
        foreach (Thread other in others)
            other.Join();
        return took.Max();

        TimeSpan Timed()
        {
            barrier.SignalAndWait();
            long start = Stopwatch.GetTimestamp();
            double sum = work();
            TimeSpan time = Stopwatch.GetElapsedTime(start);
            return double.IsNaN(sum) ? throw new UnreachableException() : time;
        }
    }

    // Twelve sums: more than latency × throughput needs, few enough for 16 registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double MultiplyAdds<TV, T>()
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TV x = TV.Literal(0.5);
        TV y = TV.Indices;
        TV a = y;
        TV b = y;
        TV c = y;
        TV d = y;
        TV e = y;
        TV f = y;
        TV g = y;
        TV h = y;
        TV i = y;
        TV j = y;
        TV k = y;
        TV l = y;
        for (int round = 0; round < Rounds; round++)
        {
            a = TV.MultiplyAdd(a, x, y);
            b = TV.MultiplyAdd(b, x, y);
            c = TV.MultiplyAdd(c, x, y);
            d = TV.MultiplyAdd(d, x, y);
            e = TV.MultiplyAdd(e, x, y);
            f = TV.MultiplyAdd(f, x, y);
            g = TV.MultiplyAdd(g, x, y);
            h = TV.MultiplyAdd(h, x, y);
            i = TV.MultiplyAdd(i, x, y);
            j = TV.MultiplyAdd(j, x, y);
            k = TV.MultiplyAdd(k, x, y);
            l = TV.MultiplyAdd(l, x, y);
        }
        return double.CreateTruncating(TV.Sum(a + b + c + d + e + f + g + h + i + j + k + l));
    }
}
