using System.Text.Json;
using System.Text.Json.Serialization;

namespace Functional.Bench;

/// <summary>One line of the suite.</summary>
/// <param name="Case">The reference case.</param>
/// <param name="Mode">What of it ran.</param>
/// <param name="Precision">In which precision.</param>
/// <param name="Width">On registers of which width.</param>
/// <param name="Threads">On how many threads.</param>
/// <param name="Microseconds">The median time.</param>
/// <param name="Gflops">Operations of its matrix products per nanosecond.</param>
/// <param name="ShareOfPeak">The same, by the peak of multiply-adds measured in the same run.</param>
/// <param name="BytesPerStep">Managed bytes allocated each time.</param>
/// <param name="MemoryBytes">Native bytes that it was given before it ran.</param>
public sealed record Measurement(
    string Case,
    Mode Mode,
    Precision Precision,
    VectorWidth Width,
    int Threads,
    double Microseconds,
    double Gflops,
    double ShareOfPeak,
    double BytesPerStep,
    long MemoryBytes
)
{
    /// <summary>Objects on one line, names as in JavaScript.</summary>
    public static JsonSerializerOptions Json { get; } =
        new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };

    /// <summary>Compiles, binds, warms up and times.</summary>
    public static Measurement Of(
        ReferenceCase reference,
        Mode mode,
        Precision precision,
        VectorWidth width,
        MedianTimer timer
    )
    {
        using Workload workload = Workload.Create(reference, mode, precision, width);
        Timing timing = timer.Time(workload.Run);
        double gflops = reference.Flops(mode) / timing.Microseconds * 1e-3;
        return new(
            reference.Name,
            mode,
            precision,
            width.Resolve(),
            1,
            Round(timing.Microseconds),
            Round(gflops),
            Round(gflops / Peak.Gflops(precision, width)),
            Round(timing.BytesPerStep),
            workload.MemoryBytes
        );
    }

    // Four digits that count; the rest is noise.
    private static double Round(double value) =>
        value == 0
            ? 0
            : double.Parse(
                value.ToString("E3", System.Globalization.CultureInfo.InvariantCulture),
                System.Globalization.CultureInfo.InvariantCulture
            );
}
