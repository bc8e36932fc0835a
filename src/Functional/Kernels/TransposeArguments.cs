using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>A matrix to copy transposed.</summary>
internal unsafe struct TransposeArguments
{
    public void* Source;
    public nint SourceStride;
    public int Rows;
    public int Columns;
    public void* Target;
    public nint TargetStride;

    /// <summary>Target[c·TargetStride + r] ← Source[r·SourceStride + c]; writes nothing else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TV, T>(void* arguments)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TransposeArguments* a = (TransposeArguments*)arguments;
        Transposition.Run<TV, T, Partial>(
            (T*)a->Source,
            a->SourceStride,
            a->Rows,
            a->Columns,
            (T*)a->Target,
            a->TargetStride
        );
    }
}
