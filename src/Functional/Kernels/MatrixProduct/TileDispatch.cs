using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>Calls the instance of the micro-kernel whose tile has the wanted rows and vectors; only those called are ever compiled.</summary>
internal static unsafe class TileDispatch
{
    /// <summary>Runs tiles of <paramref name="rows"/> × <paramref name="vectors"/> registers.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void Run<TV, T>(Tiles* tiles, int rows, int vectors, bool partial, bool fromC)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (fromC && partial)
            Run<TV, T, Partial, FromC>(tiles, rows, vectors);
        else if (fromC)
            Run<TV, T, Whole, FromC>(tiles, rows, vectors);
        else if (partial)
            Run<TV, T, Partial, FromZero>(tiles, rows, vectors);
        else
            Run<TV, T, Whole, FromZero>(tiles, rows, vectors);
    }

    [MethodImpl(AggressiveOptimization)]
    private static void Run<TV, T, TPart, TStart>(Tiles* tiles, int rows, int vectors)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart
        where TStart : struct, IStart
    {
        switch (vectors)
        {
            case 1:
                Rows<TV, T, Size1, TPart, TStart>(tiles, rows);
                break;
            case 2:
                Rows<TV, T, Size2, TPart, TStart>(tiles, rows);
                break;
            case 3:
                Rows<TV, T, Size3, TPart, TStart>(tiles, rows);
                break;
            case 4:
                Rows<TV, T, Size4, TPart, TStart>(tiles, rows);
                break;
            default:
                throw new UnreachableException();
        }
    }

    [MethodImpl(AggressiveOptimization)]
    private static void Rows<TV, T, TVectors, TPart, TStart>(Tiles* tiles, int rows)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVectors : unmanaged
        where TPart : struct, IPart
        where TStart : struct, IStart
    {
        switch (rows)
        {
            case 1:
                TileKernel.Run<TV, T, Size1, TVectors, TPart, TStart>(tiles);
                break;
            case 2:
                TileKernel.Run<TV, T, Size2, TVectors, TPart, TStart>(tiles);
                break;
            case 3:
                TileKernel.Run<TV, T, Size3, TVectors, TPart, TStart>(tiles);
                break;
            case 4:
                TileKernel.Run<TV, T, Size4, TVectors, TPart, TStart>(tiles);
                break;
            case 5:
                TileKernel.Run<TV, T, Size5, TVectors, TPart, TStart>(tiles);
                break;
            case 6:
                TileKernel.Run<TV, T, Size6, TVectors, TPart, TStart>(tiles);
                break;
        }
        if (sizeof(TVectors) < 4)
            switch (rows)
            {
                case 7:
                    TileKernel.Run<TV, T, Size7, TVectors, TPart, TStart>(tiles);
                    break;
                case 8:
                    TileKernel.Run<TV, T, Size8, TVectors, TPart, TStart>(tiles);
                    break;
                case 9:
                    TileKernel.Run<TV, T, Size9, TVectors, TPart, TStart>(tiles);
                    break;
            }
        if (sizeof(TVectors) < 3)
            switch (rows)
            {
                case 10:
                    TileKernel.Run<TV, T, Size10, TVectors, TPart, TStart>(tiles);
                    break;
                case 11:
                    TileKernel.Run<TV, T, Size11, TVectors, TPart, TStart>(tiles);
                    break;
                case 12:
                    TileKernel.Run<TV, T, Size12, TVectors, TPart, TStart>(tiles);
                    break;
                case 13:
                    TileKernel.Run<TV, T, Size13, TVectors, TPart, TStart>(tiles);
                    break;
                case 14:
                    TileKernel.Run<TV, T, Size14, TVectors, TPart, TStart>(tiles);
                    break;
            }
        if (sizeof(TVectors) < 2)
            switch (rows)
            {
                case 15:
                    TileKernel.Run<TV, T, Size15, TVectors, TPart, TStart>(tiles);
                    break;
                case 16:
                    TileKernel.Run<TV, T, Size16, TVectors, TPart, TStart>(tiles);
                    break;
                case 17:
                    TileKernel.Run<TV, T, Size17, TVectors, TPart, TStart>(tiles);
                    break;
                case 18:
                    TileKernel.Run<TV, T, Size18, TVectors, TPart, TStart>(tiles);
                    break;
                case 19:
                    TileKernel.Run<TV, T, Size19, TVectors, TPart, TStart>(tiles);
                    break;
                case 20:
                    TileKernel.Run<TV, T, Size20, TVectors, TPart, TStart>(tiles);
                    break;
                case 21:
                    TileKernel.Run<TV, T, Size21, TVectors, TPart, TStart>(tiles);
                    break;
                case 22:
                    TileKernel.Run<TV, T, Size22, TVectors, TPart, TStart>(tiles);
                    break;
                case 23:
                    TileKernel.Run<TV, T, Size23, TVectors, TPart, TStart>(tiles);
                    break;
                case 24:
                    TileKernel.Run<TV, T, Size24, TVectors, TPart, TStart>(tiles);
                    break;
            }
    }
}
