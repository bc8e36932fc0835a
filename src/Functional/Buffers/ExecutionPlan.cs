using System.Text;
using Functional.Graphs;
using Functional.Plans;

namespace Functional.Buffers;

/// <summary>
/// All that is needed to run: the steps in order and every value's place. Immutable, independent of precision and vector width,
/// shared by any number of sessions.
/// </summary>
/// <param name="Graph">The graph that the steps compute.</param>
/// <param name="Steps">The steps, in order.</param>
/// <param name="Buffers">Every stored value's place in the arena.</param>
/// <param name="BatchSize">The most rows a batch can have.</param>
internal sealed record ExecutionPlan(Graph Graph, ValueList<Step> Steps, BufferAssignment Buffers, int BatchSize)
{
    /// <summary>Floating-point operations of one run at full batch size, a multiply-add counted as two.</summary>
    public double FlopCount => Steps.Sum(FlopsOf);

    /// <summary>Operations of a step.</summary>
    public double FlopsOf(Step step) =>
        step switch
        {
            Step.Elementwise(FusedProgram program) => Flops(program),
            Step.MatMul matMul => 2.0 * Elements(matMul.Product) * Inner(matMul) + Flops(matMul.Epilogue),
            Step.Reduce reduce => reduce.Space.ElementsFor(BatchSize) + Flops(reduce.Prologue) + Flops(reduce.Epilogue),
            Step.Softmax softmax => 4.0 * Elements(softmax.Result),
            Step.ScatterSum scatter => Elements(scatter.Sum.Inputs[1]),
            Step.Transpose or Step.Mask or Step.Rearrange => 0,
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>The program with one operand for values that lie in one place, as what is updated in place does.</summary>
    public FusedProgram Merged(FusedProgram program) => program.MergeOperands(PlaceOf);

    /// <summary>How many matrices of its space's shape a program reads or writes; what is updated in place is one.</summary>
    public int MatricesOf(FusedProgram program) =>
        program
            .Operands.Where(operand => operand.Layout == OperandLayout.Full)
            .Select(operand => PlaceOf(operand.Value))
            .Distinct()
            .Count();

    /// <summary>One line per step.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        for (int i = 0; i < Steps.Count; i++)
            text.AppendLine($"{i + 1, 3}. {PlanPrinter.Print(Steps[i])}");
        return text.ToString();
    }

    // A value that is not stored lies nowhere: no two are alike.
    private long PlaceOf(Node node) =>
        Buffers.Placements.TryGetValue(Storage.Of(node), out Placement placement) ? placement.Offset : -1 - node.Id;

    private double Flops(FusedProgram? program) =>
        program is null
            ? 0
            : (double)program.Space.ElementsFor(BatchSize)
                * program.Nodes.Count(node =>
                    node.Primitive is Primitive.Unary or Primitive.Binary or Primitive.Select
                );

    private long Elements(Node node) => IterationSpace.Of(node.Shape).ElementsFor(BatchSize);

    private int Inner(Step.MatMul step)
    {
        int inner = step.Product.Inputs[0].Shape[step.Primitive.TransposeLeft ? 0 : 1];
        return inner == Shape.Batch ? BatchSize : inner;
    }
}
