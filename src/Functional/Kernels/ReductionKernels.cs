using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>What a reduction sums: a stored value, or the values that a program computes chunk by chunk into scratch memory.</summary>
internal unsafe struct ReductionArguments
{
    /// <summary>Elements of a chunk of computed values: a few KB, so that they stay in L1.</summary>
    public const int ChunkElements = 1024;

    /// <summary>The stored value, rows of <see cref="Columns"/> elements; unused with a prologue.</summary>
    public void* Input;
    public nint Rows;
    public nint Columns;

    /// <summary>The kernel that computes the values to sum, or 0.</summary>
    public nint Prologue;
    public ProgramArguments* PrologueProgram;

    /// <summary>The prologue's operand that is the scratch memory.</summary>
    public int ScratchOperand;

    /// <summary>Room for the larger of <see cref="ChunkElements"/> and a row.</summary>
    public void* Scratch;

    /// <summary>Where the sums go.</summary>
    public void* Result;

    /// <summary>The kernel to run on the sums, or 0.</summary>
    public nint Epilogue;
    public ProgramArguments* EpilogueProgram;
}

/// <summary>Sums in a fixed order, so that the same values give the same bits.</summary>
internal static unsafe class ReductionKernels
{
    /// <summary>All elements to one: lane by lane along the elements, then across the lanes by a fixed tree.</summary>
    public static void SumAll<TV, T>(void* arguments)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReductionArguments* a = (ReductionArguments*)arguments;
        TV sum = TV.Zero;
        nint chunk = RowsPerChunk(a);
        for (nint row = 0; row < a->Rows; row += chunk)
        {
            nint rows = Math.Min(chunk, a->Rows - row);
            sum = AddElements<TV, T>(sum, Chunk<T>(a, row, rows), rows * a->Columns);
        }
        *(T*)a->Result = TV.Sum(sum);
        Finish<T>(a, 1, 1);
    }

    /// <summary>Each column over all rows, in row order.</summary>
    public static void SumColumns<TV, T>(void* arguments)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReductionArguments* a = (ReductionArguments*)arguments;
        new Span<T>(a->Result, (int)a->Columns).Clear();
        nint chunk = RowsPerChunk(a);
        for (nint row = 0; row < a->Rows; row += chunk)
        {
            nint rows = Math.Min(chunk, a->Rows - row);
            AddColumns<TV, T>((T*)a->Result, Chunk<T>(a, row, rows), rows, a->Columns);
        }
        Finish<T>(a, 1, a->Columns);
    }

    /// <summary>Each row over all columns.</summary>
    public static void SumRows<TV, T>(void* arguments)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReductionArguments* a = (ReductionArguments*)arguments;
        T* result = (T*)a->Result;
        nint chunk = RowsPerChunk(a);
        for (nint row = 0; row < a->Rows; row += chunk)
        {
            nint rows = Math.Min(chunk, a->Rows - row);
            T* values = Chunk<T>(a, row, rows);
            for (nint r = 0; r < rows; r++)
                result[row + r] = TV.Sum(AddElements<TV, T>(TV.Zero, values + r * a->Columns, a->Columns));
        }
        Finish<T>(a, a->Rows, 1);
    }

    // The chunk must not depend on the batch size, or the order of summation would.
    private static nint RowsPerChunk(ReductionArguments* a) =>
        Math.Max(1, ReductionArguments.ChunkElements / a->Columns);

    private static T* Chunk<T>(ReductionArguments* a, nint row, nint rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (a->Prologue == 0)
            return (T*)a->Input + row * a->Columns;
        // The program addresses its scratch operand by row, from this chunk's first.
        a->PrologueProgram->Bind(a->ScratchOperand, (T*)a->Scratch - row * a->Columns, a->Columns);
        ((delegate* <ProgramArguments*, T*, nint, nint, nint, nint, nint, void>)a->Prologue)(
            a->PrologueProgram,
            null,
            0,
            row,
            rows,
            0,
            a->Columns
        );
        return (T*)a->Scratch;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TV AddElements<TV, T>(TV sum, T* values, nint count)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint i = 0;
        for (; i <= count - TV.Count; i += TV.Count)
            sum += TV.Load(values + i);
        return i < count ? sum + TV.LoadPartial(values + i, (int)(count - i)) : sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddColumns<TV, T>(T* sums, T* values, nint rows, nint columns)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint column = 0;
        for (; column <= columns - TV.Count; column += TV.Count)
        {
            TV sum = TV.Load(sums + column);
            T* value = values + column;
            for (nint row = 0; row < rows; row++, value += columns)
                sum += TV.Load(value);
            TV.Store(sum, sums + column);
        }
        if (column < columns)
        {
            int lanes = (int)(columns - column);
            TV sum = TV.LoadPartial(sums + column, lanes);
            T* value = values + column;
            for (nint row = 0; row < rows; row++, value += columns)
                sum += TV.LoadPartial(value, lanes);
            TV.StorePartial(sum, sums + column, lanes);
        }
    }

    private static void Finish<T>(ReductionArguments* a, nint rows, nint columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (a->Epilogue != 0)
            ((delegate* <ProgramArguments*, T*, nint, nint, nint, nint, nint, void>)a->Epilogue)(
                a->EpilogueProgram,
                (T*)a->Result,
                columns,
                0,
                rows,
                0,
                columns
            );
    }
}
