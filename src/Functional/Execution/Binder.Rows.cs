using Functional.Buffers;
using Functional.Graphs;
using Functional.Kernels;
using Functional.Plans;

namespace Functional.Execution;

/// <content>How the steps are bound that go through their values row by row and take no program.</content>
internal sealed unsafe partial class Binder<TV, T>
{
    private BoundStep Bind(Step.Softmax step)
    {
        BoundStep bound = Parts<SoftmaxArguments>(PartsOf(step));
        bound.Kernel = step.Logarithm ? &SoftmaxKernel.LogSoftmax<TV, T> : &SoftmaxKernel.Softmax<TV, T>;
        return bound;
    }

    private BoundStep Bind(Step.Transpose step)
    {
        BoundStep bound = Parts<TransposeArguments>(1);
        TransposeArguments* arguments = (TransposeArguments*)bound.Arguments;
        arguments->Source = Address(step.Source);
        arguments->Target = Address(step.Target);
        (arguments->SourceStride, arguments->TargetStride) = (RowStride(step.Source), RowStride(step.Target));
        bound.Kernel = &TransposeArguments.Run<TV, T>;
        return bound;
    }

    private BoundStep Bind(Step.Mask step)
    {
        Primitive.RandomMask mask = (Primitive.RandomMask)step.Result.Primitive;
        BoundStep bound = Parts<MaskArguments>(PartsOf(step));
        for (int part = 0; part < bound.Parts; part++)
        {
            MaskArguments* arguments = (MaskArguments*)(bound.Arguments + part * bound.Stride);
            arguments->Key = _random;
            arguments->Layer = mask.Layer;
            arguments->Rate = mask.Rate;
        }
        int bytes = TV.Count * sizeof(T);
        bound.Kernel =
            bytes == sizeof(W512) ? &MaskKernel.Run<W512, T>
            : bytes == sizeof(W256) ? &MaskKernel.Run<W256, T>
            : &MaskKernel.Run<W128, T>;
        return bound;
    }

    // Columns of one matrix, or those of two.
    private BoundStep BindColumns(Node result)
    {
        BoundStep bound = Parts<JoinArguments>(1);
        JoinArguments* arguments = (JoinArguments*)bound.Arguments;
        int start = result.Primitive is Primitive.Slice slice ? slice.Start : 0;
        arguments->First = Address(result.Inputs[0]) + start;
        arguments->FirstStride = result.Inputs[0].Shape[^1];
        arguments->FirstColumns = result.Primitive is Primitive.Slice ? result.Shape[^1] : arguments->FirstStride;
        if (result.Inputs is [_, var second])
        {
            arguments->Second = Address(second);
            arguments->SecondStride = arguments->SecondColumns = second.Shape[^1];
        }
        arguments->Result = Address(result);
        bound.Kernel = &RowKernels.Join<TV, T>;
        return bound;
    }

    private BoundStep BindGather(Node result)
    {
        BoundStep bound = Table(table: result.Inputs[0], numbers: result.Inputs[1], rows: result);
        bound.Kernel = &RowKernels.Gather<TV, T>;
        return bound;
    }

    private BoundStep Bind(Step.ScatterSum step)
    {
        BoundStep bound = Table(table: step.Sum, numbers: step.Sum.Inputs[0], rows: step.Sum.Inputs[1]);
        bound.Kernel = &RowKernels.ScatterSum<TV, T>;
        return bound;
    }

    private BoundStep Table(Node table, Node numbers, Node rows)
    {
        BoundStep bound = Parts<TableArguments>(1);
        TableArguments* arguments = (TableArguments*)bound.Arguments;
        arguments->Table = Address(table);
        (arguments->Count, arguments->Columns) = (table.Shape[0], table.Shape[1]);
        arguments->Numbers = Address(numbers);
        arguments->Rows = Address(rows);
        return bound;
    }

    private void SetRows(SoftmaxArguments* arguments, Step.Softmax step, int rows, int part, int parts)
    {
        IterationSpace space = IterationSpace.Of(step.Result.Shape);
        (nint row, nint rowEnd) = Range(space.RowsFor(rows), 1, part, parts);
        arguments->Input = Address(step.Result.Inputs[0]) + row * space.Columns;
        arguments->Result = Address(step.Result) + row * space.Columns;
        (arguments->Rows, arguments->Columns) = (rowEnd - row, space.Columns);
    }

    private void SetRows(TransposeArguments* arguments, Step.Transpose step, int rows)
    {
        int columns = step.Source.Shape[1];
        (arguments->Rows, arguments->Columns) = _plan.Buffers[step.Source].IsFeatureMajor
            ? (columns, rows)
            : (rows, columns);
    }

    // Parts begin where a block's four elements do.
    private void SetRows(MaskArguments* arguments, Step.Mask step, int rows, int part, int parts)
    {
        (nint first, nint end) = Range((nint)ElementsOf(step.Result, rows), BufferAssignment.Alignment, part, parts);
        (arguments->First, arguments->Count) = (first, end - first);
        arguments->Result = Address(step.Result) + first;
    }

    private static void SetRows(void* arguments, Node result, int rows)
    {
        if (result.Primitive is Primitive.Gather)
            ((TableArguments*)arguments)->RowCount = RowsOf(result, rows);
        else
            ((JoinArguments*)arguments)->Rows = RowsOf(result, rows);
    }

    private static int RowsOf(Node node, int rows) => IterationSpace.Of(node.Shape).RowsFor(rows);

    private static long ElementsOf(Node node, int rows) => IterationSpace.Of(node.Shape).ElementsFor(rows);
}
