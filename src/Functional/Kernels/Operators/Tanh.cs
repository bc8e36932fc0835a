using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>tanh x; f′ = 1 − y² needs the output.</summary>
/// <remarks>
/// (e − 1)/(e + 1) with e = e^(−2|x|) by <see cref="Polynomials"/>, both ends rounded once from the reduced eʳ − 1; relative accuracy
/// near 0. Error ≤ 1.94 ULP (all floats), 2.0 ULP (double, sampled). ±1 at ±∞ and beyond 9.1 (19.1), keeps −0; NaN stays NaN.
/// </remarks>
internal readonly struct TanhOperator : IUnaryOperator
{
    [MethodImpl(AggressiveInlining)]
    public static TV Invoke<TV, T>(TV x)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TV minus = x | TV.Literal(-0.0);
        TV r = Polynomials.Reduce<TV, T>(
            TV.Max(TV.Literal(typeof(T) == typeof(float) ? -20 : -40), minus + minus),
            out TV n
        );
        TV power = TV.PowerOfTwo(n);
        TV e = Polynomials.Expm1<TV, T>(r);
        TV y = TV.MultiplyAdd(power, e, power - TV.Literal(1)) / TV.MultiplyAdd(power, e, power + TV.Literal(1));
        return TV.CopySign(y, x);
    }
}
