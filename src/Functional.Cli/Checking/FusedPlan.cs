using System.Globalization;
using Functional.Checking;

namespace Functional.Cli;

/// <summary>The float64 plan of a gradient with its operations fused, against the same without fusion.</summary>
internal static class FusedPlan
{
    /// <summary>
    /// The most units in the last place that may lie between them: none, where a product inside a kernel is rounded before it is added to
    /// (<see cref="CompileOptions.Contract"/>).
    /// </summary>
    private const int MostUlps = 0;

    /// <summary>Compares loss and every derivative at a point.</summary>
    /// <exception cref="FunctionalException">They differ.</exception>
    public static void Check(GradientPoint point, CompileOptions options)
    {
        options = options with { Contract = false };
        Gradient<double> fused = Gradient(point, options with { Fuse = true });
        Gradient<double> unfused = Gradient(point, options with { Fuse = false });
        Compare("the loss", Shape.Scalar, [fused.Loss], [unfused.Loss]);
        foreach ((string path, Tensor<double> tensor) in fused.Parameters)
            Compare(path, tensor, unfused.Parameters[path]);
        if (fused.InputIfAny is { } input)
            Compare("x", input, unfused.Input);
    }

    private static Gradient<double> Gradient(GradientPoint point, CompileOptions options) =>
        new GradientPlan<double>(
            point.Loss,
            Compiler.CompileGradient(
                point.Network,
                point.Loss,
                point.Rows,
                options with
                {
                    Input = point.InputShape,
                },
                mode: point.Mode
            )
        ).Gradient(point.Parameters, point.Features.Data, point.Targets.Data, point.Key);

    private static void Compare(string path, Tensor<double> fused, Tensor<double> unfused) =>
        Compare($"the derivative by {path}", fused.Shape, fused.Data, unfused.Data);

    private static void Compare(string what, Shape shape, ReadOnlySpan<double> fused, ReadOnlySpan<double> unfused)
    {
        for (int i = 0; i < fused.Length; i++)
            if (Ulps(fused[i], unfused[i]) > MostUlps)
                throw new FunctionalException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The fused plan differs from the unfused one: {what} at {Directions.Element(shape, i)} is {fused[i]:R} fused and {unfused[i]:R} unfused. This is a bug in Functional: please report the case."
                    )
                );
    }

    // The number of doubles from one to the other.
    private static Int128 Ulps(double first, double second) =>
        double.IsNaN(first) || double.IsNaN(second)
            ? double.IsNaN(first) == double.IsNaN(second)
                ? 0
                : Int128.MaxValue
            : Int128.Abs(Rank(first) - Rank(second));

    private static Int128 Rank(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        return bits < 0 ? long.MinValue - (Int128)bits : bits;
    }
}
