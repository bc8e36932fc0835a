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
/// Derivatives by central differences (f(h) − f(−h))/2h, whose error is a series in h²: Richardson's extrapolation removes its first
/// terms one by one. Steps shrink until the error is small enough, and for every element the combination of step and order is taken
/// that has the smallest estimated error (C. J. F. Ridders: "Accurate computation of F′(x) and F′(x)F″(x)", 1982). The means
/// (f(h) + f(−h))/2 are extrapolated too and must lead to f(0), or the steps have missed something narrow. Steps that reach over a kink are
/// left out.
/// </summary>
internal static class CentralDifference
{
    /// <summary>About the step to begin with.</summary>
    public const double LargestStep = 1.0 / 8;

    /// <summary>About the step to begin with for a second opinion: from there on others are combined.</summary>
    public const double SmallerStep = LargestStep / 32;

    // No step is a multiple of another, which would be blind to a period.
    private const double Ratio = 1.7;

    // Below it rounding, ε/h, exceeds any tolerance of use.
    private const double SmallestStep = 5e-7;

    // For losses so large that their rounding asks for it.
    private const double GreatestStep = 64;

    private const int MostExtrapolations = 6;

    // Rounding of the function's values in units of their last place (they are sums of many), as extrapolation magnifies it.
    private const double Roundings = 6;

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
        double[] center = f(0).Values;
        Difference[] best = [.. center.Select(_ => Difference.None)];
        // One row per step: differences and means extrapolated 0, 1, 2 … times.
        (double[][] Slopes, double[][] Means) previous = ([], []);
        Node? kink = null;
        for (double step = First(center, goal(0), largest); step >= SmallestStep; step /= Ratio)
        {
            (Sample above, Sample below) = (f(step), f(-step));
            kink = above.Kink ?? below.Kink;
            if (kink is not null)
            {
                // What was found with larger steps reached over it as well.
                Array.Fill(best, Difference.None);
                previous = ([], []);
                continue;
            }
            (double[][] Slopes, double[][] Means) row = (
                Extrapolate(Map(above, below, (a, b, _) => (a - b) / (2 * step)), previous.Slopes),
                Extrapolate(Map(above, below, (a, b, i) => (a - center[i]) / 2 + (b - center[i]) / 2), previous.Means)
            );
            Improve(best, row.Slopes, previous.Slopes, row.Means, step, i => Noise(above, below, i, step));
            previous = row;
            if (best.All(difference => difference.Error <= goal(difference.Value)))
                break;
        }
        return (best, kink);
    }

    // Larger steps where the given one would leave more rounding than the goal.
    private static double First(double[] center, double goal, double step)
    {
        double size = center.Select(Math.Abs).Where(double.IsFinite).DefaultIfEmpty().Max();
        while (Roundings * Epsilon * size / step > goal / 8 && step < GreatestStep)
            step *= Ratio;
        return step;
    }

    private static double[] Map(Sample above, Sample below, Func<double, double, int, double> function)
    {
        double[] result = new double[above.Values.Length];
        for (int i = 0; i < result.Length; i++)
            result[i] = function(above.Values[i], below.Values[i], i);
        return result;
    }

    private static double Noise(Sample above, Sample below, int i, double step) =>
        Roundings * Epsilon * (Math.Abs(above.Values[i]) + Math.Abs(below.Values[i])) / (2 * step);

    // d₀, and dⱼ = dⱼ₋₁ + (dⱼ₋₁ − coarser dⱼ₋₁)/(r²ʲ − 1)
    private static double[][] Extrapolate(double[] plain, double[][] coarser)
    {
        double[][] row = new double[Math.Min(coarser.Length, MostExtrapolations) + 1][];
        row[0] = plain;
        double weight = 1;
        for (int j = 1; j < row.Length; j++)
        {
            weight *= Ratio * Ratio;
            row[j] = new double[plain.Length];
            for (int i = 0; i < plain.Length; i++)
                row[j][i] = row[j - 1][i] + (row[j - 1][i] - coarser[j - 1][i]) / (weight - 1);
        }
        return row;
    }

    // The error of an extrapolation: how far it is from both that it was made of and from the same one with larger steps, and how far its
    // mean is from the function's own value.
    private static void Improve(
        Difference[] best,
        double[][] row,
        double[][] coarser,
        double[][] means,
        double step,
        Func<int, double> noise
    )
    {
        for (int j = 1; j < Math.Min(row.Length, coarser.Length); j++)
        for (int i = 0; i < best.Length; i++)
        {
            double error =
                Math.Max(
                    Math.Abs(row[j][i] - row[j - 1][i]),
                    Math.Max(Math.Abs(row[j][i] - coarser[j - 1][i]), Math.Abs(row[j][i] - coarser[j][i]))
                )
                + Math.Abs(means[j][i]) / step
                + noise(i);
            if (error < best[i].Error)
                best[i] = new(row[j][i], error, step, 2 * (j + 1));
        }
    }
}
