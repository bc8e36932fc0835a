using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <content>Products and sums in one instruction.</content>
internal readonly unsafe partial struct V256<T>
{
    [MethodImpl(AggressiveInlining)]
    public static V256<T> MultiplyAdd(V256<T> a, V256<T> b, V256<T> c) =>
        typeof(T) == typeof(float)
            ? new(
                Vector256
                    .MultiplyAddEstimate(a._register.AsSingle(), b._register.AsSingle(), c._register.AsSingle())
                    .As<float, T>()
            )
            : new(
                Vector256
                    .MultiplyAddEstimate(a._register.AsDouble(), b._register.AsDouble(), c._register.AsDouble())
                    .As<double, T>()
            );

    [MethodImpl(AggressiveInlining)]
    public static V256<T> Horner(V256<T> top, V256<T> x, double c3, double c2, double c1, double c0)
    {
        if (typeof(T) == typeof(float))
        {
            Vector256<float> x0 = x._register.AsSingle(),
                p = top._register.AsSingle();
            p = Vector256.MultiplyAddEstimate(p, x0, Vector256.Create((float)c3));
            p = Vector256.MultiplyAddEstimate(p, x0, Vector256.Create((float)c2));
            p = Vector256.MultiplyAddEstimate(p, x0, Vector256.Create((float)c1));
            return new(Vector256.MultiplyAddEstimate(p, x0, Vector256.Create((float)c0)).As<float, T>());
        }
        else
        {
            Vector256<double> x0 = x._register.AsDouble(),
                p = top._register.AsDouble();
            p = Vector256.MultiplyAddEstimate(p, x0, Vector256.Create(c3));
            p = Vector256.MultiplyAddEstimate(p, x0, Vector256.Create(c2));
            p = Vector256.MultiplyAddEstimate(p, x0, Vector256.Create(c1));
            return new(Vector256.MultiplyAddEstimate(p, x0, Vector256.Create(c0)).As<double, T>());
        }
    }

    [MethodImpl(AggressiveInlining)]
    public static V256<T> MultiplySubtract(V256<T> a, V256<T> b, V256<T> c) =>
        !Fma.IsSupported ? MultiplyAdd(a, b, -c)
        : typeof(T) == typeof(float)
            ? new(
                Fma.MultiplySubtract(a._register.AsSingle(), b._register.AsSingle(), c._register.AsSingle())
                    .As<float, T>()
            )
        : new(
            Fma.MultiplySubtract(a._register.AsDouble(), b._register.AsDouble(), c._register.AsDouble()).As<double, T>()
        );

    [MethodImpl(AggressiveInlining)]
    public static V256<T> SubtractProduct(V256<T> c, V256<T> a, V256<T> b) =>
        !Fma.IsSupported ? MultiplyAdd(-a, b, c)
        : typeof(T) == typeof(float)
            ? new(
                Fma.MultiplyAddNegated(a._register.AsSingle(), b._register.AsSingle(), c._register.AsSingle())
                    .As<float, T>()
            )
        : new(
            Fma.MultiplyAddNegated(a._register.AsDouble(), b._register.AsDouble(), c._register.AsDouble())
                .As<double, T>()
        );
}
