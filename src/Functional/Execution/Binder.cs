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
internal sealed unsafe class Binder<TV, T>
    where TV : unmanaged, IVector<TV, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ExecutionPlan _plan;
    private readonly T* _values;
    private readonly T* _scratch;
    private byte* _next;

    /// <param name="plan">The plan to bind.</param>
    /// <param name="values">The arena's values.</param>
    /// <param name="scratch">Scratch memory of <see cref="ScratchElements"/>.</param>
    /// <param name="arguments">Memory for arguments, of <see cref="ArgumentBytes"/>.</param>
    public Binder(ExecutionPlan plan, T* values, T* scratch, byte* arguments)
    {
        _plan = plan;
        _values = values;
        _scratch = scratch;
        _next = arguments;
    }

    /// <summary>Bytes that one step's arguments take at most.</summary>
    private static int StepBytes =>
        Math.Max(sizeof(MatMulArguments), Math.Max(sizeof(ReductionArguments), sizeof(ElementwiseArguments)))
        + 2 * sizeof(ProgramArguments)
        + 48;

    /// <summary>Bytes that a plan's arguments take at most.</summary>
    public static long ArgumentBytes(ExecutionPlan plan) => (long)plan.Steps.Count * (sizeof(BoundStep) + StepBytes);

    /// <summary>Elements of scratch memory that the plan's steps share.</summary>
    public static long ScratchElements(ExecutionPlan plan) =>
        plan
            .Steps.Select(step =>
                step switch
                {
                    Step.MatMul matMul => PlanOf(plan, matMul).WorkspaceElements,
                    Step.Reduce reduce => Math.Max(ReductionArguments.ChunkElements, reduce.Space.Columns)
                        + IterationSpace.Of(reduce.Sum.Shape).ElementsFor(plan.BatchSize)
                        + BufferAssignment.Alignment,
                    _ => 0L,
                }
            )
            .DefaultIfEmpty()
            .Max();

    /// <summary>Compiles the kernels of every step ahead of the first run.</summary>
    public static void CompileKernels(ExecutionPlan plan)
    {
        foreach (Step step in plan.Steps)
        foreach (FusedProgram program in PlanVerifier.Programs(step))
            ProgramCompiler.Compile<TV, T>(program.Code);
    }

    /// <summary>The blocking of every product, as text.</summary>
    public static string Describe(ExecutionPlan plan, Step step) =>
        step is Step.MatMul matMul ? PlanOf(plan, matMul).ToString() : "";

    /// <summary>Binds every step, for a batch of the plan's full size.</summary>
    /// <returns>The bound steps, in order, in the arguments' memory.</returns>
    public BoundStep* Bind()
    {
        BoundStep* steps = (BoundStep*)_next;
        _next += _plan.Steps.Count * sizeof(BoundStep);
        for (int i = 0; i < _plan.Steps.Count; i++)
            steps[i] = Bind(_plan.Steps[i]);
        return steps;
    }

    /// <summary>Sets the sizes that depend on the number of rows.</summary>
    public static void SetRows(ExecutionPlan plan, BoundStep* steps, int rows)
    {
        for (int i = 0; i < plan.Steps.Count; i++)
            switch (plan.Steps[i])
            {
                case Step.Elementwise step:
                    SetSpace((ElementwiseArguments*)steps[i].Arguments, step.Program, rows);
                    break;
                case Step.MatMul step:
                    MatMulArguments* product = (MatMulArguments*)steps[i].Arguments;
                    (product->M, product->N, product->K) = Sizes(step, rows);
                    break;
                case Step.Reduce step:
                    ((ReductionArguments*)steps[i].Arguments)->Rows = step.Space.RowsFor(rows);
                    break;
                case Step.Softmax step:
                    ((SoftmaxArguments*)steps[i].Arguments)->Rows = IterationSpace.Of(step.Result.Shape).RowsFor(rows);
                    break;
                default:
                    throw new UnreachableException();
            }
    }

    private BoundStep Bind(Step step) =>
        step switch
        {
            Step.Elementwise elementwise => Bind(elementwise),
            Step.MatMul matMul => Bind(matMul),
            Step.Reduce reduce => Bind(reduce),
            Step.Softmax softmax => Bind(softmax),
            _ => throw new UnreachableException(),
        };

    private BoundStep Bind(Step.Elementwise step)
    {
        ElementwiseArguments* arguments = Allocate<ElementwiseArguments>();
        arguments->Kernel = ProgramCompiler.Compile<TV, T>(step.Program.Code);
        arguments->Program = Operands(step.Program, null);
        SetSpace(arguments, step.Program, _plan.BatchSize);
        return new() { Kernel = &ElementwiseKernel.Run<T>, Arguments = arguments };
    }

    private BoundStep Bind(Step.MatMul step)
    {
        MatMulArguments* arguments = Allocate<MatMulArguments>();
        (arguments->ARow, arguments->AColumn) = Strides(step.Product.Inputs[0], step.Primitive.TransposeLeft);
        (arguments->BRow, arguments->BColumn) = Strides(step.Product.Inputs[1], step.Primitive.TransposeRight);
        arguments->A = Address(step.Product.Inputs[0]);
        arguments->B = Address(step.Product.Inputs[1]);
        (arguments->M, arguments->N, arguments->K) = Sizes(step, _plan.BatchSize);
        arguments->Plan = PlanOf(_plan, step);
        arguments->Workspace = _scratch;
        if (step.Epilogue is FusedProgram epilogue)
        {
            arguments->Epilogue = (delegate* <ProgramArguments*, void*, nint, nint, nint, nint, nint, void>)
                ProgramCompiler.Compile<TV, T>(epilogue.Code);
            arguments->Program = Operands(epilogue, null);
        }
        else
        {
            arguments->C = Address(step.Product);
            arguments->CRow = step.Product.Shape[1];
        }
        return new() { Kernel = &Multiply, Arguments = arguments };
    }

    private static void Multiply(void* arguments) => MatrixProduct.Run<TV, T>((MatMulArguments*)arguments);

    private BoundStep Bind(Step.Reduce step)
    {
        ReductionArguments* arguments = Allocate<ReductionArguments>();
        T* sums = _scratch;
        arguments->Scratch =
            _scratch
            + (IterationSpace.Of(step.Sum.Shape).ElementsFor(_plan.BatchSize) + BufferAssignment.Alignment - 1)
                / BufferAssignment.Alignment
                * BufferAssignment.Alignment;
        (arguments->Rows, arguments->Columns) = (step.Space.RowsFor(_plan.BatchSize), step.Space.Columns);
        if (step.Prologue is FusedProgram prologue)
        {
            arguments->Prologue = ProgramCompiler.Compile<TV, T>(prologue.Code);
            arguments->PrologueProgram = Operands(prologue, step.Sum.Inputs[0]);
            arguments->ScratchOperand = prologue.Operands.Count - 1;
        }
        else
            arguments->Input = Address(step.Sum.Inputs[0]);
        if (step.Epilogue is FusedProgram epilogue)
        {
            arguments->Epilogue = ProgramCompiler.Compile<TV, T>(epilogue.Code);
            arguments->EpilogueProgram = Operands(epilogue, null);
            arguments->Result = sums;
        }
        else
            arguments->Result = Address(step.Sum);
        return new()
        {
            Kernel = step.Kind switch
            {
                ReductionKind.All => &ReductionKernels.SumAll<TV, T>,
                ReductionKind.Columns => &ReductionKernels.SumColumns<TV, T>,
                _ => &ReductionKernels.SumRows<TV, T>,
            },
            Arguments = arguments,
        };
    }

    private BoundStep Bind(Step.Softmax step)
    {
        SoftmaxArguments* arguments = Allocate<SoftmaxArguments>();
        arguments->Input = Address(step.Result.Inputs[0]);
        arguments->Result = Address(step.Result);
        IterationSpace space = IterationSpace.Of(step.Result.Shape);
        (arguments->Rows, arguments->Columns) = (space.RowsFor(_plan.BatchSize), space.Columns);
        return new()
        {
            Kernel = step.Logarithm ? &SoftmaxKernel.LogSoftmax<TV, T> : &SoftmaxKernel.Softmax<TV, T>,
            Arguments = arguments,
        };
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
                OperandLayout.Full => program.Space.Columns,
                OperandLayout.PerRow => 1,
                _ => 0,
            };
            arguments->Bind(i, Address(operand.Value), stride);
        }
        return arguments;
    }

    // Without row structure, all elements are one row.
    private static void SetSpace(ElementwiseArguments* arguments, FusedProgram program, int rows) =>
        (arguments->Rows, arguments->Columns) = program.IsFlat
            ? (1, (nint)program.Space.ElementsFor(rows))
            : (program.Space.RowsFor(rows), program.Space.Columns);

    private static MatMulPlan PlanOf(ExecutionPlan plan, Step.MatMul step)
    {
        (int m, int n, int k) = Sizes(step, plan.BatchSize);
        (_, nint aColumn) = Strides(step.Product.Inputs[0], step.Primitive.TransposeLeft);
        (_, nint bColumn) = Strides(step.Product.Inputs[1], step.Primitive.TransposeRight);
        return step.Epilogue is FusedProgram epilogue
            ? MatMulPlan.Choose<TV, T>(m, n, k, aColumn, bColumn, hasC: false, hasEpilogue: true, epilogue.IsFlat)
            : MatMulPlan.Choose<TV, T>(m, n, k, aColumn, bColumn, hasC: true, hasEpilogue: false);
    }

    // Asked whenever the number of rows changes: allocates nothing.
    private static (int M, int N, int K) Sizes(Step.MatMul step, int rows)
    {
        Shape product = step.Product.Shape;
        return (At(product, 0), At(product, 1), At(step.Product.Inputs[0].Shape, step.Primitive.TransposeLeft ? 0 : 1));

        int At(Shape shape, int dimension) => shape[dimension] == Shape.Batch ? rows : shape[dimension];
    }

    private static (nint Row, nint Column) Strides(Node matrix, bool transposed) =>
        transposed ? (1, matrix.Shape[1]) : (matrix.Shape[1], 1);

    private T* Address(Node node) => _values + _plan.Buffers[node].Offset;

    private TArguments* Allocate<TArguments>()
        where TArguments : unmanaged
    {
        TArguments* arguments = (TArguments*)_next;
        *arguments = default;
        _next += (sizeof(TArguments) + 15) & ~15;
        return arguments;
    }
}
