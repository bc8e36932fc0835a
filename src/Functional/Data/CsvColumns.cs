using System.Globalization;

namespace Functional;

/// <summary>Columns of a CSV file that become numbers: one each, or one per category.</summary>
internal sealed class CsvColumns
{
    private readonly Part[] _parts;

    private CsvColumns(Part[] parts, ValueList<string> names)
    {
        _parts = parts;
        Width = parts.Sum(part => part.Categories?.Count ?? 1);
        Names = names;
    }

    private sealed record Part(int Column, Dictionary<string, int>? Categories);

    /// <summary>The numbers that a row becomes.</summary>
    public int Width { get; }

    /// <summary>One name per number; empty if the file names no columns.</summary>
    public ValueList<string> Names { get; }

    /// <summary>The feature columns, in file order.</summary>
    public static CsvColumns Features(CsvLayout layout, HashSet<string>[] values)
    {
        List<Part> parts = [];
        List<string> names = [];
        for (int column = 0; column < layout.Roles.Count; column++)
        {
            if (layout.Roles[column] == CsvRole.Feature)
            {
                parts.Add(new Part(column, null));
                names.Add(layout.Name(column));
            }
            else if (layout.Roles[column] == CsvRole.OneHot)
            {
                string[] categories =
                [
                    .. values[column].Where(value => value.Length > 0).Order(StringComparer.Ordinal),
                ];
                parts.Add(new Part(column, CsvClasses.Numbered(categories)));
                names.AddRange(categories.Select(category => $"{layout.Name(column)}={category}"));
            }
        }
        bool named = layout.Header.Count > 0 || layout.Roles.Contains(CsvRole.OneHot);
        return new CsvColumns([.. parts], named ? names.ToValueList() : []);
    }

    /// <summary>Columns of numbers, in this order.</summary>
    public static CsvColumns Numbers(CsvLayout layout, ReadOnlySpan<int> columns)
    {
        Part[] parts = new Part[columns.Length];
        for (int i = 0; i < parts.Length; i++)
            parts[i] = new Part(columns[i], null);
        return new CsvColumns(parts, [.. parts.Select(part => layout.Name(part.Column))]);
    }

    /// <summary>Writes a record's numbers over zeros; the column of the first value that cannot be one, or −1.</summary>
    public int Read(in CsvRecords record, Span<double> destination)
    {
        int next = 0;
        foreach (Part part in _parts)
        {
            ReadOnlySpan<char> value = record[part.Column];
            if (part.Categories is null)
            {
                if (!TryNumber(value, out destination[next++]))
                    return part.Column;
            }
            else
            {
                if (!part.Categories.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(value, out int category))
                    return part.Column;
                destination[next + category] = 1;
                next += part.Categories.Count;
            }
        }
        return -1;
    }

    /// <summary>A finite number in the invariant culture.</summary>
    public static bool TryNumber(ReadOnlySpan<char> value, out double number) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
