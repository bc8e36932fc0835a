using System.Globalization;

namespace Functional.Cli;

/// <summary>What renderers say: every text and number once, whatever the layout.</summary>
internal static class Wording
{
    /// <summary>What is about to be trained, line by line.</summary>
    public static IEnumerable<(string Name, string Text)> Describe(TrainingTask task)
    {
        TrainingSettings settings = task.Settings;
        yield return ("Data", task.Source);
        yield return ("Training set", $"{task.Training}");
        yield return ("Test set", $"{task.Test}");
        foreach ((string name, string text) in task.Notes)
            yield return (name, text);
        yield return ("Network", $"{task.Network}");
        yield return ("Parameters", Invariant($"{task.Network.ParameterCount:N0}"));
        yield return ("Loss", task.Loss.Name);
        yield return ("Optimizer", settings.Compilation.Optimizer.Name);
        yield return (
            "Training",
            Invariant(
                $"{Plural(settings.Epochs, "epoch")}, batches of {settings.Compilation.BatchSize:N0}, {settings.Compilation.Precision}, seed {settings.Seed}"
            )
        );
    }

    /// <summary>One epoch's results in one line.</summary>
    public static string Describe(EpochReport report, int epochs)
    {
        int width = Invariant($"{epochs}").Length;
        string text = Invariant(
            $"epoch {report.Epoch.ToString(CultureInfo.InvariantCulture).PadLeft(width)}/{epochs}  loss {Loss(report.TrainLoss)}"
        );
        if (report.ValidationLoss is { } loss)
            text += $"  test loss {Loss(loss)}";
        if (report.ValidationAccuracy is { } accuracy)
            text += $"  test accuracy {Accuracy(accuracy)}";
        return Invariant($"{text}  {report.Elapsed.TotalSeconds:F2} s");
    }

    /// <summary>How far the running epoch is.</summary>
    public static string Describe(TrainingProgress progress)
    {
        string text =
            $"epoch {progress.Epoch}/{progress.Epochs}  loss {Loss(progress.Report?.TrainLoss ?? progress.Loss)}";
        return progress.Report?.ValidationAccuracy is { } accuracy ? $"{text}  test {Accuracy(accuracy)}" : text;
    }

    /// <summary>The header of the table of results.</summary>
    public static string[] Columns(TrainingSummary summary) =>
        summary.Training.Accuracy is not null ? ["", "loss", "accuracy", "rows"]
        : summary.RootMeanSquare(summary.Training) is not null ? ["", "loss", "root mean square error", "rows"]
        : ["", "loss", "rows"];

    /// <summary>The rows of the table of results.</summary>
    public static string[][] Rows(TrainingSummary summary)
    {
        return [Row("training set", summary.Training), Row("test set", summary.Test)];

        string[] Row(string name, Evaluation evaluation) =>
            [
                name,
                Loss(evaluation.Loss),
                .. evaluation.Accuracy is { } accuracy ? [Accuracy(accuracy)]
                : summary.RootMeanSquare(evaluation) is { } error ? [Invariant($"{error:G5}")]
                : Array.Empty<string>(),
                Invariant($"{evaluation.Count:N0}"),
            ];
    }

    /// <summary>How long it took.</summary>
    public static string Time(TrainingSummary summary)
    {
        int epochs = summary.Task.Settings.Epochs;
        string done = summary.IsCancelled
            ? Invariant($"Stopped after {summary.Losses.Count:N0} of {Plural(epochs, "epoch")}")
            : Plural(epochs, "epoch");
        return Invariant($"{done} in {summary.Seconds:F2} s, {summary.SamplesPerSecond:N0} rows per second");
    }

    private static string Plural(int count, string noun) => Invariant($"{count:N0} {noun}{(count == 1 ? "" : "s")}");

    private static string Loss(double loss) =>
        loss is > 0 and < 1e-4 or >= 1e5 ? Invariant($"{loss:0.000e+0}") : Invariant($"{loss:F5}");

    private static string Accuracy(double accuracy) => Invariant($"{accuracy * 100:F2} %");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
