namespace Functional;

/// <summary>The last changes s of the parameters and y of the gradient: an approximation of H⁻¹.</summary>
/// <param name="most">How many are kept.</param>
internal sealed class CurvaturePairs(int most)
{
    // sᵀy must exceed this part of yᵀy: otherwise the approximation would not stay positive definite.
    private const double LeastCurvature = 1e-10;

    private readonly List<(double[] S, double[] Y, double Product)> _pairs = [];

    public int Count => _pairs.Count;

    public void Clear() => _pairs.Clear();

    /// <summary>Keeps a pair, unless it shows no positive curvature; forgets the oldest of too many.</summary>
    public void Append(double[] s, double[] y)
    {
        double product = Vectors.Dot(s, y);
        if (!(product > LeastCurvature * Vectors.Dot(y, y)))
            return;
        if (_pairs.Count == most)
            _pairs.RemoveAt(0);
        _pairs.Add((s, y, product));
    }

    /// <summary>−H⁻¹·g by the two loops (Nocedal and Wright, algorithm 7.4), from γ·I with γ = sᵀy/yᵀy of the last pair; −g without pairs.</summary>
    public double[] Direction(double[] gradient)
    {
        double[] q = [.. gradient];
        double[] weights = new double[_pairs.Count];
        for (int i = _pairs.Count - 1; i >= 0; i--)
        {
            (double[] s, double[] y, double product) = _pairs[i];
            weights[i] = Vectors.Dot(s, q) / product;
            Vectors.AddTo(q, -weights[i], y);
        }
        double γ = _pairs is [.., var last] ? last.Product / Vectors.Dot(last.Y, last.Y) : 1;
        for (int i = 0; i < q.Length; i++)
            q[i] *= -γ;
        for (int i = 0; i < _pairs.Count; i++)
        {
            (double[] s, double[] y, double product) = _pairs[i];
            Vectors.AddTo(q, -weights[i] - Vectors.Dot(y, q) / product, s);
        }
        return q;
    }
}

/// <summary>Arithmetic on vectors of float64.</summary>
internal static class Vectors
{
    public static double Dot(double[] x, double[] y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }

    /// <summary>x + a·y.</summary>
    public static double[] Add(double[] x, double a, double[] y)
    {
        double[] sum = [.. x];
        AddTo(sum, a, y);
        return sum;
    }

    /// <summary>x ← x + a·y.</summary>
    public static void AddTo(double[] x, double a, double[] y)
    {
        for (int i = 0; i < x.Length; i++)
            x[i] += a * y[i];
    }

    /// <summary>max |xᵢ|, 0 of none.</summary>
    public static double LargestOf(double[] x) => x.Select(Math.Abs).DefaultIfEmpty().Max();

    /// <summary>Σ |xᵢ|.</summary>
    public static double SumOf(double[] x) => x.Sum(Math.Abs);
}
