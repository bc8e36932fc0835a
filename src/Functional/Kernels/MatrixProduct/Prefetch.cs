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

    /// <summary>Distances of the lines from a tile's start, in bytes: <see cref="Count"/> of them, one or more.</summary>
    public nint* Lines;

    public int Count;

    /// <summary>Terms from one line to the next.</summary>
    public int Every;

    /// <summary>From a tile's start to that of the tile below, in bytes.</summary>
    public nint RowTile;

    /// <summary>From a tile's start to that of the tile beside it, in bytes.</summary>
    public nint Panel;

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
        Prefetch prefetch = new() { Lines = lines };
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
    /// first of the next columns. All tiles of the block together ask for all of it. After the last, every tile asks for a line it may have.
    /// </summary>
    public static Prefetch NextB<T>(MatMulPart* part, int column, int done, nint* lines)
        where T : unmanaged
    {
        MatMulArguments* product = part->Product;
        MatMulPlan plan = product->Plan;
        int begin = column;
        if (done >= product->K)
            (column, done) = (column + plan.ColumnBlock, 0);
        Prefetch prefetch = new() { Start = (byte*)product->B, Lines = lines };
        if (column >= part->ColumnEnd)
        {
            prefetch.Add(0, 0, 1, 1);
            return prefetch;
        }
        prefetch.Start = (byte*)((T*)product->B + done * product->BRow + column * product->BColumn);
        int k = Math.Min(plan.KBlock, product->K - done),
            rowTiles = (part->RowEnd - part->RowBegin + plan.TileRows - 1) / plan.TileRows;
        if (product->BColumn == 1)
        {
            nint row = product->BRow * sizeof(T);
            int rows = (k + rowTiles - 1) / rowTiles;
            (prefetch.RowTile, prefetch.Panel) = (rows * row, plan.Panel * sizeof(T));
            prefetch.Add(0, row, rows, LinesOf<T>(plan.Panel));
        }
        else
        {
            nint column1 = product->BColumn * sizeof(T);
            int linesOfColumn = (LinesOf<T>(k) + rowTiles - 1) / rowTiles;
            (prefetch.RowTile, prefetch.Panel) = (linesOfColumn * Line, plan.Panel * column1);
            prefetch.Add(0, column1, plan.Panel, linesOfColumn);
        }
        prefetch.Start -= part->RowBegin / plan.TileRows * prefetch.RowTile + begin / plan.Panel * prefetch.Panel;
        return prefetch;
    }

    /// <summary>The pattern from a tile on, its lines spread over k terms; lines beyond k are left out.</summary>
    public readonly Prefetch At(nint rowTiles, nint panels, int k)
    {
        Prefetch prefetch = this;
        prefetch.Start += rowTiles * RowTile + panels * Panel;
        prefetch.Count = Math.Max(1, Math.Min(Count, k));
        prefetch.Every = k / prefetch.Count;
        return prefetch;
    }

    private void AddTile<T>(in MatMulPlan plan, void* matrix, nint stride)
        where T : unmanaged
    {
        nint row = stride * sizeof(T);
        if (Count == 0)
        {
            Start = (byte*)matrix;
            (RowTile, Panel) = (plan.TileRows * row, plan.Panel * sizeof(T));
        }
        Add((nint)((byte*)matrix - Start), row, plan.TileRows, LinesOf<T>(plan.Panel));
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
