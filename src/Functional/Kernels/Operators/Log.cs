using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>ln x; f′ = 1/x needs the input.</summary>
/// <remarks>
/// k·ln 2 + ln m with x = m·2ᵏ, m ∈ [¾, 1½), by <see cref="Polynomials"/>.
/// Error ≤ 0.98 ULP (every float of 2⁻¹⁴ ≤ |x| &lt; 2⁷, each 16th beyond), 1.3 ULP (double, sampled).
/// −∞ at ±0, ∞ at ∞, NaN below 0; subnormal x like any other; NaN stays NaN.
/// </remarks>
internal readonly struct LogOperator : IUnaryOperator
{
    [MethodImpl(AggressiveInlining)]
    public static TV Invoke<TV, T>(TV x)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TV t = TV.Split(x, out TV k) - TV.Literal(1);
        return typeof(T) == typeof(float)
            ? TV.MultiplyAdd(
                k,
                TV.Literal(0.693145751953125),
                Polynomials.Log1p<TV, T>(t, TV.MultiplyAdd(k, TV.Literal(1.4286068203094173e-06), t))
            )
            : TV.MultiplyAdd(
                k,
                TV.Literal(0.6931471805598903),
                Polynomials.Log1p<TV, T>(t, TV.MultiplyAdd(k, TV.Literal(5.497923018708371e-14), t))
            );
    }
}
