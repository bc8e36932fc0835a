using System.Diagnostics;
using System.Numerics;
using Functional.Buffers;
using Functional.Graphs;
using Functional.Kernels;
using Functional.Plans;

namespace Functional.Execution;

/// <summary>Finds every step's kernel for one precision and width, and lays out its arguments over an arena.</summary>
/// <typeparam name="TV">The vector that the kernels compute with.</typeparam>
/// <typeparam name="T">The precision.</typeparam>
internal sealed unsafe partial class Binder<TV, T>
    where TV : unmanaged, IVector<TV, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ExecutionPlan _plan;
    private readonly int _threads;
    private readonly T* _values;
    private readonly T* _scratch;
    private readonly RandomKey* _random;
    private readonly long _scratchOfThread;
    private byte* _next;
    private BoundStep* _steps;

    /// <param name="plan">The plan to bind.</param>
    /// <param name="threads">The most parts that a step is cut into.</param>
    /// <param name="values">The arena's values.</param>
    /// <param name="scratch">Scratch memory of <see cref="ScratchElements"/> for each thread.</param>
    /// <param name="random">What masks are drawn by, at the time of a run.</param>
    /// <param name="arguments">Memory for arguments, of <see cref="ArgumentBytes"/>.</param>
    public Binder(ExecutionPlan plan, int threads, T* values, T* scratch, RandomKey* random, byte* arguments)
    {
        _plan = plan;
        _threads = threads;
        _values = values;
        _scratch = scratch;
        _random = random;
        _scratchOfThread = ScratchElements(plan);
        _next = arguments;
    }

    /// <summary>Bytes that a plan's arguments take at most.</summary>
    public static long ArgumentBytes(ExecutionPlan plan, int threads)
    {
        int part = new[]
        {
            sizeof(MatMulPart),
            sizeof(ReductionArguments),
            sizeof(ElementwiseArguments),
            sizeof(SoftmaxArguments),
            sizeof(TransposeArguments),
            sizeof(MaskArguments),
            sizeof(JoinArguments),
            sizeof(TableArguments),
        }.Max();
        int step =
            sizeof(BoundStep) + sizeof(MatMulArguments) + 2 * sizeof(ProgramArguments) + threads * Padded(part) + 64;
        return (long)plan.Steps.Count * step;
    }

    /// <summary>Elements of scratch memory that the plan's steps share.</summary>
    public static long ScratchElements(ExecutionPlan plan) =>
        plan
            .Steps.Select(step =>
                step switch
                {
                    Step.MatMul matMul => ProductFactors.PlanOf<TV, T>(plan, matMul).WorkspaceElements,
                    Step.Reduce reduce => ReductionArguments.ScratchElements
                        + IterationSpace.Of(reduce.Sum.Shape).ElementsFor(plan.BatchSize)
                        + PartialSums(reduce)
                        + BufferAssignment.Alignment,
                    _ => 0L,
                }
            )
            .Select(BufferAssignment.Align)
            .DefaultIfEmpty()
            .Max();

    /// <summary>Compiles the kernels of every step ahead of the first run.</summary>
    public static void CompileKernels(ExecutionPlan plan)
    {
        foreach (Step step in plan.Steps)
        foreach (FusedProgram program in PlanVerifier.Programs(step))
            ProgramCompiler.Compile<TV, T>(plan.Merged(program).Code);
    }

    /// <summary>The blocking of every product, as text.</summary>
    public static string Describe(ExecutionPlan plan, Step step) =>
        step is Step.MatMul matMul ? ProductFactors.PlanOf<TV, T>(plan, matMul).ToString() : "";

    /// <summary>Binds every step, for a batch of the plan's full size.</summary>
    /// <returns>The bound steps, in order, in the arguments' memory.</returns>
    public BoundStep* Bind()
    {
        _steps = (BoundStep*)_next;
        _next += Padded(_plan.Steps.Count * sizeof(BoundStep));
        for (int i = 0; i < _plan.Steps.Count; i++)
            _steps[i] = Bind(_plan.Steps[i]);
        SetRows(_plan.BatchSize);
        return _steps;
    }

    /// <summary>Sets the sizes that depend on the number of rows, and each part's range.</summary>
    public void SetRows(int rows)
    {
        for (int i = 0; i < _plan.Steps.Count; i++)
            SetRows(_plan.Steps[i], _steps + i, rows);
    }

    private void SetRows(Step step, BoundStep* bound, int rows)
    {
        for (int part = 0; part < bound->Parts; part++)
        {
            void* arguments = bound->Arguments + part * bound->Stride;
            switch (step)
            {
                case Step.Elementwise elementwise:
                    SetSpace((ElementwiseArguments*)arguments, elementwise.Program, rows, part, bound->Parts);
                    break;
                case Step.MatMul matMul:
                    SetRange((MatMulPart*)arguments, matMul, rows, part, bound->Parts);
                    break;
                case Step.Reduce reduce:
                    SetRows((ReductionArguments*)arguments, reduce, rows);
                    break;
                case Step.Softmax softmax:
                    SetRows((SoftmaxArguments*)arguments, softmax, rows, part, bound->Parts);
                    break;
                case Step.Transpose transpose:
                    SetRows((TransposeArguments*)arguments, transpose, rows);
                    break;
                case Step.Mask mask:
                    SetRows((MaskArguments*)arguments, mask, rows, part, bound->Parts);
                    break;
                case Step.Rearrange { Result: var result }:
                    SetRows(arguments, result, rows);
                    break;
                case Step.ScatterSum { Sum: var sum }:
                    ((TableArguments*)arguments)->RowCount = RowsOf(sum.Inputs[1], rows);
                    break;
                default:
                    throw new UnreachableException();
            }
        }
    }

    private BoundStep Bind(Step step) =>
        step switch
        {
            Step.Elementwise elementwise => Bind(elementwise),
            Step.MatMul matMul => Bind(matMul),
            Step.Reduce reduce => Bind(reduce),
            Step.Softmax softmax => Bind(softmax),
            Step.Transpose transpose => Bind(transpose),
            Step.Mask mask => Bind(mask),
            Step.Rearrange { Result.Primitive: Primitive.Gather } gather => BindGather(gather.Result),
            Step.Rearrange columns => BindColumns(columns.Result),
            Step.ScatterSum scatter => Bind(scatter),
            _ => throw new UnreachableException(),
        };

    private BoundStep Bind(Step.Elementwise step)
    {
        FusedProgram merged = _plan.Merged(step.Program);
        nint kernel = ProgramCompiler.Compile<TV, T>(merged.Code);
        ProgramArguments* program = Operands(merged, null);
        BoundStep bound = Parts<ElementwiseArguments>(PartsOf(step));
        for (int part = 0; part < bound.Parts; part++)
        {
            ElementwiseArguments* arguments = (ElementwiseArguments*)(bound.Arguments + part * bound.Stride);
            arguments->Kernel = kernel;
            arguments->Program = program;
        }
        bound.Kernel = &ElementwiseKernel.Run<T>;
        return bound;
    }

    private BoundStep Bind(Step.MatMul step)
    {
        MatMulArguments* product = Allocate<MatMulArguments>();
        (ProductFactor left, ProductFactor right) = ProductFactors.Of(_plan, step);
        product->A = Address(left.Value);
        (product->ARow, product->AColumn) = (left.Outer, left.Inner);
        product->B = Address(right.Value);
        (product->BRow, product->BColumn) = (right.Inner, right.Outer);
        product->Plan = ProductFactors.PlanOf<TV, T>(_plan, step);
        if (step.Epilogue is not null)
        {
            FusedProgram epilogue = _plan.Merged(step.Epilogue);
            product->Epilogue = (delegate* <ProgramArguments*, void*, nint, nint, nint, nint, nint, void>)
                ProgramCompiler.Compile<TV, T>(epilogue.Code);
            product->Program = Operands(epilogue, null);
        }
        else
        {
            product->C = Address(step.Target);
            product->CRow = RowStride(step.Target);
        }
        BoundStep bound = Parts<MatMulPart>(PartsOf(step));
        for (int part = 0; part < bound.Parts; part++)
        {
            MatMulPart* arguments = (MatMulPart*)(bound.Arguments + part * bound.Stride);
            arguments->Product = product;
            arguments->Workspace = _scratch + part * _scratchOfThread;
        }
        bound.Kernel = &MatMulPart.Run<TV, T>;
        return bound;
    }

    // The scratch operand is bound chunk by chunk as the reduction runs.
    private ProgramArguments* Operands(FusedProgram program, Node? scratch)
    {
        ProgramArguments* arguments = Allocate<ProgramArguments>();
        for (int i = 0; i < program.Operands.Count; i++)
        {
            Operand operand = program.Operands[i];
            if (operand.IsWritten && operand.Value == scratch)
                continue;
            long stride = operand.Layout switch
            {
                OperandLayout.Full => RowStride(program.Space),
                OperandLayout.PerRow => 1,
                _ => 0,
            };
            arguments->Bind(i, Address(operand.Value), stride);
        }
        return arguments;
    }

    // Another thread hears of work after a microsecond or two, and its cache is cold: below this, in microseconds, it does not pay.
    private const double LeastWork = 8;

    // What a core does, about, in operations a microsecond: of products, of programs, where an operation may be an exponential, and elements
    // of masks.
    private const double ProductRate = 250_000;
    private const double ProgramRate = 60_000;
    private const double MaskRate = 2_000;

    private int PartsOf(Step step) => _threads > 1 && MicrosecondsOf(step) >= LeastWork ? _threads : 1;

    private double MicrosecondsOf(Step step) =>
        step switch
        {
            Step.MatMul => _plan.FlopsOf(step) / ProductRate,
            Step.Mask(Node result) => ElementsOf(result, _plan.BatchSize) / MaskRate,
            _ => _plan.FlopsOf(step) / ProgramRate,
        };

    // Without row structure, all elements are one row. Parts are ranges of rows, or of that one row.
    private static void SetSpace(ElementwiseArguments* arguments, FusedProgram program, int rows, int part, int parts)
    {
        (nint row, nint rowEnd) = (0, program.IsFlat ? 1 : program.Space.RowsFor(rows));
        (nint column, nint columnEnd) = (
            0,
            program.IsFlat ? (nint)program.Space.ElementsFor(rows) : program.Space.ColumnsFor(rows)
        );
        if (program.IsFlat || program.Space.IsTransposed)
            (column, columnEnd) = Range(columnEnd, BufferAssignment.Alignment, part, parts);
        else
            (row, rowEnd) = Range(rowEnd, 1, part, parts);
        (arguments->Row, arguments->Rows, arguments->Column, arguments->Columns) = (
            row,
            rowEnd - row,
            column,
            columnEnd - column
        );
    }

    // Parts are ranges of columns where there are enough for whole register tiles, otherwise of rows.
    private static void SetRange(MatMulPart* arguments, Step.MatMul step, int rows, int part, int parts)
    {
        MatMulArguments* product = arguments->Product;
        (product->M, product->N, product->K) = ProductFactors.Sizes(step, rows);
        (nint row, nint rowEnd, nint column, nint columnEnd) = (0, product->M, 0, product->N);
        if (parts > 1 && product->N >= 2 * parts * product->Plan.Panel)
            (column, columnEnd) = Range(product->N, product->Plan.Panel, part, parts);
        else if (parts > 1)
            (row, rowEnd) = Range(product->M, product->Plan.TileRows, part, parts);
        (arguments->RowBegin, arguments->RowEnd) = ((int)row, (int)rowEnd);
        (arguments->ColumnBegin, arguments->ColumnEnd) = ((int)column, (int)columnEnd);
        MatMulPart.Bind<TV, T>(arguments);
    }

    // The part-th of equal ranges of 0 … count − 1 that begin at multiples of a unit.
    private static (nint Begin, nint End) Range(nint count, nint unit, int part, int parts)
    {
        nint units = (count + unit - 1) / unit;
        return (Math.Min(units * part / parts * unit, count), Math.Min(units * (part + 1) / parts * unit, count));
    }

    private nint RowStride(IterationSpace space) =>
        space.IsTransposed ? BufferAssignment.BatchStride(_plan.BatchSize) : space.Columns;

    private nint RowStride(Node matrix) =>
        _plan.Buffers[matrix].IsFeatureMajor ? BufferAssignment.BatchStride(_plan.BatchSize) : matrix.Shape[1];

    private T* Address(Node node) => _values + _plan.Buffers[node].Offset;

    private BoundStep Parts<TArguments>(int parts)
        where TArguments : unmanaged
    {
        byte* first = _next;
        for (int part = 0; part < parts; part++)
            Allocate<TArguments>();
        return new()
        {
            Arguments = first,
            Parts = parts,
            Stride = Padded(sizeof(TArguments)),
        };
    }

    private TArguments* Allocate<TArguments>()
        where TArguments : unmanaged
    {
        TArguments* arguments = (TArguments*)_next;
        *arguments = default;
        _next += Padded(sizeof(TArguments));
        return arguments;
    }

    private static int Padded(int bytes) => (bytes + 15) & ~15;
}
