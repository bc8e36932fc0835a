using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Functional.Plans;

namespace Functional.Kernels;

/// <summary>What a product asks memory for while it computes.</summary>
internal enum Prefetched
{
    /// <summary>Nothing: all of it lies in the caches.</summary>
    Nothing,

    /// <summary>The block of B that is packed next.</summary>
    NextB,

    /// <summary>What is read and written when a tile is finished: C, or the epilogue's operands.</summary>
    Results,
}

/// <summary>
/// The cache lines that a register tile asks memory for: one every few terms, since a burst of requests would keep the tile's own loads
/// waiting. All tiles ask for the same pattern of lines, each from a start of its own.
/// </summary>
internal unsafe struct Prefetch
{
    /// <summary>Room that <see cref="Lines"/> needs.</summary>
    public const int MostLines = 512;

    private const int Line = 64;

    /// <summary>The start of the tile at row 0, column 0.</summary>
    public byte* Start;

    /// <summary>Distances of the lines from a tile's start, in bytes: <see cref="Count"/> of them, or none.</summary>
    public nint* Lines;

    public int Count;

    /// <summary>Terms from one line to the next.</summary>
    public int Every;

    /// <summary>From a tile's start to that of the tile below, in bytes.</summary>
    public nint Down;

    /// <summary>From a tile's start to that of the tile beside it, in bytes.</summary>
    public nint Across;

    /// <summary>The first row of tiles that has nothing to ask for.</summary>
    private nint _end;

    public static bool IsSupported => Sse.IsSupported;

    /// <summary>Asks for a line in the second-level cache. The machine ignores an address outside the process's memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ask(byte* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(address);
    }

    /// <summary>The rows of a tile in C, or in each of the epilogue's operands that has C's shape.</summary>
    public static Prefetch Results<T>(MatMulArguments* product, nint* lines)
        where T : unmanaged
    {
        Prefetch prefetch = new() { Lines = lines, _end = nint.MaxValue };
        if (product->C != null)
            prefetch.AddTile<T>(product->Plan, product->C, product->CRow);
        else
            for (int operand = 0; operand < KernelLimits.Operands; operand++)
                if (product->Program->Stride(operand) > 1)
                    prefetch.AddTile<T>(
                        product->Plan,
                        product->Program->RowStart<T>(operand, 0),
                        product->Program->Stride(operand)
                    );
        return prefetch;
    }

    /// <summary>
    /// One tile's share of the block of B that is packed after that of these columns and terms: the next terms of the columns, or the
    /// first of the next columns; nothing after the last. Shares are whole rows, or lines of columns, rounded down: what is left is read
    /// unasked.
    /// </summary>
    public static Prefetch NextB<T>(MatMulPart* part, int column, int done, nint* lines)
        where T : unmanaged
    {
        MatMulArguments* product = part->Product;
        MatMulPlan plan = product->Plan;
        Prefetch prefetch = new() { Lines = lines };
        (int nextColumn, int nextTerm) = done < product->K ? (column, done) : (column + plan.ColumnBlock, 0);
        if (nextColumn >= part->ColumnEnd)
            return prefetch;
        int k = Math.Min(plan.KBlock, product->K - nextTerm),
            rowTiles = (part->RowEnd - part->RowBegin + plan.TileRows - 1) / plan.TileRows,
            firstRowTile = part->RowBegin / plan.TileRows;
        bool liesInRows = product->BColumn == 1;
        nint stride = (liesInRows ? product->BRow : product->BColumn) * sizeof(T);
        int pieces = liesInRows ? k : LinesOf<T>(k),
            share = Math.Max(1, pieces / rowTiles);
        if (liesInRows)
        {
            (prefetch.Down, prefetch.Across) = (share * stride, plan.Panel * sizeof(T));
            prefetch.Add(0, stride, share, LinesOf<T>(plan.Panel));
        }
        else
        {
            (prefetch.Down, prefetch.Across) = (share * Line, plan.Panel * stride);
            prefetch.Add(0, stride, plan.Panel, share);
        }
        prefetch.Start = (byte*)((T*)product->B + nextTerm * product->BRow + nextColumn * product->BColumn);
        prefetch.Start -= firstRowTile * prefetch.Down + column / plan.Panel * prefetch.Across;
        prefetch._end = firstRowTile + (pieces + share - 1) / share;
        return prefetch;
    }

    /// <summary>The pattern from a tile on, its lines spread over k terms; lines beyond k are left out.</summary>
    public readonly Prefetch At(nint rowTile, nint panel, int k)
    {
        Prefetch prefetch = this;
        prefetch.Start += rowTile * Down + panel * Across;
        prefetch.Count = rowTile < _end ? Math.Min(Count, k) : 0;
        prefetch.Every = prefetch.Count > 0 ? k / prefetch.Count : 0;
        return prefetch;
    }

    private void AddTile<T>(in MatMulPlan plan, void* matrix, nint rowStride)
        where T : unmanaged
    {
        nint stride = rowStride * sizeof(T);
        if (Count == 0)
        {
            Start = (byte*)matrix;
            (Down, Across) = (plan.TileRows * stride, plan.Panel * sizeof(T));
        }
        Add((nint)((byte*)matrix - Start), stride, plan.TileRows, LinesOf<T>(plan.Panel));
    }

    private void Add(nint start, nint stride, int rows, int linesOfRow)
    {
        for (int row = 0; row < rows; row++)
        for (int line = 0; line < linesOfRow && Count < MostLines; line++)
            Lines[Count++] = start + row * stride + line * Line;
    }

    private static int LinesOf<T>(int elements)
        where T : unmanaged => (elements * sizeof(T) + Line - 1) / Line;
}
