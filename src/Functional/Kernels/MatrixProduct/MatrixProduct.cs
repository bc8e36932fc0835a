using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>
/// C = A·B, or an epilogue on its rectangles. Every element is one chain of multiply-adds (fused where the machine has FMA) in the order of k, from 0, so
/// its bits depend neither on the blocking nor on which rows and columns are computed with it.
/// </summary>
internal static unsafe class MatrixProduct
{
    /// <summary>A range of a product that needs blocks, packing, prefetching or sums along k.</summary>
    [MethodImpl(AggressiveOptimization)]
    public static void Run<TV, T>(MatMulPart* part)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (part->Product->Plan.IsInner)
            Inner<TV, T>(part);
        else
            Blocks<TV, T>(part);
    }

    /// <summary>All of k, from a row and a column on: into C, or the workspace if an epilogue takes the product.</summary>
    public static Tiles TilesOf<T>(MatMulArguments* product, int row, int column, void* workspace)
        where T : unmanaged =>
        new()
        {
            A = (T*)product->A + row * product->ARow,
            ARow = product->ARow,
            AColumn = product->AColumn,
            B = (T*)product->B + column * product->BColumn,
            BRow = product->BRow,
            BPanel = product->Plan.Panel,
            C = product->C == null ? workspace : (T*)product->C + row * product->CRow + column,
            CRow = product->C == null ? product->Plan.ParkedRow : product->CRow,
            K = product->K,
        };

    /// <summary>Packs all of B that a range of columns takes.</summary>
    public static void PackB<TV, T>(MatMulArguments* product, int column, int columns, T* packed)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Packing.Panels<TV, T>(
            (T*)product->B + column * product->BColumn,
            product->BRow,
            product->BColumn,
            product->K,
            columns,
            product->Plan.Panel,
            packed
        );

    private static void Inner<TV, T>(MatMulPart* part)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatMulArguments* product = part->Product;
        int columns = part->ColumnEnd - part->ColumnBegin;
        for (int row = part->RowBegin; row < part->RowEnd; row += product->Plan.RowBlock)
        {
            int rows = Math.Min(product->Plan.RowBlock, part->RowEnd - row);
            Tiles block = TilesOf<T>(product, row, part->ColumnBegin, part->Workspace);
            InnerProduct.Run<TV, T>(
                (T*)block.A,
                block.ARow,
                rows,
                (T*)block.B,
                product->BColumn,
                columns,
                block.K,
                (T*)block.C,
                block.CRow
            );
            if (product->Epilogue != null)
                Finish(product, block.C, block.CRow, row, rows, part->ColumnBegin, columns);
        }
    }

    // Whole rows without a gap between them are one long row to an epilogue that allows it.
    [MethodImpl(AggressiveInlining)]
    public static void Finish(
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
    [SkipLocalsInit]
    private static void Blocks<TV, T>(MatMulPart* part)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatMulArguments* product = part->Product;
        MatMulPlan plan = product->Plan;
        T* packedB = (T*)part->Workspace;
        T* packedA = packedB + plan.PackedBElements;
        T* parked = packedA + plan.PackedAElements;
        T* transposed = (T*)part->Workspace + plan.LastStart;
        bool packA = plan.PackA && product->ARow == 1;
        int total = product->K;
        TileCall* calls = stackalloc TileCall[TileBlock.MostCalls];
        Tiles tiles = default;
        tiles.ARow = packA ? plan.PackedARow : product->ARow;
        tiles.AColumn = packA ? 1 : product->AColumn;
        nint* lines = stackalloc nint[Prefetch.MostLines];
        Prefetch pattern = default,
            prefetch = default;
        if (plan.Prefetched == Prefetched.Results)
            pattern = Prefetch.Results<T>(product, lines);
        for (int column = part->ColumnBegin; column < part->ColumnEnd; column += plan.ColumnBlock)
        {
            int columns = Math.Min(plan.ColumnBlock, part->ColumnEnd - column);
            int done = 0;
            do
            {
                int k = tiles.K = Math.Min(plan.KBlock, total - done);
                bool isLast = done + k >= total;
                T* b = (T*)product->B + done * product->BRow + column * product->BColumn;
                tiles.BRow = product->BRow;
                tiles.BPanel = plan.Panel;
                if (plan.Prefetched == Prefetched.NextB)
                    pattern = Prefetch.NextB<T>(part, column, done + k, lines);
                if (plan.PackB)
                {
                    Packing.Panels<TV, T>(b, product->BRow, product->BColumn, k, columns, plan.Panel, packedB);
                    b = packedB;
                    tiles.BRow = plan.Panel;
                    tiles.BPanel = (nint)plan.Panel * k;
                }
                for (int row = part->RowBegin; row < part->RowEnd; row += plan.RowBlock)
                {
                    int rows = Math.Min(plan.RowBlock, part->RowEnd - row);
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
                        c = plan.KBlock < total ? parked + (row - part->RowBegin) * (nint)plan.ParkedRow : parked;
                        tiles.CRow = plan.ParkedRow;
                    }
                    tiles.A = a;
                    tiles.B = b;
                    tiles.C = c;
                    tiles.Prefetch = null;
                    if (plan.Prefetched == Prefetched.NextB || plan.Prefetched == Prefetched.Results && isLast)
                    {
                        prefetch = pattern.At(row / plan.TileRows, column / plan.Panel, k);
                        if (prefetch.Count > 0)
                            tiles.Prefetch = &prefetch;
                    }
                    int count = TileBlock.Cut<TV, T>(tiles, rows, columns, plan, done > 0, transposed, calls);
                    for (int i = 0; i < count; i++)
                        calls[i].Kernel(&calls[i].Tiles);
                    if (isLast && product->Epilogue != null)
                        Finish(product, c, tiles.CRow, row, rows, column, columns);
                }
                done += k;
            } while (done < total);
        }
    }
}
