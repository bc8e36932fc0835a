using System.Diagnostics;

namespace Functional.Mutations;

/// <summary>Plants one fault after the other and asks the tests.</summary>
/// <param name="workspace">Where the tests run.</param>
/// <param name="compiler">Compiles the core there.</param>
/// <param name="scale">The scale of the tests that are about a file; all tests run at scale 1.</param>
/// <param name="isRelated">Whether only the tests that are about a file run.</param>
internal sealed class Campaign(Workspace workspace, CoreCompiler compiler, double scale, bool isRelated)
{
    // How many times as long as without a fault tests may take, and the least they are given: the machine may be busy.
    private const double Patience = 5;
    private static readonly TimeSpan Least = TimeSpan.FromMinutes(1);

    private readonly Dictionary<TestRun, (HashSet<string> Failures, TimeSpan Limit)> _baselines = [];

    /// <summary>Whether the tests kill a mutant: first those about its file, then all.</summary>
    /// <param name="mutant">The fault.</param>
    /// <param name="target">Its file.</param>
    /// <param name="isEquivalent">Whether no test should kill it, so that those about its file are enough.</param>
    public Result Try(Mutant mutant, Target target, bool isEquivalent)
    {
        TestRun[] runs = [.. target.TestLists.Select(list => new TestRun(list, scale))];
        if (!isEquivalent && !isRelated)
            runs = [.. runs, new TestRun(null, 1)];
        Stopwatch watch = Stopwatch.StartNew();
        bool isPlanted = false;
        foreach (TestRun run in runs)
        {
            isPlanted &= !Measure(run);
            if (!isPlanted && compiler.Compile(mutant.Source.Path, mutant.Text) is string error)
                return Done(Outcome.DoesNotCompile, error);
            isPlanted = true;
            (HashSet<string> known, TimeSpan limit) = _baselines[run];
            if (run.FirstFailure(workspace.Tests, limit, known) is string failure)
                return Done(Outcome.Killed, failure);
        }
        return Done(Outcome.Survived, null);

        Result Done(Outcome outcome, string? by) =>
            new(mutant.Key, mutant.Line, outcome, by, Math.Round(watch.Elapsed.TotalSeconds, 1));
    }

    // The tests without a fault, once for each run; says whether it had to compile for that.
    private bool Measure(TestRun run)
    {
        if (_baselines.ContainsKey(run))
            return false;
        if (compiler.Compile(null, null) is string error)
            throw new InvalidOperationException($"The core does not compile as it is: {error}");
        (HashSet<string> failures, TimeSpan duration) = run.Baseline(workspace.Tests);
        TimeSpan limit = TimeSpan.FromTicks(Math.Max(Least.Ticks, (long)(Patience * duration.Ticks)));
        _baselines.Add(run, (failures, limit));
        Console.WriteLine($"{run}: {duration.TotalSeconds:0.0} s at scale {run.Scale} without a fault");
        foreach (string failure in failures)
            Console.WriteLine($"  fails without a fault, so its failures do not count: {failure}");
        return true;
    }
}
