using System.Numerics;

namespace Functional.Kernels;

/// <summary>
/// One SIMD register of <typeparamref name="T"/>, whatever its width: kernels are written once over this and the JIT compiles them
/// for each width. Comparisons give lane masks (all bits set or none).
/// </summary>
internal unsafe interface IVector<TSelf, T>
    where TSelf : unmanaged, IVector<TSelf, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Lanes in a register; a constant to the JIT.</summary>
    static abstract int Count { get; }

    /// <summary>All lanes +0.</summary>
    static abstract TSelf Zero { get; }

    /// <summary>Lane i holds i.</summary>
    static abstract TSelf Indices { get; }

    /// <summary>Every lane holds <paramref name="value"/> rounded to <typeparamref name="T"/>.</summary>
    static abstract TSelf Literal(double value);

    /// <summary>Every lane holds <paramref name="value"/>.</summary>
    static abstract TSelf Broadcast(T value);

    /// <summary>All lanes from memory, unaligned.</summary>
    static abstract TSelf Load(T* source);

    /// <summary>The first <paramref name="count"/> (0 … Count) lanes from memory, the others +0; nothing beyond them is read.</summary>
    static abstract TSelf LoadPartial(T* source, int count);

    /// <summary>All lanes to memory, unaligned.</summary>
    static abstract void Store(TSelf value, T* target);

    /// <summary>The first <paramref name="count"/> (0 … Count) lanes to memory; nothing beyond them is written.</summary>
    static abstract void StorePartial(TSelf value, T* target, int count);

    /// <summary>The lane mask of the first <paramref name="count"/> lanes, for a loop that uses it often.</summary>
    static abstract TSelf FirstLanes(int count);

    /// <summary>The lanes of a mask from <see cref="FirstLanes"/> from memory, the others +0; nothing else is read.</summary>
    static abstract TSelf LoadMasked(T* source, TSelf mask);

    /// <summary>The lanes of a mask from <see cref="FirstLanes"/> to memory; nothing else is written.</summary>
    static abstract void StoreMasked(TSelf value, T* target, TSelf mask);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf value);

    static abstract TSelf operator &(TSelf left, TSelf right);

    static abstract TSelf operator |(TSelf left, TSelf right);

    /// <summary>The lower halves of both, interleaved: a₀ b₀ a₁ b₁ …</summary>
    static abstract TSelf ZipLow(TSelf a, TSelf b);

    /// <summary>The upper halves of both, interleaved.</summary>
    static abstract TSelf ZipHigh(TSelf a, TSelf b);

    /// <summary>a·b + c, rounded once where the machine has FMA.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>a·b − c, rounded once where the machine has FMA.</summary>
    static abstract TSelf MultiplySubtract(TSelf a, TSelf b, TSelf c);

    /// <summary>c − a·b, rounded once where the machine has FMA.</summary>
    static abstract TSelf SubtractProduct(TSelf c, TSelf a, TSelf b);

    /// <summary>
    /// c₀ + x·(c₁ + x·(c₂ + x·(c₃ + x·top))) by <see cref="MultiplyAdd"/>: four steps at once, because the JIT stops inlining in a
    /// method of more than 512 temporaries, and each call here costs about four.
    /// </summary>
    static abstract TSelf Horner(TSelf top, TSelf x, double c3, double c2, double c1, double c0);

    /// <summary>The larger lane; the second operand where either is NaN, as the machine's own instruction does.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>The smaller lane; the second operand where either is NaN, as the machine's own instruction does.</summary>
    static abstract TSelf Min(TSelf left, TSelf right);

    static abstract TSelf Sqrt(TSelf value);

    /// <summary>
    /// x / (√v + e) for finite v ≥ 0 and e &gt; 0: with AVX-512 the quotient by an estimate of 14 bits and one Newton step, in double two; in float the
    /// root likewise where its instruction is slow (<see cref="Processor.HasFastRoots"/>). To 3 ULP; elsewhere by √ and division.
    /// </summary>
    static abstract TSelf RootQuotient(TSelf x, TSelf v, TSelf e);

    static abstract TSelf Abs(TSelf value);

    /// <summary>The magnitude of <paramref name="value"/> with the sign of <paramref name="sign"/>.</summary>
    static abstract TSelf CopySign(TSelf value, TSelf sign);

    /// <summary>To the nearest integer, ties to even.</summary>
    static abstract TSelf Round(TSelf value);

    /// <summary>Lane mask of left &gt; right (false on NaN).</summary>
    static abstract TSelf GreaterThan(TSelf left, TSelf right);

    /// <summary>Lane mask of left = right (false on NaN).</summary>
    static abstract TSelf EqualTo(TSelf left, TSelf right);

    /// <summary>Per lane, the first value where the mask is set, otherwise the second.</summary>
    static abstract TSelf Select(TSelf mask, TSelf whenSet, TSelf otherwise);

    /// <summary>2ⁿ for integral lanes with a normal result; 0 and ∞ one below and one above (n = −127 and 128, or −1023 and 1024).</summary>
    static abstract TSelf PowerOfTwo(TSelf n);

    /// <summary>value·2ⁿ for integral lanes |n| ≤ 252 (2044 for double) and a value of order 1: overflows to ∞, underflows gradually, rounds once.</summary>
    static abstract TSelf Scale(TSelf value, TSelf n);

    /// <summary>
    /// The mantissa m ∈ [¾, 1½) and the exponent k of value = m·2ᵏ, also of a subnormal one; k = −∞ at 0 and ∞ at ∞ (with a finite m),
    /// and m is NaN for NaN and below 0.
    /// </summary>
    static abstract TSelf Split(TSelf value, out TSelf exponent);

    /// <summary>Sine of an angle in radians (the framework's scalar function, lane by lane).</summary>
    static abstract TSelf Sin(TSelf value);

    /// <summary>Cosine of an angle in radians (the framework's scalar function, lane by lane).</summary>
    static abstract TSelf Cos(TSelf value);

    /// <summary>The sum of all lanes by a fixed halving tree.</summary>
    static abstract T Sum(TSelf value);

    /// <summary>The largest lane; NaN if any lane is NaN.</summary>
    static abstract T MaxAcross(TSelf value);
}
