namespace Functional;

public sealed partial class Dataset
{
    /// <summary>The batches, and so the training steps, of an epoch; the last batch may be smaller.</summary>
    /// <param name="batchSize">The most rows of a batch, at least 1.</param>
    /// <exception cref="DataException">The batch size is below 1.</exception>
    public int BatchCount(int batchSize) =>
        batchSize >= 1
            ? (Count - 1) / batchSize + 1
            : throw new DataException($"Dataset: BatchCount({batchSize}). Give a batch size of at least 1.");

    /// <summary>The first rows; shares the memory with this dataset.</summary>
    /// <param name="count">1 … <see cref="Count"/>.</param>
    /// <exception cref="DataException">The count is outside that range.</exception>
    public Dataset Take(int count) =>
        count >= 1 && count <= Count
            ? With(_features.Take(count), _targets.Take(count))
            : throw new DataException($"Dataset: Take({count}) of {Count} rows. Take 1 … {Count}.");

    /// <summary>The rows at these positions, copied, in this order; repeats are allowed.</summary>
    /// <param name="rows">Positions in 0 … <see cref="Count"/> − 1, at least one.</param>
    /// <exception cref="DataException">There are no positions, or too many for one array.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public Dataset Select(ReadOnlySpan<int> rows)
    {
        if (rows.IsEmpty)
            throw new DataException("Dataset: Select got no rows. Give at least one position.");
        CheckSize(rows.Length);
        return With(_features.Select(rows), _targets.Select(rows));
    }

    /// <summary>Deals the rows, in a random order, to a training and a validation set; neither is ever empty.</summary>
    /// <param name="fraction">The share of rows that go to Training, between 0 and 1, exclusive; 0.8 keeps a fifth for validation.</param>
    /// <param name="seed">The same seed deals the same way.</param>
    /// <param name="stratified">Whether every class gives its share to both; for labelled data only.</param>
    /// <exception cref="DataException">A fraction out of range, fewer than two rows, or stratified without labels.</exception>
    public (Dataset Training, Dataset Validation) Split(double fraction, ulong seed, bool stratified = false)
    {
        if (!(fraction > 0 && fraction < 1))
            throw new DataException(
                $"Dataset: Split({fraction}) must lie between 0 and 1, exclusive. Give the share of rows that train, as 0.8."
            );
        if (Count < 2)
            throw new DataException("Dataset: one row cannot be split in two. Give at least two rows.");
        (int[] training, int[] validation) = stratified
            ? Splitting.Stratified(Labels, ClassCount!.Value, fraction, seed)
            : Splitting.Random(Count, fraction, seed);
        return (Select(training), Select(validation));
    }

    /// <summary>The same numbers with another shape of the features: <c>[784]</c> as <c>[28, 28]</c>. Shares the memory.</summary>
    /// <exception cref="DataException">The element counts differ, or the shape has a batch dimension.</exception>
    public Dataset Reshape(Shape featureShape)
    {
        DataCheck.RowShape(featureShape, "features");
        if (featureShape.Count != FeatureShape.Count)
            throw new DataException(
                $"Dataset: features of shape {FeatureShape} ({FeatureShape.Count} numbers) cannot take shape {featureShape} ({featureShape.Count}). Use a shape of {FeatureShape.Count} numbers."
            );
        return new(_features, featureShape, _targets, TargetShape, ClassCount, FeatureNames, ClassNames);
    }

    /// <summary>
    /// The rows of this dataset, then those of the other. Where one stores float (or scaled bytes) and the other double, the result
    /// stores double; differently scaled bytes become float.
    /// </summary>
    /// <exception cref="DataException">Shapes, classes or names differ, or the result is too large for one array.</exception>
    public Dataset Concat(Dataset other)
    {
        string? difference =
            FeatureShape != other.FeatureShape ? $"the features are {FeatureShape} and {other.FeatureShape}"
            : TargetShape != other.TargetShape ? $"the targets are {TargetShape} and {other.TargetShape}"
            : ClassCount != other.ClassCount
                ? $"the classes are {ClassCount?.ToString() ?? "none"} and {other.ClassCount?.ToString() ?? "none"}"
            : FeatureNames != other.FeatureNames ? "the feature names differ"
            : ClassNames != other.ClassNames ? "the class names differ"
            : null;
        if (difference is not null)
            throw new DataException(
                $"Dataset: Concat of two datasets that do not fit: {difference}. Make them alike first."
            );
        CheckSize((long)Count + other.Count);
        return With(_features.Concat(other._features), _targets.Concat(other._targets));
    }

    private Dataset With(RowStorage features, RowStorage targets) =>
        new(features, FeatureShape, targets, TargetShape, ClassCount, FeatureNames, ClassNames);

    private void CheckSize(long rows)
    {
        int rowLength = Math.Max(FeatureShape.Count, TargetShape.Count);
        if (rows * rowLength > Array.MaxLength)
            throw new DataException(
                $"Dataset: {rows:N0} rows of {rowLength} numbers do not fit one array ({Array.MaxLength:N0}). Use fewer rows."
            );
    }
}
