namespace Functional;

/// <summary>How far a plan may be from the float64 oracle, per tensor, relative to its norm.</summary>
internal static class Tolerances
{
    /// <summary>
    /// float64: 2⁻⁵² is 2.2e-16; sums of n terms lose up to √n of it, and deep networks multiply it layer by layer.
    /// </summary>
    public const double Double = 1e-10;

    /// <summary>float32: 2⁻²³ is 1.2e-7, with the same losses.</summary>
    public const double Single = 1e-4;

    /// <summary>float32 gradients of networks and points that are not ill-conditioned.</summary>
    public const double SingleGradient = 1e-5;

    public static double Of<T>() => typeof(T) == typeof(double) ? Double : Single;
}
