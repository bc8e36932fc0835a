namespace Functional;

/// <summary>
/// Philox 4×32-10: a counter-based random generator, so any number of any stream can be had without the ones before it.
/// Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
/// </summary>
internal static class Philox
{
    public const int Rounds = 10;
    public const uint Multiplier0 = 0xD2511F53;
    public const uint Multiplier1 = 0xCD9E8D57;

    // The key schedule's Weyl constants: the golden ratio and √3 − 1.
    public const uint KeyStep0 = 0x9E3779B9;
    public const uint KeyStep1 = 0xBB67AE85;

    /// <summary>The four words of one 128-bit counter under one 64-bit key.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Block(uint key0, uint key1, uint c0, uint c1, uint c2, uint c3)
    {
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0;
            ulong product1 = (ulong)Multiplier1 * c2;
            (c0, c1) = ((uint)(product1 >> 32) ^ c1 ^ key0, (uint)product1);
            (c2, c3) = ((uint)(product0 >> 32) ^ c3 ^ key1, (uint)product0);
            key0 += KeyStep0;
            key1 += KeyStep1;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>
    /// Block <paramref name="block"/> of the stream (seed, purpose, index): the key is the seed, the counter is
    /// (block's low word, block's next 24 bits | purpose in the top 8, index's low word, index's high word).
    /// </summary>
    public static (uint X0, uint X1, uint X2, uint X3) Block(
        ulong seed,
        RandomPurpose purpose,
        ulong index,
        ulong block
    ) =>
        Block(
            (uint)seed,
            (uint)(seed >> 32),
            (uint)block,
            ((uint)(block >> 32) & 0x00FF_FFFF) | ((uint)purpose << 24),
            (uint)index,
            (uint)(index >> 32)
        );

    /// <summary>Puts the items in a random order, every order equally likely (Fisher–Yates).</summary>
    public static void Shuffle(Span<int> items, ref RandomStream random)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = random.NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>0 … count − 1 in the random order that (seed, purpose, index) names.</summary>
    public static int[] Permutation(int count, ulong seed, RandomPurpose purpose, ulong index = 0)
    {
        int[] order = new int[count];
        for (int i = 0; i < count; i++)
            order[i] = i;
        RandomStream random = new(seed, purpose, index);
        Shuffle(order, ref random);
        return order;
    }
}
