namespace Functional.Experiments;

/// <summary>Named columns of numbers and words, row by row.</summary>
public sealed record DataTable
{
    /// <summary>Creates a table.</summary>
    /// <param name="name">What it is called; with the experiment's name, its file's name.</param>
    /// <param name="columns">The columns' names.</param>
    /// <param name="rows">Rows of as many cells: <see cref="double"/>, <see cref="int"/>, <see cref="string"/> or null where there is nothing.</param>
    /// <exception cref="ArgumentException">A row has another number of cells.</exception>
    public DataTable(string name, IEnumerable<string> columns, IEnumerable<object?[]> rows)
    {
        (Name, Columns) = (name, columns.ToValueList());
        Rows = rows.Select(row => row.ToValueList()).ToValueList();
        foreach (ValueList<object?> row in Rows)
            if (row.Count != Columns.Count)
                throw new ArgumentException(
                    $"Table {name}: a row has {row.Count} cells for {Columns.Count} columns.",
                    nameof(rows)
                );
    }

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>The columns' names.</summary>
    public ValueList<string> Columns { get; }

    /// <summary>The rows' cells.</summary>
    public ValueList<ValueList<object?>> Rows { get; }
}
