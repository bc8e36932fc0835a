using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Rows made of columns of one or two matrices.</summary>
internal unsafe struct JoinArguments
{
    /// <summary>The matrix whose columns come first, from the first one that is wanted.</summary>
    public void* First;
    public nint FirstStride;
    public nint FirstColumns;

    /// <summary>The other one; of no columns if there is none.</summary>
    public void* Second;
    public nint SecondStride;
    public nint SecondColumns;

    public void* Result;
    public nint Rows;
}

/// <summary>Rows of a table, and numbers that say which.</summary>
internal unsafe struct TableArguments
{
    public void* Table;

    /// <summary>The table's rows.</summary>
    public nint Count;

    /// <summary>For every row of <see cref="Rows"/> the number of one of the table's.</summary>
    public void* Numbers;
    public void* Rows;

    /// <summary>How many rows have a number.</summary>
    public nint RowCount;
    public nint Columns;
}

/// <summary>Copies columns and rows, and sums rows by their numbers.</summary>
internal static unsafe class RowKernels
{
    /// <summary>Every row: columns of the first matrix, then those of the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Join<TV, T>(void* arguments)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        JoinArguments* a = (JoinArguments*)arguments;
        T* first = (T*)a->First;
        T* second = (T*)a->Second;
        T* result = (T*)a->Result;
        for (nint row = 0; row < a->Rows; row++, first += a->FirstStride, second += a->SecondStride)
        {
            Copy<TV, T>(first, a->FirstColumns, result);
            result += a->FirstColumns;
            Copy<TV, T>(second, a->SecondColumns, result);
            result += a->SecondColumns;
        }
    }

    /// <summary>Row i ← the table's row numbers[i].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather<TV, T>(void* arguments)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TableArguments* a = (TableArguments*)arguments;
        T* table = (T*)a->Table;
        T* numbers = (T*)a->Numbers;
        T* row = (T*)a->Rows;
        for (nint i = 0; i < a->RowCount; i++, row += a->Columns)
            Copy<TV, T>(table + RowOf(numbers[i], a->Count) * a->Columns, a->Columns, row);
    }

    /// <summary>The table ← 0, then row after row: the table's row numbers[i] ← itself + row i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScatterSum<TV, T>(void* arguments)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TableArguments* a = (TableArguments*)arguments;
        T* table = (T*)a->Table;
        T* numbers = (T*)a->Numbers;
        T* row = (T*)a->Rows;
        for (nint i = 0; i < a->Count; i++)
            new Span<T>(table + i * a->Columns, (int)a->Columns).Clear();
        for (nint i = 0; i < a->RowCount; i++, row += a->Columns)
            Add<TV, T>(row, a->Columns, table + RowOf(numbers[i], a->Count) * a->Columns);
    }

    // Whoever gives the numbers checks them; here they must not lead outside the table. A NaN is 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint RowOf<T>(T number, nint count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Math.Clamp(nint.CreateSaturating(number), 0, count - 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy<TV, T>(T* source, nint count, T* target)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint j = 0;
        for (; j <= count - TV.Count; j += TV.Count)
            TV.Store(TV.Load(source + j), target + j);
        if (j < count)
            TV.StorePartial(TV.LoadPartial(source + j, (int)(count - j)), target + j, (int)(count - j));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TV, T>(T* source, nint count, T* target)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint j = 0;
        for (; j <= count - TV.Count; j += TV.Count)
            TV.Store(TV.Load(target + j) + TV.Load(source + j), target + j);
        if (j < count)
        {
            int rest = (int)(count - j);
            TV.StorePartial(TV.LoadPartial(target + j, rest) + TV.LoadPartial(source + j, rest), target + j, rest);
        }
    }
}
