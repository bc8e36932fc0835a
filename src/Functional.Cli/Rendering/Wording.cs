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
        if (task.Validation is not null)
            yield return ("Validation set", $"{task.Validation}, held out of the training set");
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
                $"{Epochs(settings)}, batches of {settings.Compilation.BatchSize:N0}, {settings.Compilation.Precision}, seed {settings.Seed}"
            )
        );
        if (settings.History is not null)
            yield return ("Learning curve", settings.History);
    }

    /// <summary>One epoch's results in one line.</summary>
    /// <param name="report">The results.</param>
    /// <param name="epochs">The number of epochs asked for.</param>
    /// <param name="watched">What the rows are called that were evaluated; null if none were.</param>
    public static string Describe(EpochReport report, int epochs, string? watched)
    {
        int width = Invariant($"{epochs}").Length;
        string text = Invariant(
            $"epoch {report.Epoch.ToString(CultureInfo.InvariantCulture).PadLeft(width)}/{epochs}  loss {Loss(report.TrainLoss)}"
        );
        if (report.ValidationLoss is { } loss)
            text += $"  {watched} loss {Loss(loss)}";
        if (report.ValidationAccuracy is { } accuracy)
            text += $"  {watched} accuracy {Accuracy(accuracy)}";
        return Invariant($"{text}  {report.Elapsed.TotalSeconds:F2} s");
    }

    /// <summary>How far the running epoch is.</summary>
    public static string Describe(TrainingProgress progress, string? watched)
    {
        string text =
            $"epoch {progress.Epoch}/{progress.Epochs}  loss {Loss(progress.Report?.TrainLoss ?? progress.Loss)}";
        return progress.Report?.ValidationAccuracy is { } accuracy ? $"{text}  {watched} {Accuracy(accuracy)}" : text;
    }

    /// <summary>The header of the table of results.</summary>
    public static string[] Columns(TrainingSummary summary) =>
        summary.Training.Accuracy is not null ? ["", "loss", "accuracy", "rows"]
        : summary.RootMeanSquare(summary.Training) is not null ? ["", "loss", "root mean square error", "rows"]
        : ["", "loss", "rows"];

    /// <summary>The rows of the table of results.</summary>
    public static string[][] Rows(TrainingSummary summary)
    {
        return
        [
            Row("training set", summary.Training),
            .. summary.Validation is { } validation ? [Row("validation set", validation)] : Array.Empty<string[]>(),
            Row("test set", summary.Test),
        ];

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
        string done = summary.End switch
        {
            TrainingEnd.Cancelled => Invariant($"Stopped after {summary.Losses.Count:N0} of {Plural(epochs, "epoch")}"),
            TrainingEnd.EarlyStopping => Invariant(
                $"Stopped early after {summary.Losses.Count:N0} of {Plural(epochs, "epoch")}"
            ),
            _ => Plural(epochs, "epoch"),
        };
        string kept =
            summary.ModelEpoch == summary.Losses.Count
                ? ""
                : Invariant($"; the model is that of epoch {summary.ModelEpoch:N0}, the best");
        return Invariant($"{done} in {summary.Seconds:F2} s, {summary.SamplesPerSecond:N0} rows per second{kept}");
    }

    private static string Epochs(TrainingSettings settings) =>
        settings.Patience is { } patience
            ? $"at most {Plural(settings.Epochs, "epoch")}, or until {Plural(patience, "epoch")} in a row did not lower the validation loss"
            : Plural(settings.Epochs, "epoch");

    private static string Plural(int count, string noun) => Invariant($"{count:N0} {noun}{(count == 1 ? "" : "s")}");

    private static string Loss(double loss) =>
        loss is > 0 and < 1e-4 or >= 1e5 ? Invariant($"{loss:0.000e+0}") : Invariant($"{loss:F5}");

    private static string Accuracy(double accuracy) => Invariant($"{accuracy * 100:F2} %");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
