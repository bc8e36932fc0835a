namespace Functional;

/// <summary>What the generated data sets share: rows made one by one, normal noise on every coordinate, a random order.</summary>
internal static class Generator
{
    /// <summary>The streams of <see cref="RandomPurpose.Data"/>: noise, order, centres.</summary>
    private const ulong NoiseIndex = 0;
    private const ulong OrderIndex = 1;
    public const ulong CentresIndex = 2;

    /// <summary>Writes a row's features and returns its label.</summary>
    public delegate int RowMaker(int row, Span<double> destination);

    /// <summary>Rows of two columns, x and y.</summary>
    public static Dataset Classes(
        int count,
        int classCount,
        double noise,
        ulong seed,
        Func<int, (double X, double Y, int Label)> make
    ) =>
        Rows(
            count,
            2,
            classCount,
            noise,
            seed,
            (row, destination) =>
            {
                (destination[0], destination[1], int label) = make(row);
                return label;
            },
            ["x", "y"]
        );

    /// <summary>Rows in a random order, each coordinate plus noise × a standard normal number.</summary>
    public static Dataset Rows(
        int count,
        int features,
        int classCount,
        double noise,
        ulong seed,
        RowMaker make,
        ValueList<string> featureNames = default
    )
    {
        double[] values = new double[count * features];
        int[] labels = new int[count];
        RandomStream random = new(seed, RandomPurpose.Data, NoiseIndex);
        int[] order = Philox.Permutation(count, seed, RandomPurpose.Data, OrderIndex);
        for (int i = 0; i < count; i++)
        {
            Span<double> row = values.AsSpan(i * features, features);
            labels[i] = make(order[i], row);
            foreach (ref double coordinate in row)
                coordinate += noise * random.NextNormal();
        }
        return Dataset.OfLabels(values, new Shape(features), labels, classCount, featureNames);
    }

    /// <summary>Enough rows, not too many, and a noise that is a standard deviation.</summary>
    public static void Check(string name, int count, int least, double noise)
    {
        if (count < least || count > Array.MaxLength / 2)
            throw new DataException(
                $"Datasets.{name}: count must be {least:N0} … {Array.MaxLength / 2:N0}, got {count}. Try 1000."
            );
        if (!(double.IsFinite(noise) && noise >= 0))
            throw new DataException(
                $"Datasets.{name}: the noise is a standard deviation, at least 0 and finite, got {noise}. Try 0.1."
            );
    }

    /// <summary>At least two classes.</summary>
    public static void CheckClasses(string name, int classes)
    {
        if (classes < 2)
            throw new DataException($"Datasets.{name}: there must be at least 2 classes, got {classes}. Try 3.");
    }
}
