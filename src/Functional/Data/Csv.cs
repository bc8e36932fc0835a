namespace Functional;

/// <summary>
/// Comma-separated values (RFC 4180) as a dataset, stored as double. Numbers are written with a decimal point whatever the culture.
/// Fields may be quoted (a quote inside is doubled; line breaks inside are kept); blanks around a field do not count, nor do empty
/// lines or a byte-order mark. The whole text is held in memory while it is read.
/// </summary>
public static class Csv
{
    // A .NET string holds at most 2³⁰ − 33 characters; UTF-8 has no more characters than bytes.
    private const long LargestFile = 1_000_000_000;

    /// <summary>Reads a file: UTF-8, or what its byte-order mark says.</summary>
    /// <exception cref="DataException">The file cannot be read, a column is not found, a row has too few or too many fields, or a value
    /// is missing or not what its column holds; with line, column and fix.</exception>
    public static Dataset Load(string path, CsvOptions options) => CsvLoader.Load(ReadText(path), options, path);

    /// <summary>Reads a reader to its end; it stays open.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="options">What to predict, and how to read.</param>
    /// <param name="name">What errors call the text.</param>
    /// <exception cref="DataException">As for a file.</exception>
    public static Dataset Load(TextReader reader, CsvOptions options, string name = "text") =>
        CsvLoader.Load(reader.ReadToEnd(), options, name);

    private static string ReadText(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > LargestFile }
                ? throw new DataException($"CSV '{path}' is larger than {LargestFile:N0} bytes. Split it.")
                : File.ReadAllText(path);
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DataException(
                $"CSV '{path}' cannot be opened: {e.Message} Give the path of a file you may read.",
                e
            );
        }
    }
}
