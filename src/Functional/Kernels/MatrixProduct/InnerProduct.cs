using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>
/// C(i, j) = Σ A(i, k)·B(j, k) of factors that both lie along k, as for a weight's gradient over a feature-major batch: the terms fill the
/// lanes, however few rows and columns C has. Sums go by the chains of <see cref="ChainedSums"/>, each a chain of fused multiply-adds.
/// </summary>
internal static unsafe class InnerProduct
{
    /// <summary>Rows of C that one tile computes; a tile has as many elements as a register, one accumulator each.</summary>
    public static int TileRows<TV, T>()
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TV.Count > 4 ? 4 : 2;

    /// <summary>C(i, j) = C[i·cRow + j] for i &lt; m and j &lt; n; A and B have unit stride along k.</summary>
    public static void Run<TV, T>(T* a, nint aRow, int m, T* b, nint bRow, int n, int k, T* c, nint cRow)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (TV.Count == 16)
            Run<TV, T, Size4>(a, aRow, m, b, bRow, n, k, c, cRow);
        else if (TV.Count > 2)
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

    // A register's worth of chains at a time; then the halves of all chains are added, across registers and within.
    [MethodImpl(AggressiveOptimization)]
    private static TV Tile<TV, T, TColumns>(T* a0, nint aRow, int lastRow, T* b0, nint bRow, int lastColumn, int k)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TColumns : unmanaged
    {
        T* a1 = a0 + Math.Min(1, lastRow) * aRow,
            a2 = a0 + Math.Min(2, lastRow) * aRow,
            a3 = a0 + lastRow * aRow,
            b1 = b0 + Math.Min(1, lastColumn) * bRow,
            b2 = b0 + Math.Min(2, lastColumn) * bRow,
            b3 = b0 + lastColumn * bRow;
        int registers = ChainedSums.Chains / TV.Count,
            rowSize = sizeof(TColumns) * TV.Count,
            tileSize = TV.Count * TV.Count;
        T* parts = stackalloc T[TV.Count == ChainedSums.Chains ? 1 : ChainedSums.Chains * TV.Count];
        Unsafe.SkipInit(out TileRow<TV, T> r0);
        Unsafe.SkipInit(out TileRow<TV, T> r1);
        Unsafe.SkipInit(out TileRow<TV, T> r2);
        Unsafe.SkipInit(out TileRow<TV, T> r3);
        for (int part = 0; part < registers; part++)
        {
            r0.Begin<TColumns, Whole, FromZero>(null, default);
            r1.Begin<TColumns, Whole, FromZero>(null, default);
            if (TV.Count > 4)
            {
                r2.Begin<TColumns, Whole, FromZero>(null, default);
                r3.Begin<TColumns, Whole, FromZero>(null, default);
            }
            nint t = part * TV.Count;
            for (; t <= k - TV.Count; t += ChainedSums.Chains)
            {
                TV x0 = TV.Load(b0 + t),
                    x1 = sizeof(TColumns) > 1 ? TV.Load(b1 + t) : default,
                    x2 = sizeof(TColumns) > 2 ? TV.Load(b2 + t) : default,
                    x3 = sizeof(TColumns) > 3 ? TV.Load(b3 + t) : default;
                r0.MultiplyAdd<TColumns>(TV.Load(a0 + t), x0, x1, x2, x3);
                r1.MultiplyAdd<TColumns>(TV.Load(a1 + t), x0, x1, x2, x3);
                if (TV.Count > 4)
                {
                    r2.MultiplyAdd<TColumns>(TV.Load(a2 + t), x0, x1, x2, x3);
                    r3.MultiplyAdd<TColumns>(TV.Load(a3 + t), x0, x1, x2, x3);
                }
            }
            if (t < k)
            {
                TV mask = TV.FirstLanes((int)(k - t)),
                    x0 = TV.LoadMasked(b0 + t, mask),
                    x1 = sizeof(TColumns) > 1 ? TV.LoadMasked(b1 + t, mask) : default,
                    x2 = sizeof(TColumns) > 2 ? TV.LoadMasked(b2 + t, mask) : default,
                    x3 = sizeof(TColumns) > 3 ? TV.LoadMasked(b3 + t, mask) : default;
                r0.MultiplyAdd<TColumns>(TV.LoadMasked(a0 + t, mask), x0, x1, x2, x3);
                r1.MultiplyAdd<TColumns>(TV.LoadMasked(a1 + t, mask), x0, x1, x2, x3);
                if (TV.Count > 4)
                {
                    r2.MultiplyAdd<TColumns>(TV.LoadMasked(a2 + t, mask), x0, x1, x2, x3);
                    r3.MultiplyAdd<TColumns>(TV.LoadMasked(a3 + t, mask), x0, x1, x2, x3);
                }
            }
            if (TV.Count == ChainedSums.Chains)
                break;
            T* sums = parts + part * tileSize;
            r0.Store<TColumns, Whole>(sums, default);
            r1.Store<TColumns, Whole>(sums + rowSize, default);
            if (TV.Count > 4)
            {
                r2.Store<TColumns, Whole>(sums + 2 * rowSize, default);
                r3.Store<TColumns, Whole>(sums + 3 * rowSize, default);
            }
        }
        if (TV.Count < ChainedSums.Chains)
        {
            for (int half = registers / 2 * tileSize; half >= tileSize; half /= 2)
            for (int i = 0; i < half; i += TV.Count)
                TV.Store(TV.Load(parts + i) + TV.Load(parts + half + i), parts + i);
            r0.Begin<TColumns, Whole, FromC>(parts, default);
            r1.Begin<TColumns, Whole, FromC>(parts + rowSize, default);
            if (TV.Count > 4)
            {
                r2.Begin<TColumns, Whole, FromC>(parts + 2 * rowSize, default);
                r3.Begin<TColumns, Whole, FromC>(parts + 3 * rowSize, default);
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
}
