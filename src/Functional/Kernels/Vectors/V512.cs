using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>A 512-bit register (AVX-512).</summary>
internal readonly unsafe partial struct V512<T>(Vector512<T> register) : IVector<V512<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector512<T> _register = register;

    public Vector512<T> Register
    {
        [MethodImpl(AggressiveInlining)]
        get => _register;
    }

    public static int Count
    {
        [MethodImpl(AggressiveInlining)]
        get => Vector512<T>.Count;
    }

    public static V512<T> Zero
    {
        [MethodImpl(AggressiveInlining)]
        get => new(Vector512<T>.Zero);
    }

    public static V512<T> Indices
    {
        [MethodImpl(AggressiveInlining)]
        get => new(Vector512<T>.Indices);
    }

    [MethodImpl(AggressiveInlining)]
    public static V512<T> Literal(double value) =>
        typeof(T) == typeof(float)
            ? new(Vector512.Create((float)value).As<float, T>())
            : new(Vector512.Create(value).As<double, T>());

    [MethodImpl(AggressiveInlining)]
    public static V512<T> Broadcast(T value) => new(Vector512.Create(value));

    [MethodImpl(AggressiveInlining)]
    public static V512<T> Load(T* source) => new(Vector512.Load(source));

    /// <summary>The mask of the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(AggressiveInlining)]
    private static Vector512<T> First(int count) =>
        Vector512.GreaterThan(Vector512.Create(T.CreateTruncating(count)), Vector512<T>.Indices);

    [MethodImpl(AggressiveInlining)]
    public static V512<T> LoadPartial(T* source, int count)
    {
        if (!Avx512F.IsSupported)
            return new(
                Vector512.Create(
                    V256<T>.LoadPartial(source, Math.Min(count, Vector256<T>.Count)).Register,
                    V256<T>
                        .LoadPartial(
                            source + Math.Min(count, Vector256<T>.Count),
                            Math.Max(count - Vector256<T>.Count, 0)
                        )
                        .Register
                )
            );
        return typeof(T) == typeof(float)
            ? new(Avx512F.MaskLoad((float*)source, First(count).AsSingle(), Vector512<float>.Zero).As<float, T>())
            : new(Avx512F.MaskLoad((double*)source, First(count).AsDouble(), Vector512<double>.Zero).As<double, T>());
    }

    [MethodImpl(AggressiveInlining)]
    public static void Store(V512<T> value, T* target) => value._register.Store(target);

    [MethodImpl(AggressiveInlining)]
    public static void StorePartial(V512<T> value, T* target, int count)
    {
        if (!Avx512F.IsSupported)
        {
            int lower = Math.Min(count, Vector256<T>.Count);
            V256<T>.StorePartial(new(value._register.GetLower()), target, lower);
            V256<T>.StorePartial(new(value._register.GetUpper()), target + lower, count - lower);
        }
        else if (typeof(T) == typeof(float))
            Avx512F.MaskStore((float*)target, First(count).AsSingle(), value._register.AsSingle());
        else
            Avx512F.MaskStore((double*)target, First(count).AsDouble(), value._register.AsDouble());
    }

    [MethodImpl(AggressiveInlining)]
    public static V512<T> FirstLanes(int count) =>
        typeof(T) == typeof(float)
            ? new(Vector512.GreaterThan(Vector512.Create(count), Vector512<int>.Indices).As<int, T>())
            : new(Vector512.GreaterThan(Vector512.Create((long)count), Vector512<long>.Indices).As<long, T>());

    [MethodImpl(AggressiveInlining)]
    public static V512<T> LoadMasked(T* source, V512<T> mask)
    {
        if (!Avx512F.IsSupported)
            return new(
                Vector512.Create(
                    V256<T>.LoadMasked(source, new(mask._register.GetLower())).Register,
                    V256<T>.LoadMasked(source + Vector256<T>.Count, new(mask._register.GetUpper())).Register
                )
            );
        return typeof(T) == typeof(float)
            ? new(Avx512F.MaskLoad((float*)source, mask._register.AsSingle(), Vector512<float>.Zero).As<float, T>())
            : new(Avx512F.MaskLoad((double*)source, mask._register.AsDouble(), Vector512<double>.Zero).As<double, T>());
    }

    [MethodImpl(AggressiveInlining)]
    public static void StoreMasked(V512<T> value, T* target, V512<T> mask)
    {
        if (!Avx512F.IsSupported)
        {
            V256<T>.StoreMasked(new(value._register.GetLower()), target, new(mask._register.GetLower()));
            V256<T>.StoreMasked(
                new(value._register.GetUpper()),
                target + Vector256<T>.Count,
                new(mask._register.GetUpper())
            );
        }
        else if (typeof(T) == typeof(float))
            Avx512F.MaskStore((float*)target, mask._register.AsSingle(), value._register.AsSingle());
        else
            Avx512F.MaskStore((double*)target, mask._register.AsDouble(), value._register.AsDouble());
    }

    [MethodImpl(AggressiveInlining)]
    public static V512<T> operator +(V512<T> left, V512<T> right) => new(left._register + right._register);

    [MethodImpl(AggressiveInlining)]
    public static V512<T> operator -(V512<T> left, V512<T> right) => new(left._register - right._register);

    [MethodImpl(AggressiveInlining)]
    public static V512<T> operator *(V512<T> left, V512<T> right) => new(left._register * right._register);

    [MethodImpl(AggressiveInlining)]
    public static V512<T> operator /(V512<T> left, V512<T> right) => new(left._register / right._register);

    [MethodImpl(AggressiveInlining)]
    public static V512<T> operator -(V512<T> value) => new(-value._register);

    [MethodImpl(AggressiveInlining)]
    public static V512<T> operator &(V512<T> left, V512<T> right) => new(left._register & right._register);

    [MethodImpl(AggressiveInlining)]
    public static V512<T> operator |(V512<T> left, V512<T> right) => new(left._register | right._register);

    [MethodImpl(AggressiveInlining)]
    public static V512<T> ZipLow(V512<T> a, V512<T> b)
    {
        if (!Avx512F.IsSupported)
            return Zip(new(a._register.GetLower()), new(b._register.GetLower()));
        return typeof(T) == typeof(float)
            ? new(
                Avx512F
                    .PermuteVar16x32x2(
                        a._register.AsSingle(),
                        Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
                        b._register.AsSingle()
                    )
                    .As<float, T>()
            )
            : new(
                Avx512F
                    .PermuteVar8x64x2(
                        a._register.AsDouble(),
                        Vector512.Create(0L, 8, 1, 9, 2, 10, 3, 11),
                        b._register.AsDouble()
                    )
                    .As<double, T>()
            );
    }

    [MethodImpl(AggressiveInlining)]
    public static V512<T> ZipHigh(V512<T> a, V512<T> b)
    {
        if (!Avx512F.IsSupported)
            return Zip(new(a._register.GetUpper()), new(b._register.GetUpper()));
        return typeof(T) == typeof(float)
            ? new(
                Avx512F
                    .PermuteVar16x32x2(
                        a._register.AsSingle(),
                        Vector512.Create(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31),
                        b._register.AsSingle()
                    )
                    .As<float, T>()
            )
            : new(
                Avx512F
                    .PermuteVar8x64x2(
                        a._register.AsDouble(),
                        Vector512.Create(4L, 12, 5, 13, 6, 14, 7, 15),
                        b._register.AsDouble()
                    )
                    .As<double, T>()
            );
    }

    [MethodImpl(AggressiveInlining)]
    private static V512<T> Zip(V256<T> a, V256<T> b) =>
        new(Vector512.Create(V256<T>.ZipLow(a, b).Register, V256<T>.ZipHigh(a, b).Register));

    [MethodImpl(AggressiveInlining)]
    public static V512<T> Max(V512<T> left, V512<T> right) => new(Vector512.MaxNative(left._register, right._register));

    [MethodImpl(AggressiveInlining)]
    public static V512<T> Min(V512<T> left, V512<T> right) => new(Vector512.MinNative(left._register, right._register));

    [MethodImpl(AggressiveInlining)]
    public static V512<T> Sqrt(V512<T> value) => new(Vector512.Sqrt(value._register));

    [MethodImpl(AggressiveInlining)]
    public static V512<T> Abs(V512<T> value) => new(Vector512.Abs(value._register));

    [MethodImpl(AggressiveInlining)]
    public static V512<T> CopySign(V512<T> value, V512<T> sign) =>
        new(Vector512.CopySign(value._register, sign._register));

    [MethodImpl(AggressiveInlining)]
    public static V512<T> Round(V512<T> value) =>
        typeof(T) == typeof(float)
            ? new(Vector512.Round(value._register.AsSingle()).As<float, T>())
            : new(Vector512.Round(value._register.AsDouble()).As<double, T>());

    [MethodImpl(AggressiveInlining)]
    public static V512<T> GreaterThan(V512<T> left, V512<T> right) =>
        new(Vector512.GreaterThan(left._register, right._register));

    [MethodImpl(AggressiveInlining)]
    public static V512<T> EqualTo(V512<T> left, V512<T> right) =>
        new(Vector512.Equals(left._register, right._register));

    [MethodImpl(AggressiveInlining)]
    public static V512<T> Select(V512<T> mask, V512<T> whenSet, V512<T> otherwise) =>
        new(Vector512.ConditionalSelect(mask._register, whenSet._register, otherwise._register));

    // n + (1.5·2ᵐ + bias) leaves n + bias in the low bits of the mantissa; a shift moves it into the exponent field.
    [MethodImpl(AggressiveInlining)]
    public static V512<T> PowerOfTwo(V512<T> n) =>
        typeof(T) == typeof(float)
            ? new(((n._register.AsSingle() + Vector512.Create(12582912f + 127f)).AsInt32() << 23).As<int, T>())
            : new(
                ((n._register.AsDouble() + Vector512.Create(6755399441055744d + 1023d)).AsInt64() << 52).As<long, T>()
            );

    // Without the instruction, in two steps of which only the second can round.
    [MethodImpl(AggressiveInlining)]
    public static V512<T> Scale(V512<T> value, V512<T> n)
    {
        if (Avx512F.IsSupported)
            return typeof(T) == typeof(float)
                ? new(Avx512F.Scale(value._register.AsSingle(), n._register.AsSingle()).As<float, T>())
                : new(Avx512F.Scale(value._register.AsDouble(), n._register.AsDouble()).As<double, T>());
        V512<T> half = Round(n * Literal(0.5));
        return value * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    // The instructions' control: 3 for [¾, 1½), 8 for NaN below 0. Without them, the bits of ¾ are taken off those of the value, and
    // what is left is the exponent, made a number by ORing it into the mantissa of 2²³ (2⁵²), above the mantissa less that of ¾.
    [MethodImpl(AggressiveInlining)]
    public static V512<T> Split(V512<T> value, out V512<T> exponent)
    {
        V512<T> mantissa;
        if (Avx512F.IsSupported && typeof(T) == typeof(float))
        {
            Vector512<float> m = Avx512F.GetMantissa(value._register.AsSingle(), 11);
            exponent = new((Avx512F.GetExponent(value._register.AsSingle()) - Avx512F.GetExponent(m)).As<float, T>());
            return new(m.As<float, T>());
        }
        if (Avx512F.IsSupported)
        {
            Vector512<double> m = Avx512F.GetMantissa(value._register.AsDouble(), 11);
            exponent = new((Avx512F.GetExponent(value._register.AsDouble()) - Avx512F.GetExponent(m)).As<double, T>());
            return new(m.As<double, T>());
        }
        if (typeof(T) == typeof(float))
        {
            V512<T> tiny = GreaterThan(Literal(1.1754943508222875e-38), value);
            Vector512<int> bits =
                Select(tiny, value * Literal(16777216), value)._register.AsInt32() - Vector512.Create(0x3F400000);
            Vector512<float> shifted = (
                ((bits + Vector512.Create(0x40000000)) >>> 23) | Vector512.Create(0x4B000000)
            ).AsSingle();
            exponent = new V512<T>((shifted - Vector512.Create(8388608f + 128f)).As<float, T>()) - (tiny & Literal(24));
            mantissa = new(((bits & Vector512.Create(0x007FFFFF)) + Vector512.Create(0x3F400000)).As<int, T>());
        }
        else
        {
            V512<T> tiny = GreaterThan(Literal(2.2250738585072014e-308), value);
            Vector512<long> bits =
                Select(tiny, value * Literal(18014398509481984), value)._register.AsInt64()
                - Vector512.Create(0x3FE8000000000000);
            Vector512<double> shifted = (
                ((bits + Vector512.Create(0x4000000000000000)) >>> 52) | Vector512.Create(0x4330000000000000)
            ).AsDouble();
            exponent =
                new V512<T>((shifted - Vector512.Create(4503599627370496d + 1024d)).As<double, T>())
                - (tiny & Literal(54));
            mantissa = new(
                ((bits & Vector512.Create(0x000FFFFFFFFFFFFF)) + Vector512.Create(0x3FE8000000000000)).As<long, T>()
            );
        }
        exponent = Select(EqualTo(value, Zero), Literal(double.NegativeInfinity), exponent);
        exponent = Select(EqualTo(value, Literal(double.PositiveInfinity)), value, exponent);
        return Select(EqualTo(Abs(value), value), mantissa, Literal(double.NaN));
    }

    // Lane by lane: the framework's vector function chooses its method by all lanes, so that one's bits would depend on the others.
    public static V512<T> Sin(V512<T> value)
    {
        Vector512<T> result = default;
        for (int i = 0; i < Count; i++)
            result = result.WithElement(i, T.Sin(value._register.GetElement(i)));
        return new(result);
    }

    public static V512<T> Cos(V512<T> value)
    {
        Vector512<T> result = default;
        for (int i = 0; i < Count; i++)
            result = result.WithElement(i, T.Cos(value._register.GetElement(i)));
        return new(result);
    }

    [MethodImpl(AggressiveInlining)]
    public static T Sum(V512<T> value) => V256<T>.Sum(new(value._register.GetLower() + value._register.GetUpper()));

    // The framework's Max propagates NaN.
    [MethodImpl(AggressiveInlining)]
    public static T MaxAcross(V512<T> value) =>
        V256<T>.MaxAcross(new(Vector256.Max(value._register.GetLower(), value._register.GetUpper())));
}
