using System.Globalization;

namespace Functional;

/// <summary>The classes of a label column: their names in the order of their labels, and the label of every text that stands for one.</summary>
internal sealed class CsvClasses
{
    private readonly int _column;
    private readonly Dictionary<string, int> _labels;

    private CsvClasses(int column, ValueList<string> names, Dictionary<string, int> labels)
    {
        _column = column;
        Names = names;
        _labels = labels;
    }

    /// <summary>The name of each class; a whole number without leading zeros or fraction.</summary>
    public ValueList<string> Names { get; }

    /// <summary>The classes of the label column, if there is one: those given, or the sorted distinct values.</summary>
    public static CsvClasses? Create(CsvLayout layout, HashSet<string>[] values, ValueList<string> given)
    {
        if (layout.Columns(CsvRole.Label) is not [int column])
            return null;
        string[] texts = [.. (given.Count > 0 ? given : values[column].AsEnumerable()).Where(text => text.Length > 0)];
        Dictionary<string, decimal> numbers = Whole(texts);
        bool whole = numbers.Count == texts.Distinct().Count();
        if (given.Count == 0 && !whole && texts.All(text => CsvColumns.TryNumber(text, out _)))
            throw new DataException(
                $"CSV '{layout.Source}', column {layout.Print(column)}: a label must be text or a whole number, and this column holds numbers such as "
                    + $"{texts.First(text => !numbers.ContainsKey(text))}. Predict it with Targets, or write the classes as text."
            );

        string[] names =
            given.Count > 0 ? [.. texts.Select(text => whole ? Canonical(numbers[text]) : text)]
            : whole ? [.. numbers.Values.Distinct().Order().Select(Canonical)]
            : [.. texts.Order(StringComparer.Ordinal)];
        if (names.Length < 2 || names.Distinct().Count() != names.Length)
            throw new DataException(
                $"CSV '{layout.Source}', column {layout.Print(column)}: there must be at least two distinct classes, got "
                    + (names.Length == 0 ? "none" : string.Join(", ", names.Select(name => $"'{name}'")))
                    + ". Check the column, or list every class in Classes."
            );
        Dictionary<string, int> labels = Numbered(names);
        // Other spellings of the same numbers, as 01 or 1.0.
        if (whole)
            foreach ((string text, decimal number) in Whole(values[column]))
                if (labels.TryGetValue(Canonical(number), out int label))
                    labels[text] = label;
        return new CsvClasses(column, names.ToValueList(), labels);
    }

    /// <summary>The label of a record; the column if its text is none of the classes, or −1.</summary>
    public int Read(in CsvRecords record, out int label) =>
        _labels.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(record[_column], out label) ? -1 : _column;

    /// <summary>Each text by its position.</summary>
    public static Dictionary<string, int> Numbered(string[] texts)
    {
        Dictionary<string, int> numbered = new(texts.Length, StringComparer.Ordinal);
        for (int i = 0; i < texts.Length; i++)
            numbered.Add(texts[i], i);
        return numbered;
    }

    // The texts that are whole numbers.
    private static Dictionary<string, decimal> Whole(IEnumerable<string> texts)
    {
        Dictionary<string, decimal> numbers = new(StringComparer.Ordinal);
        foreach (string text in texts)
            if (
                decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number)
                && decimal.IsInteger(number)
            )
                numbers[text] = number;
        return numbers;
    }

    private static string Canonical(decimal number) => number.ToString("0", CultureInfo.InvariantCulture);
}
