using System.Globalization;
using System.Text.Json;

namespace Functional.Bench;

/// <summary>The reference cases in a minute or two, as a table or as JSON.</summary>
public static class SuiteCommand
{
    /// <summary>Runs the suite.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments)
    {
        SuiteOptions options;
        try
        {
            options = SuiteOptions.Parse(arguments);
        }
        catch (ArgumentException e)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return 2;
        }

        Machine machine = Machine.Now($"suite {string.Join(' ', arguments)}".TrimEnd());
        var peaks = options
            .Precisions.SelectMany(
                precision => options.Widths,
                (precision, width) => (precision, width: width.Resolve())
            )
            .Distinct()
            .Select(key => new
            {
                key.precision,
                key.width,
                Gflops = Math.Round(Peak.Gflops(key.precision, key.width), 1),
            })
            .ToArray();

        if (options.Json)
            Console.WriteLine(JsonSerializer.Serialize(new { machine, peaks }, Measurement.Json));
        else
        {
            Console.WriteLine(machine);
            foreach (var peak in peaks)
                Console.WriteLine(Invariant($"peak:    {peak.Gflops:F1} GFLOP/s, {peak.precision}, {peak.width}"));
            Console.WriteLine();
            Console.WriteLine(
                "| case | mode | precision | width | µs | GFLOP/s | of peak | managed bytes | memory kB |"
            );
            Console.WriteLine("|---|---|---|---|--:|--:|--:|--:|--:|");
        }

        foreach (ReferenceCase reference in options.Cases)
        foreach (Mode mode in options.Modes)
        foreach (Precision precision in options.Precisions)
        foreach (VectorWidth width in options.Widths)
        {
            Measurement one = Measurement.Of(reference, mode, precision, width, options.Timer);
            Console.WriteLine(options.Json ? JsonSerializer.Serialize(one, Measurement.Json) : Row(one));
        }
        return 0;
    }

    private static string Row(Measurement one) =>
        Invariant(
            $"| {one.Case} | {one.Mode} | {one.Precision} | {one.Width} | {one.Microseconds:#,0.00} | {one.Gflops:F1} | {one.ShareOfPeak:P0} | {one.BytesPerStep} | {one.MemoryBytes / 1e3:#,0} |"
        );

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
