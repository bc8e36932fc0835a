namespace Functional;

/// <summary>A column of a CSV file, by its name in the header or its position.</summary>
public abstract record CsvColumn
{
    private CsvColumn() { }

    /// <summary>
    /// By name, exactly as in the header. A name that no header has but that is a whole number is taken as a position, counted
    /// from 0: so a command line can say <c>--label 4</c>.
    /// </summary>
    /// <param name="Name">The name.</param>
    public sealed record Named(string Name) : CsvColumn
    {
        /// <summary>The name in quotes.</summary>
        public override string ToString() => $"'{Name}'";
    }

    /// <summary>By position, counted from 0, or from the end: <c>^1</c> is the last.</summary>
    /// <param name="Position">The position.</param>
    public sealed record At(Index Position) : CsvColumn
    {
        /// <summary>The position, as in C#.</summary>
        public override string ToString() => Position.ToString();
    }

    /// <summary>The column of that name.</summary>
    public static implicit operator CsvColumn(string name) => new Named(name);

    /// <summary>The column at that position, counted from 0.</summary>
    /// <exception cref="DataException">The position is negative.</exception>
    public static implicit operator CsvColumn(int position) =>
        position >= 0
            ? new At(position)
            : throw new DataException($"CSV: column {position} does not exist. Count from 0, or use ^1 for the last.");

    /// <summary>The column at that position, from the start or the end.</summary>
    public static implicit operator CsvColumn(Index position) => new At(position);
}

/// <summary>
/// How to read a CSV file as a dataset. Give <see cref="Label"/> to predict classes, or <see cref="Targets"/> to predict numbers; every
/// other column is a feature, unless it is ignored.
/// </summary>
public sealed record CsvOptions
{
    /// <summary>The column that holds the class of each row, as text or whole numbers.</summary>
    public CsvColumn? Label { get; init; }

    /// <summary>
    /// The names of the classes in the order of their labels. Empty: the label column's distinct values, in numeric order if all are
    /// whole numbers, else in ordinal order of the text; so the order of rows does not matter. Give them when several files must
    /// agree and one may lack a class.
    /// </summary>
    public ValueList<string> Classes { get; init; }

    /// <summary>The columns of numbers to predict.</summary>
    public ValueList<CsvColumn> Targets { get; init; }

    /// <summary>Columns to leave out.</summary>
    public ValueList<CsvColumn> Ignore { get; init; }

    /// <summary>
    /// Feature columns of categories: each becomes one column per distinct value, in ordinal order and named <c>column=value</c>,
    /// that is 1 where the row has the value and else 0.
    /// </summary>
    public ValueList<CsvColumn> OneHot { get; init; }

    /// <summary>The character between fields; null: comma, semicolon or tab, whichever splits the first lines alike into most fields.</summary>
    public char? Delimiter { get; init; }

    /// <summary>Whether the first line names the columns; null: it does if none of its fields is a number.</summary>
    public bool? HasHeader { get; init; }
}
