using System.Runtime.Intrinsics;

namespace Functional;

/// <summary>The width of the SIMD registers that a plan's kernels use. Results may differ in their last bits between widths.</summary>
public enum VectorWidth
{
    /// <summary>The widest that this machine computes in hardware.</summary>
    Auto,

    /// <summary>512 bits: AVX-512.</summary>
    Bits512,

    /// <summary>256 bits: AVX2.</summary>
    Bits256,

    /// <summary>128 bits: SSE, Arm Advanced SIMD, or software where there is neither.</summary>
    Bits128,
}

internal static class VectorWidths
{
    /// <summary>Those that this machine computes in hardware, widest first; 128 bits on any machine.</summary>
    public static IReadOnlyList<VectorWidth> OfMachine { get; } =
        VectorWidth.Auto.Resolve() switch
        {
            VectorWidth.Bits512 => [VectorWidth.Bits512, VectorWidth.Bits256, VectorWidth.Bits128],
            VectorWidth.Bits256 => [VectorWidth.Bits256, VectorWidth.Bits128],
            _ => [VectorWidth.Bits128],
        };

    /// <summary>The width itself, with <see cref="VectorWidth.Auto"/> decided.</summary>
    public static VectorWidth Resolve(this VectorWidth width) =>
        width switch
        {
            VectorWidth.Auto when Vector512.IsHardwareAccelerated => VectorWidth.Bits512,
            VectorWidth.Auto when Vector256.IsHardwareAccelerated => VectorWidth.Bits256,
            VectorWidth.Auto => VectorWidth.Bits128,
            VectorWidth.Bits512 or VectorWidth.Bits256 or VectorWidth.Bits128 => width,
            _ => throw new ArgumentOutOfRangeException(nameof(width), width, "Use a member of VectorWidth."),
        };
}
