namespace Functional.Benchmarking;

/// <summary>The widths of SIMD registers.</summary>
public static class RegisterWidths
{
    /// <summary>Those that this machine computes in hardware, widest first.</summary>
    public static IReadOnlyList<VectorWidth> OfMachine => VectorWidths.OfMachine;

    /// <summary>Bits of a register.</summary>
    public static int Bits(this VectorWidth width) =>
        width.Resolve() switch
        {
            VectorWidth.Bits512 => 512,
            VectorWidth.Bits256 => 256,
            _ => 128,
        };
}
