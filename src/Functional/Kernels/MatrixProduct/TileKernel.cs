using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>What one call of the micro-kernel computes: RowTiles × Panels register tiles of C. Strides are in elements.</summary>
internal unsafe struct Tiles
{
    public void* A;
    public nint ARow;
    public nint AColumn;
    public void* B;
    public nint BRow;

    /// <summary>From a panel of B, one tile wide, to the next.</summary>
    public nint BPanel;
    public void* C;
    public nint CRow;
    public int K;
    public int RowTiles;
    public int Panels;

    /// <summary>Lanes in use of the last vector when it is a partial one.</summary>
    public int Lanes;

    /// <summary>What whole tiles ask memory for while they compute, one line or more; null if nothing.</summary>
    public Prefetch* Prefetch;
}

/// <summary>Whether a tile's sums begin at 0 or go on from what C holds.</summary>
internal interface IStart;

internal readonly struct FromZero : IStart;

internal readonly struct FromC : IStart;

/// <summary>Whether a tile asks memory for <see cref="Tiles.Prefetch"/> while it computes.</summary>
internal interface IAsking;

internal readonly struct AskingNothing : IAsking;

internal readonly struct AskingAhead : IAsking;

/// <summary>
/// The inner loop of the matrix product: a tile of C stays in registers while k runs,
/// C(i, j) ← C(i, j) + A(i, k)·B(k, j) for k = 0 … K−1, one fused multiply-add each, in this order for every tile shape.
/// </summary>
internal static unsafe class TileKernel
{
    [MethodImpl(AggressiveOptimization)]
    public static void Run<TV, T, TRows, TVectors, TPart, TStart, TAsking>(Tiles* tile)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TRows : unmanaged
        where TVectors : unmanaged
        where TPart : struct, IPart
        where TStart : struct, IStart
        where TAsking : struct, IAsking
    {
        TV mask = typeof(TPart) == typeof(Whole) ? default : TV.FirstLanes(tile->Lanes);
        for (int panel = 0; panel < tile->Panels; panel++)
        for (int rowTile = 0; rowTile < tile->RowTiles; rowTile++)
        {
            T* c = (T*)tile->C + rowTile * (sizeof(TRows) * tile->CRow) + panel * (sizeof(TVectors) * TV.Count);
            nint cRow = tile->CRow;
            // Rows that the tile does not have are never touched.
            Unsafe.SkipInit(out TileRow<TV, T> r0);
            Unsafe.SkipInit(out TileRow<TV, T> r1);
            Unsafe.SkipInit(out TileRow<TV, T> r2);
            Unsafe.SkipInit(out TileRow<TV, T> r3);
            Unsafe.SkipInit(out TileRow<TV, T> r4);
            Unsafe.SkipInit(out TileRow<TV, T> r5);
            Unsafe.SkipInit(out TileRow<TV, T> r6);
            Unsafe.SkipInit(out TileRow<TV, T> r7);
            Unsafe.SkipInit(out TileRow<TV, T> r8);
            Unsafe.SkipInit(out TileRow<TV, T> r9);
            Unsafe.SkipInit(out TileRow<TV, T> r10);
            Unsafe.SkipInit(out TileRow<TV, T> r11);
            Unsafe.SkipInit(out TileRow<TV, T> r12);
            Unsafe.SkipInit(out TileRow<TV, T> r13);
            Unsafe.SkipInit(out TileRow<TV, T> r14);
            Unsafe.SkipInit(out TileRow<TV, T> r15);
            Unsafe.SkipInit(out TileRow<TV, T> r16);
            Unsafe.SkipInit(out TileRow<TV, T> r17);
            Unsafe.SkipInit(out TileRow<TV, T> r18);
            Unsafe.SkipInit(out TileRow<TV, T> r19);
            Unsafe.SkipInit(out TileRow<TV, T> r20);
            Unsafe.SkipInit(out TileRow<TV, T> r21);
            Unsafe.SkipInit(out TileRow<TV, T> r22);
            Unsafe.SkipInit(out TileRow<TV, T> r23);
            r0.Begin<TVectors, TPart, TStart>(c, mask);
            if (sizeof(TRows) > 1)
                r1.Begin<TVectors, TPart, TStart>(c + 1 * cRow, mask);
            if (sizeof(TRows) > 2)
                r2.Begin<TVectors, TPart, TStart>(c + 2 * cRow, mask);
            if (sizeof(TRows) > 3)
                r3.Begin<TVectors, TPart, TStart>(c + 3 * cRow, mask);
            if (sizeof(TRows) > 4)
                r4.Begin<TVectors, TPart, TStart>(c + 4 * cRow, mask);
            if (sizeof(TRows) > 5)
                r5.Begin<TVectors, TPart, TStart>(c + 5 * cRow, mask);
            if (sizeof(TRows) > 6)
                r6.Begin<TVectors, TPart, TStart>(c + 6 * cRow, mask);
            if (sizeof(TRows) > 7)
                r7.Begin<TVectors, TPart, TStart>(c + 7 * cRow, mask);
            if (sizeof(TRows) > 8)
                r8.Begin<TVectors, TPart, TStart>(c + 8 * cRow, mask);
            if (sizeof(TRows) > 9)
                r9.Begin<TVectors, TPart, TStart>(c + 9 * cRow, mask);
            if (sizeof(TRows) > 10)
                r10.Begin<TVectors, TPart, TStart>(c + 10 * cRow, mask);
            if (sizeof(TRows) > 11)
                r11.Begin<TVectors, TPart, TStart>(c + 11 * cRow, mask);
            if (sizeof(TRows) > 12)
                r12.Begin<TVectors, TPart, TStart>(c + 12 * cRow, mask);
            if (sizeof(TRows) > 13)
                r13.Begin<TVectors, TPart, TStart>(c + 13 * cRow, mask);
            if (sizeof(TRows) > 14)
                r14.Begin<TVectors, TPart, TStart>(c + 14 * cRow, mask);
            if (sizeof(TRows) > 15)
                r15.Begin<TVectors, TPart, TStart>(c + 15 * cRow, mask);
            if (sizeof(TRows) > 16)
                r16.Begin<TVectors, TPart, TStart>(c + 16 * cRow, mask);
            if (sizeof(TRows) > 17)
                r17.Begin<TVectors, TPart, TStart>(c + 17 * cRow, mask);
            if (sizeof(TRows) > 18)
                r18.Begin<TVectors, TPart, TStart>(c + 18 * cRow, mask);
            if (sizeof(TRows) > 19)
                r19.Begin<TVectors, TPart, TStart>(c + 19 * cRow, mask);
            if (sizeof(TRows) > 20)
                r20.Begin<TVectors, TPart, TStart>(c + 20 * cRow, mask);
            if (sizeof(TRows) > 21)
                r21.Begin<TVectors, TPart, TStart>(c + 21 * cRow, mask);
            if (sizeof(TRows) > 22)
                r22.Begin<TVectors, TPart, TStart>(c + 22 * cRow, mask);
            if (sizeof(TRows) > 23)
                r23.Begin<TVectors, TPart, TStart>(c + 23 * cRow, mask);

            // Row i's address is a base and 0 … 7 strides, so that 24 rows need seven address registers.
            nint s1 = tile->ARow * sizeof(T),
                s3 = 3 * s1,
                s5 = 5 * s1,
                s7 = 7 * s1;
            byte* a = (byte*)tile->A + rowTile * (sizeof(TRows) * s1),
                a8 = a + 8 * s1,
                a16 = a + 16 * s1;
            nint aStep = tile->AColumn * sizeof(T);
            T* b = (T*)tile->B + panel * tile->BPanel;
            nint bStep = tile->BRow;
            byte* start = null;
            nint* lines = null;
            int questions = 0,
                rest = tile->K;
            if (typeof(TAsking) == typeof(AskingAhead))
            {
                start = tile->Prefetch->Start + rowTile * tile->Prefetch->Down + panel * tile->Prefetch->Across;
                lines = tile->Prefetch->Lines;
                questions = tile->Prefetch->Count;
            }
            do
            {
                int k = rest;
                if (typeof(TAsking) == typeof(AskingAhead))
                {
                    Prefetch.Ask(start + *lines++);
                    if (--questions > 0)
                        k = tile->Prefetch->Every;
                    rest -= k;
                }
                for (; k > 0; k--)
                {
                    TV b0 = typeof(TPart) == typeof(Whole) || sizeof(TVectors) > 1
                            ? TV.Load(b)
                            : TV.LoadMasked(b, mask),
                        b1 = default,
                        b2 = default,
                        b3 = default;
                    if (sizeof(TVectors) > 1)
                        b1 =
                            typeof(TPart) == typeof(Whole) || sizeof(TVectors) > 2
                                ? TV.Load(b + TV.Count)
                                : TV.LoadMasked(b + TV.Count, mask);
                    if (sizeof(TVectors) > 2)
                        b2 =
                            typeof(TPart) == typeof(Whole) || sizeof(TVectors) > 3
                                ? TV.Load(b + 2 * TV.Count)
                                : TV.LoadMasked(b + 2 * TV.Count, mask);
                    if (sizeof(TVectors) > 3)
                        b3 =
                            typeof(TPart) == typeof(Whole)
                                ? TV.Load(b + 3 * TV.Count)
                                : TV.LoadMasked(b + 3 * TV.Count, mask);
                    b += bStep;
                    r0.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 1)
                        r1.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a + s1)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 2)
                        r2.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a + s1 * 2)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 3)
                        r3.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a + s3)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 4)
                        r4.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a + s1 * 4)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 5)
                        r5.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a + s5)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 6)
                        r6.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a + s3 * 2)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 7)
                        r7.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a + s7)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 8)
                        r8.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a8)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 9)
                        r9.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a8 + s1)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 10)
                        r10.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a8 + s1 * 2)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 11)
                        r11.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a8 + s3)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 12)
                        r12.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a8 + s1 * 4)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 13)
                        r13.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a8 + s5)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 14)
                        r14.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a8 + s3 * 2)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 15)
                        r15.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a8 + s7)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 16)
                        r16.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a16)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 17)
                        r17.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a16 + s1)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 18)
                        r18.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a16 + s1 * 2)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 19)
                        r19.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a16 + s3)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 20)
                        r20.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a16 + s1 * 4)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 21)
                        r21.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a16 + s5)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 22)
                        r22.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a16 + s3 * 2)), b0, b1, b2, b3);
                    if (sizeof(TRows) > 23)
                        r23.MultiplyAdd<TVectors>(TV.Broadcast(*(T*)(a16 + s7)), b0, b1, b2, b3);
                    a += aStep;
                    if (sizeof(TRows) > 8)
                        a8 += aStep;
                    if (sizeof(TRows) > 16)
                        a16 += aStep;
                }
            } while (typeof(TAsking) == typeof(AskingAhead) && questions > 0);
            r0.Store<TVectors, TPart>(c, mask);
            if (sizeof(TRows) > 1)
                r1.Store<TVectors, TPart>(c + 1 * cRow, mask);
            if (sizeof(TRows) > 2)
                r2.Store<TVectors, TPart>(c + 2 * cRow, mask);
            if (sizeof(TRows) > 3)
                r3.Store<TVectors, TPart>(c + 3 * cRow, mask);
            if (sizeof(TRows) > 4)
                r4.Store<TVectors, TPart>(c + 4 * cRow, mask);
            if (sizeof(TRows) > 5)
                r5.Store<TVectors, TPart>(c + 5 * cRow, mask);
            if (sizeof(TRows) > 6)
                r6.Store<TVectors, TPart>(c + 6 * cRow, mask);
            if (sizeof(TRows) > 7)
                r7.Store<TVectors, TPart>(c + 7 * cRow, mask);
            if (sizeof(TRows) > 8)
                r8.Store<TVectors, TPart>(c + 8 * cRow, mask);
            if (sizeof(TRows) > 9)
                r9.Store<TVectors, TPart>(c + 9 * cRow, mask);
            if (sizeof(TRows) > 10)
                r10.Store<TVectors, TPart>(c + 10 * cRow, mask);
            if (sizeof(TRows) > 11)
                r11.Store<TVectors, TPart>(c + 11 * cRow, mask);
            if (sizeof(TRows) > 12)
                r12.Store<TVectors, TPart>(c + 12 * cRow, mask);
            if (sizeof(TRows) > 13)
                r13.Store<TVectors, TPart>(c + 13 * cRow, mask);
            if (sizeof(TRows) > 14)
                r14.Store<TVectors, TPart>(c + 14 * cRow, mask);
            if (sizeof(TRows) > 15)
                r15.Store<TVectors, TPart>(c + 15 * cRow, mask);
            if (sizeof(TRows) > 16)
                r16.Store<TVectors, TPart>(c + 16 * cRow, mask);
            if (sizeof(TRows) > 17)
                r17.Store<TVectors, TPart>(c + 17 * cRow, mask);
            if (sizeof(TRows) > 18)
                r18.Store<TVectors, TPart>(c + 18 * cRow, mask);
            if (sizeof(TRows) > 19)
                r19.Store<TVectors, TPart>(c + 19 * cRow, mask);
            if (sizeof(TRows) > 20)
                r20.Store<TVectors, TPart>(c + 20 * cRow, mask);
            if (sizeof(TRows) > 21)
                r21.Store<TVectors, TPart>(c + 21 * cRow, mask);
            if (sizeof(TRows) > 22)
                r22.Store<TVectors, TPart>(c + 22 * cRow, mask);
            if (sizeof(TRows) > 23)
                r23.Store<TVectors, TPart>(c + 23 * cRow, mask);
        }
    }
}
