namespace Functional.Checking;

/// <summary>Directions to differentiate along.</summary>
internal static class Directions
{
    /// <summary>1 for one element.</summary>
    public static double[] Unit(int count, int element)
    {
        double[] direction = new double[count];
        direction[element] = 1;
        return direction;
    }

    /// <summary>Normal, on average of length 1: a derivative along it depends on every element.</summary>
    /// <param name="name">What is moved: everything has streams of its own.</param>
    /// <param name="count">Its elements.</param>
    /// <param name="number">Which of the directions.</param>
    /// <param name="seed">What they are drawn by.</param>
    public static double[] Random(string name, int count, int number, ulong seed)
    {
        RandomStream random = new(seed, RandomPurpose.Direction, Hash(name) + (ulong)number);
        double[] direction = new double[count];
        double scale = 1 / Math.Sqrt(count);
        for (int i = 0; i < direction.Length; i++)
            direction[i] = scale * random.NextNormal();
        return direction;
    }

    /// <summary>A step about as large as another, drawn: no period of a function fits all of them.</summary>
    public static double Step(double step, string name, int number, ulong seed)
    {
        RandomStream random = new(seed, RandomPurpose.Direction, ~(Hash(name) + (ulong)number));
        return step * (0.7 + 0.6 * random.NextUniform());
    }

    /// <summary>An element's place in a shape, as <c>[2, 3]</c>.</summary>
    public static string Element(Shape shape, int element)
    {
        int[] indices = new int[shape.Rank];
        for (int dimension = shape.Rank - 1; dimension >= 0; dimension--)
            (element, indices[dimension]) = Math.DivRem(element, shape[dimension]);
        return $"[{string.Join(", ", indices)}]";
    }

    // FNV-1a: the same in every process.
    private static ulong Hash(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in name)
            hash = (hash ^ c) * 1099511628211;
        return hash;
    }
}
