using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Functional;

/// <summary>A learning curve as text: numbers as short as reads back to the same bits, in no culture's format.</summary>
internal static class HistoryFormat
{
    private const string Epoch = "epoch";
    private const string TrainLoss = "trainLoss";
    private const string ValidationLoss = "validationLoss";
    private const string ValidationAccuracy = "validationAccuracy";
    private const string ElapsedSeconds = "elapsedSeconds";

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    private static readonly (string Name, Func<EpochReport, string> Text)[] Columns =
    [
        (Epoch, report => report.Epoch.ToString(Invariant)),
        (TrainLoss, report => Print(report.TrainLoss)),
        (ValidationLoss, report => Print(report.ValidationLoss)),
        (ValidationAccuracy, report => Print(report.ValidationAccuracy)),
        // A decimal takes all ticks, 10⁻⁷ s, where a double would round them.
        (ElapsedSeconds, report => (report.Elapsed.Ticks / (decimal)TimeSpan.TicksPerSecond).ToString(Invariant)),
    ];

    private static readonly string Header = string.Join(',', Columns.Select(column => column.Name));

    public static string ToCsv(TrainingHistory history)
    {
        StringBuilder text = new();
        text.Append(Header).Append('\n');
        foreach (EpochReport report in history)
            text.AppendJoin(',', Columns.Select(column => column.Text(report))).Append('\n');
        return text.ToString();
    }

    public static TrainingHistory ParseCsv(string text)
    {
        string[] lines = text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        if (lines[0] != Header)
            throw new DataException(
                $"History, line 1: expected the header '{Header}', got '{lines[0]}'. Give what ToCsv wrote."
            );
        return new(lines.Skip(1).Select((line, index) => ParseLine($"History, line {index + 2}", line)).ToValueList());
    }

    public static string ToJson(TrainingHistory history)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new() { Indented = true }))
        {
            json.WriteStartArray();
            foreach (EpochReport report in history)
            {
                json.WriteStartObject();
                foreach ((string name, Func<EpochReport, string> print) in Columns)
                {
                    string text = print(report);
                    json.WritePropertyName(name);
                    if (text == "")
                        json.WriteNullValue();
                    else if (char.IsAsciiDigit(text[^1]))
                        json.WriteRawValue(text);
                    else
                        json.WriteStringValue(text); // NaN and ∞ are no JSON numbers
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    public static TrainingHistory ParseJson(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Array)
                throw new DataException(
                    $"History: expected an array of epochs, got {document.RootElement.ValueKind}. Give what ToJson wrote."
                );
            return new(
                document
                    .RootElement.EnumerateArray()
                    .Select((epoch, index) => ParseObject($"History, epoch at position {index}", epoch))
                    .ToValueList()
            );
        }
        catch (JsonException e)
        {
            throw new DataException($"History: not JSON: {e.Message} Give what ToJson wrote.", e);
        }
    }

    private static EpochReport ParseLine(string where, string line)
    {
        string[] values = line.Split(',');
        if (values.Length != Columns.Length)
            throw new DataException(
                $"{where}: expected {Columns.Length} values, got {values.Length}. Give what ToCsv wrote."
            );
        return Parse(where, name => values[Array.FindIndex(Columns, column => column.Name == name)]);
    }

    private static EpochReport ParseObject(string where, JsonElement epoch)
    {
        if (
            epoch.ValueKind != JsonValueKind.Object
            || !epoch
                .EnumerateObject()
                .Select(property => property.Name)
                .Order(StringComparer.Ordinal)
                .SequenceEqual(Columns.Select(column => column.Name).Order(StringComparer.Ordinal))
        )
            throw new DataException($"{where}: expected an object with {Header}. Give what ToJson wrote.");
        return Parse(
            where,
            name =>
                epoch.GetProperty(name) switch
                {
                    { ValueKind: JsonValueKind.Null } => "",
                    { ValueKind: JsonValueKind.String } word => word.GetString()!,
                    var value => value.GetRawText(),
                }
        );
    }

    private static EpochReport Parse(string where, Func<string, string> textOf)
    {
        return new(
            int.TryParse(textOf(Epoch), NumberStyles.Integer, Invariant, out int epoch) ? epoch : throw Refused(Epoch),
            Number(TrainLoss) ?? throw Refused(TrainLoss),
            Number(ValidationLoss),
            Number(ValidationAccuracy),
            Elapsed()
        );

        double? Number(string name) =>
            textOf(name) is "" ? null
            : double.TryParse(textOf(name), NumberStyles.Float, Invariant, out double value) ? value
            : throw Refused(name);

        TimeSpan Elapsed()
        {
            const decimal most = long.MaxValue / (decimal)TimeSpan.TicksPerSecond;
            return
                decimal.TryParse(textOf(ElapsedSeconds), NumberStyles.Float, Invariant, out decimal seconds)
                && Math.Abs(seconds) <= most
                ? new((long)(seconds * TimeSpan.TicksPerSecond))
                : throw Refused(ElapsedSeconds);
        }

        DataException Refused(string name) =>
            new($"{where}, {name}: expected a number, got '{textOf(name)}'. Give what was written by this type.");
    }

    private static string Print(double? value) => value?.ToString("R", Invariant) ?? "";
}
