using System.Globalization;

namespace Functional.Bench;

/// <summary>Times a training step against depth, width and batch, and writes the numbers and a plot of them.</summary>
public static class ScalingCommand
{
    private const string Header = "axis,layers,width,batch,flops,microseconds,gflops,compile_milliseconds";

    /// <summary>Measures every axis and writes <c>scaling.csv</c> and <c>scaling.svg</c>.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string folder)
    {
        if (!Directory.Exists(folder))
        {
            Console.Error.WriteLine(
                $"error: there is no folder '{folder}'. Run from the repository's root, or name a folder: scaling FOLDER."
            );
            return 1;
        }
        Machine machine = Machine.Now("scaling");
        ScalingPoint[][] measured = [.. ScalingAxis.All.Select(axis => axis.Values.Select(axis.Measure).ToArray())];
        // Each once more, and of each the faster: what disturbs a machine lasts longer than a point does.
        foreach ((ScalingAxis axis, ScalingPoint[] points) in ScalingAxis.All.Zip(measured))
            for (int i = 0; i < points.Length; i++)
                if (axis.Measure(axis.Values[i]) is var again && again.Microseconds < points[i].Microseconds)
                    points[i] = again;
        foreach ((ScalingAxis axis, ScalingPoint[] points) in ScalingAxis.All.Zip(measured))
            Print(axis, points);
        File.WriteAllLines(
            Path.Combine(folder, "scaling.csv"),
            [Header, .. ScalingAxis.All.Zip(measured, Lines).SelectMany(lines => lines)]
        );
        File.WriteAllText(
            Path.Combine(folder, "scaling.svg"),
            LogLogPanel.Draw(
                "Time of a training step: float32, one thread, dense layers with tanh, mean squared error, Adam",
                $"{machine.Processor}; {machine.Runtime}; {machine.Date[..10]}. bench/README.md says how to repeat it.",
                [.. ScalingAxis.All.Zip(measured, PanelOf)]
            )
        );
        return 0;
    }

    private static void Print(ScalingAxis axis, ScalingPoint[] points)
    {
        Console.WriteLine($"{axis.Name}: {axis.Others}");
        Console.WriteLine($"{axis.Unit, 20}          µs  GFLOP/s  compile ms");
        foreach ((int size, ScalingPoint point) in axis.Values.Zip(points))
            Console.WriteLine(
                Invariant(
                    $"{size, 20:N0}  {point.Microseconds, 10:N2}  {point.Gflops, 7:F1}  {point.CompileMilliseconds, 10:F2}"
                )
            );
        (int cliff, double factor) = Cliff(axis, points);
        Console.WriteLine(
            Invariant($"farthest above the line through its neighbours: {cliff:N0} {axis.Unit}, {factor:F2} ×")
        );
        Console.WriteLine();
    }

    private static IEnumerable<string> Lines(ScalingAxis axis, ScalingPoint[] points) =>
        points.Select(point =>
            Invariant(
                $"{axis.Name},{point.Layers},{point.Width},{point.Batch},{point.Flops:F0},{point.Microseconds:G5},{point.Gflops:G4},{point.CompileMilliseconds:G4}"
            )
        );

    /// <summary>The size whose time is farthest above what the sizes beside it, on a straight line of logarithms by work, let expect.</summary>
    private static (int Size, double Factor) Cliff(ScalingAxis axis, ScalingPoint[] points)
    {
        return Enumerable
            .Range(1, points.Length - 2)
            .Select(i => (axis.Values[i], points[i].Microseconds / Expected(points[i - 1], points[i], points[i + 1])))
            .MaxBy(pair => pair.Item2);

        static double Expected(ScalingPoint before, ScalingPoint point, ScalingPoint after)
        {
            double share = Math.Log(point.Flops / before.Flops) / Math.Log(after.Flops / before.Flops);
            return Math.Pow(before.Microseconds, 1 - share) * Math.Pow(after.Microseconds, share);
        }
    }

    private static LogLogPanel PanelOf(ScalingAxis axis, ScalingPoint[] points)
    {
        double best = points.Max(point => point.Gflops);
        return new(
            $"{axis.Name}: {axis.Others}",
            axis.Unit,
            Invariant($"the work at {best:F0} GFLOP/s, the best rate here"),
            [.. axis.Values.Zip(points, (size, point) => ((double)size, point.Microseconds * 1e-6))],
            [.. axis.Values.Zip(points, (size, point) => ((double)size, point.Flops / best * 1e-9))]
        );
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
