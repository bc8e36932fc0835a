namespace Functional.Cli;

/// <summary>Lines of text without escapes, one per epoch: for files, pipes and logs.</summary>
internal sealed class PlainRenderer(TextWriter output) : IRenderer
{
    public void Begin(TrainingTask task) => PlainText.WriteNamed(output, Wording.Describe(task));

    public void Explain(string plan)
    {
        output.WriteLine(plan.TrimEnd());
        output.WriteLine();
    }

    public TResult Watch<TResult>(Func<IProgress<TrainingProgress>, TResult> train) =>
        train(
            new SynchronousProgress<TrainingProgress>(progress =>
            {
                if (progress.Report is not { } report)
                    return;
                output.WriteLine(Wording.Describe(report, progress.Epochs));
                output.Flush();
            })
        );

    public void End(TrainingSummary summary)
    {
        string[][] table = [Wording.Columns(summary), .. Wording.Rows(summary)];
        int[] widths = [.. Enumerable.Range(0, table[0].Length).Select(column => table.Max(row => row[column].Length))];
        output.WriteLine();
        foreach (string[] row in table)
            output.WriteLine(
                string.Join(
                    "  ",
                    row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))
                )
            );
        output.WriteLine();
        output.WriteLine(Wording.Time(summary));
    }
}
