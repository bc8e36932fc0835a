using System.Globalization;
using Functional.Graphs;

namespace Functional.Checking;

/// <summary>Why a derivative could not be decided.</summary>
internal static class Undecided
{
    public static string Because(GradientComparison comparison, Node? kink) =>
        kink is not null ? $"a kink or jump of {kink.Origin} lies within every step tried"
        : double.IsNaN(comparison.Numeric) ? "the loss is not finite there: give At, Features and Targets where it is"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"its differences settle only to ±{comparison.ErrorBar:0.0e+00}, with a tolerance of {comparison.Tolerance:0.0e+00}: raise the tolerances, or scale the data"
        );
}
