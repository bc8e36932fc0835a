using Functional.Buffers;
using Functional.Graphs;
using Functional.Kernels;
using Functional.Plans;

namespace Functional.Execution;

/// <content>How sums are bound: their prologue, scratch memory, and which way they run.</content>
internal sealed unsafe partial class Binder<TV, T>
{
    private BoundStep Bind(Step.Reduce step)
    {
        BoundStep bound = Parts<ReductionArguments>(1);
        ReductionArguments* arguments = (ReductionArguments*)bound.Arguments;
        bool alongRows = SumsAlongRows(step);
        T* sums = _scratch + BufferAssignment.Align(ReductionArguments.ScratchElements);
        arguments->Scratch = _scratch;
        arguments->PartialSums = sums + BufferAssignment.Alignment;
        arguments->AlongRows = alongRows;
        if (step.Prologue is not null)
        {
            FusedProgram prologue = _plan.Merged(step.Prologue);
            arguments->Prologue = ProgramCompiler.Compile<TV, T>(prologue.Code);
            arguments->PrologueProgram = Operands(prologue, step.Sum.Inputs[0]);
            arguments->ScratchOperand = prologue.Operands.Count - 1;
        }
        else
        {
            arguments->Input = Address(step.Sum.Inputs[0]);
            arguments->Stride = RowStride(step.Space);
        }
        if (step.Epilogue is not null)
        {
            FusedProgram epilogue = _plan.Merged(step.Epilogue);
            arguments->Epilogue = ProgramCompiler.Compile<TV, T>(epilogue.Code);
            arguments->EpilogueProgram = Operands(epilogue, null);
            arguments->Result = sums;
        }
        else
            arguments->Result = Address(step.Sum);
        bound.Kernel =
            step.Kind == ReductionKind.All ? &ReductionKernels.SumAll<TV, T>
            : alongRows ? &ReductionKernels.SumAlongRows<TV, T>
            : &ReductionKernels.SumOverRows<TV, T>;
        return bound;
    }

    // The sums are over the batch, or what takes its place, except for those of each row. A single column runs along as if it were a row.
    private static bool SumsAlongRows(Step.Reduce step) =>
        (step.Kind == ReductionKind.Rows) != step.Space.IsTransposed || IsColumn(step);

    private static bool IsColumn(Step.Reduce step) =>
        step
            is {
                Kind: not ReductionKind.Rows,
                Space: { Columns: 1, IsTransposed: false },
                Prologue: null or { IsFlat: true }
            };

    private static long PartialSums(Step.Reduce step) => step.Kind == ReductionKind.All ? step.Space.Columns : 0;

    private static void SetRows(ReductionArguments* arguments, Step.Reduce step, int rows)
    {
        (arguments->Rows, arguments->Columns) = (step.Space.RowsFor(rows), step.Space.ColumnsFor(rows));
        if (IsColumn(step))
            (arguments->Rows, arguments->Columns) = (arguments->Columns, arguments->Rows);
    }
}
