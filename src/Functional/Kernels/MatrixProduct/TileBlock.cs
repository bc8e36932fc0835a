using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>A rectangle of C: whole tiles first, then the columns and rows left over with tiles that fit them exactly.</summary>
internal static unsafe class TileBlock
{
    /// <summary>
    /// Needs <paramref name="tiles"/>' K and strides; sets the rest. <paramref name="fromC"/>: the sums go on from what C holds.
    /// </summary>
    [MethodImpl(AggressiveOptimization)]
    public static void Run<TV, T>(
        Tiles* tiles,
        T* a,
        int rows,
        T* b,
        int columns,
        T* c,
        int tileRows,
        int tileVectors,
        bool fromC
    )
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        tiles->A = a;
        tiles->B = b;
        tiles->C = c;
        int panel = tileVectors * TV.Count;
        int panels = 0;
        if (columns >= panel)
        {
            panels = tiles->Panels = Quotient(columns, panel);
            Rows<TV, T>(tiles, rows, tileRows, tileVectors, false, fromC);
            columns -= panels * panel;
        }
        if (columns > 0)
        {
            tiles->A = a;
            tiles->B = b + panels * tiles->BPanel;
            tiles->C = c + panels * panel;
            tiles->Panels = 1;
            tiles->Lanes = columns & (TV.Count - 1);
            Rows<TV, T>(tiles, rows, tileRows, (columns + TV.Count - 1) / TV.Count, tiles->Lanes > 0, fromC);
        }
    }

    [MethodImpl(AggressiveInlining)]
    private static void Rows<TV, T>(Tiles* tiles, int rows, int tileRows, int vectors, bool partial, bool fromC)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (rows >= tileRows)
        {
            tiles->RowTiles = Quotient(rows, tileRows);
            TileDispatch.Run<TV, T>(tiles, tileRows, vectors, partial, fromC);
            int done = tiles->RowTiles * tileRows;
            rows -= done;
            tiles->A = (T*)tiles->A + done * tiles->ARow;
            tiles->C = (T*)tiles->C + done * tiles->CRow;
        }
        if (rows > 0)
        {
            tiles->RowTiles = 1;
            TileDispatch.Run<TV, T>(tiles, rows, vectors, partial, fromC);
        }
    }

    /// <summary>n / d without a division where it is 1, as it is for small products.</summary>
    [MethodImpl(AggressiveInlining)]
    private static int Quotient(int n, int d) => n < 2 * d ? 1 : n / d;
}
