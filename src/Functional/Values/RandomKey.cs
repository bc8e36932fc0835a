namespace Functional;

/// <summary>What the random numbers inside a step are drawn by: with layer and element it names each of them.</summary>
/// <param name="Seed">The training's seed.</param>
/// <param name="Step">The step's number.</param>
/// <param name="FirstLayer">Which of its layers that draw is the first here: not 0 where a part of a network draws what it does in the whole.</param>
internal readonly record struct RandomKey(ulong Seed, ulong Step, int FirstLayer = 0)
{
    /// <summary>Most layers that can draw.</summary>
    public const int MostLayers = 1 << 16;

    /// <summary>The index of <see cref="RandomPurpose.Dropout"/>'s stream for a layer: 48 bits of the step, 16 of the layer.</summary>
    public ulong IndexOf(int layer) => (Step << 16) | (uint)(FirstLayer + layer);

    /// <summary>An element is dropped where its 32 random bits, as a number, are below this.</summary>
    public static uint ThresholdOf(double rate) => (uint)Math.Min(Math.Round(rate * 4294967296.0), uint.MaxValue);

    /// <summary>Whether dropout of a rate drops an element of a layer: its bits are word (element mod 4) of block ⌊element / 4⌋.</summary>
    public bool IsDropped(int layer, long element, double rate)
    {
        (uint x0, uint x1, uint x2, uint x3) = Philox.Block(
            Seed,
            RandomPurpose.Dropout,
            IndexOf(layer),
            (ulong)element / 4
        );
        uint word = (element % 4) switch
        {
            0 => x0,
            1 => x1,
            2 => x2,
            _ => x3,
        };
        return word < ThresholdOf(rate);
    }
}
