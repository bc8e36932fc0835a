using System.Diagnostics;

namespace Functional;

/// <summary>What a stream of random numbers is for; streams of different purposes never share a counter.</summary>
internal enum RandomPurpose : byte
{
    /// <summary>The first values of parameters; index: the parameter.</summary>
    Initialization,

    /// <summary>The order of rows in an epoch; index: the epoch.</summary>
    Shuffle,

    /// <summary>The masks of dropout; index: step and layer.</summary>
    Dropout,

    /// <summary>Generated data.</summary>
    Data,

    /// <summary>Which rows go to training and which to validation.</summary>
    Split,

    /// <summary>Directions to differentiate along; index: which.</summary>
    Direction,
}

/// <summary>
/// The random numbers of (seed, purpose, index), one after the other: <see cref="Philox"/> with a running counter.
/// A mutable struct: pass it by reference, a copy repeats the same numbers. A stream holds 2⁵⁸ words.
/// </summary>
internal struct RandomStream(ulong seed, RandomPurpose purpose, ulong index = 0)
{
    private ulong _block;
    private uint _taken;
    private (uint X0, uint X1, uint X2, uint X3) _words;
    private double _spareNormal = double.NaN;

    /// <summary>32 random bits.</summary>
    public uint NextUInt()
    {
        if ((_taken & 3) == 0)
            _words = Philox.Block(seed, purpose, index, _block++);
        return (_taken++ & 3) switch
        {
            0 => _words.X0,
            1 => _words.X1,
            2 => _words.X2,
            _ => _words.X3,
        };
    }

    /// <summary>Uniform on the multiples of 2⁻⁵³ in [0, 1); takes two words.</summary>
    public double NextUniform()
    {
        ulong high = NextUInt();
        return ((high << 21) | (NextUInt() >> 11)) * (1.0 / (1L << 53));
    }

    /// <summary>Standard normal, |z| ≤ 8.6; a pair by Box–Muller for every four words, the second kept for the next call.</summary>
    public double NextNormal()
    {
        if (!double.IsNaN(_spareNormal))
        {
            double spare = _spareNormal;
            _spareNormal = double.NaN;
            return spare;
        }
        // z = √(−2 ln u)·(cos 2πv, sin 2πv) with u in (0, 1].
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextUniform()));
        (double sin, double cos) = Math.SinCos(2 * Math.PI * NextUniform());
        _spareNormal = radius * sin;
        return radius * cos;
    }

    /// <summary>
    /// Uniform on 0 … bound − 1, without bias: the high word of word × bound, rejecting the low words that occur too often.
    /// Lemire: "Fast random integer generation in an interval", 2019.
    /// </summary>
    public int NextInt(int bound)
    {
        Debug.Assert(bound > 0);
        ulong product = (ulong)NextUInt() * (uint)bound;
        if ((uint)product < (uint)bound)
        {
            uint surplus = (0u - (uint)bound) % (uint)bound;
            while ((uint)product < surplus)
                product = (ulong)NextUInt() * (uint)bound;
        }
        return (int)(product >> 32);
    }
}
