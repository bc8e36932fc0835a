using System.Globalization;

namespace Functional.Experiments;

/// <summary>Named columns of numbers and words, row by row.</summary>
public sealed record DataTable
{
    /// <summary>Creates a table.</summary>
    /// <param name="name">What it is called; with the experiment's name, its file's name.</param>
    /// <param name="columns">The columns' names.</param>
    /// <param name="rows">Rows of as many cells: <see cref="double"/>, <see cref="int"/>, <see cref="string"/> or null where there is nothing.</param>
    /// <exception cref="ArgumentException">A row has another number of cells, or a cell is something else.</exception>
    public DataTable(string name, IEnumerable<string> columns, IEnumerable<object?[]> rows)
    {
        (Name, Columns) = (name, columns.ToValueList());
        Rows = rows.Select(row => row.ToValueList()).ToValueList();
        foreach (ValueList<object?> row in Rows)
        {
            if (row.Count != Columns.Count)
                throw new ArgumentException(
                    $"Table {name}: a row has {row.Count} cells for {Columns.Count} columns.",
                    nameof(rows)
                );
            if (row.FirstOrDefault(cell => cell is not (null or double or int or string)) is { } other)
                throw new ArgumentException(
                    $"Table {name}: a cell is a {other.GetType().Name}. Give double, int, string or null.",
                    nameof(rows)
                );
        }
    }

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>The columns' names.</summary>
    public ValueList<string> Columns { get; }

    /// <summary>The rows' cells.</summary>
    public ValueList<ValueList<object?>> Rows { get; }

    /// <summary>
    /// The table as CSV (RFC 4180) with a header line: numbers with a decimal point and every digit that tells them apart, whatever
    /// the culture; NaN, Infinity and -Infinity by these names; nothing where there is nothing.
    /// </summary>
    public string ToCsv() => string.Concat(Rows.Select(row => row.Select(Text)).Prepend(Columns).Select(Line));

    private static string Text(object? cell) => Convert.ToString(cell, CultureInfo.InvariantCulture) ?? "";

    private static string Line(IEnumerable<string> cells) => string.Join(',', cells.Select(Quoted)) + "\n";

    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny("\",\r\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
