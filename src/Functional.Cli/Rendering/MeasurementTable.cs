using System.Globalization;
using Functional.Benchmarking;

namespace Functional.Cli;

/// <summary>A column of a table of measurements.</summary>
/// <param name="Name">Its header.</param>
/// <param name="Width">The most characters that it takes.</param>
/// <param name="IsText">Whether it begins at the left.</param>
/// <param name="Cell">A measurement's entry.</param>
internal sealed record MeasurementColumn(string Name, int Width, bool IsText, Func<Measurement, string> Cell);

/// <summary>What renderers say about a suite: every text and number once, whatever the layout. What is everywhere alike stands above the table.</summary>
internal static class MeasurementTable
{
    /// <summary>What is measured on what, line by line.</summary>
    public static IEnumerable<(string Name, string Text)> Describe(Suite suite, Machine machine)
    {
        yield return ("Machine", machine.Processor);
        yield return ("Runtime", machine.Runtime);
        yield return ("Date", machine.Load is { } load ? Invariant($"{machine.Date}, load {load:F2}") : machine.Date);
        yield return ("Command", machine.Command);
        if (suite.Cases is [var only])
        {
            yield return ("Network", only.Name);
            yield return ("Batch", Invariant($"{only.Batch:N0}"));
            yield return ("Loss", $"{only.Loss}");
            yield return ("Optimizer", $"{only.Optimizer}");
        }
        foreach ((Precision precision, int width, int threads, double gflops) in suite.Peaks())
            yield return (
                "Peak",
                Invariant($"{gflops:F1} GFLOP/s, {Name(precision)}, {width} bits, {Threads(threads)}")
            );
    }

    /// <summary>The columns of a comparison that say what is compared.</summary>
    public static IReadOnlyList<MeasurementColumn> Columns(Suite suite, Comparison comparison) =>
        [.. Keys(suite).Where(column => column.Name != comparison.Axis)];

    /// <summary>The columns' names in a line.</summary>
    public static string Header(IEnumerable<MeasurementColumn> columns) => Line(columns, column => column.Name);

    /// <summary>A measurement in a line.</summary>
    public static string Row(IEnumerable<MeasurementColumn> columns, Measurement one) =>
        Line(columns, column => column.Cell(one));

    /// <summary>Measures, writing a line for each as it is there.</summary>
    /// <returns>All of them.</returns>
    public static IReadOnlyList<Measurement> Write(
        TextWriter output,
        Suite suite,
        IEnumerable<Measurement> measurements
    )
    {
        IReadOnlyList<MeasurementColumn> columns = Columns(suite);
        List<Measurement> seen = [];
        output.WriteLine(Header(columns));
        foreach (Measurement one in measurements)
        {
            output.WriteLine(Row(columns, one));
            output.Flush();
            seen.Add(one);
        }
        return seen;
    }

    /// <summary>What the ratios of a comparison are.</summary>
    public static string Describe(Comparison comparison) =>
        $"Ratios of times, {string.Join(" and ", comparison.Columns)}:";

    /// <summary>A ratio of two times.</summary>
    public static string Ratio(double ratio) => Invariant($"{ratio:F2}");

    private static IReadOnlyList<MeasurementColumn> Columns(Suite suite) =>
        [
            .. Keys(suite),
            Number("µs", 9, one => Significant(one.Microseconds)),
            Number("GFLOP/s", 8, one => Invariant($"{one.Gflops:F1}")),
            Number("of peak", 7, one => Invariant($"{one.ShareOfPeak * 100:F0} %")),
            Number("bytes/step", 10, one => Invariant($"{one.BytesPerStep:0.##}")),
            Number("memory kB", 9, one => Invariant($"{one.MemoryBytes / 1e3:#,0}")),
        ];

    private static string Line(IEnumerable<MeasurementColumn> columns, Func<MeasurementColumn, string> cell) =>
        string.Join(
            "  ",
            columns.Select(column =>
                column.IsText ? cell(column).PadRight(column.Width) : cell(column).PadLeft(column.Width)
            )
        );

    private static IEnumerable<MeasurementColumn> Keys(Suite suite)
    {
        if (suite.Cases.Count > 1)
            yield return Text("case", suite.Cases.Max(one => one.Name.Length), one => one.Case);
        yield return Text("mode", $"{Mode.Inference}".Length, one => Name(one.Mode));
        if (suite.Precisions.Count > 1)
            yield return Text("precision", 0, one => Name(one.Precision));
        if (suite.Widths.Count > 1)
            yield return Number("width", 0, one => Invariant($"{one.Width}"));
        if (suite.Threads.Count > 1)
            yield return Number("threads", 0, one => Invariant($"{one.Threads}"));
    }

    private static MeasurementColumn Text(string name, int width, Func<Measurement, string> cell) =>
        new(name, Math.Max(width, name.Length), IsText: true, cell);

    private static MeasurementColumn Number(string name, int width, Func<Measurement, string> cell) =>
        new(name, Math.Max(width, name.Length), IsText: false, cell);

    private static string Name<TEnum>(TEnum member)
        where TEnum : struct, Enum => $"{member}".ToLowerInvariant();

    private static string Threads(int count) => count == 1 ? "1 thread" : Invariant($"{count} threads");

    private static string Significant(double microseconds) =>
        microseconds.ToString(
            microseconds < 1 ? "0.000"
                : microseconds < 10 ? "0.00"
                : microseconds < 100 ? "0.0"
                : "#,0",
            CultureInfo.InvariantCulture
        );

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
