using Functional.Graphs;
using Functional.Plans;

namespace Functional.Buffers;

/// <summary>The rules a plan keeps; run when it is made, since a broken one would compute nonsense silently.</summary>
internal static class PlanVerifier
{
    /// <summary>Returns the plan, or throws with the first rule it breaks.</summary>
    public static ExecutionPlan Verify(ExecutionPlan plan)
    {
        Dictionary<Node, Node> sources = Storage
            .Updates(plan.Graph)
            .ToDictionary(pair => pair.Updated, pair => pair.Source);
        HashSet<Node> written = [];
        HashSet<Node> overwritten = [];
        foreach (Step step in plan.Steps)
        {
            foreach (Node read in step.Reads)
            {
                Node stored = Storage.Of(read);
                bool isGiven = stored.Primitive is Primitive.Source || Fusion.IsHostScalar(stored);
                Check(isGiven || written.Contains(stored), "a value is read before it is written", step);
                Check(!overwritten.Contains(stored), "a value is read after it is overwritten", step);
            }
            foreach (Node write in step.Writes)
            {
                Check(written.Add(write), "a value is written twice", step);
                if (!sources.TryGetValue(write, out Node? source))
                    continue;
                overwritten.Add(source);
                Check(
                    Programs(step)
                        .SelectMany(program => program.Operands)
                        .All(operand => operand.Value != source || operand.Layout == OperandLayout.Full),
                    "a value is overwritten by a step that still reads other elements of it",
                    step
                );
                Check(
                    step is not Step.MatMul matMul || !matMul.Product.Inputs.Contains(source),
                    "a value is overwritten by a product that reads it",
                    step
                );
            }
        }
        foreach (GraphOutput output in plan.Graph.Outputs)
        {
            Node stored = Storage.Of(output.Node);
            Check(
                written.Contains(stored) || stored.Primitive is Primitive.Source || Fusion.IsHostScalar(stored),
                $"output {output.Kind} {output.Name} is never written",
                plan
            );
        }
        CheckOverlaps(plan, [.. sources.Keys]);
        return plan;
    }

    private static void CheckOverlaps(ExecutionPlan plan, HashSet<Node> replacements)
    {
        Placement[] placements =
        [
            .. plan
                .Buffers.Placements.Where(pair => !replacements.Contains(pair.Key))
                .Select(pair => pair.Value)
                .OrderBy(placement => placement.Offset),
        ];
        for (int i = 0; i < placements.Length; i++)
        {
            Check(placements[i].End <= plan.Buffers.Length, "a buffer reaches beyond the arena", plan);
            for (int j = i + 1; j < placements.Length && placements[j].Offset < placements[i].End; j++)
                Check(!placements[i].LivesWith(placements[j]), "two live buffers overlap", plan);
        }
    }

    /// <summary>The fused programs of a step.</summary>
    public static IEnumerable<FusedProgram> Programs(Step step) =>
        new[]
        {
            (step as Step.Elementwise)?.Program,
            (step as Step.MatMul)?.Epilogue,
            (step as Step.Reduce)?.Prologue,
            (step as Step.Reduce)?.Epilogue,
        }.OfType<FusedProgram>();

    private static void Check(bool holds, string rule, object evidence)
    {
        if (!holds)
            throw new InternalErrorException(
                rule,
                evidence is Step step ? PlanPrinter.Print(step) : evidence.ToString()!
            );
    }
}
