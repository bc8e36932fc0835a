using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Elements of a mask to draw.</summary>
internal unsafe struct MaskArguments
{
    /// <summary>What the masks of a run are drawn by.</summary>
    public RandomKey* Key;
    public int Layer;

    /// <summary>The probability of 0.</summary>
    public double Rate;

    /// <summary>The number in the mask of the first element to draw, a multiple of 4: where a block begins.</summary>
    public long First;
    public nint Count;

    /// <summary>Where the first element to draw goes.</summary>
    public void* Result;
}

/// <summary>
/// Draws masks: element i is 0 where <see cref="RandomKey.IsDropped"/>, otherwise 1/(1 − rate). As many blocks of <see cref="Philox"/> at once
/// as a register has lanes; the same bits at every width.
/// </summary>
internal static unsafe class MaskKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TW, T>(void* arguments)
        where TW : unmanaged, IWords<TW>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MaskArguments* a = (MaskArguments*)arguments;
        TW* keys = stackalloc TW[2 * Philox.Rounds];
        Schedule(a->Key->Seed, keys);
        ulong index = a->Key->IndexOf(a->Layer);
        TW purpose = TW.Broadcast((ulong)RandomPurpose.Dropout << 24),
            low = TW.Broadcast(index),
            high = TW.Broadcast(index >> 32),
            threshold = TW.Broadcast(RandomKey.ThresholdOf(a->Rate) * 0x1_0000_0001UL),
            kept = TW.Broadcast(BitsOf(T.CreateTruncating(1 / (1 - a->Rate))));

        ulong block = (ulong)a->First / 4;
        T* result = (T*)a->Result;
        T* end = result + a->Count;
        for (; result <= end - 4 * TW.Count; result += 4 * TW.Count, block += (ulong)TW.Count)
            Draw(keys, block, purpose, low, high, threshold, kept, result);
        if (result == end)
            return;
        T* rest = stackalloc T[4 * TW.Count];
        Draw(keys, block, purpose, low, high, threshold, kept, rest);
        new ReadOnlySpan<T>(rest, (int)(end - result)).CopyTo(new Span<T>(result, (int)(end - result)));
    }

    // The keys of every round, the first's two and so on.
    private static void Schedule<TW>(ulong seed, TW* keys)
        where TW : unmanaged, IWords<TW>
    {
        (uint key0, uint key1) = ((uint)seed, (uint)(seed >> 32));
        for (int round = 0; round < Philox.Rounds; round++, key0 += Philox.KeyStep0, key1 += Philox.KeyStep1)
            (keys[2 * round], keys[2 * round + 1]) = (TW.Broadcast(key0), TW.Broadcast(key1));
    }

    // As many blocks as lanes, from a block on: their words decide on four elements each.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Draw<TW, T>(
        TW* keys,
        ulong block,
        TW purpose,
        TW low,
        TW high,
        TW threshold,
        TW kept,
        T* result
    )
        where TW : unmanaged, IWords<TW>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TW multiplier0 = TW.Broadcast(Philox.Multiplier0),
            multiplier1 = TW.Broadcast(Philox.Multiplier1);
        TW c0 = TW.Blocks(block),
            c1 = TW.UpperHalves(c0) ^ purpose,
            c2 = low,
            c3 = high;
        for (TW* key = keys; key < keys + 2 * Philox.Rounds; key += 2)
        {
            TW product0 = TW.Product(multiplier0, c0),
                product1 = TW.Product(multiplier1, c2);
            (c0, c1) = (TW.UpperHalves(product1) ^ c1 ^ key[0], product1);
            (c2, c3) = (TW.UpperHalves(product0) ^ c3 ^ key[1], product0);
        }
        (TW first, TW second) = TW.Join(c0, c1, c2, c3);
        TW.StoreUnlessLess(first, threshold, kept, result);
        TW.StoreUnlessLess(second, threshold, kept, result + 2 * TW.Count);
    }

    // A number's bits, in every element of 64 bits.
    private static ulong BitsOf<T>(T number)
        where T : unmanaged =>
        sizeof(T) == sizeof(float)
            ? Unsafe.BitCast<T, uint>(number) * 0x1_0000_0001UL
            : Unsafe.BitCast<T, ulong>(number);
}
