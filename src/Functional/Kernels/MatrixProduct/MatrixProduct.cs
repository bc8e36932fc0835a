using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>
/// C = A·B, or an epilogue on its rectangles. Every element is one chain of fused multiply-adds in the order of k, starting at 0, so
/// its bits depend neither on the blocking nor on which rows and columns are computed with it.
/// </summary>
internal static unsafe class MatrixProduct
{
    /// <summary>The whole product.</summary>
    [MethodImpl(AggressiveOptimization)]
    public static void Run<TV, T>(MatMulArguments* product)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (product->Plan.IsOneBlock)
            OneBlock<TV, T>(product, 0, product->M, 0, product->N, (T*)product->Workspace);
        else
            Blocks<TV, T>(product, 0, product->M, 0, product->N, (T*)product->Workspace);
    }

    /// <summary>
    /// Rows rowBegin … rowEnd − 1 and columns columnBegin … columnEnd − 1 only, in a workspace of the caller's own: disjoint ranges may
    /// run on several threads.
    /// </summary>
    [MethodImpl(AggressiveOptimization)]
    public static void Run<TV, T>(
        MatMulArguments* product,
        int rowBegin,
        int rowEnd,
        int columnBegin,
        int columnEnd,
        void* workspace
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (rowBegin >= rowEnd || columnBegin >= columnEnd)
            return;
        if (product->Plan.IsOneBlock)
            OneBlock<TV, T>(product, rowBegin, rowEnd, columnBegin, columnEnd, (T*)workspace);
        else if (product->Plan.IsInner)
            Inner<TV, T>(product, rowBegin, rowEnd, columnBegin, columnEnd, (T*)workspace);
        else
            Blocks<TV, T>(product, rowBegin, rowEnd, columnBegin, columnEnd, (T*)workspace);
    }

    /// <summary>A product that needs neither blocking nor packing.</summary>
    [MethodImpl(AggressiveInlining)]
    private static void OneBlock<TV, T>(
        MatMulArguments* product,
        int row,
        int rowEnd,
        int column,
        int columnEnd,
        T* workspace
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tiles tiles;
        tiles.K = product->K;
        tiles.ARow = product->ARow;
        tiles.AColumn = product->AColumn;
        tiles.BRow = product->BRow;
        tiles.BPanel = product->Plan.Panel;
        tiles.CRow = product->CRow;
        T* a = (T*)product->A + row * tiles.ARow;
        T* b = (T*)product->B + column;
        T* c = (T*)product->C + row * tiles.CRow + column;
        if (product->C == null)
        {
            c = workspace;
            tiles.CRow = product->Plan.ParkedRow;
        }
        TileBlock.Run<TV, T>(
            &tiles,
            a,
            rowEnd - row,
            b,
            columnEnd - column,
            c,
            product->Plan.TileRows,
            product->Plan.TileVectors,
            false
        );
        if (product->Epilogue != null)
            Finish(product, c, tiles.CRow, row, rowEnd - row, column, columnEnd - column);
    }

    private static void Inner<TV, T>(
        MatMulArguments* product,
        int rowBegin,
        int rowEnd,
        int column,
        int columnEnd,
        T* workspace
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int row = rowBegin; row < rowEnd; row += product->Plan.RowBlock)
        {
            int rows = Math.Min(product->Plan.RowBlock, rowEnd - row);
            bool isParked = product->C == null;
            nint cRow = isParked ? product->Plan.ParkedRow : product->CRow;
            T* c = isParked ? workspace : (T*)product->C + row * cRow + column;
            InnerProduct.Run<TV, T>(
                (T*)product->A + row * product->ARow,
                product->ARow,
                rows,
                (T*)product->B + column * product->BColumn,
                product->BColumn,
                columnEnd - column,
                product->K,
                c,
                cRow
            );
            if (product->Epilogue != null)
                Finish(product, c, cRow, row, rows, column, columnEnd - column);
        }
    }

    // Whole rows without a gap between them are one long row to an epilogue that allows it.
    [MethodImpl(AggressiveInlining)]
    private static void Finish(
        MatMulArguments* product,
        void* c,
        nint cRow,
        nint row,
        nint rows,
        nint column,
        nint columns
    )
    {
        if (product->Plan.IsCompact && columns == cRow)
            product->Epilogue(product->Program, c, 0, 0, 1, row * columns, rows * columns);
        else
            product->Epilogue(product->Program, c, cRow, row, rows, column, columns);
    }

    /// <summary>
    /// For every block of columns, for every block of k: pack B; for every block of rows: pack A, go on with the sums, and after the last k
    /// hand them to the epilogue.
    /// </summary>
    [MethodImpl(AggressiveOptimization)]
    private static void Blocks<TV, T>(
        MatMulArguments* product,
        int rowBegin,
        int rowEnd,
        int columnBegin,
        int columnEnd,
        T* workspace
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatMulPlan plan = product->Plan;
        T* packedB = workspace;
        T* packedA = packedB + plan.PackedBElements;
        T* parked = packedA + plan.PackedAElements;
        bool packA = plan.PackA && product->ARow == 1;
        int total = product->K;
        Tiles tiles = default;
        tiles.ARow = packA ? plan.PackedARow : product->ARow;
        tiles.AColumn = packA ? 1 : product->AColumn;
        for (int column = columnBegin; column < columnEnd; column += plan.ColumnBlock)
        {
            int columns = Math.Min(plan.ColumnBlock, columnEnd - column);
            int done = 0;
            do
            {
                int k = tiles.K = Math.Min(plan.KBlock, total - done);
                bool isLast = done + k >= total;
                T* b = (T*)product->B + done * product->BRow + column * product->BColumn;
                tiles.BRow = product->BRow;
                tiles.BPanel = plan.Panel;
                if (plan.PackB)
                {
                    Packing.Panels<TV, T>(b, product->BRow, product->BColumn, k, columns, plan.Panel, packedB);
                    b = packedB;
                    tiles.BRow = plan.Panel;
                    tiles.BPanel = (nint)plan.Panel * k;
                }
                for (int row = rowBegin; row < rowEnd; row += plan.RowBlock)
                {
                    int rows = Math.Min(plan.RowBlock, rowEnd - row);
                    T* a = (T*)product->A + row * product->ARow + done * product->AColumn;
                    if (packA)
                    {
                        Transposition.Run<TV, T>(a, product->AColumn, k, rows, packedA, plan.PackedARow);
                        a = packedA;
                    }
                    T* c = (T*)product->C + row * product->CRow + column;
                    tiles.CRow = product->CRow;
                    if (product->C == null)
                    {
                        c = plan.KBlock < total ? parked + (row - rowBegin) * (nint)plan.ParkedRow : parked;
                        tiles.CRow = plan.ParkedRow;
                    }
                    TileBlock.Run<TV, T>(&tiles, a, rows, b, columns, c, plan.TileRows, plan.TileVectors, done > 0);
                    if (isLast && product->Epilogue != null)
                        Finish(product, c, tiles.CRow, row, rows, column, columns);
                }
                done += k;
            } while (done < total);
        }
    }
}
