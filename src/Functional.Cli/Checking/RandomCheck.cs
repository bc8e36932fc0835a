using FsCheck;
using FsCheck.Fluent;
using Functional.FsCheck;
using Functional.Graphs;

namespace Functional.Cli;

/// <summary>Generated networks of which each gradient is held against differences, and each fused plan against an unfused one.</summary>
internal static class RandomCheck
{
    /// <summary>The most nodes that the graph of a generated network with its loss has.</summary>
    public const int MostNodes = 40;

    /// <summary>Generates and checks; the first failure ends it and is shrunk.</summary>
    public static RandomCheckResult Run(RandomCheckSettings settings, IProgress<int> progress)
    {
        int undecided = 0;
        Arbitrary<GradientCase> cases = GradientCases
            .ArbitraryFor(Contents.Kinked, settings.Options)
            .Filter(one => NodeCount(one) <= MostNodes);
        Watch watch = new(progress);
        Check.One(
            Config
                .Quick.WithMaxTest(settings.Count)
                .WithReplay(new Replay(new Rnd(settings.Options.Seed), null))
                .WithRunner(watch),
            Prop.ForAll(
                cases,
                one =>
                {
                    bool isDecided = Examine(one);
                    undecided += isDecided ? 0 : 1;
                    return true.When(isDecided);
                }
            )
        );
        return watch.Result switch
        {
            TestResult.Passed passed => new(settings, passed.Item1.NumberOfTests, undecided, null),
            TestResult.Exhausted exhausted => new(settings, exhausted.Item.NumberOfTests, undecided, null),
            // What was undecided on the way of shrinking does not count.
            TestResult.Failed { Item3: [GradientCase smallest], Item4: Outcome.Failed outcome } failed => new(
                settings,
                failed.Item1.NumberOfTests,
                0,
                new(smallest, outcome.Item, failed.Item1.NumberOfShrinks)
            ),
            var other => throw new System.Diagnostics.UnreachableException($"{other}"),
        };
    }

    /// <summary>Checks one case.</summary>
    /// <returns>Whether every derivative could be decided.</returns>
    /// <exception cref="GradientCheckException">A derivative is wrong, or the plan asked for.</exception>
    /// <exception cref="FunctionalException">The fused plan differs from the unfused one.</exception>
    private static bool Examine(GradientCase one)
    {
        GradientCheckOptions options = one.Options;
        GradientCheckResult result = GradientCheck.Check(one.Network, one.Loss, options);
        if (result.Items.Any(item => item.Verdict == GradientVerdict.Failed) || result.Plan is { Passed: false })
            result.ThrowIfFailed();
        FusedPlan.Check(GradientCheck.PointOf(one.Network, one.Loss, options), options.Compilation);
        return result.Passed;
    }

    private static int NodeCount(GradientCase one) =>
        one
            .Loss.Append(
                Lowering.Lower(LayerInference.Complete(one.Network, one.Compilation.Input), LayerMode.Training)
            )
            .Nodes.Length;

    /// <summary>Tells how many cases were tried, and keeps how it ended.</summary>
    private sealed class Watch(IProgress<int> progress) : IRunner
    {
        public TestResult? Result { get; private set; }

        public void OnStartFixture(Type _) { }

        public void OnArguments(
            int number,
            Microsoft.FSharp.Collections.FSharpList<object> arguments,
            Microsoft.FSharp.Core.FSharpFunc<
                int,
                Microsoft.FSharp.Core.FSharpFunc<Microsoft.FSharp.Collections.FSharpList<object>, string>
            > every
        ) => progress.Report(number);

        public void OnShrink(
            Microsoft.FSharp.Collections.FSharpList<object> arguments,
            Microsoft.FSharp.Core.FSharpFunc<Microsoft.FSharp.Collections.FSharpList<object>, string> every
        ) { }

        public void OnFinished(string name, TestResult result) => Result = result;
    }
}
