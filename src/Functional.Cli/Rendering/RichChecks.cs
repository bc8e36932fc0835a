using Spectre.Console;

namespace Functional.Cli;

/// <summary>A terminal with colours and a drawn table; where the terminal is too narrow for it, the table's lines.</summary>
/// <param name="output">The terminal.</param>
/// <param name="width">Its characters in a line; null asks it.</param>
internal sealed class RichChecks(TextWriter output, int? width = null) : ICheckRenderer
{
    // Spectre.Console draws a border, a space and a space around every cell.
    private const int CellFrame = 3;

    private readonly IAnsiConsole _console = RichConsole.Create(output, width);

    public TResult Watch<TResult>(int count, Func<IProgress<int>, TResult> check) =>
        _console
            .Bar()
            .Start(context =>
            {
                ProgressTask bar = context.AddTask("checking", maxValue: count);
                return check(new SynchronousProgress<int>(tried => bar.Value = tried));
            });

    public TResult Watch<TResult>(Func<IProgress<GradientCheckProgress>, TResult> check) =>
        _console
            .Bar()
            // Most checks take less time than reading a bar.
            .AutoClear(true)
            .Start(context =>
            {
                ProgressTask bar = context.AddTask("checking");
                return check(
                    new SynchronousProgress<GradientCheckProgress>(progress =>
                    {
                        bar.MaxValue = progress.Total;
                        bar.Value = progress.Decided;
                        bar.Description = CheckWording.Stage(progress);
                    })
                );
            });

    public void Show(RandomCheckResult result)
    {
        string color = result.Passed ? "green" : "red";
        _console.MarkupLineInterpolated($"[{color}]{CheckWording.Verdict(result)}[/]");
        // Code and tables are to be copied: no line of them is broken.
        foreach (string part in CheckWording.Failure(result))
        {
            output.WriteLine();
            output.WriteLine(part);
        }
    }

    public void Show(CheckSettings settings, GradientCheckResult result)
    {
        string color = result.Passed ? "green" : "red";
        if (CheckWording.Subject(settings) is { } subject)
            _console.MarkupLineInterpolated($"[grey]{subject}[/]");
        _console.MarkupLineInterpolated($"[{color}]{GradientCheckTable.Heading(result)}[/]");
        Draw([.. result.Items.Select(GradientCheckTable.Row)]);
        foreach (GradientCheckItem item in result.Items.Where(item => item.Excluded > 0))
            _console.MarkupLineInterpolated($"[yellow]{GradientCheckTable.Exclusion(item)}[/]");
        foreach (GradientFault fault in result.Faults)
            _console.MarkupLineInterpolated($"[red]{GradientCheckTable.Fault(fault)}[/]");
        _console.MarkupLineInterpolated($"[{color}]{CheckWording.Worst(result)}[/]");
        if (result.Plan is { } plan)
        {
            _console.WriteLine(GradientCheckTable.PlanHeading);
            output.WriteLine($"{plan}".TrimEnd());
        }
    }

    private void Draw(string[][] rows)
    {
        string[] columns = GradientCheckTable.Columns;
        int[] widths =
        [
            .. columns.Select((name, column) => rows.Max(row => Math.Max(name.Length, row[column].Length))),
        ];
        if (widths.Sum(width => width + CellFrame) + 1 > _console.Profile.Width)
        {
            PlainText.WriteTable(output, [columns, .. rows], _ => true);
            return;
        }
        Table table = RichConsole.Table(columns.Select(name => (name, true)));
        foreach (string[] row in rows)
            table.AddTexts(row);
        _console.Write(table);
    }
}
