using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>A range of rows and columns of a product, for one thread: disjoint ranges may run at the same time.</summary>
internal unsafe struct MatMulPart
{
    public MatMulArguments* Product;
    public int RowBegin;
    public int RowEnd;
    public int ColumnBegin;
    public int ColumnEnd;

    /// <summary>Scratch of its own, of <see cref="MatMulPlan.WorkspaceElements"/>, 64-byte aligned.</summary>
    public void* Workspace;

    // Where the calls' sums go.
    private void* _c;
    private nint _cRow;

    private int _callCount;
    private TileCalls _calls;

    /// <summary>Prepares the calls of a product that needs no blocking; needed whenever a range or a size has changed.</summary>
    public static void Bind<TV, T>(MatMulPart* part)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int rows, int columns) = (part->RowEnd - part->RowBegin, part->ColumnEnd - part->ColumnBegin);
        part->_callCount = 0;
        MatMulArguments* product = part->Product;
        if (!product->Plan.IsOneBlock || rows <= 0 || columns <= 0)
            return;
        T* afterB = (T*)part->Workspace + product->Plan.PackedBElements;
        T* transposed = (T*)part->Workspace + product->Plan.LastStart;
        Tiles block = MatrixProduct.TilesOf<T>(product, part->RowBegin, part->ColumnBegin, afterB);
        if (product->Plan.PackB)
        {
            block.B = part->Workspace;
            block.BRow = product->Plan.Panel;
            block.BPanel = (nint)product->Plan.Panel * product->K;
        }
        part->_c = block.C;
        part->_cRow = block.CRow;
        part->_callCount = TileBlock.Cut<TV, T>(
            block,
            rows,
            columns,
            product->Plan,
            false,
            transposed,
            (TileCall*)&part->_calls
        );
    }

    /// <summary>Computes the range.</summary>
    [MethodImpl(AggressiveOptimization)]
    public static void Run<TV, T>(void* arguments)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatMulPart* part = (MatMulPart*)arguments;
        if (part->RowBegin >= part->RowEnd || part->ColumnBegin >= part->ColumnEnd)
            return;
        if (part->_callCount == 0)
        {
            MatrixProduct.Run<TV, T>(part);
            return;
        }
        if (part->Product->Plan.PackB)
            MatrixProduct.PackB<TV, T>(
                part->Product,
                part->ColumnBegin,
                part->ColumnEnd - part->ColumnBegin,
                (T*)part->Workspace
            );
        TileCall* calls = (TileCall*)&part->_calls;
        for (int i = 0; i < part->_callCount; i++)
            calls[i].Kernel(&calls[i].Tiles);
        if (part->Product->Epilogue != null)
            MatrixProduct.Finish(
                part->Product,
                part->_c,
                part->_cRow,
                part->RowBegin,
                part->RowEnd - part->RowBegin,
                part->ColumnBegin,
                part->ColumnEnd - part->ColumnBegin
            );
    }
}
