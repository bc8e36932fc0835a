namespace Functional.Benchmarking;

/// <summary>What to measure: every combination, the axes that are compared varying fastest, so that what disturbs one disturbs the other.</summary>
public sealed record Suite
{
    /// <summary>The cases.</summary>
    public required ValueList<NetworkCase> Cases { get; init; }

    /// <summary>What of them runs.</summary>
    public ValueList<Mode> Modes { get; init; } = [.. Enum.GetValues<Mode>()];

    /// <summary>In which precisions.</summary>
    public ValueList<Precision> Precisions { get; init; } = [Precision.Float];

    /// <summary>On registers of which widths.</summary>
    public ValueList<VectorWidth> Widths { get; init; } = [VectorWidth.Auto];

    /// <summary>On how many threads.</summary>
    public ValueList<int> Threads { get; init; } = [1];

    /// <summary>Warm-up and repeats.</summary>
    public MedianTimer Timer { get; init; } = new();

    /// <summary>The peaks that rates are compared with, in GFLOP/s: multiply-adds in registers, a multiply-add counted as two.</summary>
    public IEnumerable<(Precision Precision, int Width, int Threads, double Gflops)> Peaks() =>
        from precision in Precisions
        from width in Widths
        from threads in Threads
        select (precision, width.Bits(), threads, Peak.Gflops(precision, width, threads));

    /// <summary>Measures as it is read.</summary>
    /// <exception cref="FunctionalException">A network and its loss do not fit, or there is not enough memory.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IEnumerable<Measurement> Measure(CancellationToken cancellation) =>
        from network in Cases
        from mode in Modes
        from precision in Precisions
        from width in Widths
        from threads in Threads
        select Measurement.Of(network, mode, precision, width, threads, Timer, cancellation);
}
