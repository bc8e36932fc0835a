namespace Functional.Bench;

/// <summary>Networks that differ in one size, from the smallest to the largest.</summary>
/// <param name="Name">The size's name.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="Others">The sizes that stay.</param>
/// <param name="Values">The sizes to measure.</param>
/// <param name="Measure">Measures the network of a size.</param>
public sealed record ScalingAxis(
    string Name,
    string Unit,
    string Others,
    ValueList<int> Values,
    Func<int, ScalingPoint> Measure
)
{
    /// <summary>
    /// Depth, width and batch. Beside round sizes stand some that are one more or one less: where a tile, a vector or a block ends.
    /// </summary>
    public static IReadOnlyList<ScalingAxis> All { get; } =
    [
        new(
            "depth",
            "layers",
            "64 features, batch 32",
            [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 160, 200],
            layers => ScalingPoint.Measure(layers, width: 64, batch: 32)
        ),
        new(
            "width",
            "features of a layer",
            "2 layers, batch 128",
            [
                .. (int[])[16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 96, 127, 128, 129, 192, 255, 256, 257, 384, 512],
                .. (int[])[768, 1000, 1023, 1024, 1025, 1536, 2048, 3072, 4096, 6144, 8192],
            ],
            width => ScalingPoint.Measure(layers: 2, width, batch: 128)
        ),
        new(
            "batch",
            "rows",
            "4 layers of 64 features",
            [
                .. (int[])[1, 2, 3, 4, 6, 8, 12, 15, 16, 17, 24, 31, 32, 33, 48, 64, 65, 96, 128, 192, 256, 384, 512],
                .. (int[])[768, 1024, 1536, 2048, 3072, 4096, 6144, 8192],
            ],
            batch => ScalingPoint.Measure(layers: 4, width: 64, batch)
        ),
    ];
}
