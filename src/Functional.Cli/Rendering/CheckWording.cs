using System.Globalization;

namespace Functional.Cli;

/// <summary>What renderers say of a gradient check beside its own table.</summary>
internal static class CheckWording
{
    /// <summary>What the table is of, if not of a gradient.</summary>
    public static string? Subject(CheckSettings settings) =>
        settings.IsHessian
            ? "Products of the Hessian with random directions, against differences of the gradient:"
            : null;

    /// <summary>What is worst: a derivative, or where these agree and the plan does not, a tensor of the plan.</summary>
    public static string Worst(GradientCheckResult result) =>
        $"worst: {(result.Worst.Verdict == GradientVerdict.Passed && result.Plan is { Passed: false } plan ? OfPlan(plan.Worst) : OfItem(result.Worst))}";

    /// <summary>What a check is doing.</summary>
    public static string Stage(GradientCheckProgress progress) =>
        progress.Part is not null ? "locating the fault"
        : progress.Point > 1 ? Invariant($"checking, point {progress.Point}")
        : "checking";

    /// <summary>How many generated networks were tried.</summary>
    public static string Progress(int tried, int count) => Invariant($"{tried:N0} of {count:N0} networks");

    /// <summary>What became of generated networks.</summary>
    public static string Verdict(RandomCheckResult result)
    {
        GradientCheckOptions options = result.Settings.Options;
        string undecided =
            result.Undecided == 0 ? "" : Invariant($", and {result.Undecided:N0} more could not be decided");
        string drawn = Invariant(
            $"rtol {options.RelativeTolerance}, atol {options.AbsoluteTolerance}, seed {options.Seed}"
        );
        string plans = options.Plan == Precision.Float ? "float32" : "float64";
        return result switch
        {
            { Failure: { } failure } => Invariant(
                $"FAILED: generated network {result.Checked:N0} of {result.Settings.Count:N0}, after {failure.Shrinks:N0} steps of shrinking; {drawn}"
            ),
            { Passed: true } => Invariant(
                $"{result.Checked:N0} generated networks passed{undecided}: gradients equal differences, compiled {plans} plans the gradients, and fused plans unfused ones; {drawn}"
            ),
            _ => Invariant(
                $"UNDECIDED: only {result.Checked:N0} of {result.Settings.Count:N0} generated networks could be decided{undecided}; {drawn}. Raise --rtol and --atol."
            ),
        };
    }

    /// <summary>The smallest case that fails, as code, why it does, and how to repeat it; nothing if none failed.</summary>
    public static IEnumerable<string> Failure(RandomCheckResult result)
    {
        if (result.Failure is not { } failure)
            yield break;
        yield return failure.Case.Code;
        yield return Problem(failure);
        yield return Invariant(
            $"Repeat it with --random {result.Settings.Count} --seed {result.Settings.Options.Seed} and the same options{(failure.Problem is GradientCheckException ? ", or run the code above" : "")}."
        );
    }

    /// <summary>Why a case fails: the table of its check.</summary>
    public static string Problem(Counterexample failure) =>
        failure.Problem is FunctionalException problem ? problem.Message : $"{failure.Problem}";

    private static string OfItem(GradientCheckItem item) =>
        item.Worst is { } worst
            ? $"{item.Path} at {worst.Where}: {Number(worst.Analytic)}, and differences give {Number(worst.Numeric)} ± {GradientCheckTable.Size(worst.ErrorBar)}; they differ by {GradientCheckTable.Size(worst.Difference)}, with a tolerance of {GradientCheckTable.Size(worst.Tolerance)}"
            : $"{item.Path}, of which nothing could be decided";

    private static string OfPlan(VerificationItem item) =>
        $"the plan's {item.Name}: its error is {GradientCheckTable.Size(item.Error)}, with a tolerance of {GradientCheckTable.Size(item.Tolerance)}";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static string Number(double value) => value.ToString("G10", CultureInfo.InvariantCulture);
}
