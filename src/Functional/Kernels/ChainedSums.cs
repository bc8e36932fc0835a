using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>
/// Sums in one fixed order, whatever the layout and the register width, so that the same values give the same bits: term t joins chain
/// t mod 16, each chain adds its terms one after the other from +0, and the chains are added in halves (c and c + 8, then c and c + 4, …).
/// </summary>
internal static unsafe class ChainedSums
{
    /// <summary>The chains of a sum: as many as lanes in the widest register, and enough to hide an addition's latency.</summary>
    public const int Chains = 16;

    /// <summary>Adds rows to the chains of every column: a chain is a register of columns.</summary>
    [MethodImpl(AggressiveOptimization)]
    public static void AddRows<TV, T>(
        T* values,
        nint stride,
        nint rows,
        nint columns,
        T* chains,
        bool isFirst,
        bool isLast,
        T* sums
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint column = 0;
        for (; column <= columns - TV.Count; column += TV.Count)
            AddRows<TV, T, Whole>(
                values + column,
                stride,
                rows,
                default,
                chains + column,
                isFirst,
                isLast,
                sums + column
            );
        if (column < columns)
            AddRows<TV, T, Partial>(
                values + column,
                stride,
                rows,
                TV.FirstLanes((int)(columns - column)),
                chains + column,
                isFirst,
                isLast,
                sums + column
            );
    }

