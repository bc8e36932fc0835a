using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>A 128-bit register: SSE, Arm Advanced SIMD, or the portable software form.</summary>
internal readonly unsafe partial struct V128<T>(Vector128<T> register) : IVector<V128<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector128<T> _register = register;

    public Vector128<T> Register
    {
        [MethodImpl(AggressiveInlining)]
        get => _register;
    }

    public static int Count
    {
        [MethodImpl(AggressiveInlining)]
        get => Vector128<T>.Count;
    }

    public static V128<T> Zero
    {
        [MethodImpl(AggressiveInlining)]
        get => new(Vector128<T>.Zero);
    }

    public static V128<T> Indices
    {
        [MethodImpl(AggressiveInlining)]
        get => new(Vector128<T>.Indices);
    }

    [MethodImpl(AggressiveInlining)]
    public static V128<T> Literal(double value) =>
        typeof(T) == typeof(float)
            ? new(Vector128.Create((float)value).As<float, T>())
            : new(Vector128.Create(value).As<double, T>());

    [MethodImpl(AggressiveInlining)]
    public static V128<T> Broadcast(T value) => new(Vector128.Create(value));

    [MethodImpl(AggressiveInlining)]
    public static V128<T> Load(T* source) => new(Vector128.Load(source));

    /// <summary>The mask of the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(AggressiveInlining)]
    private static Vector128<T> First(int count) =>
        Vector128.GreaterThan(Vector128.Create(T.CreateTruncating(count)), Vector128<T>.Indices);

    [MethodImpl(AggressiveInlining)]
    public static V128<T> LoadPartial(T* source, int count)
    {
        if (Avx.IsSupported)
            return typeof(T) == typeof(float)
                ? new(Avx.MaskLoad((float*)source, First(count).AsSingle()).As<float, T>())
                : new(Avx.MaskLoad((double*)source, First(count).AsDouble()).As<double, T>());
        Vector128<T> lanes = default;
        for (int i = 0; i < count; i++)
            ((T*)&lanes)[i] = source[i];
        return new(lanes);
    }

    [MethodImpl(AggressiveInlining)]
    public static void Store(V128<T> value, T* target) => value._register.Store(target);

    [MethodImpl(AggressiveInlining)]
    public static void StorePartial(V128<T> value, T* target, int count)
    {
        if (!Avx.IsSupported)
        {
            Vector128<T> lanes = value._register;
            for (int i = 0; i < count; i++)
                target[i] = ((T*)&lanes)[i];
        }
        else if (typeof(T) == typeof(float))
            Avx.MaskStore((float*)target, First(count).AsSingle(), value._register.AsSingle());
        else
            Avx.MaskStore((double*)target, First(count).AsDouble(), value._register.AsDouble());
    }

    [MethodImpl(AggressiveInlining)]
    public static V128<T> FirstLanes(int count) =>
        typeof(T) == typeof(float)
            ? new(Vector128.GreaterThan(Vector128.Create(count), Vector128<int>.Indices).As<int, T>())
            : new(Vector128.GreaterThan(Vector128.Create((long)count), Vector128<long>.Indices).As<long, T>());

    [MethodImpl(AggressiveInlining)]
    public static V128<T> LoadMasked(T* source, V128<T> mask)
    {
        if (!Avx.IsSupported)
            return LoadPartial(source, CountLanes(mask));
        return typeof(T) == typeof(float)
            ? new(Avx.MaskLoad((float*)source, mask._register.AsSingle()).As<float, T>())
            : new(Avx.MaskLoad((double*)source, mask._register.AsDouble()).As<double, T>());
    }

    [MethodImpl(AggressiveInlining)]
    public static void StoreMasked(V128<T> value, T* target, V128<T> mask)
    {
        if (!Avx.IsSupported)
            StorePartial(value, target, CountLanes(mask));
        else if (typeof(T) == typeof(float))
            Avx.MaskStore((float*)target, mask._register.AsSingle(), value._register.AsSingle());
        else
            Avx.MaskStore((double*)target, mask._register.AsDouble(), value._register.AsDouble());
    }

    [MethodImpl(AggressiveInlining)]
    private static int CountLanes(V128<T> mask) =>
        System.Numerics.BitOperations.PopCount(mask._register.ExtractMostSignificantBits());

    [MethodImpl(AggressiveInlining)]
    public static V128<T> operator +(V128<T> left, V128<T> right) => new(left._register + right._register);

    [MethodImpl(AggressiveInlining)]
    public static V128<T> operator -(V128<T> left, V128<T> right) => new(left._register - right._register);

    [MethodImpl(AggressiveInlining)]
    public static V128<T> operator *(V128<T> left, V128<T> right) => new(left._register * right._register);

    [MethodImpl(AggressiveInlining)]
    public static V128<T> operator /(V128<T> left, V128<T> right) => new(left._register / right._register);

    [MethodImpl(AggressiveInlining)]
    public static V128<T> operator -(V128<T> value) => new(-value._register);

    [MethodImpl(AggressiveInlining)]
    public static V128<T> operator &(V128<T> left, V128<T> right) => new(left._register & right._register);

    [MethodImpl(AggressiveInlining)]
    public static V128<T> operator |(V128<T> left, V128<T> right) => new(left._register | right._register);

    [MethodImpl(AggressiveInlining)]
    public static V128<T> ZipLow(V128<T> a, V128<T> b)
    {
        if (Sse2.IsSupported)
            return typeof(T) == typeof(float)
                ? new(Sse.UnpackLow(a._register.AsSingle(), b._register.AsSingle()).As<float, T>())
                : new(Sse2.UnpackLow(a._register.AsDouble(), b._register.AsDouble()).As<double, T>());
        if (AdvSimd.Arm64.IsSupported)
            return typeof(T) == typeof(float)
                ? new(AdvSimd.Arm64.ZipLow(a._register.AsSingle(), b._register.AsSingle()).As<float, T>())
                : new(AdvSimd.Arm64.ZipLow(a._register.AsDouble(), b._register.AsDouble()).As<double, T>());
        return Zip(a, b, 0);
    }

    [MethodImpl(AggressiveInlining)]
    public static V128<T> ZipHigh(V128<T> a, V128<T> b)
    {
        if (Sse2.IsSupported)
            return typeof(T) == typeof(float)
                ? new(Sse.UnpackHigh(a._register.AsSingle(), b._register.AsSingle()).As<float, T>())
                : new(Sse2.UnpackHigh(a._register.AsDouble(), b._register.AsDouble()).As<double, T>());
        if (AdvSimd.Arm64.IsSupported)
            return typeof(T) == typeof(float)
                ? new(AdvSimd.Arm64.ZipHigh(a._register.AsSingle(), b._register.AsSingle()).As<float, T>())
                : new(AdvSimd.Arm64.ZipHigh(a._register.AsDouble(), b._register.AsDouble()).As<double, T>());
        return Zip(a, b, Count / 2);
    }

    private static V128<T> Zip(V128<T> a, V128<T> b, int first)
    {
        Vector128<T> zipped = default;
        for (int i = 0; i < Count / 2; i++)
        {
            ((T*)&zipped)[2 * i] = a._register.GetElement(first + i);
            ((T*)&zipped)[2 * i + 1] = b._register.GetElement(first + i);
        }
        return new(zipped);
    }

    [MethodImpl(AggressiveInlining)]
    public static V128<T> Max(V128<T> left, V128<T> right) => new(Vector128.MaxNative(left._register, right._register));

    [MethodImpl(AggressiveInlining)]
    public static V128<T> Min(V128<T> left, V128<T> right) => new(Vector128.MinNative(left._register, right._register));

    [MethodImpl(AggressiveInlining)]
    public static V128<T> Sqrt(V128<T> value) => new(Vector128.Sqrt(value._register));

    // q ≈ 1/d, then q + q·(1 − d·q), once in float and twice in double. A d below the normal numbers would make q infinite.
    [MethodImpl(AggressiveInlining)]
    public static V128<T> RootQuotient(V128<T> x, V128<T> v, V128<T> e)
    {
        if (!Avx512F.VL.IsSupported)
            return x / (Sqrt(v) + e);
        if (typeof(T) == typeof(float))
        {
            V128<T> d = (Processor.HasFastRoots ? Sqrt(v) : EstimatedRoot(v)) + Max(Literal(1.1754943508222875e-38), e);
            return x * Refined(d, new(Avx512F.VL.Reciprocal14(d._register.AsSingle()).As<float, T>()));
        }
        else
        {
            V128<T> d = Sqrt(v) + Max(Literal(2.2250738585072014e-308), e);
            return x * Refined(d, Refined(d, new(Avx512F.VL.Reciprocal14(d._register.AsDouble()).As<double, T>())));
        }
    }

    [MethodImpl(AggressiveInlining)]
    private static V128<T> Refined(V128<T> d, V128<T> q) => MultiplyAdd(q, MultiplyAdd(-d, q, Literal(1)), q);

    /// <summary>√v in float32, as <see cref="V512{T}.EstimatedRoot"/>.</summary>
    [MethodImpl(AggressiveInlining)]
    public static V128<T> EstimatedRoot(V128<T> v)
    {
        V128<T> positive = Max(v, Literal(1e-37));
        V128<T> r = new(Avx512F.VL.ReciprocalSqrt14(positive._register.AsSingle()).As<float, T>());
        V128<T> h = positive * r;
        return MultiplyAdd(h, MultiplyAdd(-h, r * Literal(0.5), Literal(0.5)), h);
    }

    [MethodImpl(AggressiveInlining)]
    public static V128<T> Abs(V128<T> value) => new(Vector128.Abs(value._register));

    [MethodImpl(AggressiveInlining)]
    public static V128<T> CopySign(V128<T> value, V128<T> sign) =>
        new(Vector128.CopySign(value._register, sign._register));

    [MethodImpl(AggressiveInlining)]
    public static V128<T> Round(V128<T> value) =>
        typeof(T) == typeof(float)
            ? new(Vector128.Round(value._register.AsSingle()).As<float, T>())
            : new(Vector128.Round(value._register.AsDouble()).As<double, T>());

    [MethodImpl(AggressiveInlining)]
    public static V128<T> GreaterThan(V128<T> left, V128<T> right) =>
        new(Vector128.GreaterThan(left._register, right._register));

    [MethodImpl(AggressiveInlining)]
    public static V128<T> EqualTo(V128<T> left, V128<T> right) =>
        new(Vector128.Equals(left._register, right._register));

    [MethodImpl(AggressiveInlining)]
    public static V128<T> Select(V128<T> mask, V128<T> whenSet, V128<T> otherwise) =>
        new(Vector128.ConditionalSelect(mask._register, whenSet._register, otherwise._register));

    // n + (1.5·2ᵐ + bias) leaves n + bias in the low bits of the mantissa; a shift moves it into the exponent field.
    [MethodImpl(AggressiveInlining)]
    public static V128<T> PowerOfTwo(V128<T> n) =>
        typeof(T) == typeof(float)
            ? new(((n._register.AsSingle() + Vector128.Create(12582912f + 127f)).AsInt32() << 23).As<int, T>())
            : new(
                ((n._register.AsDouble() + Vector128.Create(6755399441055744d + 1023d)).AsInt64() << 52).As<long, T>()
            );

    // Without the instruction, in two steps of which only the second can round.
    [MethodImpl(AggressiveInlining)]
    public static V128<T> Scale(V128<T> value, V128<T> n)
    {
        if (Avx512F.VL.IsSupported)
            return typeof(T) == typeof(float)
                ? new(Avx512F.VL.Scale(value._register.AsSingle(), n._register.AsSingle()).As<float, T>())
                : new(Avx512F.VL.Scale(value._register.AsDouble(), n._register.AsDouble()).As<double, T>());
        V128<T> half = Round(n * Literal(0.5));
        return value * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    // The instructions' control: 3 for [¾, 1½), 8 for NaN below 0. Without them, the bits of ¾ are taken off those of the value, and
    // what is left is the exponent, made a number by ORing it into the mantissa of 2²³ (2⁵²), above the mantissa less that of ¾.
    [MethodImpl(AggressiveInlining)]
    public static V128<T> Split(V128<T> value, out V128<T> exponent)
    {
        V128<T> mantissa;
        if (Avx512F.VL.IsSupported && typeof(T) == typeof(float))
        {
            Vector128<float> m = Avx512F.VL.GetMantissa(value._register.AsSingle(), 11);
            exponent = new(
                (Avx512F.VL.GetExponent(value._register.AsSingle()) - Avx512F.VL.GetExponent(m)).As<float, T>()
            );
            return new(m.As<float, T>());
        }
        if (Avx512F.VL.IsSupported)
        {
            Vector128<double> m = Avx512F.VL.GetMantissa(value._register.AsDouble(), 11);
            exponent = new(
                (Avx512F.VL.GetExponent(value._register.AsDouble()) - Avx512F.VL.GetExponent(m)).As<double, T>()
            );
            return new(m.As<double, T>());
        }
        if (typeof(T) == typeof(float))
        {
            V128<T> tiny = GreaterThan(Literal(1.1754943508222875e-38), value);
            Vector128<int> bits =
                Select(tiny, value * Literal(16777216), value)._register.AsInt32() - Vector128.Create(0x3F400000);
            Vector128<float> shifted = (
                ((bits + Vector128.Create(0x40000000)) >>> 23) | Vector128.Create(0x4B000000)
            ).AsSingle();
            exponent = new V128<T>((shifted - Vector128.Create(8388608f + 128f)).As<float, T>()) - (tiny & Literal(24));
            mantissa = new(((bits & Vector128.Create(0x007FFFFF)) + Vector128.Create(0x3F400000)).As<int, T>());
        }
        else
        {
            V128<T> tiny = GreaterThan(Literal(2.2250738585072014e-308), value);
            Vector128<long> bits =
                Select(tiny, value * Literal(18014398509481984), value)._register.AsInt64()
                - Vector128.Create(0x3FE8000000000000);
            Vector128<double> shifted = (
                ((bits + Vector128.Create(0x4000000000000000)) >>> 52) | Vector128.Create(0x4330000000000000)
            ).AsDouble();
            exponent =
                new V128<T>((shifted - Vector128.Create(4503599627370496d + 1024d)).As<double, T>())
                - (tiny & Literal(54));
            mantissa = new(
                ((bits & Vector128.Create(0x000FFFFFFFFFFFFF)) + Vector128.Create(0x3FE8000000000000)).As<long, T>()
            );
        }
        exponent = Select(EqualTo(value, Zero), Literal(double.NegativeInfinity), exponent);
        exponent = Select(EqualTo(value, Literal(double.PositiveInfinity)), value, exponent);
        return Select(EqualTo(Abs(value), value), mantissa, Literal(double.NaN));
    }

    // Lane by lane: the framework's vector function chooses its method by all lanes, so that one's bits would depend on the others.
    public static V128<T> Sin(V128<T> value)
    {
        Vector128<T> result = default;
        for (int i = 0; i < Count; i++)
            result = result.WithElement(i, T.Sin(value._register.GetElement(i)));
        return new(result);
    }

    public static V128<T> Cos(V128<T> value)
    {
        Vector128<T> result = default;
        for (int i = 0; i < Count; i++)
            result = result.WithElement(i, T.Cos(value._register.GetElement(i)));
        return new(result);
    }

    [MethodImpl(AggressiveInlining)]
    public static T Sum(V128<T> value)
    {
        if (typeof(T) == typeof(double))
            return value._register.GetElement(0) + value._register.GetElement(1);
        Vector128<T> r = value._register;
        return (r.GetElement(0) + r.GetElement(2)) + (r.GetElement(1) + r.GetElement(3));
    }

    [MethodImpl(AggressiveInlining)]
    public static T MaxAcross(V128<T> value)
    {
        if (typeof(T) == typeof(double))
            return T.Max(value._register.GetElement(0), value._register.GetElement(1));
        Vector128<T> r = value._register;
        return T.Max(T.Max(r.GetElement(0), r.GetElement(2)), T.Max(r.GetElement(1), r.GetElement(3)));
    }
}
