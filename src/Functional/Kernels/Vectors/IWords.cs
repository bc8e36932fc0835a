namespace Functional.Kernels;

/// <summary>
/// One SIMD register of 64-bit lanes of which the lower halves matter, for counter-based random numbers: a lane computes one block, and
/// what multiplications leave in the upper halves is never read. All widths give the same bits.
/// </summary>
internal unsafe interface IWords<TSelf>
    where TSelf : unmanaged, IWords<TSelf>
{
    /// <summary>Lanes in a register; a constant to the JIT.</summary>
    static abstract int Count { get; }

    /// <summary>Every lane holds <paramref name="value"/>.</summary>
    static abstract TSelf Broadcast(ulong value);

    /// <summary>The lanes hold the numbers from <paramref name="first"/> on, in the order in which <see cref="Join"/> wants their blocks.</summary>
    static abstract TSelf Blocks(ulong first);

    /// <summary>The 64-bit products of the lower halves.</summary>
    static abstract TSelf Product(TSelf left, TSelf right);

    /// <summary>The upper halves, as lower ones.</summary>
    static abstract TSelf UpperHalves(TSelf value);

    static abstract TSelf operator ^(TSelf left, TSelf right);

    /// <summary>The lower halves of four registers as words without gaps, block by block: x₀ x₁ x₂ x₃ of the first, then of the next.</summary>
    static abstract (TSelf First, TSelf Second) Join(TSelf x0, TSelf x1, TSelf x2, TSelf x3);

    /// <summary>For every word without gap a number: 0 where the word is less than the threshold's, otherwise the given one.</summary>
    /// <param name="words">2·<see cref="Count"/> words.</param>
    /// <param name="threshold">The same number of thresholds.</param>
    /// <param name="number">A register full of the number.</param>
    /// <param name="target">Room for 2·<see cref="Count"/> numbers.</param>
    static abstract void StoreUnlessLess<T>(TSelf words, TSelf threshold, TSelf number, T* target)
        where T : unmanaged;
}
