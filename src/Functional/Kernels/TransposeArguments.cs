using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>A dense row-major matrix to copy transposed, into rows with room for a whole last register.</summary>
internal unsafe struct TransposeArguments
{
    public void* Source;
    public int Rows;
    public int Columns;
    public void* Target;
    public nint TargetStride;

    /// <summary>Target[c·TargetStride + r] ← Source[r·Columns + c].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TV, T>(void* arguments)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TransposeArguments* a = (TransposeArguments*)arguments;
        Transposition.Run<TV, T>((T*)a->Source, a->Columns, a->Rows, a->Columns, (T*)a->Target, a->TargetStride);
    }
}
