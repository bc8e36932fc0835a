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
                Check(
                    step is not (Step.Softmax or Step.Rearrange or Step.ScatterSum)
                        || !step.Reads.Select(Storage.Of).Contains(source),
                    "a value is overwritten by a step that reads other elements of it",
                    step
                );
            }
        }
        foreach (Node updated in sources.Keys)
            Check(written.Contains(updated), $"%{updated.Id} updates a value, but no step writes it", plan);
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
        CheckLayouts(plan);
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

    // A step goes through its values along the batch or along their rows, and they lie as it goes. Those of callers lie row by row.
    private static void CheckLayouts(ExecutionPlan plan)
    {
        foreach (GraphOutput output in plan.Graph.Outputs)
            Check(!plan.Buffers[output.Node].IsFeatureMajor, "an output is feature-major", plan);
        foreach (Node source in plan.Buffers.Placements.Keys.Where(node => node.Primitive is Primitive.Source))
            Check(!plan.Buffers[source].IsFeatureMajor, "a source is feature-major", plan);
        foreach (Step step in plan.Steps)
        {
            (bool isAlongBatch, FusedProgram? program) = step switch
            {
                Step.Elementwise elementwise => (elementwise.Program.Space.IsTransposed, null),
                Step.MatMul matMul => (matMul.Way == ProductWay.Rows, matMul.Epilogue),
                Step.Reduce reduce => (reduce.Space.IsTransposed, reduce.Prologue),
                _ => (false, null),
            };
            Check(
                program is null || program.Space.IsTransposed == isAlongBatch,
                "a step and its program go different ways",
                step
            );
            if (step is Step.Transpose(Node from, Node to))
                Check(
                    plan.Buffers[from].IsFeatureMajor != plan.Buffers[to].IsFeatureMajor,
                    "a transposed value lies as before",
                    step
                );
            foreach ((Node value, bool alongBatch) in Ways(step, isAlongBatch))
                // What a reduction's prologue computes is never stored.
                if (plan.Buffers.Placements.TryGetValue(Storage.Of(value), out Placement placement))
                    Check(Lies(value, placement, alongBatch), "a value lies across the way of a step", step);
        }
    }

    // Which values a step goes through along the batch, and which row by row. A product takes its factors as they lie.
    private static IEnumerable<(Node Value, bool AlongBatch)> Ways(Step step, bool isAlongBatch) =>
        Programs(step)
            .SelectMany(program => program.Operands, (program, operand) => (program, operand))
            .Select(pair =>
                (pair.operand.Value, pair.program.Space.IsTransposed && pair.operand.Layout == OperandLayout.Full)
            )
            .Concat(
                step switch
                {
                    Step.MatMul { Way: ProductWay.Terms } matMul => [(matMul.Left, true), (matMul.Right, true)],
                    Step.MatMul { Epilogue: null } matMul => [(matMul.Target, isAlongBatch)],
                    Step.Reduce { Prologue: null } reduce => [(reduce.Sum.Inputs[0], isAlongBatch)],
                    Step.Softmax or Step.Mask or Step.Rearrange or Step.ScatterSum => step
                        .Reads.Concat(step.Writes)
                        .Select(value => (value, false)),
                    _ => [],
                }
            );

    // Only a matrix of rows can lie along the batch; one of a single column lies both ways.
    private static bool Lies(Node value, Placement placement, bool alongBatch) =>
        value.Shape is { Rank: 2, HasBatch: true }
            ? placement.IsFeatureMajor == alongBatch || !placement.IsFeatureMajor && value.Shape[1] == 1
            : !placement.IsFeatureMajor && !alongBatch;

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
