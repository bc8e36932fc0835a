using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>
/// Transposes dense matrices of two columns, the plane's points: interleaving two registers moves the top bit of an element's place to the
/// bottom, so that one round joins two rows to pairs and as many rounds as a lane's number has bits split pairs to rows.
/// </summary>
internal static unsafe class Pairs
{
    /// <summary>first[i], second[i] ← pairs[2i], pairs[2i + 1] for i &lt; count.</summary>
    [MethodImpl(AggressiveOptimization)]
    public static void Split<TV, T>(T* pairs, int count, T* first, T* second)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int i = 0;
        for (; i <= count - TV.Count; i += TV.Count)
        {
            TV a = TV.Load(pairs + 2 * i),
                b = TV.Load(pairs + 2 * i + TV.Count);
            for (int lanes = TV.Count; lanes > 1; lanes /= 2)
                (a, b) = (TV.ZipLow(a, b), TV.ZipHigh(a, b));
            TV.Store(a, first + i);
            TV.Store(b, second + i);
        }
        for (; i < count; i++)
            (first[i], second[i]) = (pairs[2 * i], pairs[2 * i + 1]);
    }

    /// <summary>pairs[2i], pairs[2i + 1] ← first[i], second[i] for i &lt; count.</summary>
    [MethodImpl(AggressiveOptimization)]
    public static void Join<TV, T>(T* first, T* second, int count, T* pairs)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int i = 0;
        for (; i <= count - TV.Count; i += TV.Count)
        {
            TV a = TV.Load(first + i),
                b = TV.Load(second + i);
            TV.Store(TV.ZipLow(a, b), pairs + 2 * i);
            TV.Store(TV.ZipHigh(a, b), pairs + 2 * i + TV.Count);
        }
        for (; i < count; i++)
            (pairs[2 * i], pairs[2 * i + 1]) = (first[i], second[i]);
    }
}
