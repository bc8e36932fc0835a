using System.Numerics;

namespace Functional;

/// <summary>How good predictions are: of classes, and of numbers.</summary>
public static class Metrics
{
    private const int BatchSize = 256;

    /// <summary>Accuracy, precision, recall, F1 and the confusion matrix of predicted classes.</summary>
    /// <param name="predictions">A class per row, 0 … classCount − 1, as <see cref="Model{T}.ClassifyAll"/> gives them.</param>
    /// <param name="labels">As many true classes.</param>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="classNames">The name of each class, or none.</param>
    /// <exception cref="DataException">There are no rows, lengths differ, or a class is out of range.</exception>
    public static ClassificationReport Classification(
        ReadOnlySpan<int> predictions,
        ReadOnlySpan<int> labels,
        int classCount,
        ValueList<string> classNames = default
    ) => new(ConfusionMatrix.Of(predictions, labels, classCount, classNames));

    /// <summary>Mean absolute error, root mean squared error and R² of predicted numbers, computed in float64.</summary>
    /// <param name="predictions">Rows of predictions, row-major.</param>
    /// <param name="targets">As many targets.</param>
    /// <param name="columns">The numbers of one row.</param>
    /// <exception cref="DataException">There are no rows, or lengths differ or are no whole number of rows.</exception>
    public static RegressionReport Regression<T>(ReadOnlySpan<T> predictions, ReadOnlySpan<T> targets, int columns = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckRows(predictions.Length, targets.Length, columns, columns);
        double absolute = 0;
        double squared = 0;
        double[] means = new double[columns];
        int rows = targets.Length / columns;
        for (int i = 0; i < targets.Length; i++)
        {
            double y = double.CreateTruncating(targets[i]);
            double error = double.CreateTruncating(predictions[i]) - y;
            absolute += Math.Abs(error);
            squared += error * error;
            means[i % columns] += y / rows;
        }
        double variation = 0;
        bool varies = false;
        for (int i = 0; i < targets.Length; i++)
        {
            double deviation = double.CreateTruncating(targets[i]) - means[i % columns];
            variation += deviation * deviation;
            // Not by the sum, which rounding may leave a little above 0.
            varies |= targets[i] != targets[i % columns];
        }
        return new(
            absolute / targets.Length,
            Math.Sqrt(squared / targets.Length),
            varies ? 1 - squared / variation : null,
            rows
        );
    }

