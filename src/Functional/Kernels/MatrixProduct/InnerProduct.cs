using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>
/// C(i, j) = Σ A(i, k)·B(j, k) of factors that both lie along k, as for a weight's gradient over a feature-major batch: the terms fill the
/// lanes, however few rows and columns C has. Sums go by the chains of <see cref="ChainedSums"/>, each a chain of multiply-adds, fused where the machine has FMA.
/// </summary>
internal static unsafe class InnerProduct
{
    /// <summary>Rows of C that one tile computes; a tile has as many elements as a register, one accumulator each.</summary>
    public static int TileRows<TV, T>()
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TV.Count / TileColumns<TV, T>();

    private static int TileColumns<TV, T>()
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        TV.Count == 16 ? 4
        : TV.Count > 2 ? 2
        : 1;

    /// <summary>C(i, j) = C[i·cRow + j] for i &lt; m and j &lt; n; A and B have unit stride along k.</summary>
    public static void Run<TV, T>(T* a, nint aRow, int m, T* b, nint bRow, int n, int k, T* c, nint cRow)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (TileColumns<TV, T>() == 4)
            Run<TV, T, Size4>(a, aRow, m, b, bRow, n, k, c, cRow);
        else if (TileColumns<TV, T>() == 2)
            Run<TV, T, Size2>(a, aRow, m, b, bRow, n, k, c, cRow);
        else
            Run<TV, T, Size1>(a, aRow, m, b, bRow, n, k, c, cRow);
    }

    [MethodImpl(AggressiveOptimization)]
    private static void Run<TV, T, TColumns>(T* a, nint aRow, int m, T* b, nint bRow, int n, int k, T* c, nint cRow)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TColumns : unmanaged
    {
        int rows = TV.Count / sizeof(TColumns);
        TV tile;
        for (int i = 0; i < m; i += rows)
        for (int j = 0; j < n; j += sizeof(TColumns))
        {
            // Past the last row or column, the last one once more.
            int lastRow = Math.Min(rows, m - i) - 1,
                lastColumn = Math.Min(sizeof(TColumns), n - j) - 1;
            tile = Tile<TV, T, TColumns>(a + i * aRow, aRow, lastRow, b + j * bRow, bRow, lastColumn, k);
            T* corner = c + i * cRow + j;
            // A whole row of a tile is one or two times eight bytes.
            if (lastColumn == sizeof(TColumns) - 1)
                for (int row = 0; row <= lastRow; row++)
                for (int part = 0; part < sizeof(TColumns) * sizeof(T) / sizeof(long); part++)
                    ((long*)(corner + row * cRow))[part] = ((long*)((T*)&tile + row * sizeof(TColumns)))[part];
            else
                for (int row = 0; row <= lastRow; row++)
                for (int column = 0; column <= lastColumn; column++)
                    corner[row * cRow + column] = ((T*)&tile)[row * sizeof(TColumns) + column];
        }
    }

    // As many of the sixteen chains at a time as there are registers for; then the halves of all chains are added, across registers and within.
    [MethodImpl(AggressiveOptimization)]
    private static TV Tile<TV, T, TColumns>(T* a0, nint aRow, int lastRow, T* b0, nint bRow, int lastColumn, int k)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TColumns : unmanaged
    {
        Lines<T> lines = new()
        {
            A0 = a0,
            A1 = a0 + Math.Min(1, lastRow) * aRow,
            A2 = a0 + Math.Min(2, lastRow) * aRow,
            A3 = a0 + lastRow * aRow,
            B0 = b0,
            B1 = b0 + Math.Min(1, lastColumn) * bRow,
            B2 = b0 + Math.Min(2, lastColumn) * bRow,
            B3 = b0 + lastColumn * bRow,
        };
        Unsafe.SkipInit(out TileRow<TV, T> r0);
        Unsafe.SkipInit(out TileRow<TV, T> r1);
        Unsafe.SkipInit(out TileRow<TV, T> r2);
        Unsafe.SkipInit(out TileRow<TV, T> r3);
        if (sizeof(TV) == 64)
        {
            // All chains at once, in one register or two: of this width there are 32.
            Unsafe.SkipInit(out TileRow<TV, T> s0);
            Unsafe.SkipInit(out TileRow<TV, T> s1);
            Unsafe.SkipInit(out TileRow<TV, T> s2);
            Unsafe.SkipInit(out TileRow<TV, T> s3);
            r0.Begin<TColumns, Whole, FromZero>(null, default);
            r1.Begin<TColumns, Whole, FromZero>(null, default);
            r2.Begin<TColumns, Whole, FromZero>(null, default);
            r3.Begin<TColumns, Whole, FromZero>(null, default);
            if (TV.Count < ChainedSums.Chains)
            {
                s0.Begin<TColumns, Whole, FromZero>(null, default);
                s1.Begin<TColumns, Whole, FromZero>(null, default);
                s2.Begin<TColumns, Whole, FromZero>(null, default);
                s3.Begin<TColumns, Whole, FromZero>(null, default);
            }
            nint t = 0;
            for (; t <= k - ChainedSums.Chains; t += ChainedSums.Chains)
            {
                Add<TV, T, TColumns, Whole>(ref r0, ref r1, ref r2, ref r3, lines, t, default);
                if (TV.Count < ChainedSums.Chains)
                    Add<TV, T, TColumns, Whole>(ref s0, ref s1, ref s2, ref s3, lines, t + TV.Count, default);
            }
            if (t < k)
            {
                TV mask = TV.FirstLanes((int)Math.Min(k - t, TV.Count));
                Add<TV, T, TColumns, Partial>(ref r0, ref r1, ref r2, ref r3, lines, t, mask);
                mask = TV.FirstLanes((int)Math.Max(k - t - TV.Count, 0));
                if (TV.Count < ChainedSums.Chains)
                    Add<TV, T, TColumns, Partial>(ref s0, ref s1, ref s2, ref s3, lines, t + TV.Count, mask);
            }
            if (TV.Count < ChainedSums.Chains)
            {
                r0.Add<TColumns>(s0);
                r1.Add<TColumns>(s1);
                r2.Add<TColumns>(s2);
                r3.Add<TColumns>(s3);
            }
        }
        else
        {
            // A register's worth after the other, parked in between.
            int registers = ChainedSums.Chains / TV.Count,
                rowSize = sizeof(TColumns) * TV.Count,
                tileSize = TV.Count * TV.Count;
            T* parked = stackalloc T[ChainedSums.Chains * TV.Count];
            for (int part = 0; part < registers; part++)
            {
                r0.Begin<TColumns, Whole, FromZero>(null, default);
                r1.Begin<TColumns, Whole, FromZero>(null, default);
                r2.Begin<TColumns, Whole, FromZero>(null, default);
                r3.Begin<TColumns, Whole, FromZero>(null, default);
                nint t = part * TV.Count;
                for (; t <= k - TV.Count; t += ChainedSums.Chains)
                    Add<TV, T, TColumns, Whole>(ref r0, ref r1, ref r2, ref r3, lines, t, default);
                if (t < k)
                    Add<TV, T, TColumns, Partial>(
                        ref r0,
                        ref r1,
                        ref r2,
                        ref r3,
                        lines,
                        t,
                        TV.FirstLanes((int)(k - t))
                    );
                T* sums = parked + part * tileSize;
                r0.Store<TColumns, Whole>(sums, default);
                r1.Store<TColumns, Whole>(sums + rowSize, default);
                if (TV.Count > 4)
                {
                    r2.Store<TColumns, Whole>(sums + 2 * rowSize, default);
                    r3.Store<TColumns, Whole>(sums + 3 * rowSize, default);
                }
            }
            for (int half = registers / 2 * tileSize; half >= tileSize; half /= 2)
            for (int i = 0; i < half; i += TV.Count)
                TV.Store(TV.Load(parked + i) + TV.Load(parked + half + i), parked + i);
            r0.Begin<TColumns, Whole, FromC>(parked, default);
            r1.Begin<TColumns, Whole, FromC>(parked + rowSize, default);
            if (TV.Count > 4)
            {
                r2.Begin<TColumns, Whole, FromC>(parked + 2 * rowSize, default);
                r3.Begin<TColumns, Whole, FromC>(parked + 3 * rowSize, default);
            }
        }
        if (TV.Count > 4)
        {
            r0.Fold<TColumns>(r2);
            r1.Fold<TColumns>(r3);
        }
        r0.Fold<TColumns>(r1);
        return r0.FoldAll<TColumns>();
    }

    // The products of a register's worth of terms from t on, one for each row and column of the tile.
    [MethodImpl(AggressiveInlining)]
    private static void Add<TV, T, TColumns, TPart>(
        ref TileRow<TV, T> r0,
        ref TileRow<TV, T> r1,
        ref TileRow<TV, T> r2,
        ref TileRow<TV, T> r3,
        in Lines<T> lines,
        nint t,
        TV mask
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TColumns : unmanaged
        where TPart : struct, IPart
    {
        TV x0 = Terms<TV, T, TPart>(lines.B0 + t, mask),
            x1 = sizeof(TColumns) > 1 ? Terms<TV, T, TPart>(lines.B1 + t, mask) : default,
            x2 = sizeof(TColumns) > 2 ? Terms<TV, T, TPart>(lines.B2 + t, mask) : default,
            x3 = sizeof(TColumns) > 3 ? Terms<TV, T, TPart>(lines.B3 + t, mask) : default;
        r0.MultiplyAdd<TColumns>(Terms<TV, T, TPart>(lines.A0 + t, mask), x0, x1, x2, x3);
        r1.MultiplyAdd<TColumns>(Terms<TV, T, TPart>(lines.A1 + t, mask), x0, x1, x2, x3);
        if (TV.Count > 4)
        {
            r2.MultiplyAdd<TColumns>(Terms<TV, T, TPart>(lines.A2 + t, mask), x0, x1, x2, x3);
            r3.MultiplyAdd<TColumns>(Terms<TV, T, TPart>(lines.A3 + t, mask), x0, x1, x2, x3);
        }
    }

    [MethodImpl(AggressiveInlining)]
    private static TV Terms<TV, T, TPart>(T* source, TV mask)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart => typeof(TPart) == typeof(Whole) ? TV.Load(source) : TV.LoadMasked(source, mask);

    /// <summary>Where the rows of A and of B begin that a tile multiplies.</summary>
    private struct Lines<T>
        where T : unmanaged
    {
        public T* A0;
        public T* A1;
        public T* A2;
        public T* A3;
        public T* B0;
        public T* B1;
        public T* B2;
        public T* B3;
    }
}
