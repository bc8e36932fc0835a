using System.Diagnostics;

namespace Functional.Benchmarking;

/// <summary>The time and the managed memory that one call took.</summary>
/// <param name="Microseconds">The median of the repeats.</param>
/// <param name="Fastest">The fastest repeat's: a limit of the machine is what nothing disturbed.</param>
/// <param name="BytesPerStep">Managed bytes allocated per call, by any thread.</param>
public readonly record struct Timing(double Microseconds, double Fastest, double BytesPerStep);

/// <summary>Times calls: warm-up, then the median of repeats of many calls each.</summary>
public sealed record MedianTimer
{
    /// <summary>How often to measure.</summary>
    public int Repeats { get; init; } = 7;

    /// <summary>How long a repeat takes at least.</summary>
    public TimeSpan Repeat { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long to run before: the JIT replaces methods in the background, 100 ms after the last new one.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The median time of a call.</summary>
    /// <param name="action">The call.</param>
    /// <param name="cancellation">Looked at between repeats.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Timing Time(Action action, CancellationToken cancellation = default)
    {
        Run(action, 1, cancellation);
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < WarmUp; )
            Run(action, 1, cancellation);

        long calls = 1;
        TimeSpan took = Run(action, calls, cancellation);
        for (; took < Repeat; took = Run(action, calls, cancellation))
            calls = took < Repeat / 8 ? calls * 4 : (long)Math.Ceiling(calls * 1.1 * (Repeat / took));

        double[] microseconds = new double[Repeats];
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < Repeats; i++)
            microseconds[i] = Run(action, calls, cancellation).TotalMicroseconds / calls;
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        return new(Median(microseconds), microseconds.Min(), (double)allocated / (calls * Repeats));
    }

    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static TimeSpan Run(Action action, long calls, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        long start = Stopwatch.GetTimestamp();
        for (long i = 0; i < calls; i++)
            action();
        return Stopwatch.GetElapsedTime(start);
    }
}
