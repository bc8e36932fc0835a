using Functional.Experiments;

namespace Functional.Cli;

/// <summary>Lines of text without escapes: for files, pipes and logs.</summary>
internal sealed class PlainExperiments(TextWriter output) : IExperimentRenderer
{
    public void List(IReadOnlyList<Experiment> experiments) =>
        PlainText.WriteTable(
            output,
            [ExperimentWording.ListColumns, .. experiments.Select(ExperimentWording.Row)],
            _ => true
        );

    public void Begin(Experiment experiment, ulong seed) =>
        PlainText.WriteNamed(output, ExperimentWording.Describe(experiment, seed));

    public void Report(string line)
    {
        output.WriteLine(line);
        output.Flush();
    }

    public void End(ExperimentOutcome outcome)
    {
        DataTable summary = outcome.Result.Summary;
        output.WriteLine();
        PlainText.WriteTable(
            output,
            [
                [.. summary.Columns],
                .. summary.Rows.Select(row => row.Select(ExperimentWording.Cell).ToArray()),
            ],
            column => ExperimentWording.IsText(summary, column)
        );
        output.WriteLine();
        foreach (Claim claim in outcome.Result.Claims)
            output.WriteLine($"{ExperimentWording.Mark(claim)} {claim.Statement}: {claim.Evidence}.");
        output.WriteLine();
        output.WriteLine(ExperimentWording.Time(outcome));
        output.WriteLine();
    }

    public void Skip(Experiment experiment)
    {
        output.WriteLine(ExperimentWording.Skipped(experiment));
        output.WriteLine();
    }

    public void Summarize(IReadOnlyList<ExperimentOutcome> outcomes, IReadOnlyList<Experiment> skipped)
    {
        PlainText.WriteTable(
            output,
            [ExperimentWording.ClaimColumns, .. ExperimentWording.Claims(outcomes)],
            _ => true
        );
        output.WriteLine();
        output.WriteLine(ExperimentWording.Count(ExperimentCount.Of(outcomes, skipped)));
    }
}
