using System.Numerics;

namespace Functional;

public sealed partial class Dataset
{
    /// <summary>A dataset of numbers to predict from numbers; both copied, row-major.</summary>
    /// <param name="features">rows × <paramref name="featureShape"/> numbers, all finite.</param>
    /// <param name="featureShape">The shape of one row of features.</param>
    /// <param name="targets">rows × <paramref name="targetShape"/> numbers, all finite.</param>
    /// <param name="targetShape">The shape of one row of targets.</param>
    /// <param name="featureNames">One name per feature column, or none.</param>
    /// <exception cref="DataException">No rows, lengths that do not fit the shapes or each other, or a number that is not finite.</exception>
    public static Dataset Create(
        ReadOnlySpan<float> features,
        Shape featureShape,
        ReadOnlySpan<float> targets,
        Shape targetShape,
        ValueList<string> featureNames = default
    ) =>
        Numbers(
            Rows(features, featureShape, "features", featureNames),
            featureShape,
            Rows(targets, targetShape, "targets", []),
            targetShape,
            featureNames
        );

    /// <inheritdoc cref="Create(ReadOnlySpan{float}, Shape, ReadOnlySpan{float}, Shape, ValueList{string})"/>
    public static Dataset Create(
        ReadOnlySpan<double> features,
        Shape featureShape,
        ReadOnlySpan<double> targets,
        Shape targetShape,
        ValueList<string> featureNames = default
    ) =>
        Numbers(
            Rows(features, featureShape, "features", featureNames),
            featureShape,
            Rows(targets, targetShape, "targets", []),
            targetShape,
            featureNames
        );

    /// <summary>A dataset of classes to predict from numbers; both copied, row-major.</summary>
    /// <param name="features">rows × <paramref name="featureShape"/> numbers, all finite.</param>
    /// <param name="featureShape">The shape of one row of features.</param>
    /// <param name="labels">One class per row, 0 … <paramref name="classCount"/> − 1.</param>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="featureNames">One name per feature column, or none.</param>
    /// <param name="classNames">One name per class, or none.</param>
    /// <exception cref="DataException">No rows, lengths that do not fit, a number that is not finite, or a label out of range.</exception>
    public static Dataset CreateLabelled(
        ReadOnlySpan<float> features,
        Shape featureShape,
        ReadOnlySpan<int> labels,
        int classCount,
        ValueList<string> featureNames = default,
        ValueList<string> classNames = default
    ) =>
        Labelled(
            Rows(features, featureShape, "features", featureNames),
            featureShape,
            labels.ToArray(),
            classCount,
            featureNames,
            classNames
        );

    /// <inheritdoc cref="CreateLabelled(ReadOnlySpan{float}, Shape, ReadOnlySpan{int}, int, ValueList{string}, ValueList{string})"/>
    public static Dataset CreateLabelled(
        ReadOnlySpan<double> features,
        Shape featureShape,
        ReadOnlySpan<int> labels,
        int classCount,
        ValueList<string> featureNames = default,
        ValueList<string> classNames = default
    ) =>
        Labelled(
            Rows(features, featureShape, "features", featureNames),
            featureShape,
            labels.ToArray(),
            classCount,
            featureNames,
            classNames
        );

    /// <summary>A dataset of classes to predict from bytes, as pixels are; kept as bytes, read as byte × scale.</summary>
    /// <param name="features">rows × <paramref name="featureShape"/> bytes.</param>
    /// <param name="scale">What every byte is multiplied by, positive; 1.0 / 255 maps to 0 … 1.</param>
    /// <param name="featureShape">The shape of one row of features.</param>
    /// <param name="labels">One class per row, 0 … <paramref name="classCount"/> − 1.</param>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="featureNames">One name per feature column, or none.</param>
    /// <param name="classNames">One name per class, or none.</param>
    /// <exception cref="DataException">No rows, lengths that do not fit, a scale that is not positive, or a label out of range.</exception>
    public static Dataset CreateLabelled(
        ReadOnlySpan<byte> features,
        double scale,
        Shape featureShape,
        ReadOnlySpan<int> labels,
        int classCount,
        ValueList<string> featureNames = default,
        ValueList<string> classNames = default
    ) => OfBytes(features.ToArray(), scale, featureShape, labels.ToArray(), classCount, featureNames, classNames);

    /// <summary>The same from arrays that the dataset may keep.</summary>
    internal static Dataset OfBytes(
        byte[] features,
        double scale,
        Shape featureShape,
        int[] labels,
        int classCount,
        ValueList<string> featureNames = default,
        ValueList<string> classNames = default
    )
    {
        DataCheck.Scale(scale);
        DataCheck.RowShape(featureShape, "features");
        DataCheck.Rows(features.Length, featureShape, "features");
        RowStorage rows = new(features, featureShape.Count, scale);
        return Labelled(rows, featureShape, labels, classCount, featureNames, classNames);
    }

    /// <summary>The same from arrays that the dataset may keep.</summary>
    internal static Dataset OfNumbers(
        double[] features,
        Shape featureShape,
        double[] targets,
        Shape targetShape,
        ValueList<string> featureNames
    ) =>
        Numbers(
            Keep(features, featureShape, "features", featureNames),
            featureShape,
            Keep(targets, targetShape, "targets", []),
            targetShape,
            featureNames
        );

    /// <summary>The same from arrays that the dataset may keep.</summary>
    internal static Dataset OfLabels(
        double[] features,
        Shape featureShape,
        int[] labels,
        int classCount,
        ValueList<string> featureNames = default,
        ValueList<string> classNames = default
    ) =>
        Labelled(
            Keep(features, featureShape, "features", featureNames),
            featureShape,
            labels,
            classCount,
            featureNames,
            classNames
        );

    /// <summary>This dataset with other features of the same shape, which it may keep.</summary>
    internal Dataset WithFeatures<T>(T[] features)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        With(Keep(features, FeatureShape, "features", FeatureNames), _targets);

    private static Dataset Numbers(
        RowStorage features,
        Shape featureShape,
        RowStorage targets,
        Shape targetShape,
        ValueList<string> featureNames
    ) => new(features, featureShape, targets, targetShape, null, featureNames, []);

    private static Dataset Labelled(
        RowStorage features,
        Shape featureShape,
        int[] labels,
        int classCount,
        ValueList<string> featureNames,
        ValueList<string> classNames
    )
    {
        DataCheck.SameRows(features.Count, labels.Length);
        DataCheck.Labels(labels, classCount);
        return new(
            features,
            featureShape,
            new RowStorage(labels, 1),
            new Shape(1),
            classCount,
            featureNames,
            classNames
        );
    }

    private static RowStorage Rows<T>(ReadOnlySpan<T> values, Shape rowShape, string what, ValueList<string> names)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Keep(values.ToArray(), rowShape, what, names);

    private static RowStorage Keep<T>(T[] values, Shape rowShape, string what, ValueList<string> names)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        DataCheck.RowShape(rowShape, what);
        DataCheck.Rows(values.Length, rowShape, what);
        DataCheck.Finite<T>(values, rowShape.Count, what, names);
        return new RowStorage(values, rowShape.Count);
    }
}
