using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>128 bits of words (SSE2, Arm Advanced SIMD, or software).</summary>
internal readonly unsafe struct W128(Vector128<ulong> register) : IWords<W128>
{
    private readonly Vector128<ulong> _register = register;

    public Vector128<ulong> Register
    {
        [MethodImpl(AggressiveInlining)]
        get => _register;
    }

    public static int Count
    {
        [MethodImpl(AggressiveInlining)]
        get => Vector128<ulong>.Count;
    }

    [MethodImpl(AggressiveInlining)]
    public static W128 Broadcast(ulong value) => new(Vector128.Create(value));

    [MethodImpl(AggressiveInlining)]
    public static W128 Blocks(ulong first) => new(Vector128.Create(first) + Vector128.Create(0UL, 1));

    [MethodImpl(AggressiveInlining)]
    public static W128 Product(W128 left, W128 right)
    {
        if (Sse2.IsSupported)
            return new(Sse2.Multiply(left._register.AsUInt32(), right._register.AsUInt32()));
        if (AdvSimd.IsSupported)
            return new(
                AdvSimd.MultiplyWideningLower(
                    AdvSimd.ExtractNarrowingLower(left._register),
                    AdvSimd.ExtractNarrowingLower(right._register)
                )
            );
        Vector128<ulong> lower = Vector128.Create(0xFFFF_FFFFUL);
        return new((left._register & lower) * (right._register & lower));
    }

    [MethodImpl(AggressiveInlining)]
    public static W128 UpperHalves(W128 value) => new(value._register >>> 32);

    [MethodImpl(AggressiveInlining)]
    public static W128 operator ^(W128 left, W128 right) => new(left._register ^ right._register);

    [MethodImpl(AggressiveInlining)]
    public static (W128 First, W128 Second) Join(W128 x0, W128 x1, W128 x2, W128 x3)
    {
        (Vector128<ulong> first, Vector128<ulong> second) = Unpack(Pairs(x0, x1), Pairs(x2, x3));
        return (new(first), new(second));
    }

    [MethodImpl(AggressiveInlining)]
    public static void StoreUnlessLess<T>(W128 words, W128 threshold, W128 number, T* target)
        where T : unmanaged
    {
        Vector128<uint> isLess = Vector128.LessThan(words._register.AsUInt32(), threshold._register.AsUInt32());
        if (sizeof(T) == sizeof(float))
        {
            Vector128.AndNot(number._register, isLess.AsUInt64()).Store((ulong*)target);
            return;
        }
        // Sign-extended, a mask of 32 bits is one of 64.
        Vector128<ulong> lower = Vector128.WidenLower(isLess.AsInt32()).AsUInt64(),
            upper = Vector128.WidenUpper(isLess.AsInt32()).AsUInt64();
        Vector128.AndNot(number._register, lower).Store((ulong*)target);
        Vector128.AndNot(number._register, upper).Store((ulong*)target + Count);
    }

    /// <summary>The lower lanes of both, and the upper ones.</summary>
    [MethodImpl(AggressiveInlining)]
    public static (Vector128<ulong> Low, Vector128<ulong> High) Unpack(Vector128<ulong> p, Vector128<ulong> q) =>
        Sse2.IsSupported
            ? (Sse2.UnpackLow(p, q), Sse2.UnpackHigh(p, q))
            : (Vector128.Create(p.GetLower(), q.GetLower()), Vector128.Create(p.GetUpper(), q.GetUpper()));

    // Lower halves of two registers as one: x y x y …
    [MethodImpl(AggressiveInlining)]
    private static Vector128<ulong> Pairs(W128 x, W128 y) =>
        (x._register & Vector128.Create(0xFFFF_FFFFUL)) | (y._register << 32);
}
