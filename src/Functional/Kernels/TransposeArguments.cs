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
        T* source = (T*)a->Source;
        T* target = (T*)a->Target;
        if (a->Columns == 2 && a->SourceStride == 2)
            Pairs.Split<TV, T>(source, a->Rows, target, target + a->TargetStride);
        else if (a->Rows == 2 && a->TargetStride == 2)
            Pairs.Join<TV, T>(source, source + a->SourceStride, a->Columns, target);
        else
            Transposition.Run<TV, T, Partial>(source, a->SourceStride, a->Rows, a->Columns, target, a->TargetStride);
    }
}
