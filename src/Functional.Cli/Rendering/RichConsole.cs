using Spectre.Console;

namespace Functional.Cli;

/// <summary>A terminal that shows colours, and what every rich renderer draws alike.</summary>
internal static class RichConsole
{
    /// <summary>The console of a writer, of as many characters in a line as the terminal has or as are given.</summary>
    public static IAnsiConsole Create(TextWriter output, int? width = null)
    {
        IAnsiConsole console = AnsiConsole.Create(
            new()
            {
                Ansi = AnsiSupport.Yes,
                Interactive = InteractionSupport.Yes,
                Out = new AnsiConsoleOutput(output),
            }
        );
        console.Profile.Width = width ?? console.Profile.Width;
        return console;
    }

    /// <summary>Lines of a name and what it names, and an empty line.</summary>
    public static void WriteNamed(this IAnsiConsole console, IEnumerable<(string Name, string Text)> named)
    {
        Grid grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach ((string name, string text) in named)
            grid.AddRow(new Text(name, new Style(Color.Grey)), new Text(text));
        console.Write(grid);
        console.WriteLine();
    }

    /// <summary>An empty table.</summary>
    public static Table Table(IEnumerable<(string Name, bool IsText)> columns)
    {
        Table table = new Table().RoundedBorder().BorderColor(Color.Grey);
        foreach ((string name, bool isText) in columns)
            table.AddColumn(new TableColumn(new Text(name)) { Alignment = isText ? Justify.Left : Justify.Right });
        return table;
    }

    /// <summary>Adds a row of texts as they are.</summary>
    public static void AddTexts(this Table table, IEnumerable<string> cells) =>
        table.AddRow(cells.Select(cell => new Text(cell)).ToArray());

    /// <summary>A live bar: what is done, how much of it, and how long the rest takes.</summary>
    public static Progress Bar(this IAnsiConsole console) =>
        console
            .Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new RemainingTimeColumn()
            );
}
