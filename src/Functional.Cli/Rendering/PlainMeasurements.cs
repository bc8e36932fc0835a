using Functional.Benchmarking;

namespace Functional.Cli;

/// <summary>Lines of text without escapes, one per measurement: for files, pipes and logs.</summary>
internal sealed class PlainMeasurements(Suite suite, TextWriter output) : IMeasurementRenderer
{
    public void Begin(Machine machine) => PlainText.WriteNamed(output, MeasurementTable.Describe(suite, machine));

    public IReadOnlyList<Measurement> Watch(IEnumerable<Measurement> measurements) =>
        MeasurementTable.Write(output, suite, measurements);

    public void End(ValueList<Comparison> comparisons)
    {
        foreach (Comparison comparison in comparisons)
        {
            IReadOnlyList<MeasurementColumn> columns = MeasurementTable.Columns(suite, comparison);
            output.WriteLine();
            output.WriteLine(MeasurementTable.Describe(comparison));
            output.WriteLine(string.Join("  ", [MeasurementTable.Header(columns), .. comparison.Columns]));
            foreach (Comparison.Row row in comparison.Rows)
                output.WriteLine(
                    string.Join(
                        "  ",
                        [
                            MeasurementTable.Row(columns, row.First),
                            .. row.Ratios.Zip(
                                comparison.Columns,
                                (ratio, name) => MeasurementTable.Ratio(ratio).PadLeft(name.Length)
                            ),
                        ]
                    )
                );
        }
    }
}
