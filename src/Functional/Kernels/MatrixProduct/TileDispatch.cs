using System.Diagnostics;
using System.Numerics;

namespace Functional.Kernels;

/// <summary>Finds the instance of the micro-kernel whose tile has the wanted rows and vectors; only those called are ever compiled.</summary>
internal static unsafe class TileDispatch
{
    /// <summary>The kernel for tiles of <paramref name="rows"/> × <paramref name="vectors"/> registers.</summary>
    public static delegate* <Tiles*, void> KernelOf<TV, T>(int rows, int vectors, bool partial, bool fromC, bool asking)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        (partial, fromC, asking) switch
        {
            (true, true, _) => KernelOf<TV, T, Partial, FromC, AskingNothing>(rows, vectors),
            (true, false, _) => KernelOf<TV, T, Partial, FromZero, AskingNothing>(rows, vectors),
            (false, true, false) => KernelOf<TV, T, Whole, FromC, AskingNothing>(rows, vectors),
            (false, false, false) => KernelOf<TV, T, Whole, FromZero, AskingNothing>(rows, vectors),
            (false, true, true) => KernelOf<TV, T, Whole, FromC, AskingAhead>(rows, vectors),
            (false, false, true) => KernelOf<TV, T, Whole, FromZero, AskingAhead>(rows, vectors),
        };

    private static delegate* <Tiles*, void> KernelOf<TV, T, TPart, TStart, TAsking>(int rows, int vectors)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart
        where TStart : struct, IStart
        where TAsking : struct, IAsking =>
        vectors switch
        {
            1 => KernelOf<TV, T, Size1, TPart, TStart, TAsking>(rows),
            2 => KernelOf<TV, T, Size2, TPart, TStart, TAsking>(rows),
            3 => KernelOf<TV, T, Size3, TPart, TStart, TAsking>(rows),
            4 => KernelOf<TV, T, Size4, TPart, TStart, TAsking>(rows),
            _ => throw new UnreachableException(),
        };

    private static delegate* <Tiles*, void> KernelOf<TV, T, TVectors, TPart, TStart, TAsking>(int rows)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVectors : unmanaged
        where TPart : struct, IPart
        where TStart : struct, IStart
        where TAsking : struct, IAsking =>
        rows switch
        {
            1 => &TileKernel.Run<TV, T, Size1, TVectors, TPart, TStart, TAsking>,
            2 => &TileKernel.Run<TV, T, Size2, TVectors, TPart, TStart, TAsking>,
            3 => &TileKernel.Run<TV, T, Size3, TVectors, TPart, TStart, TAsking>,
            4 => &TileKernel.Run<TV, T, Size4, TVectors, TPart, TStart, TAsking>,
            5 => &TileKernel.Run<TV, T, Size5, TVectors, TPart, TStart, TAsking>,
            6 => &TileKernel.Run<TV, T, Size6, TVectors, TPart, TStart, TAsking>,
            7 => &TileKernel.Run<TV, T, Size7, TVectors, TPart, TStart, TAsking>,
            8 => &TileKernel.Run<TV, T, Size8, TVectors, TPart, TStart, TAsking>,
            9 => &TileKernel.Run<TV, T, Size9, TVectors, TPart, TStart, TAsking>,
            10 => &TileKernel.Run<TV, T, Size10, TVectors, TPart, TStart, TAsking>,
            11 => &TileKernel.Run<TV, T, Size11, TVectors, TPart, TStart, TAsking>,
            12 => &TileKernel.Run<TV, T, Size12, TVectors, TPart, TStart, TAsking>,
            13 => &TileKernel.Run<TV, T, Size13, TVectors, TPart, TStart, TAsking>,
            14 => &TileKernel.Run<TV, T, Size14, TVectors, TPart, TStart, TAsking>,
            15 => &TileKernel.Run<TV, T, Size15, TVectors, TPart, TStart, TAsking>,
            16 => &TileKernel.Run<TV, T, Size16, TVectors, TPart, TStart, TAsking>,
            17 => &TileKernel.Run<TV, T, Size17, TVectors, TPart, TStart, TAsking>,
            18 => &TileKernel.Run<TV, T, Size18, TVectors, TPart, TStart, TAsking>,
            19 => &TileKernel.Run<TV, T, Size19, TVectors, TPart, TStart, TAsking>,
            20 => &TileKernel.Run<TV, T, Size20, TVectors, TPart, TStart, TAsking>,
            21 => &TileKernel.Run<TV, T, Size21, TVectors, TPart, TStart, TAsking>,
            22 => &TileKernel.Run<TV, T, Size22, TVectors, TPart, TStart, TAsking>,
            23 => &TileKernel.Run<TV, T, Size23, TVectors, TPart, TStart, TAsking>,
            24 => &TileKernel.Run<TV, T, Size24, TVectors, TPart, TStart, TAsking>,
            _ => throw new UnreachableException(),
        };
}
