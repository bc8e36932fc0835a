using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>512 bits of words (AVX-512).</summary>
internal readonly unsafe struct W512(Vector512<ulong> register) : IWords<W512>
{
    private readonly Vector512<ulong> _register = register;

    public Vector512<ulong> Register
    {
        [MethodImpl(AggressiveInlining)]
        get => _register;
    }

    public static int Count
    {
        [MethodImpl(AggressiveInlining)]
        get => Vector512<ulong>.Count;
    }

    [MethodImpl(AggressiveInlining)]
    public static W512 Broadcast(ulong value) => new(Vector512.Create(value));

    [MethodImpl(AggressiveInlining)]
    public static W512 Blocks(ulong first) => new(Vector512.Create(first) + Vector512.Create(0UL, 4, 1, 5, 2, 6, 3, 7));

    [MethodImpl(AggressiveInlining)]
    public static W512 Product(W512 left, W512 right)
    {
        if (Avx512F.IsSupported)
            return new(Avx512F.Multiply(left._register.AsUInt32(), right._register.AsUInt32()));
        return new(
            Vector512.Create(
                W256.Product(new(left._register.GetLower()), new(right._register.GetLower())).Register,
                W256.Product(new(left._register.GetUpper()), new(right._register.GetUpper())).Register
            )
        );
    }

    [MethodImpl(AggressiveInlining)]
    public static W512 UpperHalves(W512 value) => new(value._register >>> 32);

    [MethodImpl(AggressiveInlining)]
    public static W512 operator ^(W512 left, W512 right) => new(left._register ^ right._register);

    [MethodImpl(AggressiveInlining)]
    public static (W512 First, W512 Second) Join(W512 x0, W512 x1, W512 x2, W512 x3)
    {
        Vector512<ulong> p = Pairs(x0, x1),
            q = Pairs(x2, x3);
        if (Avx512F.IsSupported)
            return (new(Avx512F.UnpackLow(p, q)), new(Avx512F.UnpackHigh(p, q)));
        (Vector256<ulong> a, Vector256<ulong> b) = W256.Unpack(p.GetLower(), q.GetLower());
        (Vector256<ulong> c, Vector256<ulong> d) = W256.Unpack(p.GetUpper(), q.GetUpper());
        return (new(Vector512.Create(a, c)), new(Vector512.Create(b, d)));
    }

    [MethodImpl(AggressiveInlining)]
    public static void StoreUnlessLess<T>(W512 words, W512 threshold, W512 number, T* target)
        where T : unmanaged
    {
        Vector512<uint> isLess = Vector512.LessThan(words._register.AsUInt32(), threshold._register.AsUInt32());
        if (sizeof(T) == sizeof(float))
        {
            Vector512.AndNot(number._register, isLess.AsUInt64()).Store((ulong*)target);
            return;
        }
        // Sign-extended, a mask of 32 bits is one of 64.
        Vector512<ulong> lower = Vector512.WidenLower(isLess.AsInt32()).AsUInt64(),
            upper = Vector512.WidenUpper(isLess.AsInt32()).AsUInt64();
        Vector512.AndNot(number._register, lower).Store((ulong*)target);
        Vector512.AndNot(number._register, upper).Store((ulong*)target + Count);
    }

    // Lower halves of two registers as one: x y x y …
    [MethodImpl(AggressiveInlining)]
    private static Vector512<ulong> Pairs(W512 x, W512 y) =>
        (x._register & Vector512.Create(0xFFFF_FFFFUL)) | (y._register << 32);
}
