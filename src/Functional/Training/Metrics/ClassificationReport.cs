using System.Globalization;
using System.Text;

namespace Functional;

/// <summary>Precision, recall and their harmonic mean. A quotient whose denominator is 0 counts as 0.</summary>
/// <param name="Precision">TP / (TP + FP): the share of the predictions of a class that are right.</param>
/// <param name="Recall">TP / (TP + FN): the share of the rows of a class that are found.</param>
/// <param name="F1">2·TP / (2·TP + FP + FN), the harmonic mean of both.</param>
public sealed record ClassificationScores(double Precision, double Recall, double F1);

/// <summary>How well one class is told from all others.</summary>
/// <param name="Class">The class.</param>
/// <param name="Name">Its name, or its number.</param>
/// <param name="Scores">Precision, recall and F1.</param>
/// <param name="Support">The number of its rows.</param>
public sealed record ClassReport(int Class, string Name, ClassificationScores Scores, int Support);

/// <summary>How well classes are told apart: a value that prints as a table.</summary>
/// <remarks>
/// Of a class c, TP counts the rows of c predicted as c, FP the rows of others predicted as c, FN the rows of c predicted as others.
/// </remarks>
public sealed record ClassificationReport
{
    internal ClassificationReport(ConfusionMatrix confusion)
    {
        Confusion = confusion;
        int n = confusion.ClassCount;
        int[] support = new int[n];
        int[] predicted = new int[n];
        int right = 0;
        for (int label = 0; label < n; label++)
        {
            right += confusion[label, label];
            for (int prediction = 0; prediction < n; prediction++)
            {
                support[label] += confusion[label, prediction];
                predicted[prediction] += confusion[label, prediction];
            }
        }
        Count = support.Sum();
        if (Count == 0)
            throw new DataException("Metrics: there are no rows. Give at least one prediction and its label.");
        Classes = Enumerable
            .Range(0, n)
            .Select(c => new ClassReport(
                c,
                confusion.NameOf(c),
                Score(confusion[c, c], predicted[c], support[c]),
                support[c]
            ))
            .ToValueList();
        ClassificationScores[] occurring =
        [
            .. Classes.Where(c => c.Support + predicted[c.Class] > 0).Select(c => c.Scores),
        ];
        Macro = new(
            occurring.Average(scores => scores.Precision),
            occurring.Average(scores => scores.Recall),
            occurring.Average(scores => scores.F1)
        );
        Micro = Score(right, Count, Count);
        Accuracy = (double)right / Count;
    }

    /// <summary>How often each class was predicted to be each class.</summary>
    public ConfusionMatrix Confusion { get; }

    /// <summary>The number of rows.</summary>
    public int Count { get; }

    /// <summary>The share of rows classified right, 0 … 1.</summary>
    public double Accuracy { get; }

    /// <summary>Every class.</summary>
    public ValueList<ClassReport> Classes { get; }

    /// <summary>The mean over classes, however many rows each has; classes that are neither a label nor a prediction are left out.</summary>
    public ClassificationScores Macro { get; }

    /// <summary>The scores of TP, FP and FN summed over classes: with one class per row all three are the accuracy.</summary>
    public ClassificationScores Micro { get; }

    /// <summary>A line per class, and the means.</summary>
    public override string ToString()
    {
        string[] names = [.. Classes.Select(c => c.Name), "macro", "micro"];
        ClassificationScores[] scores = [.. Classes.Select(c => c.Scores), Macro, Micro];
        int width = Math.Max("class".Length, names.Max(name => name.Length));
        StringBuilder text = new();
        text.Append("class".PadRight(width)).Append("  precision  recall     F1     rows\n");
        for (int i = 0; i < names.Length; i++)
            text.Append(names[i].PadRight(width))
                .Append(
                    CultureInfo.InvariantCulture,
                    $"  {scores[i].Precision, 9:0.0000}  {scores[i].Recall:0.0000}  {scores[i].F1:0.0000}  {(i < Classes.Count ? Classes[i].Support : Count), 7}\n"
                );
        return text.Append(CultureInfo.InvariantCulture, $"accuracy {Accuracy:0.0000}\n").ToString();
    }

    // TP of so many predicted and so many that there are.
    private static ClassificationScores Score(int truePositives, int predicted, int support) =>
        new(
            predicted == 0 ? 0 : (double)truePositives / predicted,
            support == 0 ? 0 : (double)truePositives / support,
            predicted + support == 0 ? 0 : 2.0 * truePositives / (predicted + (double)support)
        );
}
