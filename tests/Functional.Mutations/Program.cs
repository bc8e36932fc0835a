using System.CommandLine;
using System.Diagnostics;
using Functional.Mutations;

Option<string[]> files = new("--files")
{
    Description = "Only files whose path contains one of these, such as VjpRules.",
    AllowMultipleArgumentsPerToken = true,
};
Option<string[]> operators = new("--operator")
{
    Description = "Only these operators, such as \"sign\".",
    AllowMultipleArgumentsPerToken = true,
};
Option<int> most = new("--most")
{
    Description = "At most so many mutants of an operator in a file, evenly spread over it.",
    DefaultValueFactory = _ => 6,
};
Option<bool> list = new("--list") { Description = "List the mutants and run nothing." };
Option<int?> sample = new("--sample") { Description = "Only so many mutants, drawn at random." };
Option<int> seed = new("--seed") { Description = "The seed of the sample.", DefaultValueFactory = _ => 1 };
Option<double> scale = new("--scale")
{
    Description =
        "What the numbers of inputs are multiplied by in the tests that are about a file; all tests run at 1.",
    DefaultValueFactory = _ => 0.3,
};
Option<FileInfo?> json = new("--json") { Description = "Write each result to this file as it comes." };
Option<FileInfo?> resume = new("--resume")
{
    Description = "Go on with the results of this file: --json of an earlier run.",
};
Option<bool> survivors = new("--survivors")
{
    Description = "With --resume: try again what survived, after tests were added.",
};
Option<bool> related = new("--related")
{
    Description = "Run only the tests that are about a file: quick, but what survives them may die by others.",
};
RootCommand command = new("Plants faults in the core, one at a time, and reports how many the tests kill.")
{
    files,
    operators,
    most,
    list,
    sample,
    seed,
    scale,
    json,
    resume,
    survivors,
    related,
};
command.SetAction(parsed =>
{
    // bin/<configuration>/<framework>, four folders below the repository's
    DirectoryInfo own = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
    string configuration = own.Parent!.Name;
    string repository = own.Parent.Parent!.Parent!.Parent!.Parent!.FullName;
    string core = Path.Combine(repository, "src", "Functional");

    string[] wantedFiles = parsed.GetValue(files) ?? [];
    string[] wantedOperators = parsed.GetValue(operators) ?? [];
    string[] unknown = [.. wantedOperators.Except(MutationOperator.All.Select(mutation => mutation.Name))];
    if (unknown.Length > 0)
        return Refuse(
            $"no operator {string.Join(", ", unknown)}; there are: {string.Join(", ", MutationOperator.All.Select(mutation => mutation.Name))}"
        );

    (Target Target, Mutant Mutant)[] all =
    [
        .. from target in Target.All
        let source = new Source(target.File, File.ReadAllText(Path.Combine(core, target.File)))
        from mutant in Mutant.Of(source, MutationOperator.All.Where(mutation => mutation.Area.HasFlag(target.Area)))
        select (target, mutant),
    ];
    Dictionary<MutantKey, Equivalent> equivalents = Equivalent.ReadAll().ToDictionary(equivalent => equivalent.Key);
    MutantKey[] gone = [.. equivalents.Keys.Except(all.Select(one => one.Mutant.Key))];
    if (gone.Length > 0)
        return Refuse(
            $"equivalent.json explains what is no mutant: {string.Join("; ", gone.Select(key => $"{key.File}, {key.Operator}: {key.After}"))}"
        );

    (Target Target, Mutant Mutant)[] chosen =
    [
        .. all.Where(one =>
                (wantedFiles.Length == 0 || wantedFiles.Any(one.Target.File.Contains))
                && (wantedOperators.Length == 0 || wantedOperators.Contains(one.Mutant.Operator))
            )
            .GroupBy(one => (one.Target, one.Mutant.Operator))
            .SelectMany(group => Spread([.. group], parsed.GetValue(most))),
    ];
    if (parsed.GetValue(sample) is int count)
    {
        Random random = new(parsed.GetValue(seed));
        HashSet<MutantKey> drawn = [.. random.GetItems(chosen, count).Select(one => one.Mutant.Key)];
        chosen = [.. chosen.Where(one => drawn.Contains(one.Mutant.Key))];
    }
    if (parsed.GetValue(list))
    {
        foreach ((Target target, Mutant mutant) in chosen)
            Console.WriteLine(
                $"{target.File}:{mutant.Line}, {mutant.Operator}\n  - {mutant.Before}\n  + {mutant.After}"
            );
        Console.WriteLine($"{chosen.Length} mutants");
        return 0;
    }

    string? written = (parsed.GetValue(resume) ?? parsed.GetValue(json))?.FullName;
    Dictionary<MutantKey, Result> earlier = parsed.GetValue(resume) is FileInfo { Exists: true } file
        ? Result.Read(file.FullName)
        : [];
    if (parsed.GetValue(json) is FileInfo fresh)
        fresh.Delete();

    // Ctrl-C ends the campaign after the mutant that it is at, with a report of those before.
    bool isInterrupted = false;
    Console.CancelKeyPress += (_, pressed) => pressed.Cancel = isInterrupted = true;
    Stopwatch watch = Stopwatch.StartNew();
    using Workspace workspace = Workspace.Create(repository, configuration, own.Name);
    Campaign campaign = new(
        workspace,
        CoreCompiler.Of(workspace, repository, configuration),
        parsed.GetValue(scale),
        parsed.GetValue(related)
    );
    List<Result> results = [];
    foreach ((Target target, Mutant mutant) in chosen)
    {
        if (
            !earlier.TryGetValue(mutant.Key, out Result? result)
            || result.Outcome == Outcome.Survived && parsed.GetValue(survivors)
        )
        {
            if (isInterrupted)
                break;
            result = campaign.Try(mutant, target, equivalents.ContainsKey(mutant.Key));
            if (written is not null)
                result.AppendTo(written);
            Console.WriteLine(
                $"[{results.Count + 1}/{chosen.Length}] {result.Outcome} {target.File}:{mutant.Line}, {mutant.Operator}: {mutant.After} ({result.By}; {result.Seconds} s)"
            );
        }
        results.Add(result);
    }
    Report.Write(results, equivalents, Console.Out);
    Console.WriteLine(
        $"Tests about a file at scale {parsed.GetValue(scale)}, all tests at scale 1; {watch.Elapsed.TotalMinutes:0} minutes."
    );
    return !isInterrupted && Report.IsGood(results, equivalents) ? 0 : 1;
});
return command.Parse(args).Invoke();

// So many of a list, from its first to its last.
static IEnumerable<T> Spread<T>(T[] list, int most) =>
    list.Length <= most
        ? list
        : Enumerable.Range(0, most).Select(i => list[(long)i * (list.Length - 1) / Math.Max(most - 1, 1)]);

static int Refuse(string problem)
{
    Console.Error.WriteLine(problem);
    return 2;
}
