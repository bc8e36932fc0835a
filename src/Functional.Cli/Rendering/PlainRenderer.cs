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

    public TResult Watch<TResult>(TrainingTask task, Func<IProgress<TrainingProgress>, TResult> train) =>
        train(
            new SynchronousProgress<TrainingProgress>(progress =>
            {
                if (progress.Report is not { } report)
                    return;
                output.WriteLine(Wording.Describe(report, progress.Epochs, task.Watched?.Name));
                output.Flush();
            })
        );

    public void End(TrainingSummary summary)
    {
        output.WriteLine();
        PlainText.WriteTable(output, [Wording.Columns(summary), .. Wording.Rows(summary)], column => column == 0);
        output.WriteLine();
        output.WriteLine(Wording.Time(summary));
    }
}
