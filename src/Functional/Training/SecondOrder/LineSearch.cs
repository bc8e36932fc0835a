namespace Functional;

/// <summary>A point on a line, w + α·p: φ(α) and φ′(α) = ∇L·p there.</summary>
/// <param name="Step">α.</param>
/// <param name="Loss">φ.</param>
/// <param name="Slope">φ′.</param>
/// <param name="Gradient">∇L.</param>
internal readonly record struct Trial(double Step, double Loss, double Slope, double[] Gradient)
{
    public bool IsFinite => double.IsFinite(Loss) && double.IsFinite(Slope);
}

/// <summary>
/// Finds a step that satisfies the strong Wolfe conditions (Nocedal and Wright, algorithms 3.5 and 3.6, with cubic interpolation). A loss
/// that is not finite counts as too high.
/// </summary>
internal static class LineSearch
{
    private const double MostExtrapolation = 10;
    private const double LeastExtrapolation = 1.5;

    // How near an interpolated step may come to the ends, as a part of the interval.
    private const double Margin = 0.05;

    /// <summary>The step found; where evaluations run out before, the best that decreases sufficiently; null if none does.</summary>
    /// <param name="start">α = 0, with φ′ below 0.</param>
    /// <param name="first">The first step to try.</param>
    /// <param name="evaluate">The point at a step.</param>
    /// <param name="options">c₁, c₂ and the most evaluations.</param>
    public static Trial? Find(Trial start, double first, Func<double, Trial> evaluate, Lbfgs options)
    {
        if (!(start.Slope < 0))
            return null;
        int left = options.Evaluations;
        Trial previous = start;
        double step = first;
        while (left-- > 0)
        {
            Trial trial = evaluate(step);
            if (IsTooHigh(trial) || previous.Step > 0 && trial.Loss >= previous.Loss)
                return Zoom(previous, trial);
            if (IsFlat(trial))
                return trial;
            if (trial.Slope >= 0)
                return Zoom(trial, previous);
            double wanted = Interpolate(previous, trial);
            previous = trial;
            step = wanted > step ? Math.Clamp(wanted, LeastExtrapolation * step, MostExtrapolation * step) : 2 * step;
        }
        return Decreasing(previous);

        // Between a point that decreases sufficiently, the best so far, and one on the other side of a minimum.
        Trial? Zoom(Trial low, Trial high)
        {
            while (left-- > 0)
            {
                double width = high.Step - low.Step;
                double middle = high.IsFinite ? Interpolate(low, high) : double.NaN;
                // From end to end, each kept off by a margin; NaN where no cubic has a minimum.
                double part = (middle - low.Step) / width;
                double at = low.Step + width * (double.IsNaN(part) ? 0.5 : Math.Clamp(part, Margin, 1 - Margin));
                if (at == low.Step || at == high.Step)
                    break;
                Trial trial = evaluate(at);
                if (IsTooHigh(trial) || trial.Loss >= low.Loss)
                {
                    high = trial;
                    continue;
                }
                if (IsFlat(trial))
                    return trial;
                if (trial.Slope * width >= 0)
                    high = low;
                low = trial;
            }
            return Decreasing(low);
        }

        Trial? Decreasing(Trial trial) => trial.Step > 0 && trial.Loss < start.Loss ? trial : null;

        bool IsTooHigh(Trial trial) =>
            !trial.IsFinite || trial.Loss > start.Loss + options.SufficientDecrease * trial.Step * start.Slope;

        bool IsFlat(Trial trial) => Math.Abs(trial.Slope) <= -options.Curvature * start.Slope;
    }

    /// <summary>Where the cubic through two points with their slopes has its minimum (equation 3.59); NaN if nowhere.</summary>
    private static double Interpolate(Trial a, Trial b)
    {
        double d1 = a.Slope + b.Slope - 3 * (a.Loss - b.Loss) / (a.Step - b.Step);
        double d2 = Math.Sign(b.Step - a.Step) * Math.Sqrt(d1 * d1 - a.Slope * b.Slope);
        return b.Step - (b.Step - a.Step) * (b.Slope + d2 - d1) / (b.Slope - a.Slope + 2 * d2);
    }
}
