using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// How the columns of C's last, partial register are computed where A's rows lie side by side, as for a weight's gradient: as rows of
/// the transposed product, Cᵀ = BᵀAᵀ, so that rows of C fill the lanes, and then copied to their place.
/// </summary>
/// <param name="Count">How many columns; 0 where they are computed like all others.</param>
/// <param name="Vectors">Registers of the tile, each of as many rows of C as it has lanes.</param>
internal readonly record struct LastColumns(int Count, int Vectors)
{
    // What is gained must be worth two more kernels to compile.
    private const double Worthwhile = 0.95;

    /// <summary>The tile of the columns that fill registers, of an m × n product of k terms; one that does nothing if there are none.</summary>
    public static Tile Others(int m, int n, int k, int lanes, int registers) =>
        n < lanes ? new(1, 1, 0) : TileChoice.Choose(m, n / lanes * lanes, k, lanes, registers);

    /// <summary>How those that do not are computed along the rows.</summary>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">Terms.</param>
    /// <param name="rowBlock">Rows of C that are computed at once.</param>
    /// <param name="lanes">Elements per register.</param>
    /// <param name="registers">Registers that there are.</param>
    /// <returns>The choice, and the cycles that it takes.</returns>
    public static (LastColumns Last, double Cycles) Choose(int m, int n, int k, int rowBlock, int lanes, int registers)
    {
        int count = n % lanes;
        Tile tile = TileChoice.Fixed(count, rowBlock, k, lanes, registers);
        return (new(count, tile.Vectors), (double)m / rowBlock * tile.Cycles + TransposeCycles(count, m, lanes));
    }

    /// <summary>Whether a product that takes so many cycles is better than the one with all columns computed alike.</summary>
    public static bool IsWorthwhile(double cycles, double alike) => cycles < Worthwhile * alike;

    // Measured: the wait for what was just stored, where nothing else is left to do; a store per row of C, and as many exchanges as a square of
    // registers takes.
    private static double TransposeCycles(int count, int rows, int lanes) =>
        250 + rows * (1 + (count <= 4 ? 0.5 : 0.5 * double.Log2(lanes)));

    /// <summary>Adds the calls for these columns of a rectangle: their tiles, and the copy.</summary>
    /// <param name="block">A, B and C from their first column on.</param>
    /// <param name="rows">Rows of the rectangle.</param>
    /// <param name="transposed">Room for the columns as rows.</param>
    /// <param name="stride">Elements from one of those rows to the next.</param>
    /// <param name="calls">Where the calls go.</param>
    /// <param name="count">How many there are already.</param>
    /// <returns>How many there are now.</returns>
    public unsafe int Add<TV, T>(Tiles block, int rows, T* transposed, nint stride, TileCall* calls, int count)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tiles along = block with
        {
            A = block.B,
            ARow = 1,
            AColumn = block.BRow,
            B = block.A,
            BRow = block.AColumn,
            BPanel = Vectors * TV.Count,
            C = transposed,
            CRow = stride,
            Prefetch = null,
        };
        count = TileBlock.Cut<TV, T>(along, Count, rows, Count, Vectors, false, calls, count);
        calls[count++] = new()
        {
            Kernel = &Copy<TV, T>,
            Tiles = block with { A = transposed, ARow = stride, RowTiles = Count, Panels = rows },
        };
        return count;
    }

    // C(i, j) ← A(j, i) for i < Panels and j < RowTiles.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Copy<TV, T>(Tiles* tiles)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Transposition.Run<TV, T, Partial>(
            (T*)tiles->A,
            tiles->ARow,
            tiles->RowTiles,
            tiles->Panels,
            (T*)tiles->C,
            tiles->CRow
        );
}
