using System.Globalization;

namespace Functional;

/// <summary>What a column of a CSV file is for.</summary>
internal enum CsvRole
{
    Feature,
    OneHot,
    Label,
    Target,
    Ignored,
}

/// <summary>The delimiter, the header and the role of each column: everything decided before the rows are read.</summary>
/// <param name="Source">What errors call the text.</param>
/// <param name="Delimiter">The character between fields.</param>
/// <param name="Header">The name of each column, or empty.</param>
/// <param name="Roles">The role of each column.</param>
/// <param name="Targets">The target columns in the order asked for.</param>
internal sealed record CsvLayout(
    string Source,
    char Delimiter,
    ValueList<string> Header,
    ValueList<CsvRole> Roles,
    ValueList<int> Targets
)
{
    private const int DetectionRecords = 20;
    private static readonly char[] Candidates = [',', ';', '\t'];

    /// <summary>Looks at the first lines of the text and at the options.</summary>
    public static CsvLayout Create(ReadOnlySpan<char> text, CsvOptions options, string source)
    {
        char delimiter = options.Delimiter ?? Detect(text, source);
        CsvRecords records = new(text, delimiter, source);
        if (!records.Read())
            throw new DataException($"CSV '{source}' is empty. Give a file with a header and at least one row.");
        string[] first = new string[records.Count];
        for (int i = 0; i < first.Length; i++)
            first[i] = records[i].ToString();
        bool hasHeader = options.HasHeader ?? !first.Any(IsNumber);
        return new CsvLayout(source, delimiter, hasHeader ? ValueList.Create<string>(first) : [], [], []).WithRoles(
            first.Length,
            options
        );
    }

    /// <summary>The columns of a role, in file order.</summary>
    public int[] Columns(CsvRole role) => [.. Enumerable.Range(0, Roles.Count).Where(column => Roles[column] == role)];

    /// <summary>A column as errors name it: position, and name if there is one.</summary>
    public string Print(int column) => Header.Count > 0 ? $"{column} '{Header[column]}'" : $"{column}";

    /// <summary>A column as feature names have it.</summary>
    public string Name(int column) => Header.Count > 0 ? Header[column] : column.ToString(CultureInfo.InvariantCulture);

    private static bool IsNumber(string field) =>
        double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    // Of the delimiters that split every one of the first records alike, the one that makes most fields; else the one that makes
    // most in the first record.
    private static char Detect(ReadOnlySpan<char> text, string source)
    {
        char best = Candidates[0];
        (bool Alike, int Fields) most = (false, 0);
        foreach (char candidate in Candidates)
        {
            (bool Alike, int Fields) split = Split(text, candidate, source);
            if (split.CompareTo(most) > 0)
                (best, most) = (candidate, split);
        }
        return best;
    }

    private static (bool Alike, int Fields) Split(ReadOnlySpan<char> text, char delimiter, string source)
    {
        int fields = 0;
        try
        {
            CsvRecords records = new(text, delimiter, source);
            for (int i = 0; i < DetectionRecords && records.Read(); i++)
            {
                if (i == 0)
                    fields = records.Count;
                else if (records.Count != fields)
                    return (false, fields);
            }
            return (fields > 1, fields);
        }
        catch (DataException)
        {
            // Malformed with this delimiter: the next may be right, and if none is, reading reports it.
            return (false, fields);
        }
    }

    private CsvLayout WithRoles(int columns, CsvOptions options)
    {
        CsvRole[] roles = new CsvRole[columns];
        if (options.Label is not null && options.Targets.Count > 0)
            throw Error(
                "both Label and Targets are given. Give Label to predict classes, or Targets to predict numbers."
            );
        if (options.Label is null && options.Targets.Count == 0)
            throw Error($"nothing to predict is named. Give Label or Targets; {Listed(columns)}.");
        if (options.Label is null && options.Classes.Count > 0)
            throw Error("Classes are given without a Label. Give the column that holds them.");
        if (options.Label is { } label)
            Assign(roles, label, CsvRole.Label);
        int[] targets = [.. options.Targets.Select(target => Assign(roles, target, CsvRole.Target))];
        foreach (CsvColumn column in options.Ignore)
            Assign(roles, column, CsvRole.Ignored);
        foreach (CsvColumn column in options.OneHot)
            Assign(roles, column, CsvRole.OneHot);
        if (!roles.Any(role => role is CsvRole.Feature or CsvRole.OneHot))
            throw Error(
                $"no feature column is left of {columns}. Check the delimiter '{Delimiter}', Targets and Ignore."
            );
        return this with { Roles = ValueList.Create<CsvRole>(roles), Targets = ValueList.Create<int>(targets) };
    }

    private int Assign(CsvRole[] roles, CsvColumn column, CsvRole role)
    {
        int position = Find(column, roles.Length);
        if (roles[position] != CsvRole.Feature)
            throw Error(
                $"column {Print(position)} is asked for as {roles[position]} and as {role}. Name each column once."
            );
        roles[position] = role;
        return position;
    }

    private int Find(CsvColumn column, int columns)
    {
        if (column is CsvColumn.Named(var name))
        {
            int[] found = [.. Enumerable.Range(0, Header.Count).Where(i => Header[i] == name)];
            if (found.Length > 1)
                throw Error(
                    $"{found.Length} columns are named {column}. Name it by position: {string.Join(" or ", found)}."
                );
            if (found.Length == 1)
                return found[0];
        }
        int position = column switch
        {
            CsvColumn.At(var at) => at.GetOffset(columns),
            CsvColumn.Named(var text)
                when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int at) => at,
            _ => -1,
        };
        return (uint)position < (uint)columns
            ? position
            : throw Error($"there is no column {column}. Name one that exists; {Listed(columns)}.");
    }

    private string Listed(int columns) =>
        Header.Count > 0
            ? $"the columns are {string.Join(", ", Header)}"
            : $"there is no header, and the columns are 0 … {columns - 1}";

    private DataException Error(string problem) => new($"CSV '{Source}': {problem}");
}
