using System.Globalization;
using System.Runtime.InteropServices;

namespace Functional.Benchmarking;

/// <summary>What a measurement was made on, and when: without it a number says nothing.</summary>
/// <param name="Processor">Model and cores.</param>
/// <param name="Runtime">Framework and system.</param>
/// <param name="Date">Local time.</param>
/// <param name="Load">Processes that ran beside it over the last minute; null where the system does not tell.</param>
/// <param name="Command">What was run.</param>
public sealed record Machine(string Processor, string Runtime, string Date, double? Load, string Command)
{
    /// <summary>This machine, now.</summary>
    public static Machine Now(string command) =>
        new(
            $"{ProcessorName()}, usable cores: {Environment.ProcessorCount}, vectors of {VectorWidth.Auto.Bits()} bits",
            $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}",
            DateTimeOffset.Now.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture),
            LoadAverage(),
            command
        );

    private static string ProcessorName()
    {
        const string path = "/proc/cpuinfo";
        string? line = File.Exists(path)
            ? File.ReadLines(path).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?.Split(':', 2)[1].Trim()
            ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static double? LoadAverage()
    {
        const string path = "/proc/loadavg";
        return
            File.Exists(path)
            && double.TryParse(
                File.ReadAllText(path).Split(' ')[0],
                NumberStyles.Float,
                CultureInfo.InvariantCulture,
                out double load
            )
            ? load
            : null;
    }
}
