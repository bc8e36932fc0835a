namespace Functional;

/// <summary>Which rows go to training and which to validation: seeded, disjoint, both non-empty.</summary>
internal static class Splitting
{
    /// <summary>A random order cut in two: the first round(fraction × count) rows, at least 1 and at most count − 1, train.</summary>
    public static (int[] Training, int[] Validation) Random(int count, double fraction, ulong seed)
    {
        int[] order = Philox.Permutation(count, seed, RandomPurpose.Split);
        int training = TrainingCount(count, fraction);
        return (order[..training], order[training..]);
    }

    /// <summary>The same, with every class giving its share: its quota is within one row of fraction × its count.</summary>
    public static (int[] Training, int[] Validation) Stratified(
        ReadOnlySpan<int> labels,
        int classCount,
        double fraction,
        ulong seed
    )
    {
        int count = labels.Length;
        int[] quotas = Quotas(labels, classCount, TrainingCount(count, fraction));
        List<int> training = [];
        List<int> validation = [];
        foreach (int row in Philox.Permutation(count, seed, RandomPurpose.Split))
            (quotas[labels[row]]-- > 0 ? training : validation).Add(row);
        return ([.. training], [.. validation]);
    }

    private static int TrainingCount(int count, double fraction) =>
        (int)Math.Clamp(Math.Round(count * fraction), 1, count - 1);

    // Largest remainder: the whole part of each share first, then one more row to the largest fractions left.
    private static int[] Quotas(ReadOnlySpan<int> labels, int classCount, int training)
    {
        int[] sizes = new int[classCount];
        foreach (int label in labels)
            sizes[label]++;
        long count = labels.Length;
        int[] quotas = [.. sizes.Select(size => (int)((long)size * training / count))];
        IEnumerable<int> byRemainder = Enumerable
            .Range(0, classCount)
            .OrderByDescending(label => (long)sizes[label] * training % count)
            .ThenBy(label => label);
        foreach (int label in byRemainder.Take(training - quotas.Sum()))
            quotas[label]++;
        return quotas;
    }
}
