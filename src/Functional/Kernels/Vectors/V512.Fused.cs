using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <content>Products and sums in one instruction.</content>
internal readonly unsafe partial struct V512<T>
{
    [MethodImpl(AggressiveInlining)]
    public static V512<T> MultiplyAdd(V512<T> a, V512<T> b, V512<T> c) =>
        typeof(T) == typeof(float)
            ? new(
                Vector512
                    .MultiplyAddEstimate(a._register.AsSingle(), b._register.AsSingle(), c._register.AsSingle())
                    .As<float, T>()
            )
            : new(
                Vector512
                    .MultiplyAddEstimate(a._register.AsDouble(), b._register.AsDouble(), c._register.AsDouble())
                    .As<double, T>()
            );

    [MethodImpl(AggressiveInlining)]
    public static V512<T> Horner(V512<T> top, V512<T> x, double c3, double c2, double c1, double c0)
    {
        if (typeof(T) == typeof(float))
        {
            Vector512<float> x0 = x._register.AsSingle(),
                p = top._register.AsSingle();
            p = Vector512.MultiplyAddEstimate(p, x0, Vector512.Create((float)c3));
            p = Vector512.MultiplyAddEstimate(p, x0, Vector512.Create((float)c2));
            p = Vector512.MultiplyAddEstimate(p, x0, Vector512.Create((float)c1));
            return new(Vector512.MultiplyAddEstimate(p, x0, Vector512.Create((float)c0)).As<float, T>());
        }
        else
        {
            Vector512<double> x0 = x._register.AsDouble(),
                p = top._register.AsDouble();
            p = Vector512.MultiplyAddEstimate(p, x0, Vector512.Create(c3));
            p = Vector512.MultiplyAddEstimate(p, x0, Vector512.Create(c2));
            p = Vector512.MultiplyAddEstimate(p, x0, Vector512.Create(c1));
            return new(Vector512.MultiplyAddEstimate(p, x0, Vector512.Create(c0)).As<double, T>());
        }
    }

    [MethodImpl(AggressiveInlining)]
    public static V512<T> MultiplySubtract(V512<T> a, V512<T> b, V512<T> c) =>
        !Avx512F.IsSupported ? MultiplyAdd(a, b, -c)
        : typeof(T) == typeof(float)
            ? new(
                Avx512F
                    .FusedMultiplySubtract(a._register.AsSingle(), b._register.AsSingle(), c._register.AsSingle())
                    .As<float, T>()
            )
        : new(
            Avx512F
                .FusedMultiplySubtract(a._register.AsDouble(), b._register.AsDouble(), c._register.AsDouble())
                .As<double, T>()
        );

    [MethodImpl(AggressiveInlining)]
    public static V512<T> SubtractProduct(V512<T> c, V512<T> a, V512<T> b) =>
        !Avx512F.IsSupported ? MultiplyAdd(-a, b, c)
        : typeof(T) == typeof(float)
            ? new(
                Avx512F
                    .FusedMultiplyAddNegated(a._register.AsSingle(), b._register.AsSingle(), c._register.AsSingle())
                    .As<float, T>()
            )
        : new(
            Avx512F
                .FusedMultiplyAddNegated(a._register.AsDouble(), b._register.AsDouble(), c._register.AsDouble())
                .As<double, T>()
        );

    // q ≈ 1/d, then q + q·(1 − d·q), once in float and twice in double. A d below the normal numbers would make q infinite.
    [MethodImpl(AggressiveInlining)]
    public static V512<T> RootQuotient(V512<T> x, V512<T> v, V512<T> e)
    {
        if (!Avx512F.IsSupported)
            return x / (Sqrt(v) + e);
        if (typeof(T) == typeof(float))
        {
            V512<T> d = (Processor.HasFastRoots ? Sqrt(v) : EstimatedRoot(v)) + Max(Literal(1.1754943508222875e-38), e);
            return x * Refined(d, new(Avx512F.Reciprocal14(d._register.AsSingle()).As<float, T>()));
        }
        else
        {
            V512<T> d = Sqrt(v) + Max(Literal(2.2250738585072014e-308), e);
            return x * Refined(d, Refined(d, new(Avx512F.Reciprocal14(d._register.AsDouble()).As<double, T>())));
        }
    }

    [MethodImpl(AggressiveInlining)]
    private static V512<T> Refined(V512<T> d, V512<T> q) => MultiplyAdd(q, SubtractProduct(Literal(1), d, q), q);

    /// <summary>√v in float32 from an estimate of 14 bits, to 1.5 ULP; 3.2·10⁻¹⁹ where v is smaller than 10⁻³⁷.</summary>
    // r ≈ 1/√v, h = v·r ≈ √v, then h + h·(½ − h·½r). v = 0 must not make r infinite.
    [MethodImpl(AggressiveInlining)]
    public static V512<T> EstimatedRoot(V512<T> v)
    {
        V512<T> positive = Max(v, Literal(1e-37));
        V512<T> r = new(Avx512F.ReciprocalSqrt14(positive._register.AsSingle()).As<float, T>());
        V512<T> h = positive * r;
        return MultiplyAdd(h, SubtractProduct(Literal(0.5), h, r * Literal(0.5)), h);
    }
}
