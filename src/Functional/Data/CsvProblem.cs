namespace Functional;

/// <summary>What is wrong with a value that its column cannot take, and what to do about it.</summary>
internal static class CsvProblem
{
    private const int Examples = 3;
    private static readonly string[] Missing = ["", "?", "-", "na", "n/a", "nan", "null", "none"];

    public static DataException Describe(ReadOnlySpan<char> text, CsvLayout layout, int line, int column, string value)
    {
        string where = $"CSV '{layout.Source}', line {line}, column {layout.Print(column)}: ";
        CsvRole role = layout.Roles[column];
        if (
            value.Length == 0
            || (role is CsvRole.Feature or CsvRole.Target && Missing.Contains(value.ToLowerInvariant()))
        )
            return new(
                $"{where}the value is missing{(value.Length == 0 ? "" : $" ('{value}')")}. Fill it in, delete the line, or add the column to Ignore."
            );
        if (role == CsvRole.Label)
            return new($"{where}'{Short(value)}' is not one of Classes. Add it there, or correct the line.");
        if (CsvColumns.TryNumber(value.Replace(',', '.'), out _))
            return new(
                $"{where}expected a number, got '{Short(value)}'. Write it with a decimal point: {value.Replace(',', '.')}."
            );
        if (Categories(text, layout, column) is { Length: > 0 } categories)
            return new(
                $"{where}expected a number, got '{Short(value)}'; the column holds only text, such as {categories}. "
                    + (
                        role == CsvRole.Target
                            ? "To predict classes give the column as Label."
                            : "Add it to OneHot to use it as categories, or to Ignore; give it as Label to predict it."
                    )
            );
        return new(
            $"{where}expected a finite number, got '{Short(value)}' (the delimiter is {Print(layout.Delimiter)}). Correct the value, delete the line, or set Delimiter."
        );
    }

    /// <summary>A delimiter in quotes, tab as <c>'\t'</c>.</summary>
    public static string Print(char delimiter) => delimiter == '\t' ? "'\\t'" : $"'{delimiter}'";

    private static string Short(string value) => value.Length <= 40 ? value : value[..40] + "…";

    // The first distinct values of a column that holds no number; empty if it holds one.
    private static string Categories(ReadOnlySpan<char> text, CsvLayout layout, int column)
    {
        List<string> found = [];
        CsvRecords records = CsvLoader.Rows(text, layout);
        while (records.Read())
        {
            if (CsvColumns.TryNumber(records[column], out _))
                return "";
            string value = $"'{Short(records[column].ToString())}'";
            if (found.Count < Examples && !found.Contains(value))
                found.Add(value);
        }
        return string.Join(", ", found);
    }
}
