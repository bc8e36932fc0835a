using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Functional.Benchmarking;

/// <summary>One line of a suite.</summary>
/// <param name="Case">The case's name.</param>
/// <param name="Mode">What of it ran.</param>
/// <param name="Precision">In which precision.</param>
/// <param name="Width">On registers of how many bits.</param>
/// <param name="Threads">On how many threads at most.</param>
/// <param name="Batch">On how many rows.</param>
/// <param name="Microseconds">The median time.</param>
/// <param name="Gflops">Operations of its matrix products per nanosecond, a multiply-add counted as two.</param>
/// <param name="PeakGflops">The most multiply-adds that as many threads do in that precision and width, measured in the same run.</param>
/// <param name="ShareOfPeak">The one by the other.</param>
/// <param name="BytesPerStep">Managed bytes allocated each time.</param>
/// <param name="MemoryBytes">Native bytes that it was given before it ran.</param>
public sealed record Measurement(
    string Case,
    Mode Mode,
    Precision Precision,
    int Width,
    int Threads,
    int Batch,
    double Microseconds,
    double Gflops,
    double PeakGflops,
    double ShareOfPeak,
    double BytesPerStep,
    long MemoryBytes
)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Compiles, binds, warms up and times.</summary>
    /// <exception cref="FunctionalException">The network and the loss do not fit, or there is not enough memory.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Measurement Of(
        NetworkCase network,
        Mode mode,
        Precision precision,
        VectorWidth width,
        int threads,
        MedianTimer timer,
        CancellationToken cancellation
    )
    {
        using Workload workload = Workload.Create(network, mode, precision, width, threads);
        Timing timing = timer.Time(workload.Run, cancellation);
        double gflops = workload.Flops / timing.Microseconds * 1e-3;
        double peak = Peak.Gflops(precision, width, threads);
        return new(
            network.Name,
            mode,
            precision,
            width.Bits(),
            threads,
            network.Batch,
            Round(timing.Microseconds),
            Round(gflops),
            Round(peak),
            Round(gflops / peak),
            Round(timing.BytesPerStep),
            workload.MemoryBytes
        );
    }

    /// <summary>An object on one line, names as in JavaScript.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    // Four digits that count; the rest is noise.
    private static double Round(double value) =>
        double.Parse(value.ToString("E3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
