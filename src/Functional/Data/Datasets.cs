namespace Functional;

/// <summary>
/// Data sets to try a network on: generated ones, and MNIST from its files. The generated ones have two feature columns, x and y,
/// unless said otherwise, are stored as double, and come shuffled; the same seed gives the same rows.
/// </summary>
public static class Datasets
{
    /// <summary>
    /// Two interleaving half circles, as scikit-learn's make_moons defines them: class 0 is (cos t, sin t), class 1 is
    /// (1 − cos t, ½ − sin t), each with t evenly spaced over 0 … π, plus normal noise.
    /// </summary>
    /// <param name="count">Rows, at least 2; class 0 has ⌊count / 2⌋ of them.</param>
    /// <param name="noise">The standard deviation of the noise on each coordinate, at least 0.</param>
    /// <param name="seed">Names the noise and the order.</param>
    /// <exception cref="DataException">An argument is out of range.</exception>
    public static Dataset Moons(int count, double noise = 0.1, ulong seed = 0)
    {
        Generator.Check(nameof(Moons), count, 2, noise);
        int outer = count / 2;
        return Generator.Classes(
            count,
            2,
            noise,
            seed,
            row =>
            {
                int label = row < outer ? 0 : 1;
                double t = label == 0 ? Spaced(row, outer) : Spaced(row - outer, count - outer);
                (double sin, double cos) = Math.SinCos(Math.PI * t);
                return label == 0 ? (cos, sin, 0) : (1 - cos, 0.5 - sin, 1);
            }
        );
    }

    /// <summary>
    /// A large circle around a small one, as scikit-learn's make_circles defines them: class 0 on radius 1, class 1 on radius
    /// <paramref name="factor"/>, each evenly spaced, plus normal noise.
    /// </summary>
    /// <param name="count">Rows, at least 2; class 0 has ⌊count / 2⌋ of them.</param>
    /// <param name="noise">The standard deviation of the noise on each coordinate, at least 0.</param>
    /// <param name="factor">The small circle's radius, from 0 to below 1.</param>
    /// <param name="seed">Names the noise and the order.</param>
    /// <exception cref="DataException">An argument is out of range.</exception>
    public static Dataset Circles(int count, double noise = 0.05, double factor = 0.5, ulong seed = 0)
    {
        Generator.Check(nameof(Circles), count, 2, noise);
        if (!(factor >= 0 && factor < 1))
            throw new DataException($"Datasets.Circles: factor must be at least 0 and below 1, got {factor}. Try 0.5.");
        int outer = count / 2;
        return Generator.Classes(
            count,
            2,
            noise,
            seed,
            row =>
            {
                int label = row < outer ? 0 : 1;
                double turn = label == 0 ? (double)row / outer : (double)(row - outer) / (count - outer);
                (double sin, double cos) = Math.SinCos(2 * Math.PI * turn);
                return label == 0 ? (cos, sin, 0) : (factor * cos, factor * sin, 1);
            }
        );
    }

    /// <summary>
    /// Normal clouds around random centres, one class each, as scikit-learn's make_blobs defines them: centres are uniform in
    /// −10 … 10 in every coordinate.
    /// </summary>
    /// <param name="count">Rows, at least one per class; classes differ by at most one row.</param>
    /// <param name="centers">Classes, at least 2.</param>
    /// <param name="deviation">The standard deviation of each cloud in each coordinate, at least 0.</param>
    /// <param name="seed">Names the centres, the clouds and the order.</param>
    /// <param name="features">Feature columns, at least 1.</param>
    /// <exception cref="DataException">An argument is out of range.</exception>
    public static Dataset Blobs(int count, int centers = 3, double deviation = 1, ulong seed = 0, int features = 2)
    {
        Generator.CheckClasses(nameof(Blobs), centers);
        Generator.Check(nameof(Blobs), count, centers, deviation);
        if (features < 1 || (long)features * Math.Max(count, centers) > Array.MaxLength)
            throw new DataException(
                $"Datasets.Blobs: {features} features in {count} rows. Give at least 1 feature, and at most {Array.MaxLength:N0} numbers in all."
            );
        RandomStream random = new(seed, RandomPurpose.Data, Generator.CentresIndex);
        double[] middles = new double[centers * features];
        foreach (ref double coordinate in middles.AsSpan())
            coordinate = 20 * random.NextUniform() - 10;
        return Generator.Rows(
            count,
            features,
            centers,
            deviation,
            seed,
            (row, destination) =>
            {
                int label = row % centers;
                middles.AsSpan(label * features, features).CopyTo(destination);
                return label;
            }
        );
    }

    /// <summary>
    /// Spiral arms from the origin, one class each: radius r runs evenly to 1 while the arm turns by 4 radians; plus normal noise.
    /// </summary>
    /// <param name="count">Rows, at least one per class; classes differ by at most one row.</param>
    /// <param name="classes">Arms, at least 2, spread evenly around the circle.</param>
    /// <param name="noise">The standard deviation of the noise on each coordinate, at least 0.</param>
    /// <param name="seed">Names the noise and the order.</param>
    /// <exception cref="DataException">An argument is out of range.</exception>
    public static Dataset Spiral(int count, int classes = 3, double noise = 0.02, ulong seed = 0)
    {
        Generator.CheckClasses(nameof(Spiral), classes);
        Generator.Check(nameof(Spiral), count, classes, noise);
        return Generator.Classes(
            count,
            classes,
            noise,
            seed,
            row =>
            {
                int label = row % classes;
                int arm = (count - label + classes - 1) / classes;
                double radius = (double)(row / classes + 1) / arm;
                (double sin, double cos) = Math.SinCos(2 * Math.PI * label / classes + 4 * radius);
                return (radius * cos, radius * sin, label);
            }
        );
    }

    /// <summary>
    /// Exclusive or: the corners (0, 0), (0, 1), (1, 0), (1, 1) in turn, class 1 where the coordinates differ, plus normal noise.
    /// <c>Xor(4, noise: 0)</c> is the truth table.
    /// </summary>
    /// <param name="count">Rows, at least 4.</param>
    /// <param name="noise">The standard deviation of the noise on each coordinate, at least 0.</param>
    /// <param name="seed">Names the noise and the order.</param>
    /// <exception cref="DataException">An argument is out of range.</exception>
    public static Dataset Xor(int count, double noise = 0.1, ulong seed = 0)
    {
        Generator.Check(nameof(Xor), count, 4, noise);
        return Generator.Classes(
            count,
            2,
            noise,
            seed,
            row =>
            {
                int x = (row >> 1) & 1;
                int y = row & 1;
                return (x, y, x ^ y);
            }
        );
    }

    /// <summary>
    /// MNIST, the handwritten digits: 60,000 training and 10,000 test images, features <c>[784]</c> as byte / 255, labels 0 … 9.
    /// Any data set in the same four files will do (Fashion-MNIST). Kept as bytes: 55 MB.
    /// </summary>
    /// <param name="folder">
    /// Holds <c>train-images-idx3-ubyte</c>, <c>train-labels-idx1-ubyte</c>, <c>t10k-images-idx3-ubyte</c> and
    /// <c>t10k-labels-idx1-ubyte</c>, each raw or with <c>.gz</c>; a dot before <c>idx</c> is accepted.
    /// </param>
    /// <exception cref="DataException">A file is missing (all four are named), malformed, or does not fit the others.</exception>
    public static Mnist Mnist(string folder) => MnistFiles.Load(folder);

    // t[i] of `count` evenly spaced numbers over 0 … 1, both ends included.
    private static double Spaced(int i, int count) => count == 1 ? 0 : (double)i / (count - 1);
}
