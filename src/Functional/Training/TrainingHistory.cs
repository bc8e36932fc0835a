using System.Collections;
using System.Globalization;

namespace Functional;

/// <summary>The learning curve: every completed epoch of a training, in order; a value that is written to and read from CSV and JSON.</summary>
/// <param name="Epochs">The epochs' results.</param>
public sealed record TrainingHistory(ValueList<EpochReport> Epochs) : IReadOnlyList<EpochReport>
{
    /// <summary>The number of completed epochs.</summary>
    public int Count => Epochs.Count;

    /// <summary>An epoch's results by position, from 0.</summary>
    /// <exception cref="IndexOutOfRangeException">The index is outside 0 … Count − 1.</exception>
    public EpochReport this[int index] => Epochs[index];

    /// <summary>The first epoch with the best value of a metric; null if none has a number there.</summary>
    public EpochReport? Best(EpochMetric metric)
    {
        IEnumerable<EpochReport> known = Epochs.Where(report => report[metric] is double value && !double.IsNaN(value));
        return metric == EpochMetric.ValidationAccuracy
            ? known.MaxBy(report => report[metric])
            : known.MinBy(report => report[metric]);
    }

    /// <summary>
    /// A header and a line per epoch: epoch, trainLoss, validationLoss, validationAccuracy, elapsedSeconds; what an epoch does not have is
    /// empty. The same text in every culture, and read back by <see cref="ParseCsv"/> to an equal value.
    /// </summary>
    public string ToCsv() => HistoryFormat.ToCsv(this);

    /// <summary>An array with an object per epoch and the columns of <see cref="ToCsv"/> as names; what an epoch does not have is null.
    /// Read back by <see cref="ParseJson"/> to an equal value.</summary>
    public string ToJson() => HistoryFormat.ToJson(this);

    /// <summary>Writes a file: <see cref="ToCsv"/> if its name ends with .csv, <see cref="ToJson"/> if with .json.</summary>
    /// <exception cref="ArgumentException">It ends with neither.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        File.WriteAllText(path, IsJson(path) ? ToJson() : ToCsv());
    }

    /// <summary>Reads a file that <see cref="Write"/> wrote.</summary>
    /// <exception cref="ArgumentException">Its name ends with neither .csv nor .json.</exception>
    /// <exception cref="DataException">The text is not a history.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TrainingHistory Read(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return IsJson(path) ? ParseJson(File.ReadAllText(path)) : ParseCsv(File.ReadAllText(path));
    }

    /// <summary>Reads what <see cref="ToCsv"/> wrote.</summary>
    /// <exception cref="DataException">The text is not a history; the message says which line and column.</exception>
    public static TrainingHistory ParseCsv(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return HistoryFormat.ParseCsv(text);
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="DataException">The text is not a history; the message says which epoch and name.</exception>
    public static TrainingHistory ParseJson(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return HistoryFormat.ParseJson(text);
    }

    /// <inheritdoc/>
    public IEnumerator<EpochReport> GetEnumerator() => Epochs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>How many epochs, and the first and last losses: <c>3 epochs, train loss 0.69 → 0.12</c>.</summary>
    public override string ToString() =>
        Count == 0
            ? "0 epochs"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{Count:N0} {(Count == 1 ? "epoch" : "epochs")}, train loss {Epochs[0].TrainLoss:G4} → {Epochs[Count - 1].TrainLoss:G4}{(Epochs[Count - 1].ValidationLoss is double loss ? string.Create(CultureInfo.InvariantCulture, $", validation loss {loss:G4}") : "")}"
            );

    private static bool IsJson(string path) =>
        Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".json" => true,
            ".csv" => false,
            _ => throw new ArgumentException(
                $"History: '{Path.GetFileName(path)}' ends with neither .csv nor .json. Name the file by its format.",
                nameof(path)
            ),
        };
}
