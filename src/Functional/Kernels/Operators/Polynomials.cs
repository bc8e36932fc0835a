using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>
/// The exponential and the logarithm near 0 and 1, shared by every operator that has one in it: eˣ = 2ⁿ·eʳ with
/// n = round(x·log₂e), r = x − n·ln 2, |r| ≤ ½ ln 2; and ln(1 + t) by 2·artanh. Method: W. J. Cody and W. Waite, Software Manual for
/// the Elementary Functions (1980). Coefficients by Remez exchange in 60 digits, then rounded; each bound is that of the rounded ones.
/// </summary>
internal static class Polynomials
{
    /// <summary>
    /// n = round(x·log₂e) and r = x − n·ln 2. ln 2 is two numbers, of which the first has so few bits (16 of 24, 42 of 53) that its
    /// product with n is exact, with or without FMA.
    /// </summary>
    /// <param name="x">Of a magnitude below 2²² (2⁵¹): clamp it first.</param>
    /// <param name="n">An integral number.</param>
    [MethodImpl(AggressiveInlining)]
    public static TV Reduce<TV, T>(TV x, out TV n)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        n = TV.Round(x * TV.Literal(1.4426950408889634));
        return Rest<TV, T>(n, x, 1);
    }

    /// <summary>x − n·s·ln 2, for a power of two s.</summary>
    [MethodImpl(AggressiveInlining)]
    public static TV Rest<TV, T>(TV n, TV x, double s)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float)
            ? TV.MultiplyAdd(
                n,
                TV.Literal(s * -1.4286068203094173e-06),
                TV.MultiplyAdd(n, TV.Literal(s * -0.693145751953125), x)
            )
            : TV.MultiplyAdd(
                n,
                TV.Literal(s * -5.497923018708371e-14),
                TV.MultiplyAdd(n, TV.Literal(s * -0.6931471805598903), x)
            );

    /// <summary>eʳ = 1 + r + r²·g(r) on |r| ≤ ½ ln 2, to a relative 2^−27.4 (2^−56.2).</summary>
    [MethodImpl(AggressiveInlining)]
    public static TV Exp<TV, T>(TV r)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        TV.MultiplyAdd(TV.MultiplyAdd(Tail<TV, T>(r), r, TV.Literal(1)), r, TV.Literal(1));

    /// <summary>eʳ − 1 = r + r²·g(r) on |r| ≤ ½ ln 2, to a relative 2^−25.8 (2^−54.8).</summary>
    [MethodImpl(AggressiveInlining)]
    public static TV Expm1<TV, T>(TV r)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TV.MultiplyAdd(r * r, Tail<TV, T>(r), r);

    /// <summary>(e²ʰ − 1)/2 = h + h²·2g(2h) on |h| ≤ ¼ ln 2: the same with h for r/2, which saves whoever wants e²ˣ a sum.</summary>
    [MethodImpl(AggressiveInlining)]
    public static TV HalfExpm1<TV, T>(TV h)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TV.MultiplyAdd(h * h, Tail<TV, T>(h, 2), h);

    /// <summary>s·g(s·r), g(r) = (eʳ − 1 − r)/r², degree 4 (9), smallest relative error of r + r²·g(r) against eʳ − 1.</summary>
    /// <param name="r">Of a magnitude up to ½ ln 2 / s.</param>
    /// <param name="s">A power of two: the coefficients stay what they are but for their exponents.</param>
    [MethodImpl(AggressiveInlining)]
    private static TV Tail<TV, T>(TV r, double s = 1)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double s2 = s * s,
            s3 = s2 * s,
            s4 = s2 * s2,
            s5 = s4 * s;
        if (typeof(T) == typeof(float))
        {
            return TV.Horner(
                TV.Literal(s5 * 0.001388252),
                r,
                s4 * 0.0083665475,
                s3 * 0.0416672,
                s2 * 0.16666543,
                s * 0.49999997
            );
        }
        else
        {
            TV square = r * r;
            TV even = TV.Horner(
                TV.Literal(s5 * s4 * 2.762609350159776e-07),
                square,
                s5 * s2 * 2.4801505140696445e-05,
                s5 * 0.001388888893166915,
                s3 * 0.04166666666657646,
                s * 0.5000000000000006
            );
            TV odd = TV.Horner(
                TV.Literal(s5 * s5 * 2.5053762160181396e-08),
                square,
                s4 * s4 * 2.755740771983197e-06,
                s3 * s3 * 0.0001984126971868579,
                s4 * 0.008333333333389738,
                s2 * 0.16666666666666588
            );
            return TV.MultiplyAdd(odd, r, even);
        }
    }

    /// <summary>
    /// ln(1 + t) on −0.26 ≤ t ≤ 1 (|w| ≤ ⅓), to a relative 2^−27.4 (2^−58.4), with the leading t given apart so that a caller may carry
    /// a correction in it: t − w·(t − w²·q(w²)), w = t/(2 + t), from ln(1 + t) = 2·artanh w and t = 2w + t·w.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    public static TV Log1p<TV, T>(TV t, TV leading)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TV w = t / (TV.Literal(2) + t);
        TV square = w * w;
        TV rest = TV.MultiplyAdd(-square, Atanh<TV, T>(square), t);
        return TV.MultiplyAdd(-w, rest, leading);
    }

    /// <summary>q(u) = 2·(artanh w − w)/w³, u = w² ≤ 1/9, degree 3 (9), smallest relative error against ln(1 + t).</summary>
    [MethodImpl(AggressiveInlining)]
    private static TV Atanh<TV, T>(TV u)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float))
        {
            TV p = TV.Literal(0.2801199);
            p = TV.MultiplyAdd(p, u, TV.Literal(0.28001806));
            p = TV.MultiplyAdd(p, u, TV.Literal(0.40021527));
            return TV.MultiplyAdd(p, u, TV.Literal(0.6666642));
        }
        else
        {
            TV square = u * u;
            TV even = TV.Horner(
                TV.Literal(0.08344980939797483),
                square,
                0.13301121607912367,
                0.18181744479561088,
                0.285714285481179,
                0.6666666666666631
            );
            TV odd = TV.Horner(
                TV.Literal(0.17009738356198192),
                square,
                0.12104942886093689,
                0.15386548378144269,
                0.22222223953640738,
                0.40000000000155117
            );
            return TV.MultiplyAdd(odd, u, even);
        }
    }
}
