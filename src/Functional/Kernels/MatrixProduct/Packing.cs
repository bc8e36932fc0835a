using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>Copies blocks of the operands into the order in which the micro-kernel reads them.</summary>
internal static unsafe class Packing
{
    // The rows of a wide matrix lie pages apart, where no hardware prefetcher follows; 16 rows ahead measured best.
    private const int RowsAhead = 16;

    /// <summary>
    /// Packs B(0…k−1, 0…n−1) into panels of <paramref name="panel"/> columns, one after the other, each with its k rows one after
    /// the other: target[j/panel·k·panel + p·panel + j mod panel] ← source[p·rowStride + j·columnStride]. The last panel is filled
    /// up with +0 to the next multiple of a register.
    /// </summary>
    [MethodImpl(AggressiveOptimization)]
    public static void Panels<TV, T>(T* source, nint rowStride, nint columnStride, int k, int n, int panel, T* target)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int j = 0; j < n; j += panel)
        {
            T* from = source + j * columnStride;
            T* to = target + (nint)j * k;
            int width = Math.Min(panel, n - j);
            if (columnStride == 1)
                for (int p = 0; p < k; p++, from += rowStride, to += panel)
                {
                    Prefetch(from + RowsAhead * rowStride, width);
                    int c = 0;
                    for (; c <= width - TV.Count; c += TV.Count)
                        TV.Store(TV.Load(from + c), to + c);
                    if (c < width)
                        TV.Store(TV.LoadPartial(from + c, width - c), to + c);
                }
            else if (rowStride == 1 && columnStride == 2 && k == 2)
            {
                Pairs.Split<TV, T>(from, width, to, to + panel);
                for (int c = width; c % TV.Count != 0; c++)
                    to[c] = to[panel + c] = T.Zero;
            }
            else if (rowStride == 1)
                Transposition.Run<TV, T>(from, columnStride, width, k, to, panel);
            else
                for (int p = 0; p < k; p++)
                for (int c = 0; c < width + (-width & (TV.Count - 1)); c++)
                    to[(nint)p * panel + c] = c < width ? from[p * rowStride + c * columnStride] : T.Zero;
        }
    }

    /// <summary>Asks for a row's cache lines; an address outside the operand is ignored by the machine.</summary>
    [MethodImpl(AggressiveInlining)]
    private static void Prefetch<T>(T* row, int width)
        where T : unmanaged
    {
        if (Sse.IsSupported)
            for (int c = 0; c < width; c += 64 / sizeof(T))
                Sse.Prefetch0(row + c);
    }
}
