using System.Globalization;
using System.Numerics;

namespace Functional;

/// <summary>
/// Rows of features, each with its row of targets, in memory; immutable and safe to share between threads. Numbers are kept in
/// the type they were given in (float, double, or byte with a scale), never widened, and converted as batches are copied out.
/// </summary>
/// <remarks>Two datasets are equal when shapes, names, classes and the stored numbers and their type are.</remarks>
public sealed partial class Dataset : IEquatable<Dataset>
{
    private readonly RowStorage _features;
    private readonly RowStorage _targets;

    internal Dataset(
        RowStorage features,
        Shape featureShape,
        RowStorage targets,
        Shape targetShape,
        int? classCount,
        ValueList<string> featureNames,
        ValueList<string> classNames
    )
    {
        DataCheck.SameRows(features.Count, targets.Count);
        DataCheck.Names(featureNames, featureShape.Count, "feature columns");
        DataCheck.Names(classNames, classCount ?? 0, "classes");
        _features = features;
        _targets = targets;
        FeatureShape = featureShape;
        TargetShape = targetShape;
        ClassCount = classCount;
        FeatureNames = featureNames;
        ClassNames = classNames;
    }

    /// <summary>The number of rows, at least 1.</summary>
    public int Count => _features.Count;

    /// <summary>The shape of one row of features, as <c>[784]</c>.</summary>
    public Shape FeatureShape { get; }

    /// <summary>The shape of one row of targets, as <c>[1]</c>.</summary>
    public Shape TargetShape { get; }

    /// <summary>The number of classes when the target is one column of labels 0 … ClassCount − 1; else null.</summary>
    public int? ClassCount { get; }

    /// <summary>One name per feature column in row-major order, or empty.</summary>
    public ValueList<string> FeatureNames { get; }

    /// <summary>The name of each class by its label, or empty.</summary>
    public ValueList<string> ClassNames { get; }

    internal bool StoresDouble => _features.Stores<double>();

    /// <summary>The label of every row, 0 … ClassCount − 1.</summary>
    /// <exception cref="DataException">The targets are not labels: <see cref="ClassCount"/> is null.</exception>
    public ReadOnlySpan<int> Labels =>
        ClassCount is null
            ? throw new DataException(
                "Dataset: its targets are numbers, not labels. Use Targets<T>(), or make it with CreateLabelled."
            )
            : _targets.AsSpan<int>();

    /// <summary>Writes the features of one row.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; each number is rounded once, to ±∞ beyond float's range.</typeparam>
    /// <param name="row">0 … <see cref="Count"/> − 1.</param>
    /// <param name="destination">At least <c>FeatureShape.Count</c> numbers; what lies behind them stays untouched.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public void CopyFeatures<T>(int row, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => _features.CopyRow(row, destination);

    /// <summary>Writes the features of a batch, row after row: <c>[rows.Length, FeatureShape]</c>. Allocates nothing.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; each number is rounded once, to ±∞ beyond float's range.</typeparam>
    /// <param name="rows">Positions in 0 … <see cref="Count"/> − 1, in any order; repeats are allowed.</param>
    /// <param name="destination">At least rows.Length × FeatureShape.Count numbers; what lies behind them stays untouched.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public void CopyFeatures<T>(ReadOnlySpan<int> rows, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => _features.CopyRows(rows, destination);

    /// <summary>Writes the targets of one row; labels come out as whole numbers.</summary>
    /// <inheritdoc cref="CopyFeatures{T}(int, Span{T})"/>
    public void CopyTargets<T>(int row, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => _targets.CopyRow(row, destination);

    /// <summary>Writes the targets of a batch, row after row: <c>[rows.Length, TargetShape]</c>. Allocates nothing.</summary>
    /// <inheritdoc cref="CopyFeatures{T}(ReadOnlySpan{int}, Span{T})"/>
    public void CopyTargets<T>(ReadOnlySpan<int> rows, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => _targets.CopyRows(rows, destination);

    /// <summary>All features as one new tensor, <c>[Count, FeatureShape]</c>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public Tensor<T> Features<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => All<T>(_features, FeatureShape);

    /// <summary>All targets as one new tensor, <c>[Count, TargetShape]</c>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public Tensor<T> Targets<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => All<T>(_targets, TargetShape);

    /// <inheritdoc/>
    public bool Equals(Dataset? other) =>
        other is not null
        && FeatureShape == other.FeatureShape
        && TargetShape == other.TargetShape
        && ClassCount == other.ClassCount
        && FeatureNames == other.FeatureNames
        && ClassNames == other.ClassNames
        && _features.ContentEquals(other._features)
        && _targets.ContentEquals(other._targets);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Dataset);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, FeatureShape, TargetShape, ClassCount);

    /// <summary>Rows, shapes and classes: <c>60,000 rows, features [784], targets [1], 10 classes</c>.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Count:N0} {(Count == 1 ? "row" : "rows")}, features {FeatureShape}, targets {TargetShape}"
        ) + (ClassCount is { } classes ? $", {classes} classes" : "");

    private static Tensor<T> All<T>(RowStorage rows, Shape rowShape)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] data = new T[rows.Count * rows.RowLength];
        rows.CopyAll(data.AsSpan());
        return new Tensor<T>(new Shape([rows.Count, .. rowShape.Dimensions]), data);
    }
}
