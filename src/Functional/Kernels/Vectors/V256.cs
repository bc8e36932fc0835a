using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>A 256-bit register (AVX2).</summary>
internal readonly unsafe partial struct V256<T>(Vector256<T> register) : IVector<V256<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector256<T> _register = register;

    public Vector256<T> Register
    {
        [MethodImpl(AggressiveInlining)]
        get => _register;
    }

    public static int Count
    {
        [MethodImpl(AggressiveInlining)]
        get => Vector256<T>.Count;
    }

    public static V256<T> Zero
    {
        [MethodImpl(AggressiveInlining)]
        get => new(Vector256<T>.Zero);
    }

    public static V256<T> Indices
    {
        [MethodImpl(AggressiveInlining)]
        get => new(Vector256<T>.Indices);
    }

    [MethodImpl(AggressiveInlining)]
    public static V256<T> Literal(double value) =>
        typeof(T) == typeof(float)
            ? new(Vector256.Create((float)value).As<float, T>())
            : new(Vector256.Create(value).As<double, T>());

    [MethodImpl(AggressiveInlining)]
    public static V256<T> Broadcast(T value) => new(Vector256.Create(value));

    [MethodImpl(AggressiveInlining)]
    public static V256<T> Load(T* source) => new(Vector256.Load(source));

    /// <summary>The mask of the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(AggressiveInlining)]
    private static Vector256<T> First(int count) =>
        Vector256.GreaterThan(Vector256.Create(T.CreateTruncating(count)), Vector256<T>.Indices);

    [MethodImpl(AggressiveInlining)]
    public static V256<T> LoadPartial(T* source, int count)
    {
        if (!Avx.IsSupported)
            return new(
                Vector256.Create(
                    V128<T>.LoadPartial(source, Math.Min(count, Vector128<T>.Count)).Register,
                    V128<T>
                        .LoadPartial(
                            source + Math.Min(count, Vector128<T>.Count),
                            Math.Max(count - Vector128<T>.Count, 0)
                        )
                        .Register
                )
            );
        return typeof(T) == typeof(float)
            ? new(Avx.MaskLoad((float*)source, First(count).AsSingle()).As<float, T>())
            : new(Avx.MaskLoad((double*)source, First(count).AsDouble()).As<double, T>());
    }

    [MethodImpl(AggressiveInlining)]
    public static void Store(V256<T> value, T* target) => value._register.Store(target);

    [MethodImpl(AggressiveInlining)]
    public static void StorePartial(V256<T> value, T* target, int count)
    {
        if (!Avx.IsSupported)
        {
            int lower = Math.Min(count, Vector128<T>.Count);
            V128<T>.StorePartial(new(value._register.GetLower()), target, lower);
            V128<T>.StorePartial(new(value._register.GetUpper()), target + lower, count - lower);
        }
        else if (typeof(T) == typeof(float))
            Avx.MaskStore((float*)target, First(count).AsSingle(), value._register.AsSingle());
        else
            Avx.MaskStore((double*)target, First(count).AsDouble(), value._register.AsDouble());
    }

    [MethodImpl(AggressiveInlining)]
    public static V256<T> FirstLanes(int count) =>
        typeof(T) == typeof(float)
            ? new(Vector256.GreaterThan(Vector256.Create(count), Vector256<int>.Indices).As<int, T>())
            : new(Vector256.GreaterThan(Vector256.Create((long)count), Vector256<long>.Indices).As<long, T>());

    [MethodImpl(AggressiveInlining)]
    public static V256<T> LoadMasked(T* source, V256<T> mask)
    {
        if (!Avx.IsSupported)
            return new(
                Vector256.Create(
                    V128<T>.LoadMasked(source, new(mask._register.GetLower())).Register,
                    V128<T>.LoadMasked(source + Vector128<T>.Count, new(mask._register.GetUpper())).Register
                )
            );
        return typeof(T) == typeof(float)
            ? new(Avx.MaskLoad((float*)source, mask._register.AsSingle()).As<float, T>())
            : new(Avx.MaskLoad((double*)source, mask._register.AsDouble()).As<double, T>());
    }

    [MethodImpl(AggressiveInlining)]
    public static void StoreMasked(V256<T> value, T* target, V256<T> mask)
    {
        if (!Avx.IsSupported)
        {
            V128<T>.StoreMasked(new(value._register.GetLower()), target, new(mask._register.GetLower()));
            V128<T>.StoreMasked(
                new(value._register.GetUpper()),
                target + Vector128<T>.Count,
                new(mask._register.GetUpper())
            );
        }
        else if (typeof(T) == typeof(float))
            Avx.MaskStore((float*)target, mask._register.AsSingle(), value._register.AsSingle());
        else
            Avx.MaskStore((double*)target, mask._register.AsDouble(), value._register.AsDouble());
    }

    [MethodImpl(AggressiveInlining)]
    public static V256<T> operator +(V256<T> left, V256<T> right) => new(left._register + right._register);

    [MethodImpl(AggressiveInlining)]
    public static V256<T> operator -(V256<T> left, V256<T> right) => new(left._register - right._register);

    [MethodImpl(AggressiveInlining)]
    public static V256<T> operator *(V256<T> left, V256<T> right) => new(left._register * right._register);

    [MethodImpl(AggressiveInlining)]
    public static V256<T> operator /(V256<T> left, V256<T> right) => new(left._register / right._register);

    [MethodImpl(AggressiveInlining)]
    public static V256<T> operator -(V256<T> value) => new(-value._register);

    [MethodImpl(AggressiveInlining)]
    public static V256<T> operator &(V256<T> left, V256<T> right) => new(left._register & right._register);

    [MethodImpl(AggressiveInlining)]
    public static V256<T> operator |(V256<T> left, V256<T> right) => new(left._register | right._register);

    [MethodImpl(AggressiveInlining)]
    public static V256<T> ZipLow(V256<T> a, V256<T> b) => Zip(new(a._register.GetLower()), new(b._register.GetLower()));

    [MethodImpl(AggressiveInlining)]
    public static V256<T> ZipHigh(V256<T> a, V256<T> b) =>
        Zip(new(a._register.GetUpper()), new(b._register.GetUpper()));

    [MethodImpl(AggressiveInlining)]
    private static V256<T> Zip(V128<T> a, V128<T> b) =>
        new(Vector256.Create(V128<T>.ZipLow(a, b).Register, V128<T>.ZipHigh(a, b).Register));

    [MethodImpl(AggressiveInlining)]
    public static V256<T> Max(V256<T> left, V256<T> right) => new(Vector256.MaxNative(left._register, right._register));

    [MethodImpl(AggressiveInlining)]
    public static V256<T> Min(V256<T> left, V256<T> right) => new(Vector256.MinNative(left._register, right._register));

    [MethodImpl(AggressiveInlining)]
    public static V256<T> Sqrt(V256<T> value) => new(Vector256.Sqrt(value._register));

    // q ≈ 1/d, then q + q·(1 − d·q), once in float and twice in double. A d below the normal numbers would make q infinite.
    [MethodImpl(AggressiveInlining)]
    public static V256<T> RootQuotient(V256<T> x, V256<T> v, V256<T> e)
    {
        if (!Avx512F.VL.IsSupported)
            return x / (Sqrt(v) + e);
        if (typeof(T) == typeof(float))
        {
            V256<T> d = (Processor.HasFastRoots ? Sqrt(v) : EstimatedRoot(v)) + Max(Literal(1.1754943508222875e-38), e);
            return x * Refined(d, new(Avx512F.VL.Reciprocal14(d._register.AsSingle()).As<float, T>()));
        }
        else
        {
            V256<T> d = Sqrt(v) + Max(Literal(2.2250738585072014e-308), e);
            return x * Refined(d, Refined(d, new(Avx512F.VL.Reciprocal14(d._register.AsDouble()).As<double, T>())));
        }
    }

    [MethodImpl(AggressiveInlining)]
    private static V256<T> Refined(V256<T> d, V256<T> q) => MultiplyAdd(q, MultiplyAdd(-d, q, Literal(1)), q);

    /// <summary>√v in float32, as <see cref="V512{T}.EstimatedRoot"/>.</summary>
    [MethodImpl(AggressiveInlining)]
    public static V256<T> EstimatedRoot(V256<T> v)
    {
        V256<T> positive = Max(v, Literal(1e-37));
        V256<T> r = new(Avx512F.VL.ReciprocalSqrt14(positive._register.AsSingle()).As<float, T>());
        V256<T> h = positive * r;
        return MultiplyAdd(h, MultiplyAdd(-h, r * Literal(0.5), Literal(0.5)), h);
    }

    [MethodImpl(AggressiveInlining)]
    public static V256<T> Abs(V256<T> value) => new(Vector256.Abs(value._register));

    [MethodImpl(AggressiveInlining)]
    public static V256<T> CopySign(V256<T> value, V256<T> sign) =>
        new(Vector256.CopySign(value._register, sign._register));

    [MethodImpl(AggressiveInlining)]
    public static V256<T> Round(V256<T> value) =>
        typeof(T) == typeof(float)
            ? new(Vector256.Round(value._register.AsSingle()).As<float, T>())
            : new(Vector256.Round(value._register.AsDouble()).As<double, T>());

    [MethodImpl(AggressiveInlining)]
    public static V256<T> GreaterThan(V256<T> left, V256<T> right) =>
        new(Vector256.GreaterThan(left._register, right._register));

    [MethodImpl(AggressiveInlining)]
    public static V256<T> EqualTo(V256<T> left, V256<T> right) =>
        new(Vector256.Equals(left._register, right._register));

    [MethodImpl(AggressiveInlining)]
    public static V256<T> Select(V256<T> mask, V256<T> whenSet, V256<T> otherwise) =>
        new(Vector256.ConditionalSelect(mask._register, whenSet._register, otherwise._register));

    // n + (1.5·2ᵐ + bias) leaves n + bias in the low bits of the mantissa; a shift moves it into the exponent field.
    [MethodImpl(AggressiveInlining)]
    public static V256<T> PowerOfTwo(V256<T> n) =>
        typeof(T) == typeof(float)
            ? new(((n._register.AsSingle() + Vector256.Create(12582912f + 127f)).AsInt32() << 23).As<int, T>())
            : new(
                ((n._register.AsDouble() + Vector256.Create(6755399441055744d + 1023d)).AsInt64() << 52).As<long, T>()
            );

    // Without the instruction, in two steps of which only the second can round.
    [MethodImpl(AggressiveInlining)]
    public static V256<T> Scale(V256<T> value, V256<T> n)
    {
        if (Avx512F.VL.IsSupported)
            return typeof(T) == typeof(float)
                ? new(Avx512F.VL.Scale(value._register.AsSingle(), n._register.AsSingle()).As<float, T>())
                : new(Avx512F.VL.Scale(value._register.AsDouble(), n._register.AsDouble()).As<double, T>());
        V256<T> half = Round(n * Literal(0.5));
        return value * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    // The instructions' control: 3 for [¾, 1½), 8 for NaN below 0. Without them, the bits of ¾ are taken off those of the value, and
    // what is left is the exponent, made a number by ORing it into the mantissa of 2²³ (2⁵²), above the mantissa less that of ¾.
    [MethodImpl(AggressiveInlining)]
    public static V256<T> Split(V256<T> value, out V256<T> exponent)
    {
        V256<T> mantissa;
        if (Avx512F.VL.IsSupported && typeof(T) == typeof(float))
        {
            Vector256<float> m = Avx512F.VL.GetMantissa(value._register.AsSingle(), 11);
            exponent = new(
                (Avx512F.VL.GetExponent(value._register.AsSingle()) - Avx512F.VL.GetExponent(m)).As<float, T>()
            );
            return new(m.As<float, T>());
        }
        if (Avx512F.VL.IsSupported)
        {
            Vector256<double> m = Avx512F.VL.GetMantissa(value._register.AsDouble(), 11);
            exponent = new(
                (Avx512F.VL.GetExponent(value._register.AsDouble()) - Avx512F.VL.GetExponent(m)).As<double, T>()
            );
            return new(m.As<double, T>());
        }
        if (typeof(T) == typeof(float))
        {
            V256<T> tiny = GreaterThan(Literal(1.1754943508222875e-38), value);
            Vector256<int> bits =
                Select(tiny, value * Literal(16777216), value)._register.AsInt32() - Vector256.Create(0x3F400000);
            Vector256<float> shifted = (
                ((bits + Vector256.Create(0x40000000)) >>> 23) | Vector256.Create(0x4B000000)
            ).AsSingle();
            exponent = new V256<T>((shifted - Vector256.Create(8388608f + 128f)).As<float, T>()) - (tiny & Literal(24));
            mantissa = new(((bits & Vector256.Create(0x007FFFFF)) + Vector256.Create(0x3F400000)).As<int, T>());
        }
        else
        {
            V256<T> tiny = GreaterThan(Literal(2.2250738585072014e-308), value);
            Vector256<long> bits =
                Select(tiny, value * Literal(18014398509481984), value)._register.AsInt64()
                - Vector256.Create(0x3FE8000000000000);
            Vector256<double> shifted = (
                ((bits + Vector256.Create(0x4000000000000000)) >>> 52) | Vector256.Create(0x4330000000000000)
            ).AsDouble();
            exponent =
                new V256<T>((shifted - Vector256.Create(4503599627370496d + 1024d)).As<double, T>())
                - (tiny & Literal(54));
            mantissa = new(
                ((bits & Vector256.Create(0x000FFFFFFFFFFFFF)) + Vector256.Create(0x3FE8000000000000)).As<long, T>()
            );
        }
        exponent = Select(EqualTo(value, Zero), Literal(double.NegativeInfinity), exponent);
        exponent = Select(EqualTo(value, Literal(double.PositiveInfinity)), value, exponent);
        return Select(EqualTo(Abs(value), value), mantissa, Literal(double.NaN));
    }

    // Lane by lane: the framework's vector function chooses its method by all lanes, so that one's bits would depend on the others.
    public static V256<T> Sin(V256<T> value)
    {
        Vector256<T> result = default;
        for (int i = 0; i < Count; i++)
            result = result.WithElement(i, T.Sin(value._register.GetElement(i)));
        return new(result);
    }

    public static V256<T> Cos(V256<T> value)
    {
        Vector256<T> result = default;
        for (int i = 0; i < Count; i++)
            result = result.WithElement(i, T.Cos(value._register.GetElement(i)));
        return new(result);
    }

    [MethodImpl(AggressiveInlining)]
    public static T Sum(V256<T> value) => V128<T>.Sum(new(value._register.GetLower() + value._register.GetUpper()));

    // The framework's Max propagates NaN.
    [MethodImpl(AggressiveInlining)]
    public static T MaxAcross(V256<T> value) =>
        V128<T>.MaxAcross(new(Vector128.Max(value._register.GetLower(), value._register.GetUpper())));
}
