namespace Functional;

/// <summary>Finds the name that a misspelt one was probably meant to be.</summary>
internal static class Spelling
{
    /// <summary>The known name with the fewest edits, ignoring case; null if none is near.</summary>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        if (name.Length > 40)
            return null;
        (string? nearest, int edits) = known
            .Select(candidate => ((string?)candidate, Edits(name.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .MinBy(pair => pair.Item2);
        return edits < name.Length && edits <= Math.Max(1, name.Length / 3) ? nearest : null;
    }

    // Insertions, deletions, replacements and swaps of neighbours that make one of the other (optimal string alignment).
    private static int Edits(string from, string to)
    {
        int[,] edits = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
        for (int j = 0; j <= to.Length; j++)
        {
            if (i == 0 || j == 0)
            {
                edits[i, j] = i + j;
                continue;
            }
            int replaced = edits[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
            edits[i, j] = Math.Min(replaced, Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1);
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
        }
        return edits[from.Length, to.Length];
    }
}
