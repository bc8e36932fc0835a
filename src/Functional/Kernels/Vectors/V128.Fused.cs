using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <content>Products and sums in one instruction.</content>
internal readonly unsafe partial struct V128<T>
{
    [MethodImpl(AggressiveInlining)]
    public static V128<T> MultiplyAdd(V128<T> a, V128<T> b, V128<T> c) =>
        typeof(T) == typeof(float)
            ? new(
                Vector128
                    .MultiplyAddEstimate(a._register.AsSingle(), b._register.AsSingle(), c._register.AsSingle())
                    .As<float, T>()
            )
            : new(
                Vector128
                    .MultiplyAddEstimate(a._register.AsDouble(), b._register.AsDouble(), c._register.AsDouble())
                    .As<double, T>()
            );

    [MethodImpl(AggressiveInlining)]
    public static V128<T> Horner(V128<T> top, V128<T> x, double c3, double c2, double c1, double c0)
    {
        if (typeof(T) == typeof(float))
        {
            Vector128<float> x0 = x._register.AsSingle(),
                p = top._register.AsSingle();
            p = Vector128.MultiplyAddEstimate(p, x0, Vector128.Create((float)c3));
            p = Vector128.MultiplyAddEstimate(p, x0, Vector128.Create((float)c2));
            p = Vector128.MultiplyAddEstimate(p, x0, Vector128.Create((float)c1));
            return new(Vector128.MultiplyAddEstimate(p, x0, Vector128.Create((float)c0)).As<float, T>());
        }
        else
        {
            Vector128<double> x0 = x._register.AsDouble(),
                p = top._register.AsDouble();
            p = Vector128.MultiplyAddEstimate(p, x0, Vector128.Create(c3));
            p = Vector128.MultiplyAddEstimate(p, x0, Vector128.Create(c2));
            p = Vector128.MultiplyAddEstimate(p, x0, Vector128.Create(c1));
            return new(Vector128.MultiplyAddEstimate(p, x0, Vector128.Create(c0)).As<double, T>());
        }
    }

    [MethodImpl(AggressiveInlining)]
    public static V128<T> MultiplySubtract(V128<T> a, V128<T> b, V128<T> c) =>
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
    public static V128<T> SubtractProduct(V128<T> c, V128<T> a, V128<T> b) =>
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
