using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>How a matrix product of one shape is cut: register tile, cache blocks, and which operands are packed.</summary>
/// <param name="TileRows">Rows of the register tile.</param>
/// <param name="TileVectors">Registers per row of the tile.</param>
/// <param name="Lanes">Elements per register.</param>
/// <param name="RowBlock">Rows of C per block: what an epilogue sees at once.</param>
/// <param name="ColumnBlock">Columns of C per block.</param>
/// <param name="KBlock">Terms summed before the sums are parked in C or the workspace.</param>
/// <param name="PackA">Whether blocks of A, if its rows have unit stride, are first transposed to row-major.</param>
/// <param name="PackB">Whether blocks of B are first copied to panels as wide as the tile.</param>
/// <param name="ParkedRows">Rows of C that the workspace holds; 0 when C has memory of its own.</param>
/// <param name="IsOneBlock">Whether the product needs no blocking and no prefetching, and no packing but of all B at once.</param>
internal readonly record struct MatMulPlan(
    int TileRows,
    int TileVectors,
    int Lanes,
    int RowBlock,
    int ColumnBlock,
    int KBlock,
    bool PackA,
    bool PackB,
    int ParkedRows,
    bool IsOneBlock
)
{
    // Budgets in bytes, for 32 KiB or more of first-level and 512 KiB or more of second-level cache.
    private const int BlockOfB = 256 * 1024;
    private const int SmallB = 512 * 1024;
    private const int LargeB = 2048 * 1024;
    private const int BlockOfC = 32 * 1024;

    /// <summary>Rows over which packing B is repaid.</summary>
    private const int RowsToPack = 192;

    /// <summary>
    /// Size from which a transposed A is packed: each of its terms lies in a cache line of its own. Measured where a second-level cache holds
    /// 1 MiB: up to here reading in place is some percent faster, from 900 KB on slower.
    /// </summary>
    private const int LargeTransposedA = 800 * 1024;

    /// <summary>Rows of A packed at once.</summary>
    private const int RowsOfA = 48;

    /// <summary>Most terms per block of a transposed A, in bytes: its lines, one per term, and the packing, repeated for every block of columns.</summary>
    private const int TransposedK = 2048;

    /// <summary>Registers a row of C fills at most for its start, and its last, partial register, to count.</summary>
    private const int NarrowVectors = 8;

    /// <summary>Size from which B, or what is read and written when tiles are finished, is asked for ahead: a second-level cache does not hold it.</summary>
    private const int LargerThanCache = 1024 * 1024;

    /// <summary>Most terms per block where a large B is read in place.</summary>
    private const int UnpackedK = 256;

    /// <summary>Columns of the register tile, and of a packed panel.</summary>
    public int Panel => TileVectors * Lanes;

    /// <summary>
    /// Whether whole rows of C follow each other in the workspace without a gap, so that an epilogue without row structure runs over them
    /// as one long row: a narrow matrix has one start instead of one for every row, and wastes no lanes at their ends.
    /// </summary>
    public bool IsCompact { get; init; }

    /// <summary>What the tile was chosen by: the cycles that the product would take were all of it at hand.</summary>
    public double Cycles { get; init; }

    /// <summary>What is asked for while tiles compute.</summary>
    public Prefetched Prefetched { get; init; }

    /// <summary>The columns, if any, that are computed along C's rows.</summary>
    public LastColumns Last { get; init; }

    /// <summary>Whether both factors lie along k and <see cref="InnerProduct"/> sums lane by lane.</summary>
    public bool IsInner { get; init; }

    /// <summary>Row stride of C in the workspace: one register more than needed, so that rows do not share cache sets.</summary>
    public int ParkedRow => IsCompact ? ColumnBlock : RoundUp(ColumnBlock, Lanes) + Lanes;

    /// <summary>Row stride of packed A: whole registers, and not a multiple of a page.</summary>
    public int PackedARow => RoundUp(KBlock, Lanes) + Lanes;

    public long PackedAElements => PackA ? (long)RowBlock * PackedARow : 0;

    public long PackedBElements => PackB ? (long)KBlock * RoundUp(ColumnBlock, Panel) : 0;

    /// <summary>Where the workspace holds <see cref="Last"/> as rows: after packed B, packed A and parked C.</summary>
    public long LastStart => RoundUp(PackedBElements + PackedAElements + (long)ParkedRows * ParkedRow, Lanes);

    /// <summary>Row stride of <see cref="Last"/> as rows.</summary>
    public int LastRow => RoundUp(RowBlock, Lanes) + Lanes;

    /// <summary>Scratch that a run needs.</summary>
    public long WorkspaceElements => Last.Count > 0 ? LastStart + (long)Last.Count * LastRow : LastStart;

    /// <summary>The plan for a product of at most m × k by k × n.</summary>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="aColumn">A's stride in k.</param>
    /// <param name="bColumn">B's stride in j.</param>
    /// <param name="hasC">Whether C has memory of its own.</param>
    /// <param name="results">
    /// How many matrices of C's size are read or written when a tile is finished: C, or the operands of the epilogue that there is without C.
    /// </param>
    /// <param name="isFlat">Whether that epilogue may run over several rows as one.</param>
    public static MatMulPlan Choose<TV, T>(
        int m,
        int n,
        int k,
        nint aColumn,
        nint bColumn,
        bool hasC,
        int results,
        bool isFlat = false
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int registers = Avx512F.IsSupported || AdvSimd.IsSupported ? 32 : 16;
        Tile tile = TileChoice.Choose(m, n, k, TV.Count, registers);
        if (aColumn != 1 && n % TV.Count > 0 && (Avx.IsSupported || AdvSimd.IsSupported))
        {
            Tile others = LastColumns.Others(m, n, k, TV.Count, registers);
            MatMulPlan cut = Cut(others);
            (LastColumns last, double cycles) = LastColumns.Choose(m, n, k, cut.RowBlock, TV.Count, registers);
            cycles += others.Cycles;
            if (!cut.PackA && cut.KBlock >= k && LastColumns.IsWorthwhile(cycles, tile.Cycles))
                return cut with { Last = last, Cycles = cycles };
        }
        return Cut(tile);

        MatMulPlan Cut(Tile tile) => Cut<TV, T>(m, n, k, aColumn, bColumn, hasC, results, isFlat, tile);
    }

    private static MatMulPlan Cut<TV, T>(
        int m,
        int n,
        int k,
        nint aColumn,
        nint bColumn,
        bool hasC,
        int results,
        bool isFlat,
        Tile tile
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool hasEpilogue = !hasC;
        int size = Unsafe.SizeOf<T>();
        (int rows, int vectors, double cycles) = tile;
        int panel = vectors * TV.Count;
        long bytesOfB = (long)k * n * size;
        bool packB = bColumn != 1 || m >= RowsToPack && bytesOfB > SmallB || n % TV.Count != 0 && !Avx.IsSupported;

        bool packA = aColumn != 1 && n > 4 * panel && (long)m * k * size > LargeTransposedA;

        int most =
            packB ? BlockOfB / (panel * size)
            : bytesOfB > LargeB ? UnpackedK
            : k;
        if (aColumn != 1)
            most = Math.Min(most, TransposedK / size);
        int kBlock = k <= most + most / 4 ? k : Even(k, most, 1);

        // Where C is larger than A and B, what an epilogue reads and writes beside it is the traffic that counts: whole rows of it.
        bool wholeRows = hasEpilogue && kBlock == k && (long)m * n > (long)(m + n) * k;
        int columnBlock = n;
        if (!wholeRows && (packB || hasEpilogue) && (long)kBlock * n * size > SmallB)
            columnBlock = Math.Min(n, Even(n, (packA ? SmallB : BlockOfB) / (kBlock * size), panel));
        int rowBlock = m;
        if (hasEpilogue && (long)m * columnBlock * size > BlockOfC)
        {
            // A block of B that has left the second-level cache is read again for every block of rows.
            int least = (long)kBlock * columnBlock * size > SmallB ? 2 * rows : rows;
            rowBlock = Math.Min(m, Math.Max(least, BlockOfC / (columnBlock * size) / rows * rows));
        }
        if (packA)
            rowBlock = Math.Min(rowBlock, RoundUp(RowsOfA, rows));
        bool isCompact = isFlat && hasEpilogue && columnBlock == n && n <= NarrowVectors * TV.Count;
        // Tiles of whole registers ask.
        Prefetched prefetched =
            !Prefetch.IsSupported || n < panel ? Prefetched.Nothing
            : packB && (columnBlock < n || kBlock < k) && bytesOfB > LargerThanCache ? Prefetched.NextB
            : !isCompact && (long)m * n * size * results > LargerThanCache ? Prefetched.Results
            : Prefetched.Nothing;
        return new(
            rows,
            vectors,
            TV.Count,
            rowBlock,
            columnBlock,
            kBlock,
            packA,
            packB,
            hasC ? 0
                : kBlock < k ? m
                : rowBlock,
            !packA && kBlock == k && rowBlock == m && columnBlock == n && prefetched == Prefetched.Nothing
        )
        {
            Cycles = cycles,
            IsCompact = isCompact,
            Prefetched = prefetched,
        };
    }

    /// <summary>The plan for a product whose factors lie along k.</summary>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of C, B's rows as it lies.</param>
    /// <param name="k">Terms.</param>
    /// <param name="hasC">Whether C has memory of its own.</param>
    /// <param name="isFlat">Whether an epilogue may run over several rows as one.</param>
    public static MatMulPlan Inner<TV, T>(int m, int n, int k, bool hasC, bool isFlat)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = InnerProduct.TileRows<TV, T>();
        int rowBlock = Math.Min(m, Math.Max(rows, BlockOfC / Unsafe.SizeOf<T>() / n / rows * rows));
        return new(rows, 1, TV.Count, rowBlock, n, k, false, false, hasC ? 0 : rowBlock, false)
        {
            IsInner = true,
            IsCompact = isFlat && !hasC,
        };
    }

    /// <summary>As <c>6×64 tile (for 300,000 cycles), blocks 48×512×384, B packed</c>.</summary>
    public override string ToString() =>
        IsInner
            ? $"{TileRows}×{Lanes / TileRows} tile of inner products"
            : $"{Tiles} (for {Cycles.ToString("N0", CultureInfo.InvariantCulture)} cycles)"
                + (IsOneBlock ? "" : $", blocks {RowBlock}×{ColumnBlock}×{KBlock}")
                + (PackA ? ", A packed" : "")
                + (PackB ? ", B packed" : "")
                + Prefetched switch
                {
                    Prefetched.NextB => ", next B prefetched",
                    Prefetched.Results => ", results prefetched",
                    _ => "",
                };

    private string Tiles =>
        Last.Count == 0 ? $"{TileRows}×{Panel} tile"
        : Last.Count == ColumnBlock ? LastTile
        : $"{TileRows}×{Panel} tile, {LastTile}";

    private string LastTile => $"{Last.Count} columns by a {Last.Count}×{Last.Vectors * Lanes} tile along the rows";

    /// <summary>The smallest block, a multiple of <paramref name="unit"/>, that cuts n into as few pieces as blocks of <paramref name="most"/> do.</summary>
    private static int Even(int n, int most, int unit)
    {
        most = Math.Max(most / unit * unit, unit);
        int pieces = (n + most - 1) / most;
        return RoundUp((n + pieces - 1) / pieces, unit);
    }

    private static int RoundUp(int n, int unit) => (int)RoundUp((long)n, unit);

    private static long RoundUp(long n, int unit) => (n + unit - 1) / unit * unit;
}
