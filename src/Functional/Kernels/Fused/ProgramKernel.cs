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
        Frame<T, TV> frame = default;
        nint end = column + columns;
        product -= column;
        for (nint r = row; r < row + rows; r++, product += productStride)
        {
            frame.MoveTo(arguments, r, TOperands.Value);
            frame.Product = product;
            frame.Column = column;
            for (; frame.Column <= end - TV.Count; frame.Column += TV.Count)
                TProgram.Execute<TV, T, Whole>(ref frame);
            if (frame.Column < end)
            {
                frame.Lanes = (int)(end - frame.Column);
                TProgram.Execute<TV, T, Partial>(ref frame);
            }
        }
    }
}
