using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>One call of the micro-kernel.</summary>
internal unsafe struct TileCall
{
    public delegate* <Tiles*, void> Kernel;
    public Tiles Tiles;
}

/// <summary>The calls that a rectangle of C takes.</summary>
[InlineArray(TileBlock.MostCalls)]
internal struct TileCalls
{
    private TileCall _first;
}

/// <summary>A rectangle of C: whole tiles first, then the columns and rows left over with tiles that fit them exactly.</summary>
internal static unsafe class TileBlock
{
    /// <summary>
    /// Most calls that a rectangle takes: the whole tiles, those of the rest of the columns, and of the rest of the rows; two and a copy for
    /// <see cref="LastColumns"/>.
    /// </summary>
    public const int MostCalls = 7;

    /// <summary>Cuts a rectangle into calls.</summary>
    /// <param name="block">K, the operands' first elements and strides; the rest is set for each call.</param>
    /// <param name="rows">Rows of the rectangle.</param>
    /// <param name="columns">Columns of the rectangle.</param>
    /// <param name="plan">The tile.</param>
    /// <param name="fromC">Whether the sums go on from what C holds.</param>
    /// <param name="transposed">Room for <see cref="LastColumns"/>.</param>
    /// <param name="calls">Room for <see cref="MostCalls"/>.</param>
    /// <returns>The number of calls.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Cut<TV, T>(
        Tiles block,
        int rows,
        int columns,
        in MatMulPlan plan,
        bool fromC,
        T* transposed,
        TileCall* calls
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int last = plan.Last.Count > 0 && columns % TV.Count == plan.Last.Count ? plan.Last.Count : 0;
        int others = columns - last;
        int count = Cut<TV, T>(block, rows, others, plan.TileRows, plan.TileVectors, fromC, calls, 0);
        if (last == 0)
            return count;
        int panels = others / plan.Panel,
            rest = others - panels * plan.Panel;
        block.B = (T*)block.B + panels * block.BPanel + rest;
        block.C = (T*)block.C + others;
        return plan.Last.Add<TV, T>(block, rows, transposed, plan.LastRow, calls, count);
    }

    /// <summary>Adds the calls for a rectangle all of whose columns are computed alike; gives how many calls there are then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Cut<TV, T>(
        Tiles block,
        int rows,
        int columns,
        int tileRows,
        int tileVectors,
        bool fromC,
        TileCall* calls,
        int count
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int panel = tileVectors * TV.Count,
            panels = columns / panel,
            rest = columns - panels * panel;
        if (panels > 0)
        {
            block.Panels = panels;
            count = CutRows<TV, T>(block, rows, tileRows, tileVectors, false, fromC, calls, count);
        }
        block.Prefetch = null;
        if (rest > 0)
        {
            block.B = (T*)block.B + panels * block.BPanel;
            block.C = (T*)block.C + panels * panel;
            block.Panels = 1;
            block.Lanes = rest % TV.Count;
            int vectors = (rest + TV.Count - 1) / TV.Count;
            count = CutRows<TV, T>(block, rows, tileRows, vectors, block.Lanes > 0, fromC, calls, count);
        }
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CutRows<TV, T>(
        Tiles block,
        int rows,
        int tileRows,
        int vectors,
        bool partial,
        bool fromC,
        TileCall* calls,
        int count
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int done = rows / tileRows * tileRows;
        if (done > 0)
            Add(tileRows, done / tileRows);
        block.Prefetch = null;
        block.A = (T*)block.A + done * block.ARow;
        block.C = (T*)block.C + done * block.CRow;
        if (done < rows)
            Add(rows - done, 1);
        return count;

        void Add(int height, int rowTiles)
        {
            block.RowTiles = rowTiles;
            bool asking = block.Prefetch != null;
            calls[count].Kernel = TileDispatch.KernelOf<TV, T>(height, vectors, partial, fromC, asking);
            calls[count++].Tiles = block;
        }
    }
}
