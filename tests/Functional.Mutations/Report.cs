namespace Functional.Mutations;

/// <summary>Says what became of the mutants.</summary>
internal static class Report
{
    /// <summary>The share of faults that the tests must kill.</summary>
    public const double Bar = 0.99;

    public static void Write(
        IReadOnlyList<Result> results,
        IReadOnlyDictionary<MutantKey, Equivalent> equivalents,
        TextWriter text
    )
    {
        Table(results.GroupBy(result => result.Key.File), "file", equivalents, text);
        Table(results.GroupBy(result => result.Key.Operator), "operator", equivalents, text);

        Result[] survived = [.. results.Where(result => result.Outcome == Outcome.Survived)];
        Result[] explained = [.. survived.Where(result => equivalents.ContainsKey(result.Key))];
        foreach (Result result in survived.Except(explained))
            Describe(result, "SURVIVED", text);
        foreach (Result result in explained)
        {
            Describe(result, "equivalent", text);
            text.WriteLine($"  because {equivalents[result.Key].Reason}");
        }
        foreach (Result result in Refuted(results, equivalents))
            Describe(result, $"LISTED AS EQUIVALENT, but killed by {result.By}", text);

        int killed = results.Count(result => result.Outcome == Outcome.Killed);
        text.WriteLine();
        text.WriteLine(
            $"{killed} of {killed + survived.Length - explained.Length} faults killed ({Share(results, equivalents):P2}; the bar is {Bar:P0}), "
                + $"{explained.Length} equivalent and explained, {results.Count(result => result.Outcome == Outcome.DoesNotCompile)} do not compile"
        );
    }

    /// <summary>Whether enough faults were killed, and no explanation was refuted.</summary>
    public static bool IsGood(IReadOnlyList<Result> results, IReadOnlyDictionary<MutantKey, Equivalent> equivalents) =>
        Share(results, equivalents) >= Bar && !Refuted(results, equivalents).Any();

    // Of what compiles and is not equivalent.
    private static double Share(IEnumerable<Result> results, IReadOnlyDictionary<MutantKey, Equivalent> equivalents)
    {
        Outcome[] counted =
        [
            .. results
                .Where(result =>
                    result.Outcome == Outcome.Killed
                    || result.Outcome == Outcome.Survived && !equivalents.ContainsKey(result.Key)
                )
                .Select(result => result.Outcome),
        ];
        return counted.Length == 0 ? 1 : (double)counted.Count(outcome => outcome == Outcome.Killed) / counted.Length;
    }

    private static IEnumerable<Result> Refuted(
        IEnumerable<Result> results,
        IReadOnlyDictionary<MutantKey, Equivalent> equivalents
    ) => results.Where(result => result.Outcome == Outcome.Killed && equivalents.ContainsKey(result.Key));

    private static void Table(
        IEnumerable<IGrouping<string, Result>> groups,
        string title,
        IReadOnlyDictionary<MutantKey, Equivalent> equivalents,
        TextWriter text
    )
    {
        text.WriteLine();
        text.WriteLine(
            $"{title, -36}{"mutants", 9}{"killed", 9}{"survived", 10}{"equivalent", 12}{"not compiling", 15}{"killed", 9}"
        );
        foreach (IGrouping<string, Result> group in groups)
        {
            int killed = group.Count(result => result.Outcome == Outcome.Killed);
            int survived = group.Count(result => result.Outcome == Outcome.Survived);
            int equivalent = group.Count(result =>
                result.Outcome == Outcome.Survived && equivalents.ContainsKey(result.Key)
            );
            int refused = group.Count() - killed - survived;
            text.WriteLine(
                $"{group.Key, -36}{group.Count(), 9}{killed, 9}{survived - equivalent, 10}{equivalent, 12}{refused, 15}{Share(group, equivalents), 9:P0}"
            );
        }
    }

    private static void Describe(Result result, string verdict, TextWriter text)
    {
        text.WriteLine();
        text.WriteLine($"{verdict}: {result.Key.File}:{result.Line}, {result.Key.Operator}");
        text.WriteLine($"  - {result.Key.Before}");
        text.WriteLine($"  + {result.Key.After}");
    }
}
