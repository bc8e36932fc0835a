using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Rows to normalise.</summary>
internal unsafe struct SoftmaxArguments
{
    public void* Input;
    public void* Result;
    public nint Rows;
    public nint Columns;
}

/// <summary>Softmax and its logarithm, row by row, with the row's maximum subtracted so that nothing overflows.</summary>
internal static unsafe class SoftmaxKernel
{
    /// <summary>yⱼ = e^(xⱼ − max) / Σ e^(xₖ − max).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Softmax<TV, T>(void* arguments)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        SoftmaxArguments* a = (SoftmaxArguments*)arguments;
        T* x = (T*)a->Input;
        T* y = (T*)a->Result;
        for (nint row = 0; row < a->Rows; row++, x += a->Columns, y += a->Columns)
        {
            TV max = TV.Broadcast(Max<TV, T>(x, a->Columns));
            T sum = SumOfExponentials<TV, T>(x, a->Columns, max, y);
            TV scale = TV.Broadcast(T.One / sum);
            nint j = 0;
            for (; j <= a->Columns - TV.Count; j += TV.Count)
                TV.Store(TV.Load(y + j) * scale, y + j);
            if (j < a->Columns)
                TV.StorePartial(TV.LoadPartial(y + j, (int)(a->Columns - j)) * scale, y + j, (int)(a->Columns - j));
        }
    }

    /// <summary>yⱼ = xⱼ − max − ln Σ e^(xₖ − max); the logarithms of a register's worth of rows at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LogSoftmax<TV, T>(void* arguments)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        SoftmaxArguments* a = (SoftmaxArguments*)arguments;
        T* x = (T*)a->Input;
        T* y = (T*)a->Result;
        T* shifts = stackalloc T[TV.Count];
        T* sums = stackalloc T[TV.Count];
        for (nint row = 0; row < a->Rows; row += TV.Count)
        {
            int rows = (int)Math.Min(TV.Count, a->Rows - row);
            for (int r = 0; r < rows; r++)
            {
                shifts[r] = Max<TV, T>(x + r * a->Columns, a->Columns);
                sums[r] = SumOfExponentials<TV, T>(
                    x + r * a->Columns,
                    a->Columns,
                    TV.Broadcast(shifts[r]),
                    y + r * a->Columns
                );
            }
            TV.StorePartial(LogOperator.Invoke<TV, T>(TV.LoadPartial(sums, rows)), sums, rows);
            for (int r = 0; r < rows; r++, x += a->Columns, y += a->Columns)
            {
                TV max = TV.Broadcast(shifts[r]),
                    logarithm = TV.Broadcast(sums[r]);
                nint j = 0;
                for (; j <= a->Columns - TV.Count; j += TV.Count)
                    TV.Store(TV.Load(x + j) - max - logarithm, y + j);
                if (j < a->Columns)
                    TV.StorePartial(
                        TV.LoadPartial(x + j, (int)(a->Columns - j)) - max - logarithm,
                        y + j,
                        (int)(a->Columns - j)
                    );
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Max<TV, T>(T* x, nint columns)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TV max = TV.Literal(double.NegativeInfinity);
        nint j = 0;
        for (; j <= columns - TV.Count; j += TV.Count)
            max = TV.Max(max, TV.Load(x + j));
        if (j < columns)
        {
            int lanes = (int)(columns - j);
            max = TV.Max(
                max,
                TV.Select(TV.FirstLanes(lanes), TV.LoadPartial(x + j, lanes), TV.Literal(double.NegativeInfinity))
            );
        }
        return TV.MaxAcross(max);
    }

    // Leaves e^(x − max) in y.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T SumOfExponentials<TV, T>(T* x, nint columns, TV max, T* y)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TV sum = TV.Zero;
        nint j = 0;
        for (; j <= columns - TV.Count; j += TV.Count)
        {
            TV e = ExpOperator.Invoke<TV, T>(TV.Load(x + j) - max);
            sum += e;
            TV.Store(e, y + j);
        }
        if (j < columns)
        {
            int lanes = (int)(columns - j);
            TV e = ExpOperator.Invoke<TV, T>(TV.LoadPartial(x + j, lanes) - max);
            sum += e & TV.FirstLanes(lanes);
            TV.StorePartial(e, y + j, lanes);
        }
        return TV.Sum(sum);
    }
}
