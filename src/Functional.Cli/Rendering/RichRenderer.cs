using Spectre.Console;

namespace Functional.Cli;

/// <summary>A terminal with colours, a live progress bar and a drawn table.</summary>
internal sealed class RichRenderer(TextWriter output) : IRenderer
{
    private const string Levels = "▁▂▃▄▅▆▇█";

    private readonly IAnsiConsole _console = RichConsole.Create(output);

    public void Begin(TrainingTask task) => _console.WriteNamed(Wording.Describe(task));

    public void Explain(string plan)
    {
        _console.Write(new Rule("The plan").LeftJustified().RuleStyle(new Style(Color.Grey)));
        // Formulas are wider than many terminals: the terminal wraps them, and copying joins them again.
        output.WriteLine(plan.TrimEnd());
        _console.Write(new Rule().RuleStyle(new Style(Color.Grey)));
    }

    public TResult Watch<TResult>(TrainingTask task, Func<IProgress<TrainingProgress>, TResult> train) =>
        _console
            .Bar()
            .Start(context =>
            {
                ProgressTask bar = context.AddTask("training");
                return train(
                    new SynchronousProgress<TrainingProgress>(progress =>
                    {
                        bar.MaxValue = progress.Steps;
                        bar.Value = progress.Step;
                        bar.Description = Markup.Escape(Wording.Describe(progress, task.Watched?.Name));
                    })
                );
            });

    public void End(TrainingSummary summary)
    {
        Table table = RichConsole.Table(Wording.Columns(summary).Select(column => (column, column.Length == 0)));
        foreach (string[] row in Wording.Rows(summary))
            table.AddTexts(row);
        _console.Write(table);
        if (summary.Losses.Count > 1)
            _console.MarkupLineInterpolated($"[grey]loss by epoch[/]  [green]{Sparkline(summary.Losses)}[/]");
        _console.WriteLine(Wording.Time(summary));
    }

    // The losses as bars from their smallest to their largest, on a logarithmic scale as losses fall; at most 60, evenly picked.
    private static string Sparkline(ValueList<double> losses)
    {
        int count = Math.Min(losses.Count, 60);
        double[] heights =
        [
            .. Enumerable.Range(0, count).Select(i => Math.Log(losses[i * (losses.Count - 1) / (count - 1)] + 1e-12)),
        ];
        double least = heights.Min();
        double range = heights.Max() - least;
        return string.Concat(
            heights.Select(height =>
                Levels[range > 0 ? (int)((height - least) / range * (Levels.Length - 1) + 0.5) : 0]
            )
        );
    }
}
