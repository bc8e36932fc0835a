namespace Functional;

/// <summary>A CSV text to a dataset: layout, one pass that counts rows and collects categories, one that fills the arrays.</summary>
internal static class CsvLoader
{
    public static Dataset Load(string content, CsvOptions options, string source)
    {
        ReadOnlySpan<char> text = content.AsSpan(content.StartsWith('\uFEFF') ? 1 : 0);
        CsvLayout layout = CsvLayout.Create(text, options, source);
        (int rows, HashSet<string>[] values) = Scan(text, layout);

        CsvColumns features = CsvColumns.Features(layout, values);
        CsvColumns targets = CsvColumns.Numbers(layout, layout.Targets.AsSpan());
        CsvClasses? classes = CsvClasses.Create(layout, values, options.Classes);
        double[] x = Allocate(layout, rows, features.Width, "features");
        double[] y = Allocate(layout, rows, targets.Width, "targets");
        int[] labels = new int[classes is null ? 0 : rows];

        CsvRecords records = Rows(text, layout);
        for (int row = 0; records.Read(); row++)
        {
            int problem = features.Read(records, x.AsSpan(row * features.Width, features.Width));
            if (problem < 0)
                problem = targets.Read(records, y.AsSpan(row * targets.Width, targets.Width));
            if (problem < 0 && classes is not null)
                problem = classes.Read(records, out labels[row]);
            if (problem >= 0)
                throw CsvProblem.Describe(text, layout, records.Line, problem, records[problem].ToString());
        }
        Shape featureShape = new(features.Width);
        return classes is null
            ? Dataset.OfNumbers(x, featureShape, y, new Shape(targets.Width), features.Names)
            : Dataset.OfLabels(x, featureShape, labels, classes.Names.Count, features.Names, classes.Names);
    }

    /// <summary>The records after the header, if there is one.</summary>
    public static CsvRecords Rows(ReadOnlySpan<char> text, CsvLayout layout)
    {
        CsvRecords records = new(text, layout.Delimiter, layout.Source);
        if (layout.Header.Count > 0)
            records.Read();
        return records;
    }

    // The number of rows, all of one length, and the distinct values of each column that holds text.
    private static (int Rows, HashSet<string>[] Values) Scan(ReadOnlySpan<char> text, CsvLayout layout)
    {
        HashSet<string>[] values = new HashSet<string>[layout.Roles.Count];
        int[] textColumns = [.. layout.Columns(CsvRole.OneHot), .. layout.Columns(CsvRole.Label)];
        foreach (int column in textColumns)
            values[column] = new HashSet<string>(StringComparer.Ordinal);

        int rows = 0;
        CsvRecords records = Rows(text, layout);
        while (records.Read())
        {
            rows++;
            if (records.Count != layout.Roles.Count)
                throw new DataException(
                    $"CSV '{layout.Source}', line {records.Line}: {records.Count} fields, the first line has {layout.Roles.Count} "
                        + $"with the delimiter {CsvProblem.Print(layout.Delimiter)}. Complete the line, quote fields that hold the delimiter, or set Delimiter."
                );
            foreach (int column in textColumns)
                values[column].GetAlternateLookup<ReadOnlySpan<char>>().Add(records[column]);
        }
        return rows > 0
            ? (rows, values)
            : throw new DataException(
                $"CSV '{layout.Source}' has a header but no rows. Add rows, or set HasHeader to false if the first line is one."
            );
    }

    private static double[] Allocate(CsvLayout layout, int rows, int width, string what) =>
        (long)rows * width <= Array.MaxLength
            ? new double[rows * width]
            : throw new DataException(
                $"CSV '{layout.Source}': {rows:N0} rows of {width:N0} {what} do not fit one array. Ignore columns, or split the file."
            );
}
