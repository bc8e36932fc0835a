namespace Functional.Bench;

/// <summary>Maps values to pixels by their logarithm.</summary>
/// <param name="Least">The value at the start, positive.</param>
/// <param name="Most">The value at the end, larger.</param>
/// <param name="Start">The pixel of the start.</param>
/// <param name="Length">Pixels to the end; negative where larger values lie at smaller pixels.</param>
internal readonly record struct LogScale(double Least, double Most, double Start, double Length)
{
    /// <summary>The largest power of ten that is at most a value.</summary>
    public static double DecadeBelow(double value) => Math.Pow(10, Math.Floor(Math.Log10(value)));

    /// <summary>The smallest power of ten that is at least a value.</summary>
    public static double DecadeAbove(double value) => Math.Pow(10, Math.Ceiling(Math.Log10(value)));

    /// <summary>A value's pixel.</summary>
    public double At(double value) => Start + Length * Math.Log(value / Least) / Math.Log(Most / Least);

    /// <summary>1, 2, … 9 of every power of ten in range, and whether it is the power itself.</summary>
    public IEnumerable<(double Value, bool IsMajor)> Ticks()
    {
        (double least, double most) = (Least * (1 - 1e-9), Most * (1 + 1e-9));
        for (double decade = DecadeBelow(least); decade <= most; decade *= 10)
        for (int digit = 1; digit < 10; digit++)
            if (digit * decade >= least && digit * decade <= most)
                yield return (digit * decade, digit == 1);
    }

    /// <summary>The values to write at the axis: powers of ten, with 2 and 5 of each where the range is short.</summary>
    public IEnumerable<double> Labels()
    {
        double[] steps = Math.Log10(Most / Least) > 3.5 ? [1] : [1, 2, 5];
        (double least, double most) = (Least * (1 - 1e-9), Most * (1 + 1e-9));
        for (double decade = DecadeBelow(least); decade <= most; decade *= 10)
            foreach (double step in steps)
                if (step * decade >= least && step * decade <= most)
                    yield return step * decade;
    }
}
