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
        nint whole = a->Columns / TV.Count * TV.Count;
        TV rest = TV.FirstLanes((int)(a->Columns - whole));
        for (nint row = 0; row < a->Rows; row++, x += a->Columns, y += a->Columns)
        {
            TV max = TV.Broadcast(Max<TV, T>(x, a->Columns, whole, rest));
            T sum = SumOfExponentials<TV, T>(x, a->Columns, whole, rest, max, y);
            TV scale = TV.Broadcast(T.One / sum);
            for (nint j = 0; j < whole; j += TV.Count)
                TV.Store(TV.Load(y + j) * scale, y + j);
            if (whole < a->Columns)
                TV.StoreMasked(TV.LoadMasked(y + whole, rest) * scale, y + whole, rest);
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
        nint whole = a->Columns / TV.Count * TV.Count;
        TV rest = TV.FirstLanes((int)(a->Columns - whole));
        T* shifts = stackalloc T[TV.Count];
        T* sums = stackalloc T[TV.Count];
        for (nint row = 0; row < a->Rows; row += TV.Count)
        {
            int rows = (int)Math.Min(TV.Count, a->Rows - row);
            for (int r = 0; r < rows; r++)
            {
                T* v = x + r * a->Columns;
                shifts[r] = Max<TV, T>(v, a->Columns, whole, rest);
                sums[r] = SumOfExponentials<TV, T>(v, a->Columns, whole, rest, TV.Broadcast(shifts[r]), null);
            }
            TV.StorePartial(LogOperator.Invoke<TV, T>(TV.LoadPartial(sums, rows)), sums, rows);
            for (int r = 0; r < rows; r++, x += a->Columns, y += a->Columns)
            {
                TV max = TV.Broadcast(shifts[r]),
                    logarithm = TV.Broadcast(sums[r]);
                for (nint j = 0; j < whole; j += TV.Count)
                    TV.Store(TV.Load(x + j) - max - logarithm, y + j);
                if (whole < a->Columns)
                    TV.StoreMasked(TV.LoadMasked(x + whole, rest) - max - logarithm, y + whole, rest);
            }
        }
    }

    // The columns that fill registers, and the lanes of the rest.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Max<TV, T>(T* x, nint columns, nint whole, TV rest)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TV max = TV.Literal(double.NegativeInfinity);
        for (nint j = 0; j < whole; j += TV.Count)
            max = TV.Max(max, TV.Load(x + j));
        if (whole < columns)
            max = TV.Max(max, TV.Select(rest, TV.LoadMasked(x + whole, rest), TV.Literal(double.NegativeInfinity)));
        return TV.MaxAcross(max);
    }

    // Leaves e^(x − max) in y, if there is one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T SumOfExponentials<TV, T>(T* x, nint columns, nint whole, TV rest, TV max, T* y)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TV sum = TV.Zero;
        for (nint j = 0; j < whole; j += TV.Count)
        {
            TV e = ExpOperator.Invoke<TV, T>(TV.Load(x + j) - max);
            sum += e;
            if (y != null)
                TV.Store(e, y + j);
        }
        if (whole < columns)
        {
            TV e = ExpOperator.Invoke<TV, T>(TV.LoadMasked(x + whole, rest) - max);
            sum += e & rest;
            if (y != null)
                TV.StoreMasked(e, y + whole, rest);
        }
        return TV.Sum(sum);
    }
}
