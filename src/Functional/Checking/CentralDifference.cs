using Functional.Graphs;

namespace Functional.Checking;

/// <summary>A derivative by differences.</summary>
/// <param name="Value">The derivative.</param>
/// <param name="Error">Its estimated error; infinite if there is none.</param>
/// <param name="Step">The smallest step it was extrapolated from.</param>
/// <param name="Order">The order of its error in the step.</param>
internal readonly record struct Difference(double Value, double Error, double Step, int Order)
{
    public static Difference None { get; } = new(double.NaN, double.PositiveInfinity, double.NaN, 0);

    /// <summary>The comparison of an analytic derivative with this one.</summary>
    public GradientComparison Compare(string where, double analytic, GradientCheckOptions options) =>
        new(where, analytic, Value, Error, Step, Order, options.ToleranceOf(Value));
}

/// <summary>
/// Derivatives by central differences (f(t + h) − f(t − h))/2h, whose error is a series in h²: Richardson's extrapolation removes its first
/// terms one by one. Steps are halved until the error is small enough, and for every element the combination of step and order is taken
/// that has the smallest estimated error (C. J. F. Ridders: "Accurate computation of F′(x) and F′(x)F″(x)", 1982). Steps that
/// reach over a kink are left out.
/// </summary>
internal static class CentralDifference
{
    /// <summary>The step to begin with.</summary>
    public const double LargestStep = 1.0 / 8;

    /// <summary>The step to begin with for a second opinion: from there on others are combined.</summary>
    public const double SmallerStep = LargestStep / 32;

    // Below it rounding, ε/h, exceeds any tolerance of use.
    private const double SmallestStep = LargestStep / (1 << 18);

    private const int MostExtrapolations = 5;

    // Rounding of the function's values in units of their last place: they are sums of many.
    private const double Roundings = 4;

    private static readonly double Epsilon = Math.BitIncrement(1.0) - 1;

    /// <summary>The derivative at 0 of every element of a function, and a node whose kink lies so near that no step avoids it.</summary>
    /// <param name="f">The function.</param>
    /// <param name="goal">For a derivative, the error that suffices.</param>
    /// <param name="largest">The step to begin with.</param>
    public static (Difference[] Derivatives, Node? Kink) Of(
        Func<double, Sample> f,
        Func<double, double> goal,
        double largest = LargestStep
    )
    {
        Difference[]? best = null;
        // One row per step: differences extrapolated 0, 1, 2 … times.
        double[][] previous = [];
        Node? kink = null;
        for (double step = largest; step >= SmallestStep; step /= 2)
        {
            (Sample above, Sample below) = (f(step), f(-step));
            best ??= [.. above.Values.Select(_ => Difference.None)];
            kink = above.Kink ?? below.Kink;
            if (kink is not null)
            {
                // What was found with larger steps reached over it as well.
                Array.Fill(best, Difference.None);
                previous = [];
                continue;
            }
            double[][] row = Extrapolate(Central(above.Values, below.Values, step), previous);
            Improve(best, row, previous, Noise(above.Values, below.Values, step), step);
            previous = row;
            if (best.All(difference => difference.Error <= goal(difference.Value)))
                break;
        }
        return (best!, kink);
    }

    private static double[] Central(double[] above, double[] below, double step)
    {
        double[] differences = new double[above.Length];
        for (int i = 0; i < differences.Length; i++)
            differences[i] = (above[i] - below[i]) / (2 * step);
        return differences;
    }

    private static double[] Noise(double[] above, double[] below, double step)
    {
        double[] noise = new double[above.Length];
        for (int i = 0; i < noise.Length; i++)
            noise[i] = Roundings * Epsilon * (Math.Abs(above[i]) + Math.Abs(below[i])) / (2 * step);
        return noise;
    }

    // d₀, and dⱼ = dⱼ₋₁ + (dⱼ₋₁ − coarser dⱼ₋₁)/(4ʲ − 1)
    private static double[][] Extrapolate(double[] central, double[][] coarser)
    {
        double[][] row = new double[Math.Min(coarser.Length, MostExtrapolations) + 1][];
        row[0] = central;
        double weight = 1;
        for (int j = 1; j < row.Length; j++)
        {
            weight *= 4;
            row[j] = new double[central.Length];
            for (int i = 0; i < central.Length; i++)
                row[j][i] = row[j - 1][i] + (row[j - 1][i] - coarser[j - 1][i]) / (weight - 1);
        }
        return row;
    }

    // The error of an extrapolation: how far it is from both that it was made of, and from the same one with larger steps.
    private static void Improve(Difference[] best, double[][] row, double[][] coarser, double[] noise, double step)
    {
        for (int j = 1; j < Math.Min(row.Length, coarser.Length); j++)
        for (int i = 0; i < best.Length; i++)
        {
            double error =
                Math.Max(
                    Math.Abs(row[j][i] - row[j - 1][i]),
                    Math.Max(Math.Abs(row[j][i] - coarser[j - 1][i]), Math.Abs(row[j][i] - coarser[j][i]))
                ) + noise[i];
            if (error < best[i].Error)
                best[i] = new(row[j][i], error, step, 2 * (j + 1));
        }
    }
}
