using Functional.Experiments;
using Spectre.Console;

namespace Functional.Cli;

/// <summary>A terminal with colours and drawn tables.</summary>
internal sealed class RichExperiments(TextWriter output) : IExperimentRenderer
{
    private readonly IAnsiConsole _console = RichConsole.Create(output);

    public void List(IReadOnlyList<Experiment> experiments) =>
        Draw(ExperimentWording.ListColumns, experiments.Select(ExperimentWording.Row), _ => true);

    public void Begin(Experiment experiment, ulong seed) =>
        _console.WriteNamed(ExperimentWording.Describe(experiment, seed));

    public void Report(string line) => _console.MarkupLineInterpolated($"[grey]{line}[/]");

    public void End(ExperimentOutcome outcome)
    {
        DataTable summary = outcome.Result.Summary;
        Draw(
            [.. summary.Columns],
            summary.Rows.Select(row => row.Select(ExperimentWording.Cell).ToArray()),
            column => ExperimentWording.IsText(summary, column)
        );
        foreach (Claim claim in outcome.Result.Claims)
        {
            string color = claim.Holds ? "green" : "red";
            _console.MarkupLineInterpolated(
                $"[{color}]{ExperimentWording.Mark(claim)}[/] {claim.Statement}: [grey]{claim.Evidence}[/]"
            );
        }
        _console.WriteLine(ExperimentWording.Time(outcome));
        _console.WriteLine();
    }

    public void Skip(Experiment experiment)
    {
        _console.MarkupLineInterpolated($"[yellow]{ExperimentWording.Skipped(experiment)}[/]");
        _console.WriteLine();
    }

    public void Summarize(IReadOnlyList<ExperimentOutcome> outcomes, IReadOnlyList<Experiment> skipped)
    {
        Draw(ExperimentWording.ClaimColumns, ExperimentWording.Claims(outcomes), _ => true);
        _console.WriteLine(ExperimentWording.Count(ExperimentCount.Of(outcomes, skipped)));
    }

    private void Draw(string[] columns, IEnumerable<string[]> rows, Func<int, bool> isText)
    {
        Table table = RichConsole.Table(columns.Select((column, i) => (column, isText(i))));
        foreach (string[] row in rows)
            table.AddTexts(row);
        _console.Write(table);
    }
}
