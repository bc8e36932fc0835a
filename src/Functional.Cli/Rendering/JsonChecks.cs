using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Functional.Cli;

/// <summary>One JSON object on the output, for programs; numbers that JSON lacks are the strings NaN, Infinity and -Infinity.</summary>
internal sealed class JsonChecks(TextWriter output, TextWriter progress) : ICheckRenderer
{
    private static readonly JsonSerializerOptions Json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public TResult Watch<TResult>(int count, Func<IProgress<int>, TResult> check) =>
        new PlainChecks(progress).Watch(count, check);

    public TResult Watch<TResult>(Func<IProgress<GradientCheckProgress>, TResult> check) =>
        new PlainChecks(progress).Watch(check);

    public void Show(RandomCheckResult result) =>
        Write(
            new
            {
                check = "random",
                count = result.Settings.Count,
                mode = Name(result.Settings.Options.Mode),
                plan = result.Settings.Options.Plan == Precision.Float ? "float32" : "float64",
                seed = result.Settings.Options.Seed,
                rtol = result.Settings.Options.RelativeTolerance,
                atol = result.Settings.Options.AbsoluteTolerance,
                passed = result.Passed,
                @checked = result.Checked,
                undecided = result.Undecided,
                counterexample = result.Failure is { } failure ? Case(failure) : null,
            }
        );

    public void Show(CheckSettings settings, GradientCheckResult result) =>
        Write(
            new
            {
                check = settings.IsHessian ? "hessian" : "gradient",
                network = $"{result.Network}",
                loss = $"{result.Loss}",
                mode = Name(settings.Options.Mode),
                rows = result.Rows,
                points = result.Points,
                seed = result.Seed,
                rtol = settings.Options.RelativeTolerance,
                atol = settings.Options.AbsoluteTolerance,
                passed = result.Passed,
                items = result.Items.Select(Item),
                faults = result.Faults.Select(fault => new
                {
                    path = fault.Path,
                    part = fault.Part,
                    by = fault.By,
                    worst = Comparison(fault.Worst),
                }),
                plan = result.Plan is { } plan ? new { passed = plan.Passed, items = plan.Items.Select(Item) } : null,
            }
        );

    private void Write<T>(T value) => output.WriteLine(JsonSerializer.Serialize(value, Json));

    private static object Case(Counterexample failure) =>
        new
        {
            network = $"{failure.Case.Network}",
            input = failure.Case.Options.Compilation.Input is { } input ? input.Dimensions.ToArray() : null,
            loss = $"{failure.Case.Loss}",
            rows = failure.Case.Rows,
            seed = failure.Case.Seed,
            decimals = failure.Case.Options.Decimals,
            shrinks = failure.Shrinks,
            problem = CheckWording.Problem(failure),
            code = failure.Case.Code,
        };

    private static object Item(GradientCheckItem item) =>
        new
        {
            path = item.Path,
            shape = item.Shape.Dimensions.ToArray(),
            @checked = item.Checked,
            excluded = item.Excluded,
            reason = item.Reason,
            verdict = Name(item.Verdict),
            worst = item.Worst is { } worst ? Comparison(worst) : null,
        };

    private static object Item(VerificationItem item) =>
        new
        {
            name = item.Name,
            error = item.Error,
            tolerance = item.Tolerance,
            passed = item.Passed,
        };

    private static object Comparison(GradientComparison comparison) =>
        new
        {
            where = comparison.Where,
            analytic = comparison.Analytic,
            numeric = comparison.Numeric,
            difference = comparison.Difference,
            errorBar = comparison.ErrorBar,
            step = comparison.Step,
            order = comparison.Order,
            tolerance = comparison.Tolerance,
            verdict = Name(comparison.Verdict),
        };

    private static string Name<T>(T value)
        where T : struct, Enum => $"{value}".ToLowerInvariant();
}
