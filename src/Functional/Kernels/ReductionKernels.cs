using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Runs sums: block by block over rows and columns, what is to be summed computed just before if it is not stored.</summary>
internal static unsafe class ReductionKernels
{
    /// <summary>
    /// Bytes from row to row from which columns are summed a block of rows at a time. One register's columns alone would jump from row to row;
    /// of few rows the processor reads ahead what comes next.
    /// </summary>
    private const int FarApart = 2048;

    /// <summary>Each column over all rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumOverRows<TV, T>(void* arguments)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReductionArguments* a = (ReductionArguments*)arguments;
        SumOverRows<TV, T>(a, (T*)a->Result);
        Finish<T>(a, a->Columns);
    }

    /// <summary>Each row over all columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumAlongRows<TV, T>(void* arguments)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReductionArguments* a = (ReductionArguments*)arguments;
        SumAlongRows<TV, T>(a, (T*)a->Result);
        Finish<T>(a, a->Rows);
    }

    /// <summary>All elements to one: over the batch first, then over what is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumAll<TV, T>(void* arguments)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReductionArguments* a = (ReductionArguments*)arguments;
        T* partialSums = (T*)a->PartialSums;
        if (a->AlongRows)
            SumAlongRows<TV, T>(a, partialSums);
        else
            SumOverRows<TV, T>(a, partialSums);
        ChainedSums.AddColumns<TV, T>(
            partialSums,
            0,
            1,
            a->AlongRows ? a->Rows : a->Columns,
            null,
            true,
            true,
            (T*)a->Result
        );
        Finish<T>(a, 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumOverRows<TV, T>(ReductionArguments* a, T* sums)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* chains = (T*)a->Scratch + ReductionArguments.BlockElements;
        for (nint column = 0; column < a->Columns; column += ReductionArguments.BlockSums)
        {
            nint columns = Math.Min(ReductionArguments.BlockSums, a->Columns - column);
            nint most = a->Prologue == 0 && a->Stride * sizeof(T) < FarApart ? a->Rows : TermsPerBlock(columns);
            for (nint row = 0; row < a->Rows; row += most)
            {
                nint rows = Math.Min(most, a->Rows - row);
                T* values = Values<T>(a, row, rows, column, columns);
                bool isLast = row + rows == a->Rows;
                ChainedSums.AddRows<TV, T>(
                    values,
                    StrideOf(a, columns),
                    rows,
                    columns,
                    chains,
                    row == 0,
                    isLast,
                    sums + column
                );
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumAlongRows<TV, T>(ReductionArguments* a, T* sums)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* chains = (T*)a->Scratch + ReductionArguments.BlockElements;
        for (nint row = 0; row < a->Rows; row += ReductionArguments.BlockSums)
        {
            nint rows = Math.Min(ReductionArguments.BlockSums, a->Rows - row);
            nint most = a->Prologue == 0 ? a->Columns : TermsPerBlock(rows);
            for (nint column = 0; column < a->Columns; column += most)
            {
                nint columns = Math.Min(most, a->Columns - column);
                T* values = Values<T>(a, row, rows, column, columns);
                bool isLast = column + columns == a->Columns;
                ChainedSums.AddColumns<TV, T>(
                    values,
                    StrideOf(a, columns),
                    rows,
                    columns,
                    chains,
                    column == 0,
                    isLast,
                    sums + row
                );
            }
        }
    }

    private static nint StrideOf(ReductionArguments* a, nint columns) => a->Prologue == 0 ? a->Stride : columns;

    // As many terms of each sum as a block holds, in whole rounds of the chains.
    private static nint TermsPerBlock(nint sums) =>
        ReductionArguments.BlockElements / ChainedSums.Chains / sums * ChainedSums.Chains;

    private static T* Values<T>(ReductionArguments* a, nint row, nint rows, nint column, nint columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (a->Prologue == 0)
            return (T*)a->Input + row * a->Stride + column;
        // The program addresses its scratch operand by row and column, from this block's first.
        a->PrologueProgram->Bind(a->ScratchOperand, (T*)a->Scratch - row * columns - column, columns);
        ((delegate* <ProgramArguments*, T*, nint, nint, nint, nint, nint, void>)a->Prologue)(
            a->PrologueProgram,
            null,
            0,
            row,
            rows,
            column,
            columns
        );
        return (T*)a->Scratch;
    }

    private static void Finish<T>(ReductionArguments* a, nint sums)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (a->Epilogue != 0)
            ((delegate* <ProgramArguments*, T*, nint, nint, nint, nint, nint, void>)a->Epilogue)(
                a->EpilogueProgram,
                (T*)a->Result,
                0,
                0,
                1,
                0,
                sums
            );
    }
}
