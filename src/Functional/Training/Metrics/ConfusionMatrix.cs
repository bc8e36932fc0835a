using System.Globalization;
using System.Text;

namespace Functional;

/// <summary>How often rows of each class were predicted to be of each class; prints as a table, classes down and predictions across.</summary>
public sealed record ConfusionMatrix
{
    private ConfusionMatrix(ValueList<int> counts, int classCount, ValueList<string> classNames) =>
        (Counts, ClassCount, ClassNames) = (counts, classCount, classNames);

    /// <summary>The counts, row-major: [class, prediction].</summary>
    public ValueList<int> Counts { get; }

    /// <summary>The number of classes.</summary>
    public int ClassCount { get; }

    /// <summary>The name of each class, or empty.</summary>
    public ValueList<string> ClassNames { get; }

    /// <summary>The rows of class <paramref name="label"/> that were predicted to be of class <paramref name="prediction"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public int this[int label, int prediction]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(label);
            ArgumentOutOfRangeException.ThrowIfNegative(prediction);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(label, ClassCount);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(prediction, ClassCount);
            return Counts[label * ClassCount + prediction];
        }
    }

    /// <summary>Counts predictions beside the true classes.</summary>
    /// <param name="predictions">A class per row, 0 … classCount − 1.</param>
    /// <param name="labels">As many true classes.</param>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="classNames">The name of each class, or none.</param>
    /// <exception cref="DataException">Lengths differ, or a class is out of range.</exception>
    public static ConfusionMatrix Of(
        ReadOnlySpan<int> predictions,
        ReadOnlySpan<int> labels,
        int classCount,
        ValueList<string> classNames = default
    )
    {
        if (classCount < 2)
            throw new DataException($"Metrics: {classCount} classes cannot be told apart. Give at least 2.");
        if (predictions.Length != labels.Length)
            throw new DataException(
                $"Metrics: {predictions.Length} predictions and {labels.Length} labels. Give one of each per row."
            );
        if (classNames.Count > 0 && classNames.Count != classCount)
            throw new DataException(
                $"Metrics: {classNames.Count} names for {classCount} classes. Give one per class, or none."
            );
        int[] counts = new int[checked(classCount * classCount)];
        for (int i = 0; i < labels.Length; i++)
            counts[Class(labels[i], i, "label") * classCount + Class(predictions[i], i, "prediction")]++;
        return new(ValueList.Create<int>(counts), classCount, classNames);

        int Class(int value, int row, string what) =>
            value >= 0 && value < classCount
                ? value
                : throw new DataException(
                    $"Metrics: the {what} of row {row} is {value}, but classes are 0 … {classCount - 1}. Give whole numbers in that range."
                );
    }

    /// <summary>The name of a class; its number where it has none.</summary>
    internal string NameOf(int index) =>
        ClassNames.Count > 0 ? ClassNames[index] : index.ToString(CultureInfo.InvariantCulture);

    /// <summary>The table, with the classes' names.</summary>
    public override string ToString()
    {
        string[] names = [.. Enumerable.Range(0, ClassCount).Select(NameOf)];
        int first = Math.Max("class".Length, names.Max(name => name.Length));
        StringBuilder text = new();
        text.Append("class".PadRight(first));
        int[] widths = new int[ClassCount];
        for (int column = 0; column < ClassCount; column++)
        {
            for (int row = 0; row < ClassCount; row++)
                widths[column] = Math.Max(widths[column], Text(this[row, column]).Length);
            widths[column] = Math.Max(widths[column], names[column].Length);
            text.Append("  ").Append(names[column].PadLeft(widths[column]));
        }
        text.Append('\n');
        for (int row = 0; row < ClassCount; row++)
        {
            text.Append(names[row].PadRight(first));
            for (int column = 0; column < ClassCount; column++)
                text.Append("  ").Append(Text(this[row, column]).PadLeft(widths[column]));
            text.Append('\n');
        }
        return text.ToString();

        static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);
    }
}
