using System.Numerics;

namespace Functional;

/// <summary>
/// A map of every feature column to comparable numbers: x ↦ (x − Mean) / Scale. Learn it from the training set, then apply the
/// same value to validation, test and prediction inputs.
/// </summary>
public sealed record Normalization
{
    /// <summary>Creates the map from one pair per feature column.</summary>
    /// <param name="mean">What maps to 0, finite.</param>
    /// <param name="scale">What a distance of 1 stands for, positive and finite.</param>
    /// <exception cref="DataException">No columns, differing lengths, or a number out of range.</exception>
    public Normalization(ValueList<double> mean, ValueList<double> scale)
    {
        if (mean.Count == 0 || mean.Count != scale.Count)
            throw new DataException(
                $"Normalization: {mean.Count} means and {scale.Count} scales. Give one of each for every feature column."
            );
        for (int column = 0; column < mean.Count; column++)
            if (!(double.IsFinite(mean[column]) && double.IsFinite(scale[column]) && scale[column] > 0))
                throw new DataException(
                    $"Normalization: column {column} has mean {mean[column]} and scale {scale[column]}. "
                        + "Means must be finite, scales positive and finite: look for numbers near the limit of their type."
                );
        Mean = mean;
        Scale = scale;
    }

    /// <summary>What maps to 0, by feature column.</summary>
    public ValueList<double> Mean { get; }

    /// <summary>What a distance of 1 stands for, by feature column; 1 for a column that is constant.</summary>
    public ValueList<double> Scale { get; }

    /// <summary>
    /// Mean 0 and standard deviation 1 over the dataset's rows: Scale = √(Σ(x − mean)² / rows). A constant column maps to 0.
    /// </summary>
    /// <exception cref="DataException">The numbers are so large that their mean or deviation is not finite.</exception>
    public static Normalization Standard(Dataset dataset)
    {
        int columns = dataset.FeatureShape.Count;
        double[] mean = new double[columns];
        ForEachRow(dataset, row => Add(row, mean));
        for (int i = 0; i < columns; i++)
            mean[i] /= dataset.Count;

        double[] squares = new double[columns];
        double[] least = Filled(columns, double.PositiveInfinity);
        double[] greatest = Filled(columns, double.NegativeInfinity);
        ForEachRow(
            dataset,
            row =>
            {
                for (int i = 0; i < row.Length; i++)
                    squares[i] += (row[i] - mean[i]) * (row[i] - mean[i]);
                Bounds(row, least, greatest);
            }
        );
        // Decided by the bounds, not by a deviation of 0: the rounded mean of equal numbers may differ from them.
        double[] scale = new double[columns];
        for (int i = 0; i < columns; i++)
        {
            double deviation = Math.Sqrt(squares[i] / dataset.Count);
            bool constant = least[i].Equals(greatest[i]) || deviation == 0;
            mean[i] = constant ? least[i] : mean[i];
            scale[i] = constant ? 1 : deviation;
        }
        return new(ValueList.Create<double>(mean), ValueList.Create<double>(scale));
    }

    /// <summary>The dataset's smallest number of each column to 0 and its largest to 1. A constant column maps to 0.</summary>
    /// <exception cref="DataException">A column's largest minus its smallest number is not finite.</exception>
    public static Normalization MinMax(Dataset dataset)
    {
        int columns = dataset.FeatureShape.Count;
        double[] least = Filled(columns, double.PositiveInfinity);
        double[] greatest = Filled(columns, double.NegativeInfinity);
        ForEachRow(dataset, row => Bounds(row, least, greatest));
        double[] scale = new double[columns];
        for (int i = 0; i < columns; i++)
            scale[i] = least[i].Equals(greatest[i]) ? 1 : greatest[i] - least[i];
        return new(ValueList.Create<double>(least), ValueList.Create<double>(scale));
    }

    /// <summary>
    /// The dataset with its features mapped, computed in double; stored as double where they were, else as float (so scaled bytes
    /// take four times their memory).
    /// </summary>
    /// <exception cref="DataException">The dataset has another number of feature columns, or a result is not finite.</exception>
    public Dataset Apply(Dataset dataset)
    {
        CheckColumns(dataset.FeatureShape.Count, $"the dataset's features are {dataset.FeatureShape}");
        return dataset.StoresDouble ? Mapped<double>(dataset) : Mapped<float>(dataset);
    }

    /// <summary>The same map for inputs of one or more rows, as for a prediction; both spans may be the same memory.</summary>
    /// <param name="features">rows × columns numbers, row-major.</param>
    /// <param name="destination">As many numbers.</param>
    /// <exception cref="DataException">The lengths differ, or are not a whole number of rows.</exception>
    public void Apply<T>(ReadOnlySpan<T> features, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (features.Length % Mean.Count != 0 || features.Length != destination.Length)
            throw new DataException(
                $"Normalization: {features.Length} numbers to {destination.Length} places. Give rows of {Mean.Count} numbers and as many places."
            );
        ReadOnlySpan<double> mean = Mean.AsSpan();
        ReadOnlySpan<double> scale = Scale.AsSpan();
        for (int start = 0; start < features.Length; start += mean.Length)
        for (int i = 0; i < mean.Length; i++)
            destination[start + i] = T.CreateTruncating(
                (double.CreateTruncating(features[start + i]) - mean[i]) / scale[i]
            );
    }

    private Dataset Mapped<T>(Dataset dataset)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int columns = Mean.Count;
        double[] row = new double[columns];
        T[] mapped = new T[dataset.Count * columns];
        for (int i = 0; i < dataset.Count; i++)
        {
            dataset.CopyFeatures(i, row.AsSpan());
            Apply<double>(row, row);
            Span<T> destination = mapped.AsSpan(i * columns, columns);
            for (int column = 0; column < columns; column++)
                destination[column] = T.CreateTruncating(row[column]);
        }
        return dataset.WithFeatures(mapped);
    }

    private void CheckColumns(int columns, string got)
    {
        if (columns != Mean.Count)
            throw new DataException(
                $"Normalization: learned from {Mean.Count} feature columns, but {got} ({columns} columns). Learn it from a dataset with the same columns."
            );
    }

    private static void ForEachRow(Dataset dataset, Action<double[]> visit)
    {
        double[] row = new double[dataset.FeatureShape.Count];
        for (int i = 0; i < dataset.Count; i++)
        {
            dataset.CopyFeatures(i, row.AsSpan());
            visit(row);
        }
    }

    private static void Add(double[] row, double[] sums)
    {
        for (int i = 0; i < row.Length; i++)
            sums[i] += row[i];
    }

    private static void Bounds(double[] row, double[] least, double[] greatest)
    {
        for (int i = 0; i < row.Length; i++)
        {
            least[i] = Math.Min(least[i], row[i]);
            greatest[i] = Math.Max(greatest[i], row[i]);
        }
    }

    private static double[] Filled(int count, double value)
    {
        double[] values = new double[count];
        Array.Fill(values, value);
        return values;
    }
}
