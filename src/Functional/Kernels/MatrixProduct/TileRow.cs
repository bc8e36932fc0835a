using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>One row of a register tile: up to four accumulators. The JIT keeps each field in a register of its own.</summary>
internal unsafe struct TileRow<TV, T>
    where TV : unmanaged, IVector<TV, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private TV _c0,
        _c1,
        _c2,
        _c3;

    /// <summary>cᵥ ← a·bᵥ + cᵥ.</summary>
    [MethodImpl(AggressiveInlining)]
    public void MultiplyAdd<TVectors>(TV a, TV b0, TV b1, TV b2, TV b3)
        where TVectors : unmanaged
    {
        _c0 = TV.MultiplyAdd(a, b0, _c0);
        if (sizeof(TVectors) > 1)
            _c1 = TV.MultiplyAdd(a, b1, _c1);
        if (sizeof(TVectors) > 2)
            _c2 = TV.MultiplyAdd(a, b2, _c2);
        if (sizeof(TVectors) > 3)
            _c3 = TV.MultiplyAdd(a, b3, _c3);
    }

    /// <summary>cᵥ ← 0, or what C holds.</summary>
    [MethodImpl(AggressiveInlining)]
    public void Begin<TVectors, TPart, TStart>(T* source, TV mask)
        where TVectors : unmanaged
        where TPart : struct, IPart
        where TStart : struct, IStart
    {
        if (typeof(TStart) == typeof(FromZero))
        {
            _c0 = default;
            if (sizeof(TVectors) > 1)
                _c1 = default;
            if (sizeof(TVectors) > 2)
                _c2 = default;
            if (sizeof(TVectors) > 3)
                _c3 = default;
        }
        else
        {
            _c0 =
                typeof(TPart) == typeof(Whole) || sizeof(TVectors) > 1 ? TV.Load(source) : TV.LoadMasked(source, mask);
            if (sizeof(TVectors) > 1)
                _c1 =
                    typeof(TPart) == typeof(Whole) || sizeof(TVectors) > 2
                        ? TV.Load(source + TV.Count)
                        : TV.LoadMasked(source + TV.Count, mask);
            if (sizeof(TVectors) > 2)
                _c2 =
                    typeof(TPart) == typeof(Whole) || sizeof(TVectors) > 3
                        ? TV.Load(source + 2 * TV.Count)
                        : TV.LoadMasked(source + 2 * TV.Count, mask);
            if (sizeof(TVectors) > 3)
                _c3 =
                    typeof(TPart) == typeof(Whole)
                        ? TV.Load(source + 3 * TV.Count)
                        : TV.LoadMasked(source + 3 * TV.Count, mask);
        }
    }

    /// <summary>C ← cᵥ.</summary>
    [MethodImpl(AggressiveInlining)]
    public readonly void Store<TVectors, TPart>(T* target, TV mask)
        where TVectors : unmanaged
        where TPart : struct, IPart
    {
        if (typeof(TPart) == typeof(Whole) || sizeof(TVectors) > 1)
            TV.Store(_c0, target);
        else
            TV.StoreMasked(_c0, target, mask);
        if (sizeof(TVectors) > 1)
        {
            if (typeof(TPart) == typeof(Whole) || sizeof(TVectors) > 2)
                TV.Store(_c1, target + TV.Count);
            else
                TV.StoreMasked(_c1, target + TV.Count, mask);
        }
        if (sizeof(TVectors) > 2)
        {
            if (typeof(TPart) == typeof(Whole) || sizeof(TVectors) > 3)
                TV.Store(_c2, target + 2 * TV.Count);
            else
                TV.StoreMasked(_c2, target + 2 * TV.Count, mask);
        }
        if (sizeof(TVectors) > 3)
        {
            if (typeof(TPart) == typeof(Whole))
                TV.Store(_c3, target + 3 * TV.Count);
            else
                TV.StoreMasked(_c3, target + 3 * TV.Count, mask);
        }
    }

    /// <summary>cᵥ ← cᵥ + the other's.</summary>
    [MethodImpl(AggressiveInlining)]
    public void Add<TVectors>(in TileRow<TV, T> other)
        where TVectors : unmanaged
    {
        _c0 += other._c0;
        if (sizeof(TVectors) > 1)
            _c1 += other._c1;
        if (sizeof(TVectors) > 2)
            _c2 += other._c2;
        if (sizeof(TVectors) > 3)
            _c3 += other._c3;
    }

    /// <summary>Adds the halves of each cᵥ, and of the other's, and interleaves the sums.</summary>
    [MethodImpl(AggressiveInlining)]
    public void Fold<TVectors>(in TileRow<TV, T> other)
        where TVectors : unmanaged
    {
        _c0 = Fold(_c0, other._c0);
        if (sizeof(TVectors) > 1)
            _c1 = Fold(_c1, other._c1);
        if (sizeof(TVectors) > 2)
            _c2 = Fold(_c2, other._c2);
        if (sizeof(TVectors) > 3)
            _c3 = Fold(_c3, other._c3);
    }

    /// <summary>Adds and interleaves the halves of all cᵥ, until one register holds the sums.</summary>
    [MethodImpl(AggressiveInlining)]
    public readonly TV FoldAll<TVectors>()
        where TVectors : unmanaged =>
        sizeof(TVectors) == 1 ? _c0
        : sizeof(TVectors) == 2 ? Fold(_c0, _c1)
        : Fold(Fold(_c0, _c2), Fold(_c1, _c3));

    [MethodImpl(AggressiveInlining)]
    private static TV Fold(TV even, TV odd) => TV.ZipLow(even, odd) + TV.ZipHigh(even, odd);
}