    /// <summary>
    /// The share of rows whose class is among the k largest outputs; of equal outputs the first counts as larger, so that k = 1 gives the
    /// accuracy. NaN counts as smaller than every number.
    /// </summary>
    /// <param name="outputs">Rows of one output per class, row-major.</param>
    /// <param name="labels">The true class of every row.</param>
    /// <param name="k">1 … the number of outputs of a row.</param>
    /// <exception cref="DataException">There are no rows, lengths differ, or a label is out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is outside its range.</exception>
    public static double TopKAccuracy<T>(ReadOnlySpan<T> outputs, ReadOnlySpan<int> labels, int k)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int columns = labels.IsEmpty ? 0 : outputs.Length / labels.Length;
        CheckRows(outputs.Length, labels.Length, columns, 1);
        if (columns < 2)
            throw new DataException(
                "Metrics: the rank of a class needs one output per class, got 1 for each row. Use the accuracy."
            );
        if (k < 1 || k > columns)
            throw new ArgumentOutOfRangeException(
                nameof(k),
                k,
                $"k must be 1 … {columns}, the number of outputs of a row."
            );
        int right = 0;
        for (int row = 0; row < labels.Length; row++)
        {
            if (labels[row] < 0 || labels[row] >= columns)
                throw new DataException(
                    $"Metrics: the label of row {row} is {labels[row]}, but classes are 0 … {columns - 1}. Give whole numbers in that range."
                );
            if (RankOf(outputs.Slice(row * columns, columns), labels[row]) < k)
                right++;
        }
        return (double)right / labels.Length;
    }

    /// <summary>Classifies the rows of a labelled dataset and reports how well, with the dataset's class names.</summary>
    /// <exception cref="DataException">The dataset's shapes or classes are not the network's.</exception>
    public static ClassificationReport ClassificationReport<T>(this Model<T> model, Dataset data)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int columns = Labelled(model, data);
        T[] outputs = Predict(model, data);
        int[] predictions = new int[data.Count];
        for (int i = 0; i < predictions.Length; i++)
            predictions[i] = Functional.Classification.ClassOf<T>(outputs.AsSpan(i * columns, columns));
        int classes = Math.Max(2, columns);
        return Classification(
            predictions,
            data.Labels,
            classes,
            data.ClassNames.Count == classes ? data.ClassNames : default
        );
    }

    /// <summary>The share of a labelled dataset's rows whose class is among the k largest outputs, as <see cref="TopKAccuracy{T}(ReadOnlySpan{T}, ReadOnlySpan{int}, int)"/> tells it.</summary>
    /// <exception cref="DataException">The dataset's shapes or classes are not the network's, or it has one output.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is not 1 … the number of outputs.</exception>
    public static double TopKAccuracy<T>(this Model<T> model, Dataset data, int k)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Labelled(model, data);
        return TopKAccuracy<T>(Predict(model, data), data.Labels, k);
    }

    /// <summary>Predicts the rows of a dataset of numbers and reports how near the targets are.</summary>
    /// <exception cref="DataException">The dataset's shapes are not the network's, or its targets are labels.</exception>
    public static RegressionReport RegressionReport<T>(this Model<T> model, Dataset data)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        if (data.ClassCount is not null)
            throw new DataException(
                "Metrics: the dataset's targets are labels, not numbers. Use ClassificationReport."
            );
        if (data.TargetShape != model.Plan.OutputShape)
            throw new DataException(
                $"Metrics: the dataset's targets have shape {data.TargetShape}, but the network gives {model.Plan.OutputShape}. Give the last Dense one output per target."
            );
        return Regression<T>(Predict(model, data), data.Targets<T>().Data, data.TargetShape.Count);
    }

    // How many outputs are larger than one of them.
    private static int RankOf<T>(ReadOnlySpan<T> outputs, int index)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T own = outputs[index];
        int rank = 0;
        for (int i = 0; i < outputs.Length; i++)
            if (T.IsNaN(own) ? !T.IsNaN(outputs[i]) || i < index : outputs[i] > own || (outputs[i] == own && i < index))
                rank++;
        return rank;
    }

    private static T[] Predict<T>(Model<T> model, Dataset data)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        InferencePlan<T> plan = model.Plan;
        Shape input = plan.InputShape;
        if (
            data.FeatureShape != input
            && !(plan.Compiled.Network.FlattensFirst && data.FeatureShape.Count == input.Count)
        )
            throw new DataException(
                $"Metrics: the dataset's rows have shape {data.FeatureShape}, but the network takes {input}. Give a dataset of the kind that it was trained on, or use data.Reshape."
            );
        T[] features = new T[Math.Min(BatchSize, data.Count) * input.Count];
        T[] outputs = new T[data.Count * plan.OutputShape.Count];
        for (int start = 0; start < data.Count; start += BatchSize)
        {
            int[] rows = [.. Enumerable.Range(start, Math.Min(BatchSize, data.Count - start))];
            Span<T> batch = features.AsSpan(0, rows.Length * input.Count);
            data.CopyFeatures(rows, batch);
            int width = plan.OutputShape.Count;
            model.Predict(batch, outputs.AsSpan(start * width, rows.Length * width));
        }
        return outputs;
    }

    // The outputs of a row, which must tell the dataset's classes apart.
    private static int Labelled<T>(Model<T> model, Dataset data)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        Shape output = model.Plan.OutputShape;
        if (data.ClassCount is null)
            throw new DataException("Metrics: the dataset's targets are numbers, not labels. Use RegressionReport.");
        if (output.Rank != 1 || data.ClassCount > Math.Max(2, output.Count))
            throw new DataException(
                $"Metrics: the dataset has {data.ClassCount} classes, but the network's outputs of shape {output} do not tell them apart. Give the last Dense one output per class."
            );
        return output.Count;
    }

    private static void CheckRows(int numbers, int others, int columns, int otherColumns)
    {
        if (columns < 1 || numbers == 0 || numbers % columns != 0 || numbers / columns * otherColumns != others)
            throw new DataException(
                $"Metrics: {numbers} predictions and {others} targets are not equally many rows, at least one. Give whole rows of both."
            );
    }
}
