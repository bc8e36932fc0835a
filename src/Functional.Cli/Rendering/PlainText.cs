namespace Functional.Cli;

/// <summary>Text without escapes.</summary>
internal static class PlainText
{
    /// <summary>Lines of a name and what it names, the second aligned, and an empty line.</summary>
    public static void WriteNamed(TextWriter output, IEnumerable<(string Name, string Text)> named)
    {
        (string Name, string Text)[] lines = [.. named];
        int width = lines.Max(line => line.Name.Length);
        foreach ((string name, string text) in lines)
            output.WriteLine($"{name.PadRight(width)}  {text}");
        output.WriteLine();
    }

    /// <summary>Rows of as many cells, the first of them the header, in columns as wide as their widest cell.</summary>
    public static void WriteTable(TextWriter output, IReadOnlyList<string[]> table, Func<int, bool> isText)
    {
        int[] widths = [.. Enumerable.Range(0, table[0].Length).Select(column => table.Max(row => row[column].Length))];
        foreach (string[] row in table)
            output.WriteLine(
                string.Join(
                        "  ",
                        row.Select(
                            (cell, column) =>
                                isText(column) ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column])
                        )
                    )
                    .TrimEnd()
            );
    }
}
