using static Functional.Layers;

namespace Functional.Cli;

/// <summary>What a column of a CSV file is predicted as.</summary>
internal enum CsvTask
{
    Auto,
    Classify,
    Regress,
}

/// <summary>A way to learn a map of columns from a training set.</summary>
internal delegate Normalization Normalizer(Dataset training);

/// <summary>A CSV file as read, and why it was read so.</summary>
/// <param name="Path">The file.</param>
/// <param name="Label">The column to predict.</param>
/// <param name="Data">Its rows.</param>
/// <param name="Task">What is predicted, and who decided.</param>
internal sealed record CsvSource(string Path, string Label, Dataset Data, string Task)
{
    /// <summary>A column of whole numbers with more values than this is predicted as numbers.</summary>
    public const int MostClasses = 20;

    public static readonly Choice<CsvTask>[] Tasks =
    [
        new("auto", CsvTask.Auto),
        new("classify", CsvTask.Classify),
        new("regress", CsvTask.Regress),
    ];

    public static readonly Choice<Normalizer?>[] Normalizers =
    [
        new("standard", Normalization.Standard),
        new("minmax", Normalization.MinMax),
        new("none", null),
    ];

    /// <summary>Reads a file as classes or as numbers.</summary>
    /// <exception cref="DataException">It cannot be read so.</exception>
    public static CsvSource Load(string path, string label, CsvTask task, CsvOptions options)
    {
        if (task != CsvTask.Classify && Numbers(path, options with { Targets = [label] }, task) is { } numbers)
        {
            if (task == CsvTask.Regress)
                return new(path, label, numbers, "regress, as --task says");
            if (Continuous(numbers) is { } reason)
                return new(
                    path,
                    label,
                    numbers,
                    $"regress, as '{label}' holds {reason}; --task classify predicts classes"
                );
        }
        Dataset classes = Csv.Load(path, options with { Label = label });
        string why =
            task == CsvTask.Classify ? "as --task says" : $"as '{label}' holds {classes.ClassCount} different values";
        return new(path, label, classes, $"classify, {why}: {Listed(classes.ClassNames)}");
    }

    /// <summary>Splits, normalises and joins the rows with a network that suits them.</summary>
    public TrainingTask Prepare(double validation, Choice<Normalizer?> normalizer, TrainingSettings settings)
    {
        bool labelled = Data.ClassCount is not null;
        (Dataset training, Dataset test) = Data.Split(1 - validation, settings.Seed, stratified: labelled);
        double targetScale = 1;
        if (normalizer.Value is { } learn)
        {
            Normalization features = learn(training);
            (training, test) = (features.Apply(training), features.Apply(test));
            if (!labelled)
            {
                Normalization targets = learn(TargetsAsFeatures(training));
                (training, test) = (WithTargets(training, targets), WithTargets(test, targets));
                targetScale = targets.Scale[0];
            }
        }
        string fileName = System.IO.Path.GetFileName(Path);
        return TrainingTask.Create(fileName, Path, training, test, DefaultNetwork(), settings) with
        {
            TargetScale = labelled ? null : targetScale,
            Notes =
            [
                ("Task", Task),
                (
                    "Normalization",
                    normalizer.Value is null
                        ? "none"
                        : $"{normalizer}, of the features{(labelled ? "" : $" and of '{Label}': the loss is in these units")}"
                ),
            ],
        };
    }

    // The rows with the label as a number; null where it is none and that was only a guess.
    private static Dataset? Numbers(string path, CsvOptions options, CsvTask task)
    {
        try
        {
            return Csv.Load(path, options);
        }
        catch (DataException) when (task == CsvTask.Auto)
        {
            return null; // what else may be wrong with the file, reading classes tells
        }
    }

    // What says that numbers are to be predicted; null where they are classes.
    private static string? Continuous(Dataset numbers)
    {
        HashSet<double> values = [];
        foreach (double value in numbers.Targets<double>().Data)
        {
            if (!double.IsInteger(value))
                return "numbers with fractions";
            values.Add(value);
        }
        return values.Count > MostClasses ? FormattableString.Invariant($"{values.Count:N0} different numbers") : null;
    }

    private static string Listed(ValueList<string> names) =>
        string.Join(", ", names.Take(5)) + (names.Count > 5 ? ", …" : "");

    // A power of two of hidden units, two to four times the inputs, then half as many; one output for two classes and for a number.
    private Network DefaultNetwork()
    {
        int inputs = Data.FeatureShape.Count;
        int hidden = Math.Clamp((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)inputs * 2), 16, 256);
        Network body = Dense(inputs, hidden) >> Relu >> Dense(hidden, hidden / 2) >> Relu;
        return Data.ClassCount switch
        {
            null => body >> Dense(hidden / 2, 1),
            2 => body >> Dense(hidden / 2, 1) >> Sigmoid,
            int classes => body >> Dense(hidden / 2, classes) >> Softmax,
        };
    }

    private static Dataset TargetsAsFeatures(Dataset data)
    {
        ReadOnlySpan<double> targets = data.Targets<double>().Data;
        return Dataset.Create(targets, data.TargetShape, targets, data.TargetShape);
    }

    private static Dataset WithTargets(Dataset data, Normalization map)
    {
        double[] targets = data.Targets<double>().Data.ToArray();
        map.Apply<double>(targets, targets);
        return Dataset.Create(
            data.Features<double>().Data,
            data.FeatureShape,
            targets,
            data.TargetShape,
            data.FeatureNames
        );
    }
}
