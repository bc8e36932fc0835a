using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>A fused program and the rows and columns to cover.</summary>
internal unsafe struct ElementwiseArguments
{
    public nint Kernel;
    public ProgramArguments* Program;
    public nint Row;
    public nint Rows;
    public nint Column;
    public nint Columns;
}

/// <summary>Runs an elementwise step.</summary>
internal static unsafe class ElementwiseKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<T>(void* arguments)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ElementwiseArguments* a = (ElementwiseArguments*)arguments;
        ((delegate* <ProgramArguments*, T*, nint, nint, nint, nint, nint, void>)a->Kernel)(
            a->Program,
            null,
            0,
            a->Row,
            a->Rows,
            a->Column,
            a->Columns
        );
    }
}
