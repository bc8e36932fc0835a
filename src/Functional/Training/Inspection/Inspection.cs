using System.Globalization;
using System.Text;

namespace Functional;

/// <summary>How a training step sees a model on one batch, layer by layer: an immutable value that prints as tables.</summary>
/// <param name="Loss">The mean loss over the rows.</param>
/// <param name="RowCount">The number of rows.</param>
/// <param name="Layers">Every layer, in order of application.</param>
public sealed record Inspection(double Loss, int RowCount, ValueList<LayerStatistics> Layers)
{
    /// <summary>A table of what leaves every layer, and one of every parameter.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.AppendLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{RowCount:N0} {(RowCount == 1 ? "row" : "rows")}, loss {Loss:G6}"
            )
        );
        Table(
            text,
            ["activations", "shape", "mean", "deviation", "minimum", "maximum", "zeros", "dead", "histogram"],
            Layers.Select(layer =>
                (string[])
                    [
                        layer.Path,
                        layer.Output.ToString(),
                        Number(layer.Mean),
                        Number(layer.StandardDeviation),
                        Number(layer.Minimum),
                        Number(layer.Maximum),
                        layer.ZeroShare.ToString("P1", CultureInfo.InvariantCulture),
                        $"{layer.DeadUnits}/{layer.Output.Count}",
                        layer.NonFiniteCount == 0
                            ? layer.Histogram.ToString()
                            : $"{layer.Histogram} {layer.NonFiniteCount} not finite",
                    ]
            )
        );
        Table(
            text,
            ["parameters", "‖w‖", "‖∂L/∂w‖", "‖Δw‖", "‖Δw‖/‖w‖"],
            Layers
                .SelectMany(layer => layer.Parameters)
                .Select(parameter =>
                    (string[])
                        [
                            parameter.Path,
                            Number(parameter.Norm),
                            Number(parameter.GradientNorm),
                            Number(parameter.UpdateNorm),
                            Number(parameter.UpdateRatio),
                        ]
                )
        );
        return text.ToString();
    }

    private static string Number(double value) => value.ToString("0.###e+0", CultureInfo.InvariantCulture);

    private static void Table(StringBuilder text, string[] heading, IEnumerable<string[]> rows)
    {
        string[][] lines = [heading, .. rows];
        int[] widths = [.. heading.Select((_, column) => lines.Max(line => line[column].Length))];
        foreach (string[] line in lines)
            text.AppendLine(string.Join("  ", line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}

/// <summary>What leaves a layer on one batch, as a training step computes it. Statistics are over the finite values.</summary>
/// <param name="Path">The layer's path; where a shared layer comes again, with the number of the time behind it: <c>dense1#2</c>.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Output">The shape of one row of what leaves it: its units.</param>
/// <param name="Mean">The mean over rows and units; NaN if no value is finite, as the next three.</param>
/// <param name="StandardDeviation">The root of the mean squared difference from the mean.</param>
/// <param name="Minimum">The smallest value.</param>
/// <param name="Maximum">The largest value.</param>
/// <param name="ZeroShare">The share of all values that are exactly 0, 0 … 1.</param>
/// <param name="DeadUnits">The number of units that are exactly 0 on every row: no gradient flows through such a unit of a Relu.</param>
/// <param name="NonFiniteCount">The number of values that are NaN or infinite.</param>
/// <param name="Histogram">How the values are distributed.</param>
/// <param name="Parameters">The layer's trainable parameters, in order; shared ones where they come first.</param>
public sealed record LayerStatistics(
    string Path,
    Network Layer,
    Shape Output,
    double Mean,
    double StandardDeviation,
    double Minimum,
    double Maximum,
    double ZeroShare,
    int DeadUnits,
    long NonFiniteCount,
    Histogram Histogram,
    ValueList<ParameterStatistics> Parameters
);

/// <summary>A parameter w, its gradient, and one step of the optimizer from its first state. Norms are Euclidean.</summary>
/// <param name="Path">The parameter's path.</param>
/// <param name="Norm">‖w‖ before the step.</param>
/// <param name="GradientNorm">‖∂L/∂w‖.</param>
/// <param name="UpdateNorm">‖Δw‖.</param>
public sealed record ParameterStatistics(string Path, double Norm, double GradientNorm, double UpdateNorm)
{
    /// <summary>‖Δw‖/‖w‖, often near 10⁻³ where training goes well; 0 if w stays, and infinite if w was 0 and moves.</summary>
    public double UpdateRatio => UpdateNorm == 0 ? 0 : UpdateNorm / Norm;
}
