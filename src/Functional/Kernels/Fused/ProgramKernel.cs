using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Runs a fused program over a rectangle of rows and columns: the driver of every elementwise step and epilogue.</summary>
internal static unsafe class ProgramKernel
{
    /// <param name="arguments">The operands.</param>
    /// <param name="product">Element (row, column) of the product tile, row stride <paramref name="productStride"/>; null when there is none.</param>
    /// <param name="productStride">Elements between rows of the tile.</param>
    /// <param name="row">First row.</param>
    /// <param name="rows">Rows to run.</param>
    /// <param name="column">First column.</param>
    /// <param name="columns">Columns to run.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TV, T, TProgram, TOperands>(
        ProgramArguments* arguments,
        T* product,
        nint productStride,
        nint row,
        nint rows,
        nint column,
        nint columns
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TProgram : struct, IStatement
        where TOperands : struct, INumber
    {
        nint whole = columns - columns % TV.Count;
        if (whole > 0)
        {
            Frame<T, TV> frame = default;
            T* tile = product - column;
            nint end = column + whole;
            for (nint r = row; r < row + rows; r++, tile += productStride)
            {
                frame.MoveTo(arguments, r, TOperands.Value);
                TProgram.Begin<TV, T>(ref frame);
                frame.Product = tile;
                frame.Column = column;
                do
                {
                    TProgram.Execute<TV, T, Whole>(ref frame);
                    frame.Column += TV.Count;
                } while (frame.Column < end);
            }
        }
        if (whole < columns)
            RunRowEnds<TV, T, TProgram, TOperands>(
                arguments,
                product + whole,
                productStride,
                row,
                rows,
                column + whole,
                columns - whole
            );
    }

    /// <summary>
    /// The last, partial vector of every row. A method of its own, since the JIT inlines up to a number of locals in one, and two copies
    /// of a long program would be too many.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunRowEnds<TV, T, TProgram, TOperands>(
        ProgramArguments* arguments,
        T* product,
        nint productStride,
        nint row,
        nint rows,
        nint column,
        nint columns
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TProgram : struct, IStatement
        where TOperands : struct, INumber
    {
        Frame<T, TV> frame = default;
        frame.Column = column;
        frame.Lanes = (int)columns;
        product -= column;
        for (nint r = row; r < row + rows; r++, product += productStride)
        {
            frame.MoveTo(arguments, r, TOperands.Value);
            TProgram.Begin<TV, T>(ref frame);
            frame.Product = product;
            TProgram.Execute<TV, T, Partial>(ref frame);
        }
    }
}
