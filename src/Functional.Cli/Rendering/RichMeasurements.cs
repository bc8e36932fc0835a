using Functional.Benchmarking;
using Spectre.Console;

namespace Functional.Cli;

/// <summary>
/// A terminal with colours and drawn comparisons. Measurements are lines of text: a drawn table would break its cells where the
/// terminal is narrow.
/// </summary>
internal sealed class RichMeasurements(Suite suite, TextWriter output) : IMeasurementRenderer
{
    private readonly IAnsiConsole _console = RichConsole.Create(output);

    public void Begin(Machine machine) => _console.WriteNamed(MeasurementTable.Describe(suite, machine));

    public IReadOnlyList<Measurement> Watch(IEnumerable<Measurement> measurements) =>
        MeasurementTable.Write(output, suite, measurements);

    public void End(ValueList<Comparison> comparisons)
    {
        foreach (Comparison comparison in comparisons)
        {
            IReadOnlyList<MeasurementColumn> columns = MeasurementTable.Columns(suite, comparison);
            Table table = RichConsole.Table([
                .. columns.Select(column => (column.Name, column.IsText)),
                .. comparison.Columns.Select(name => (name, false)),
            ]);
            foreach (Comparison.Row row in comparison.Rows)
                table.AddTexts([
                    .. columns.Select(column => column.Cell(row.First)),
                    .. row.Ratios.Select(MeasurementTable.Ratio),
                ]);
            _console.WriteLine();
            _console.WriteLine(MeasurementTable.Describe(comparison));
            _console.Write(table);
        }
    }
}
