using System.Globalization;
using System.Numerics;
using System.Text;
using Functional.Buffers;
using Functional.Execution;
using Functional.Gradients;
using Functional.Graphs;
using Functional.Plans;

namespace Functional;

/// <summary>A plan as text: the composite function, the derived chain rule, the steps, and what they cost.</summary>
internal static class PlanExplanation
{
    public static string Explain<T>(Compilation compiled, Loss? loss, Optimizer? optimizer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        StringBuilder text = new();
        Formulas? formulas = loss is null ? null : new(compiled);
        Function(text, compiled, formulas, loss, optimizer);
        if (formulas is not null)
            Rules(text, compiled, formulas);
        if (compiled.Preparation is not null)
            Steps<T>(text, compiled.Preparation, compiled.Options, "Prepared once for each set of parameters");
        Steps<T>(text, compiled.Plan, compiled.Options, "Plan");
        Memory<T>(text, compiled);
        return text.ToString();
    }

    private static void Function(
        StringBuilder text,
        Compilation compiled,
        Formulas? formulas,
        Loss? loss,
        Optimizer? optimizer
    )
    {
        text.AppendLine("Composite function (layers counted from the output)");
        text.AppendLine($"  {compiled.Network.Network}");
        text.AppendLine($"  x {Batched(compiled.Network.Input)} ↦ z₀ {Batched(compiled.Network.Output)}");
        foreach (string line in CompositeFunction.Describe(compiled.Network, isTraining: loss is not null))
            text.AppendLine($"  {line}");
        if (loss is not null)
            text.AppendLine($"  L = {Loss(loss)}");
        if (formulas is not null)
        {
            text.AppendLine($"    = {formulas.Print(compiled.Derived.Output(OutputKind.Loss))}");
            Parts(text, formulas);
        }
        if (optimizer is not null)
            Update(text, optimizer);
        text.AppendLine();
    }

    private static void Update(StringBuilder text, Optimizer optimizer)
    {
        text.AppendLine($"  {optimizer}: w ← {optimizer.Parameter}");
        foreach (GradientClip clip in optimizer.Clips)
            text.AppendLine($"    {clip.Formula}");
        foreach (ParameterGroup group in optimizer.Groups)
            text.AppendLine(
                $"    {group.Path}: {(group.IsFrozen ? "frozen" : $"w ← {optimizer.UpdateOf(group).Parameter}")}"
            );
    }

    private static void Rules(StringBuilder text, Compilation compiled, Formulas formulas)
    {
        text.AppendLine("Chain rule, and what the compiler derived from it (δᵢ = ∂L/∂uᵢ)");
        HashSet<int> shown = [];
        foreach (ChainRule rule in ChainRule.Derive(compiled.Network))
        {
            Node? gradient = compiled
                .Derived.Outputs.FirstOrDefault(output =>
                    output.Kind == OutputKind.Gradient && output.Name == rule.Parameter.Path
                )
                ?.Node;
            text.AppendLine($"  {rule}    {rule.Parameter.Shape}  {rule.Parameter.Path}");
            if (gradient is null)
            {
                text.AppendLine("        is not computed");
                continue;
            }
            text.AppendLine($"        = {formulas.Print(gradient)}");
            if (shown.Add(rule.Layer) && formulas.Cotangent(rule.Parameter.Path) is Node cotangent)
                text.AppendLine($"     δ{Sub(rule.Layer)} = {formulas.Define(cotangent)}    {cotangent.Shape}");
            Parts(text, formulas);
        }
        text.AppendLine();
    }

    private static void Parts(StringBuilder text, Formulas formulas)
    {
        foreach (string part in formulas.TakeParts())
            text.AppendLine($"     {part}");
    }

    private static void Steps<T>(StringBuilder text, ExecutionPlan plan, CompileOptions options, string title)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        VectorWidth width = options.Width.Resolve();
        text.AppendLine(
            $"{title}: {plan.Steps.Count} steps, {plan.Graph.Nodes.Length} operations, batches of 1 … {plan.BatchSize} rows, {(typeof(T) == typeof(float) ? "float32" : "float64")}, {width}"
        );
        for (int i = 0; i < plan.Steps.Count; i++)
        {
            string cut = Executor<T>.Describe(plan, plan.Steps[i], width);
            text.AppendLine($"{i + 1, 4}. {PlanPrinter.Print(plan.Steps[i])}");
            text.AppendLine($"        {Count(plan.FlopsOf(plan.Steps[i]))}FLOP{(cut == "" ? "" : $", {cut}")}");
        }
        text.AppendLine();
    }

    private static void Memory<T>(StringBuilder text, Compilation compiled)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ExecutionPlan plan = compiled.Plan;
        int size = System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        text.AppendLine($"Cost: {Count(plan.FlopCount)}FLOP a step at {plan.BatchSize} rows");
        text.AppendLine(
            $"Memory: {Count(Executor<T>.BytesOf(plan, compiled.Options.Width, compiled.Options.Threads))}B in one arena"
        );
        foreach (Region region in Enum.GetValues<Region>())
            if (plan.Buffers.LengthOf(region) > 0)
                text.AppendLine(
                    $"  {region.ToString().ToLowerInvariant(), -13} {Count((double)plan.Buffers.LengthOf(region) * size), 8}B"
                );
    }

    private static string Loss(Loss loss) =>
        $"{loss}(z₀, y): mean over rows of the {(loss.AveragesElements ? "mean" : "sum")} of {loss.Expression}"
        + (loss.Derivative is null ? "" : $", derivative by p given as {loss.Derivative}");

    private static string Batched(Shape? shape) => shape!.Value.WithBatch().ToString();

    private static string Sub(int number) => ChainRule.Subscript(number);

    private static string Count(double value) =>
        value switch
        {
            >= 1e9 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e9:0.00} G"),
            >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.00} M"),
            >= 1e3 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:0.00} k"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{value:0} "),
        };
}
