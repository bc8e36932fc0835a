using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>256 bits of words (AVX2).</summary>
internal readonly unsafe struct W256(Vector256<ulong> register) : IWords<W256>
{
    private readonly Vector256<ulong> _register = register;

    public Vector256<ulong> Register
    {
        [MethodImpl(AggressiveInlining)]
        get => _register;
    }

    public static int Count
    {
        [MethodImpl(AggressiveInlining)]
        get => Vector256<ulong>.Count;
    }

    [MethodImpl(AggressiveInlining)]
    public static W256 Broadcast(ulong value) => new(Vector256.Create(value));

    [MethodImpl(AggressiveInlining)]
    public static W256 Blocks(ulong first) => new(Vector256.Create(first) + Vector256.Create(0UL, 2, 1, 3));

    [MethodImpl(AggressiveInlining)]
    public static W256 Product(W256 left, W256 right)
    {
        if (Avx2.IsSupported)
            return new(Avx2.Multiply(left._register.AsUInt32(), right._register.AsUInt32()));
        return new(
            Vector256.Create(
                W128.Product(new(left._register.GetLower()), new(right._register.GetLower())).Register,
                W128.Product(new(left._register.GetUpper()), new(right._register.GetUpper())).Register
            )
        );
    }

    [MethodImpl(AggressiveInlining)]
    public static W256 UpperHalves(W256 value) => new(value._register >>> 32);

    [MethodImpl(AggressiveInlining)]
    public static W256 operator ^(W256 left, W256 right) => new(left._register ^ right._register);

    [MethodImpl(AggressiveInlining)]
    public static (W256 First, W256 Second) Join(W256 x0, W256 x1, W256 x2, W256 x3)
    {
        (Vector256<ulong> first, Vector256<ulong> second) = Unpack(Pairs(x0, x1), Pairs(x2, x3));
        return (new(first), new(second));
    }

    [MethodImpl(AggressiveInlining)]
    public static void StoreUnlessLess<T>(W256 words, W256 threshold, W256 number, T* target)
        where T : unmanaged
    {
        Vector256<uint> isLess = Vector256.LessThan(words._register.AsUInt32(), threshold._register.AsUInt32());
        if (sizeof(T) == sizeof(float))
        {
            Vector256.AndNot(number._register, isLess.AsUInt64()).Store((ulong*)target);
            return;
        }
        // Sign-extended, a mask of 32 bits is one of 64.
        Vector256<ulong> lower = Vector256.WidenLower(isLess.AsInt32()).AsUInt64(),
            upper = Vector256.WidenUpper(isLess.AsInt32()).AsUInt64();
        Vector256.AndNot(number._register, lower).Store((ulong*)target);
        Vector256.AndNot(number._register, upper).Store((ulong*)target + Count);
    }

    /// <summary>The lower lanes of both in every 128 bits, and the upper ones.</summary>
    [MethodImpl(AggressiveInlining)]
    public static (Vector256<ulong> Low, Vector256<ulong> High) Unpack(Vector256<ulong> p, Vector256<ulong> q)
    {
        if (Avx2.IsSupported)
            return (Avx2.UnpackLow(p, q), Avx2.UnpackHigh(p, q));
        (Vector128<ulong> a, Vector128<ulong> b) = W128.Unpack(p.GetLower(), q.GetLower());
        (Vector128<ulong> c, Vector128<ulong> d) = W128.Unpack(p.GetUpper(), q.GetUpper());
        return (Vector256.Create(a, c), Vector256.Create(b, d));
    }

    // Lower halves of two registers as one: x y x y …
    [MethodImpl(AggressiveInlining)]
    private static Vector256<ulong> Pairs(W256 x, W256 y) =>
        (x._register & Vector256.Create(0xFFFF_FFFFUL)) | (y._register << 32);
}
