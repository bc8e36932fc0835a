using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>Copies a matrix transposed, a square block of one register per row at a time.</summary>
internal static unsafe class Transposition
{
    /// <summary>
    /// target[c·targetStride + r] ← source[r·sourceStride + c]. Target rows are written to the next multiple of a register,
    /// the excess as +0.
    /// </summary>
    public static void Run<TV, T>(T* source, nint sourceStride, int rows, int columns, T* target, nint targetStride)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run<TV, T, Whole>(source, sourceStride, rows, columns, target, targetStride);

    /// <summary>The same; target rows are written as far as they go if <typeparamref name="TTarget"/> is <see cref="Partial"/>.</summary>
    [MethodImpl(AggressiveOptimization)]
    public static void Run<TV, T, TTarget>(
        T* source,
        nint sourceStride,
        int rows,
        int columns,
        T* target,
        nint targetStride
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TTarget : struct, IPart
    {
        for (int r = 0; r < rows; r += TV.Count)
        for (int c = 0; c < columns; c += TV.Count)
        {
            T* from = source + r * sourceStride + c;
            T* to = target + c * targetStride + r;
            int restRows = Math.Min(rows - r, TV.Count),
                restColumns = Math.Min(columns - c, TV.Count);
            if (typeof(TV) == typeof(V512<float>) && Avx512F.IsSupported && restRows == 16 && restColumns % 8 == 0)
                BlockInLanes((float*)from, sourceStride, restColumns, (float*)to, targetStride);
            else if (
                typeof(TV) == typeof(V512<float>)
                && Avx512F.IsSupported
                && restRows == 4
                && restColumns == 16
                && typeof(TTarget) == typeof(Partial)
            )
                FourRows((float*)from, sourceStride, (float*)to, targetStride);
            else if (restRows == TV.Count && restColumns == TV.Count)
                Block<TV, T, Whole, TTarget>(from, sourceStride, to, targetStride, TV.Count, TV.Count);
            else
                Block<TV, T, Partial, TTarget>(from, sourceStride, to, targetStride, restRows, restColumns);
        }
    }

    // Sixteen rows of floats, eight columns at a time. Zips move numbers across all lanes; here two rounds of four stay within lanes of four,
    // with instructions that take half the time, and one is loading halves of rows r, r + 4 and r + 8, r + 12 side by side.
    [MethodImpl(AggressiveOptimization)]
    private static void BlockInLanes(float* source, nint sourceStride, int columns, float* target, nint targetStride)
    {
        for (int done = 0; done < columns; done += 8, source += 8, target += 8 * targetStride)
        {
            Vector512<float> a = Halves(source, sourceStride, 0),
                b = Halves(source, sourceStride, 1),
                c = Halves(source, sourceStride, 2),
                d = Halves(source, sourceStride, 3),
                e = Halves(source, sourceStride, 8),
                f = Halves(source, sourceStride, 9),
                g = Halves(source, sourceStride, 10),
                h = Halves(source, sourceStride, 11);
            Lanes(
                Avx512F.Shuffle4x128(a, e, 0x88),
                Avx512F.Shuffle4x128(b, f, 0x88),
                Avx512F.Shuffle4x128(c, g, 0x88),
                Avx512F.Shuffle4x128(d, h, 0x88),
                target,
                targetStride
            );
            Lanes(
                Avx512F.Shuffle4x128(a, e, 0xDD),
                Avx512F.Shuffle4x128(b, f, 0xDD),
                Avx512F.Shuffle4x128(c, g, 0xDD),
                Avx512F.Shuffle4x128(d, h, 0xDD),
                target + 4 * targetStride,
                targetStride
            );
        }
    }

    /// <summary>Eight numbers of a row, and of the fourth row after it.</summary>
    [MethodImpl(AggressiveInlining)]
    private static Vector512<float> Halves(float* source, nint stride, int row) =>
        Vector512.Create(Vector256.Load(source + row * stride), Vector256.Load(source + (row + 4) * stride));

    // Four rows of sixteen floats: no more than the rounds within lanes, and a store of four for each column.
    [MethodImpl(AggressiveInlining)]
    private static void FourRows(float* source, nint sourceStride, float* target, nint targetStride)
    {
        Vector512<float> a = Vector512.Load(source),
            b = Vector512.Load(source + sourceStride),
            c = Vector512.Load(source + 2 * sourceStride),
            d = Vector512.Load(source + 3 * sourceStride);
        InLanes(ref a, ref b, ref c, ref d);
        PutLanes(a, target, 4 * targetStride);
        PutLanes(b, target + targetStride, 4 * targetStride);
        PutLanes(c, target + 2 * targetStride, 4 * targetStride);
        PutLanes(d, target + 3 * targetStride, 4 * targetStride);
    }

    /// <summary>Stores the four lanes of a register, one a row.</summary>
    [MethodImpl(AggressiveInlining)]
    private static void PutLanes(Vector512<float> value, float* target, nint stride)
    {
        value.GetLower().GetLower().Store(target);
        value.GetLower().GetUpper().Store(target + stride);
        value.GetUpper().GetLower().Store(target + 2 * stride);
        value.GetUpper().GetUpper().Store(target + 3 * stride);
    }

    /// <summary>Stores the transpose of the 4×4 block that lies in each lane of four registers.</summary>
    [MethodImpl(AggressiveInlining)]
    private static void Lanes(
        Vector512<float> a,
        Vector512<float> b,
        Vector512<float> c,
        Vector512<float> d,
        float* target,
        nint stride
    )
    {
        InLanes(ref a, ref b, ref c, ref d);
        a.Store(target);
        b.Store(target + stride);
        c.Store(target + 2 * stride);
        d.Store(target + 3 * stride);
    }

    /// <summary>Transposes the 4×4 block that lies in each lane of four registers.</summary>
    [MethodImpl(AggressiveInlining)]
    private static void InLanes(
        ref Vector512<float> a,
        ref Vector512<float> b,
        ref Vector512<float> c,
        ref Vector512<float> d
    )
    {
        Vector512<float> abLow = Avx512F.UnpackLow(a, b),
            abHigh = Avx512F.UnpackHigh(a, b),
            cdLow = Avx512F.UnpackLow(c, d),
            cdHigh = Avx512F.UnpackHigh(c, d);
        (a, b) = (Avx512F.Shuffle(abLow, cdLow, 0x44), Avx512F.Shuffle(abLow, cdLow, 0xEE));
        (c, d) = (Avx512F.Shuffle(abHigh, cdHigh, 0x44), Avx512F.Shuffle(abHigh, cdHigh, 0xEE));
    }

    // Zipping register i with register i + d, for d = Count/2 … 1, moves every element's column bits into its row bits. Registers
    // of columns that there are not are never made.
    [MethodImpl(AggressiveOptimization)]
    private static void Block<TV, T, TPart, TTarget>(
        T* source,
        nint sourceStride,
        T* target,
        nint targetStride,
        int rows,
        int columns
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart
        where TTarget : struct, IPart
    {
        TV mask = typeof(TPart) == typeof(Whole) ? default : TV.FirstLanes(columns);
        TV targetMask =
            typeof(TPart) == typeof(Whole) || typeof(TTarget) == typeof(Whole) ? default : TV.FirstLanes(rows);
        TV r0 = Row<TV, T, TPart>(source, sourceStride, 0, rows, mask),
            r1 = Row<TV, T, TPart>(source, sourceStride, 1, rows, mask);
        Unsafe.SkipInit(out TV r2);
        Unsafe.SkipInit(out TV r3);
        if (sizeof(TV) > 2 * sizeof(T))
        {
            r2 = Row<TV, T, TPart>(source, sourceStride, 2, rows, mask);
            r3 = Row<TV, T, TPart>(source, sourceStride, 3, rows, mask);
        }
        Unsafe.SkipInit(out TV r4);
        Unsafe.SkipInit(out TV r5);
        Unsafe.SkipInit(out TV r6);
        Unsafe.SkipInit(out TV r7);
        Unsafe.SkipInit(out TV r8);
        Unsafe.SkipInit(out TV r9);
        Unsafe.SkipInit(out TV r10);
        Unsafe.SkipInit(out TV r11);
        Unsafe.SkipInit(out TV r12);
        Unsafe.SkipInit(out TV r13);
        Unsafe.SkipInit(out TV r14);
        Unsafe.SkipInit(out TV r15);
        if (sizeof(TV) > 4 * sizeof(T))
        {
            r4 = Row<TV, T, TPart>(source, sourceStride, 4, rows, mask);
            r5 = Row<TV, T, TPart>(source, sourceStride, 5, rows, mask);
            r6 = Row<TV, T, TPart>(source, sourceStride, 6, rows, mask);
            r7 = Row<TV, T, TPart>(source, sourceStride, 7, rows, mask);
        }
        if (sizeof(TV) > 8 * sizeof(T))
        {
            r8 = Row<TV, T, TPart>(source, sourceStride, 8, rows, mask);
            r9 = Row<TV, T, TPart>(source, sourceStride, 9, rows, mask);
            r10 = Row<TV, T, TPart>(source, sourceStride, 10, rows, mask);
            r11 = Row<TV, T, TPart>(source, sourceStride, 11, rows, mask);
            r12 = Row<TV, T, TPart>(source, sourceStride, 12, rows, mask);
            r13 = Row<TV, T, TPart>(source, sourceStride, 13, rows, mask);
            r14 = Row<TV, T, TPart>(source, sourceStride, 14, rows, mask);
            r15 = Row<TV, T, TPart>(source, sourceStride, 15, rows, mask);
            if (typeof(TPart) == typeof(Whole) || columns > 8)
            {
                (r0, r8) = (TV.ZipLow(r0, r8), TV.ZipHigh(r0, r8));
                (r1, r9) = (TV.ZipLow(r1, r9), TV.ZipHigh(r1, r9));
                (r2, r10) = (TV.ZipLow(r2, r10), TV.ZipHigh(r2, r10));
                (r3, r11) = (TV.ZipLow(r3, r11), TV.ZipHigh(r3, r11));
                (r4, r12) = (TV.ZipLow(r4, r12), TV.ZipHigh(r4, r12));
                (r5, r13) = (TV.ZipLow(r5, r13), TV.ZipHigh(r5, r13));
                (r6, r14) = (TV.ZipLow(r6, r14), TV.ZipHigh(r6, r14));
                (r7, r15) = (TV.ZipLow(r7, r15), TV.ZipHigh(r7, r15));
                (r8, r12) = (TV.ZipLow(r8, r12), TV.ZipHigh(r8, r12));
                (r9, r13) = (TV.ZipLow(r9, r13), TV.ZipHigh(r9, r13));
                (r10, r14) = (TV.ZipLow(r10, r14), TV.ZipHigh(r10, r14));
                (r11, r15) = (TV.ZipLow(r11, r15), TV.ZipHigh(r11, r15));
                (r8, r10) = (TV.ZipLow(r8, r10), TV.ZipHigh(r8, r10));
                (r9, r11) = (TV.ZipLow(r9, r11), TV.ZipHigh(r9, r11));
                (r12, r14) = (TV.ZipLow(r12, r14), TV.ZipHigh(r12, r14));
                (r13, r15) = (TV.ZipLow(r13, r15), TV.ZipHigh(r13, r15));
                Put<TV, T, TPart, TTarget>(TV.ZipLow(r8, r9), target, targetStride, 8, columns, targetMask);
                Put<TV, T, TPart, TTarget>(TV.ZipHigh(r8, r9), target, targetStride, 9, columns, targetMask);
                Put<TV, T, TPart, TTarget>(TV.ZipLow(r10, r11), target, targetStride, 10, columns, targetMask);
                Put<TV, T, TPart, TTarget>(TV.ZipHigh(r10, r11), target, targetStride, 11, columns, targetMask);
                Put<TV, T, TPart, TTarget>(TV.ZipLow(r12, r13), target, targetStride, 12, columns, targetMask);
                Put<TV, T, TPart, TTarget>(TV.ZipHigh(r12, r13), target, targetStride, 13, columns, targetMask);
                Put<TV, T, TPart, TTarget>(TV.ZipLow(r14, r15), target, targetStride, 14, columns, targetMask);
                Put<TV, T, TPart, TTarget>(TV.ZipHigh(r14, r15), target, targetStride, 15, columns, targetMask);
            }
            else
            {
                r0 = TV.ZipLow(r0, r8);
                r1 = TV.ZipLow(r1, r9);
                r2 = TV.ZipLow(r2, r10);
                r3 = TV.ZipLow(r3, r11);
                r4 = TV.ZipLow(r4, r12);
                r5 = TV.ZipLow(r5, r13);
                r6 = TV.ZipLow(r6, r14);
                r7 = TV.ZipLow(r7, r15);
            }
        }
        if (sizeof(TV) > 4 * sizeof(T))
        {
            if (typeof(TPart) == typeof(Whole) || columns > 4)
            {
                (r0, r4) = (TV.ZipLow(r0, r4), TV.ZipHigh(r0, r4));
                (r1, r5) = (TV.ZipLow(r1, r5), TV.ZipHigh(r1, r5));
                (r2, r6) = (TV.ZipLow(r2, r6), TV.ZipHigh(r2, r6));
                (r3, r7) = (TV.ZipLow(r3, r7), TV.ZipHigh(r3, r7));
                (r4, r6) = (TV.ZipLow(r4, r6), TV.ZipHigh(r4, r6));
                (r5, r7) = (TV.ZipLow(r5, r7), TV.ZipHigh(r5, r7));
                Put<TV, T, TPart, TTarget>(TV.ZipLow(r4, r5), target, targetStride, 4, columns, targetMask);
                Put<TV, T, TPart, TTarget>(TV.ZipHigh(r4, r5), target, targetStride, 5, columns, targetMask);
                Put<TV, T, TPart, TTarget>(TV.ZipLow(r6, r7), target, targetStride, 6, columns, targetMask);
                Put<TV, T, TPart, TTarget>(TV.ZipHigh(r6, r7), target, targetStride, 7, columns, targetMask);
            }
            else
            {
                r0 = TV.ZipLow(r0, r4);
                r1 = TV.ZipLow(r1, r5);
                r2 = TV.ZipLow(r2, r6);
                r3 = TV.ZipLow(r3, r7);
            }
        }
        if (sizeof(TV) > 2 * sizeof(T))
        {
            if (typeof(TPart) == typeof(Whole) || columns > 2)
            {
                (r0, r2) = (TV.ZipLow(r0, r2), TV.ZipHigh(r0, r2));
                (r1, r3) = (TV.ZipLow(r1, r3), TV.ZipHigh(r1, r3));
                Put<TV, T, TPart, TTarget>(TV.ZipLow(r2, r3), target, targetStride, 2, columns, targetMask);
                Put<TV, T, TPart, TTarget>(TV.ZipHigh(r2, r3), target, targetStride, 3, columns, targetMask);
            }
            else
            {
                r0 = TV.ZipLow(r0, r2);
                r1 = TV.ZipLow(r1, r3);
            }
        }
        Put<TV, T, TPart, TTarget>(TV.ZipLow(r0, r1), target, targetStride, 0, columns, targetMask);
        Put<TV, T, TPart, TTarget>(TV.ZipHigh(r0, r1), target, targetStride, 1, columns, targetMask);
    }

    /// <summary>Row <paramref name="row"/> of the source, +0 where it has none.</summary>
    [MethodImpl(AggressiveInlining)]
    private static TV Row<TV, T, TPart>(T* source, nint stride, int row, int rows, TV mask)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart =>
        typeof(TPart) == typeof(Whole) ? TV.Load(source + row * stride)
        : row < rows ? TV.LoadMasked(source + row * stride, mask)
        : default;

    /// <summary>Row <paramref name="row"/> of the target, if it has that many.</summary>
    [MethodImpl(AggressiveInlining)]
    private static void Put<TV, T, TPart, TTarget>(TV value, T* target, nint stride, int row, int rows, TV mask)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart
        where TTarget : struct, IPart
    {
        if (typeof(TPart) == typeof(Whole) || row < rows && typeof(TTarget) == typeof(Whole))
            TV.Store(value, target + row * stride);
        else if (row < rows)
            TV.StoreMasked(value, target + row * stride, mask);
    }
}
