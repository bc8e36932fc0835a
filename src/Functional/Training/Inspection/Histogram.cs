namespace Functional;

/// <summary>Numbers counted in bins of equal width.</summary>
/// <param name="Edges">n + 1 numbers, ascending: bin i holds eᵢ ≤ x &lt; eᵢ₊₁, the last bin its upper edge too. Empty without numbers.</param>
/// <param name="Counts">How many numbers each of the n bins holds.</param>
public sealed record Histogram(ValueList<double> Edges, ValueList<long> Counts)
{
    private const string Bars = " ▁▂▃▄▅▆▇█";

    /// <summary>Counts finite numbers between their minimum and maximum; equal ones lie in the middle of an interval of width 1.</summary>
    internal static Histogram Of(ReadOnlySpan<double> values, int bins)
    {
        if (values.IsEmpty)
            return new([], []);
        (double least, double most) = (values[0], values[0]);
        foreach (double value in values)
            (least, most) = (Math.Min(least, value), Math.Max(most, value));
        if (least == most)
            (least, most) = (least - 0.5, most + 0.5);
        double[] edges = new double[bins + 1];
        for (int i = 0; i <= bins; i++)
            edges[i] = i == bins ? most : least + i * (most / bins - least / bins);
        long[] counts = new long[bins];
        foreach (double value in values)
        {
            // The last edge that is not above the value.
            int found = Array.BinarySearch(edges, value);
            counts[Math.Clamp(found >= 0 ? found : ~found - 1, 0, bins - 1)]++;
        }
        return new(edges.ToValueList(), counts.ToValueList());
    }

    /// <summary>One bar per bin, as high as its count relative to the largest; only an empty bin has none.</summary>
    public override string ToString()
    {
        long most = Math.Max(Counts.DefaultIfEmpty().Max(), 1);
        return string.Concat(Counts.Select(count => Bars[(int)((count * (Bars.Length - 1) + most - 1) / most)]));
    }
}
