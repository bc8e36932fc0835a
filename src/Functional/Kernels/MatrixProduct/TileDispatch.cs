using System.Diagnostics;
using System.Numerics;

namespace Functional.Kernels;

/// <summary>Finds the instance of the micro-kernel whose tile has the wanted rows and vectors; only those called are ever compiled.</summary>
internal static unsafe class TileDispatch
{
    /// <summary>The kernel for tiles of <paramref name="rows"/> × <paramref name="vectors"/> registers.</summary>
    public static delegate* <Tiles*, void> KernelOf<TV, T>(int rows, int vectors, bool partial, bool fromC)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        (partial, fromC) switch
        {
            (true, true) => KernelOf<TV, T, Partial, FromC>(rows, vectors),
            (false, true) => KernelOf<TV, T, Whole, FromC>(rows, vectors),
            (true, false) => KernelOf<TV, T, Partial, FromZero>(rows, vectors),
            (false, false) => KernelOf<TV, T, Whole, FromZero>(rows, vectors),
        };

    private static delegate* <Tiles*, void> KernelOf<TV, T, TPart, TStart>(int rows, int vectors)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart
        where TStart : struct, IStart =>
        vectors switch
        {
            1 => KernelOf<TV, T, Size1, TPart, TStart>(rows),
            2 => KernelOf<TV, T, Size2, TPart, TStart>(rows),
            3 => KernelOf<TV, T, Size3, TPart, TStart>(rows),
            4 => KernelOf<TV, T, Size4, TPart, TStart>(rows),
            _ => throw new UnreachableException(),
        };

    private static delegate* <Tiles*, void> KernelOf<TV, T, TVectors, TPart, TStart>(int rows)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVectors : unmanaged
        where TPart : struct, IPart
        where TStart : struct, IStart =>
        rows switch
        {
            1 => &TileKernel.Run<TV, T, Size1, TVectors, TPart, TStart>,
            2 => &TileKernel.Run<TV, T, Size2, TVectors, TPart, TStart>,
            3 => &TileKernel.Run<TV, T, Size3, TVectors, TPart, TStart>,
            4 => &TileKernel.Run<TV, T, Size4, TVectors, TPart, TStart>,
            5 => &TileKernel.Run<TV, T, Size5, TVectors, TPart, TStart>,
            6 => &TileKernel.Run<TV, T, Size6, TVectors, TPart, TStart>,
            7 => &TileKernel.Run<TV, T, Size7, TVectors, TPart, TStart>,
            8 => &TileKernel.Run<TV, T, Size8, TVectors, TPart, TStart>,
            9 => &TileKernel.Run<TV, T, Size9, TVectors, TPart, TStart>,
            10 => &TileKernel.Run<TV, T, Size10, TVectors, TPart, TStart>,
            11 => &TileKernel.Run<TV, T, Size11, TVectors, TPart, TStart>,
            12 => &TileKernel.Run<TV, T, Size12, TVectors, TPart, TStart>,
            13 => &TileKernel.Run<TV, T, Size13, TVectors, TPart, TStart>,
            14 => &TileKernel.Run<TV, T, Size14, TVectors, TPart, TStart>,
            15 => &TileKernel.Run<TV, T, Size15, TVectors, TPart, TStart>,
            16 => &TileKernel.Run<TV, T, Size16, TVectors, TPart, TStart>,
            17 => &TileKernel.Run<TV, T, Size17, TVectors, TPart, TStart>,
            18 => &TileKernel.Run<TV, T, Size18, TVectors, TPart, TStart>,
            19 => &TileKernel.Run<TV, T, Size19, TVectors, TPart, TStart>,
            20 => &TileKernel.Run<TV, T, Size20, TVectors, TPart, TStart>,
            21 => &TileKernel.Run<TV, T, Size21, TVectors, TPart, TStart>,
            22 => &TileKernel.Run<TV, T, Size22, TVectors, TPart, TStart>,
            23 => &TileKernel.Run<TV, T, Size23, TVectors, TPart, TStart>,
            24 => &TileKernel.Run<TV, T, Size24, TVectors, TPart, TStart>,
            _ => throw new UnreachableException(),
        };
}
