using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Functional.Experiments;

/// <summary>What an experiment found, as files: its tables as CSV, and everything as one JSON object.</summary>
public static class ExperimentFiles
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Writes <c>NAME.json</c> and a <c>NAME-TABLE.csv</c> for the summary and every other table, replacing what is there. Each file
    /// appears whole or not at all.
    /// </summary>
    /// <param name="folder">Where to; it is made if it is not there.</param>
    /// <param name="experiment">What was run.</param>
    /// <param name="seed">The seed it was given.</param>
    /// <param name="result">What it found.</param>
    /// <returns>The paths of the files.</returns>
    /// <exception cref="FunctionalException">A file cannot be written.</exception>
    public static ValueList<string> Write(string folder, Experiment experiment, ulong seed, ExperimentResult result)
    {
        (string Name, string Text)[] files =
        [
            ($"{experiment.Name}.json", ToJson(experiment, seed, result) + "\n"),
            .. result
                .Data.Prepend(result.Summary)
                .Select(table => ($"{experiment.Name}-{table.Name}.csv", table.ToCsv())),
        ];
        try
        {
            Directory.CreateDirectory(folder);
            foreach ((string name, string text) in files)
                Replace(Path.Combine(folder, name), text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FunctionalException(
                $"The results of {experiment.Name} cannot be written to '{folder}': {e.Message} Name a folder that can be written.",
                e
            );
        }
        return [.. files.Select(file => Path.Combine(folder, file.Name))];
    }

    /// <summary>
    /// A result as one JSON object on one line: name, question, seed, claims, summary, data. A table has columns and rows; numbers
    /// that JSON lacks are the strings NaN, Infinity and -Infinity.
    /// </summary>
    public static string ToJson(Experiment experiment, ulong seed, ExperimentResult result)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Json))
        {
            json.WriteStartObject();
            json.WriteString("name", experiment.Name);
            json.WriteString("question", experiment.Question);
            json.WriteNumber("seed", seed);
            json.WriteStartArray("claims");
            foreach (Claim claim in result.Claims)
            {
                json.WriteStartObject();
                json.WriteString("statement", claim.Statement);
                json.WriteBoolean("holds", claim.Holds);
                json.WriteString("evidence", claim.Evidence);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WritePropertyName("summary");
            Write(json, result.Summary);
            json.WriteStartArray("data");
            foreach (DataTable table in result.Data)
                Write(json, table);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void Write(Utf8JsonWriter json, DataTable table)
    {
        json.WriteStartObject();
        json.WriteString("name", table.Name);
        json.WriteStartArray("columns");
        foreach (string column in table.Columns)
            json.WriteStringValue(column);
        json.WriteEndArray();
        json.WriteStartArray("rows");
        foreach (ValueList<object?> row in table.Rows)
        {
            json.WriteStartArray();
            foreach (object? cell in row)
                Write(json, cell);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, object? cell)
    {
        switch (cell)
        {
            case null:
                json.WriteNullValue();
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            default:
                json.WriteStringValue(FormattableString.Invariant($"{cell}"));
                break;
        }
    }

    // Written beside its place and then moved there: a reader never sees half a file.
    private static void Replace(string path, string text)
    {
        string draft = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllText(draft, text);
            File.Move(draft, path, overwrite: true);
        }
        finally
        {
            File.Delete(draft);
        }
    }
}
