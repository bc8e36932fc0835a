using Functional.Execution;
using Functional.Plans;

namespace Functional;

/// <summary>What a plan is compiled under, as far as a diagnosis changes it.</summary>
/// <param name="Options">How it is compiled.</param>
/// <param name="IsDouble">Whether it computes in float64, else in float32.</param>
internal sealed record PlanSetting(CompileOptions Options, bool IsDouble);

/// <summary>
/// Finds the stage that makes a plan disagree with the oracle: compares plans in which one thing is changed at a time. Later stages come
/// first, for a change there leaves all forms before it as they were.
/// </summary>
internal static class Diagnosis
{
    private const string Agree = "plan and oracle agree";

    /// <summary>What was tried, and the stage that it points at.</summary>
    /// <param name="failed">What the plan that failed was compiled under.</param>
    /// <param name="verify">The worst comparison of a plan that is compiled under a setting.</param>
    public static (ValueList<VerificationAttempt> Attempts, string Suspect) Of(
        PlanSetting failed,
        Func<PlanSetting, VerificationItem> verify
    )
    {
        // So that no width is taken for another one than itself.
        failed = failed with
        {
            Options = failed.Options with { Width = failed.Options.Width.Resolve() },
        };
        List<VerificationAttempt> attempts = [];
        Dictionary<PlanSetting, bool> known = [];
        string suspect = Suspect();
        return (attempts.ToValueList(), suspect);

        string Suspect()
        {
            if (Agrees([]))
                return $"No stage: compiled anew with all as it was, {Agree}. Either this plan is not that of its network, loss and optimizer, or its numbers change from run to run (Execution/: memory, threads).";

            Change[] changes = [.. ChangesOf(failed.Options).Where(change => Changed([change]) != failed)];
            Change? single = changes.FirstOrDefault(change => Agrees([change]));
            bool isPrecise = Agrees([Precision]);
            if (single is not null)
                return $"{single.Stage}: with {single.Name} {Agree}."
                    + (
                        isPrecise ? " So they do in float64: it may be rounding that the change happens to lessen." : ""
                    );
            if (isPrecise)
                return $"Rounding, not a fault of a stage: in float64 {Agree}. The network magnifies it: compile in double where that matters. Where nothing in it is steep, suspect what kernels (Kernels/) do in float32 only.";

            // Of several widths the last one counts.
            Change[] together = [.. changes.Where(change => Changed(changes.Except([change])) != Changed(changes))];
            if (Agrees(together))
            {
                Change[] needed = Needed(together);
                return $"{Join(needed.Select(change => change.Stage))}: with {Name(needed)} {Agree}, with fewer changes they do not.";
            }
            return "What all these plans share: the operators of kernels (Kernels/), scheduling (Plans/), binding (Execution/), or the oracle. The formulas (Gradients/) are the same for both, so this says nothing of them: GradientCheck holds them against differences.";
        }

        // Of changes that help together, those without any of which they do not.
        Change[] Needed(Change[] changes)
        {
            foreach (Change change in changes)
            {
                Change[] fewer = [.. changes.Except([change])];
                if (Agrees(fewer))
                    changes = fewer;
            }
            return changes;
        }

        bool Agrees(Change[] changes)
        {
            PlanSetting setting = Changed(changes);
            if (known.TryGetValue(setting, out bool agrees))
                return agrees;
            VerificationAttempt attempt = new(Name(changes), verify(setting));
            attempts.Add(attempt);
            return known[setting] = attempt.Agrees;
        }

        PlanSetting Changed(IEnumerable<Change> changes) =>
            changes.Aggregate(failed, (setting, change) => change.Apply(setting));
    }

    private static IEnumerable<Change> ChangesOf(CompileOptions failed) =>
        [
            Compiled("one thread", "Threads (Execution/)", options => options with { Threads = 1 }),
            .. VectorWidths.OfMachine.Select(width =>
                Compiled(
                    $"width {width}",
                    $"Kernels at {failed.Width} (Kernels/)",
                    options => options with { Width = width }
                )
            ),
            Compiled(
                "a place for every value",
                "Buffer assignment (Buffers/: which values share memory)",
                options => options with { ReuseBuffers = false }
            ),
            Compiled(
                "values row-major",
                "Layout selection (Plans/: which values lie feature by feature) or the kernels of that layout",
                options => options with { Layout = LayoutPolicy.RowMajor }
            ),
            Compiled(
                "fusion off",
                "Fusion (Plans/: which operations become one step) or the kernels of fused steps",
                options => options with { Fuse = false }
            ),
            Compiled(
                "simplification off",
                "Simplification (Graphs/: rewriting to equal graphs) or the kernels of what it writes",
                options => options with { Simplify = false }
            ),
        ];

    private static Change Compiled(string name, string stage, Func<CompileOptions, CompileOptions> apply) =>
        new(name, stage, setting => setting with { Options = apply(setting.Options) });

    private static Change Precision { get; } = new("float64", "Rounding", setting => setting with { IsDouble = true });

    private static string Name(Change[] changes) =>
        changes.Length == 0 ? "all as it was" : Join(changes.Select(change => change.Name));

    private static string Join(IEnumerable<string> parts) => string.Join(" and ", parts);

    /// <summary>A change of a setting, and the stage that it takes out of the way.</summary>
    private sealed record Change(string Name, string Stage, Func<PlanSetting, PlanSetting> Apply);
}