    [MethodImpl(AggressiveOptimization)]
    private static void AddRows<TV, T, TPart>(
        T* value,
        nint stride,
        nint rows,
        TV mask,
        T* chains,
        bool isFirst,
        bool isLast,
        T* sums
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart
    {
        TV c0 = Chain<TV, T>(chains, 0, isFirst),
            c1 = Chain<TV, T>(chains, 1, isFirst),
            c2 = Chain<TV, T>(chains, 2, isFirst),
            c3 = Chain<TV, T>(chains, 3, isFirst),
            c4 = Chain<TV, T>(chains, 4, isFirst),
            c5 = Chain<TV, T>(chains, 5, isFirst),
            c6 = Chain<TV, T>(chains, 6, isFirst),
            c7 = Chain<TV, T>(chains, 7, isFirst),
            c8 = Chain<TV, T>(chains, 8, isFirst),
            c9 = Chain<TV, T>(chains, 9, isFirst),
            c10 = Chain<TV, T>(chains, 10, isFirst),
            c11 = Chain<TV, T>(chains, 11, isFirst),
            c12 = Chain<TV, T>(chains, 12, isFirst),
            c13 = Chain<TV, T>(chains, 13, isFirst),
            c14 = Chain<TV, T>(chains, 14, isFirst),
            c15 = Chain<TV, T>(chains, 15, isFirst);
        for (; rows >= Chains; rows -= Chains, value += Chains * stride)
        {
            c0 += Row<TV, T, TPart>(value, stride, 0, mask);
            c1 += Row<TV, T, TPart>(value, stride, 1, mask);
            c2 += Row<TV, T, TPart>(value, stride, 2, mask);
            c3 += Row<TV, T, TPart>(value, stride, 3, mask);
            c4 += Row<TV, T, TPart>(value, stride, 4, mask);
            c5 += Row<TV, T, TPart>(value, stride, 5, mask);
            c6 += Row<TV, T, TPart>(value, stride, 6, mask);
            c7 += Row<TV, T, TPart>(value, stride, 7, mask);
            c8 += Row<TV, T, TPart>(value, stride, 8, mask);
            c9 += Row<TV, T, TPart>(value, stride, 9, mask);
            c10 += Row<TV, T, TPart>(value, stride, 10, mask);
            c11 += Row<TV, T, TPart>(value, stride, 11, mask);
            c12 += Row<TV, T, TPart>(value, stride, 12, mask);
            c13 += Row<TV, T, TPart>(value, stride, 13, mask);
            c14 += Row<TV, T, TPart>(value, stride, 14, mask);
            c15 += Row<TV, T, TPart>(value, stride, 15, mask);
        }
        if (rows > 0)
            c0 += Row<TV, T, TPart>(value, stride, 0, mask);
        if (rows > 1)
            c1 += Row<TV, T, TPart>(value, stride, 1, mask);
        if (rows > 2)
            c2 += Row<TV, T, TPart>(value, stride, 2, mask);
        if (rows > 3)
            c3 += Row<TV, T, TPart>(value, stride, 3, mask);
        if (rows > 4)
            c4 += Row<TV, T, TPart>(value, stride, 4, mask);
        if (rows > 5)
            c5 += Row<TV, T, TPart>(value, stride, 5, mask);
        if (rows > 6)
            c6 += Row<TV, T, TPart>(value, stride, 6, mask);
        if (rows > 7)
            c7 += Row<TV, T, TPart>(value, stride, 7, mask);
        if (rows > 8)
            c8 += Row<TV, T, TPart>(value, stride, 8, mask);
        if (rows > 9)
            c9 += Row<TV, T, TPart>(value, stride, 9, mask);
        if (rows > 10)
            c10 += Row<TV, T, TPart>(value, stride, 10, mask);
        if (rows > 11)
            c11 += Row<TV, T, TPart>(value, stride, 11, mask);
        if (rows > 12)
            c12 += Row<TV, T, TPart>(value, stride, 12, mask);
        if (rows > 13)
            c13 += Row<TV, T, TPart>(value, stride, 13, mask);
        if (rows > 14)
            c14 += Row<TV, T, TPart>(value, stride, 14, mask);
        if (isLast)
        {
            TV even = ((c0 + c8) + (c4 + c12)) + ((c2 + c10) + (c6 + c14)),
                odd = ((c1 + c9) + (c5 + c13)) + ((c3 + c11) + (c7 + c15));
            if (TPart.IsWhole)
                TV.Store(even + odd, sums);
            else
                TV.StoreMasked(even + odd, sums, mask);
            return;
        }
        TV.Store(c0, chains + 0 * ReductionArguments.BlockSums);
        TV.Store(c1, chains + 1 * ReductionArguments.BlockSums);
        TV.Store(c2, chains + 2 * ReductionArguments.BlockSums);
        TV.Store(c3, chains + 3 * ReductionArguments.BlockSums);
        TV.Store(c4, chains + 4 * ReductionArguments.BlockSums);
        TV.Store(c5, chains + 5 * ReductionArguments.BlockSums);
        TV.Store(c6, chains + 6 * ReductionArguments.BlockSums);
        TV.Store(c7, chains + 7 * ReductionArguments.BlockSums);
        TV.Store(c8, chains + 8 * ReductionArguments.BlockSums);
        TV.Store(c9, chains + 9 * ReductionArguments.BlockSums);
        TV.Store(c10, chains + 10 * ReductionArguments.BlockSums);
        TV.Store(c11, chains + 11 * ReductionArguments.BlockSums);
        TV.Store(c12, chains + 12 * ReductionArguments.BlockSums);
        TV.Store(c13, chains + 13 * ReductionArguments.BlockSums);
        TV.Store(c14, chains + 14 * ReductionArguments.BlockSums);
        TV.Store(c15, chains + 15 * ReductionArguments.BlockSums);
    }

    [MethodImpl(AggressiveInlining)]
    private static TV Chain<TV, T>(T* chains, int chain, bool isFirst)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        isFirst ? TV.Zero : TV.Load(chains + chain * ReductionArguments.BlockSums);

    [MethodImpl(AggressiveInlining)]
    private static TV Row<TV, T, TPart>(T* value, nint stride, int row, TV mask)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart =>
        TPart.IsWhole ? TV.Load(value + row * stride) : TV.LoadMasked(value + row * stride, mask);

    /// <summary>Adds columns to the chains of every row: chain c is lane c of registers that hold sixteen lanes together.</summary>
    [MethodImpl(AggressiveOptimization)]
    public static void AddColumns<TV, T>(
        T* value,
        nint stride,
        nint rows,
        nint columns,
        T* chains,
        bool isFirst,
        bool isLast,
        T* sums
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (nint row = 0; row < rows; row++, value += stride, chains += Chains)
        {
            TV c0 = TV.Zero,
                c1 = TV.Zero,
                c2 = TV.Zero,
                c3 = TV.Zero,
                c4 = TV.Zero,
                c5 = TV.Zero,
                c6 = TV.Zero,
                c7 = TV.Zero;
            if (!isFirst)
            {
                c0 = TV.Load(chains);
                if (TV.Count < 16)
                    c1 = TV.Load(chains + TV.Count);
                if (TV.Count < 8)
                    (c2, c3) = (TV.Load(chains + 2 * TV.Count), TV.Load(chains + 3 * TV.Count));
                if (TV.Count < 4)
                {
                    (c4, c5) = (TV.Load(chains + 4 * TV.Count), TV.Load(chains + 5 * TV.Count));
                    (c6, c7) = (TV.Load(chains + 6 * TV.Count), TV.Load(chains + 7 * TV.Count));
                }
            }
            nint column = 0;
            for (; column <= columns - Chains; column += Chains)
            {
                T* v = value + column;
                c0 += TV.Load(v);
                if (TV.Count < 16)
                    c1 += TV.Load(v + TV.Count);
                if (TV.Count < 8)
                {
                    c2 += TV.Load(v + 2 * TV.Count);
                    c3 += TV.Load(v + 3 * TV.Count);
                }
                if (TV.Count < 4)
                {
                    c4 += TV.Load(v + 4 * TV.Count);
                    c5 += TV.Load(v + 5 * TV.Count);
                    c6 += TV.Load(v + 6 * TV.Count);
                    c7 += TV.Load(v + 7 * TV.Count);
                }
            }
            if (column < columns)
            {
                T* v = value + column;
                int rest = (int)(columns - column);
                c0 += TV.LoadPartial(v, Math.Min(rest, TV.Count));
                if (TV.Count < 16)
                    c1 += Rest<TV, T>(v, rest, 1);
                if (TV.Count < 8)
                {
                    c2 += Rest<TV, T>(v, rest, 2);
                    c3 += Rest<TV, T>(v, rest, 3);
                }
                if (TV.Count < 4)
                {
                    c4 += Rest<TV, T>(v, rest, 4);
                    c5 += Rest<TV, T>(v, rest, 5);
                    c6 += Rest<TV, T>(v, rest, 6);
                    c7 += Rest<TV, T>(v, rest, 7);
                }
            }
            if (isLast)
            {
                if (TV.Count < 4)
                    (c0, c1, c2, c3) = (c0 + c4, c1 + c5, c2 + c6, c3 + c7);
                if (TV.Count < 8)
                    (c0, c1) = (c0 + c2, c1 + c3);
                if (TV.Count < 16)
                    c0 += c1;
                sums[row] = TV.Sum(c0);
                continue;
            }
            TV.Store(c0, chains);
            if (TV.Count < 16)
                TV.Store(c1, chains + TV.Count);
            if (TV.Count < 8)
            {
                TV.Store(c2, chains + 2 * TV.Count);
                TV.Store(c3, chains + 3 * TV.Count);
            }
            if (TV.Count < 4)
            {
                TV.Store(c4, chains + 4 * TV.Count);
                TV.Store(c5, chains + 5 * TV.Count);
                TV.Store(c6, chains + 6 * TV.Count);
                TV.Store(c7, chains + 7 * TV.Count);
            }
        }
    }

    // The index-th register of a row's last, incomplete round.
    [MethodImpl(AggressiveInlining)]
    private static TV Rest<TV, T>(T* value, int rest, int index)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        TV.LoadPartial(value + index * TV.Count, Math.Clamp(rest - index * TV.Count, 0, TV.Count));
}
