using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>max(x, y), NaN if either is NaN; the derivative flows to x where x &gt; y, otherwise to y.</summary>
internal readonly struct MaximumOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Invoke<TV, T>(TV x, TV y)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TV.Select(TV.EqualTo(x, x), TV.Max(x, y), x);
}

/// <summary>min(x, y), NaN if either is NaN; the derivative flows to x where y &gt; x, otherwise to y.</summary>
internal readonly struct MinimumOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Invoke<TV, T>(TV x, TV y)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TV.Select(TV.EqualTo(x, x), TV.Min(x, y), x);
}

/// <summary>1 where x &gt; y, otherwise 0; f′ = 0.</summary>
internal readonly struct GreaterOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Invoke<TV, T>(TV x, TV y)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TV.GreaterThan(x, y) & TV.Literal(1);
}

/// <summary>1 where x = y, otherwise 0; f′ = 0.</summary>
internal readonly struct EqualOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Invoke<TV, T>(TV x, TV y)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TV.EqualTo(x, y) & TV.Literal(1);
}

/// <summary>y where x &gt; 0, otherwise z.</summary>
internal readonly struct SelectOperator : ITernaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Invoke<TV, T>(TV x, TV y, TV z)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TV.Select(TV.GreaterThan(x, TV.Zero), y, z);
}

/// <summary>|x|; f′ = sign(x) needs the input.</summary>
internal readonly struct AbsOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Invoke<TV, T>(TV x)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TV.Abs(x);
}

/// <summary>−1, 0 or 1 (0 for NaN); f′ = 0.</summary>
internal readonly struct SignOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Invoke<TV, T>(TV x)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        (TV.GreaterThan(x, TV.Zero) & TV.Literal(1)) | (TV.GreaterThan(TV.Zero, x) & TV.Literal(-1));
}

/// <summary>max(x, 0), NaN kept; f′ = [y &gt; 0] needs the output.</summary>
internal readonly struct ReluOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Invoke<TV, T>(TV x)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TV.Max(TV.Zero, x);
}

/// <summary>1 where x &gt; 0, otherwise 0; f′ = 0.</summary>
internal readonly struct StepOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Invoke<TV, T>(TV x)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TV.GreaterThan(x, TV.Zero) & TV.Literal(1);
}
