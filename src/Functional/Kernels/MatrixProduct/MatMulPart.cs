using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>A range of rows and columns of a product, for one thread.</summary>
internal unsafe struct MatMulPart
{
    public MatMulArguments* Product;
    public int RowBegin;
    public int RowEnd;
    public int ColumnBegin;
    public int ColumnEnd;

    /// <summary>Scratch of its own, of <see cref="MatMulPlan.WorkspaceElements"/>.</summary>
    public void* Workspace;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TV, T>(void* arguments)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatMulPart* part = (MatMulPart*)arguments;
        MatrixProduct.Run<TV, T>(
            part->Product,
            part->RowBegin,
            part->RowEnd,
            part->ColumnBegin,
            part->ColumnEnd,
            part->Workspace
        );
    }
}
