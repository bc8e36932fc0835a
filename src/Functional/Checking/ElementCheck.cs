using Functional.Graphs;

namespace Functional.Checking;

/// <summary>The first derivatives of a loss against its differences, by element or along random directions.</summary>
internal static class ElementCheck
{
    /// <summary>Checks every variable asked for; what one point leaves undecided is tried at the next.</summary>
    /// <returns>The items, the last point tried (where a derivative failed, if one did), and how many were tried.</returns>
    public static (ValueList<GradientCheckItem> Items, GradientPoint At, int Points) Run(
        Subject subject,
        GradientCheckOptions options,
        CheckRun run
    )
    {
        Probe[]? probes = null;
        GradientPoint? at = null;
        int points = 0;
        foreach (GradientPoint point in PointSource.Of(subject, options))
        {
            at = point;
            run.Point = ++points;
            probes ??= Probes(subject, point.Rows, options);
            Try(subject, point, probes, run);
            if (probes.Any(probe => probe.HasFailed) || probes.All(probe => probe.Pending.Count == 0))
                break;
        }
        return (Results(probes!), at!, points);
    }

    /// <summary>Checks every variable asked for at one point.</summary>
    public static ValueList<GradientCheckItem> At(
        Subject subject,
        GradientPoint point,
        GradientCheckOptions options,
        CheckRun run
    )
    {
        Probe[] probes = Probes(subject, point.Rows, options);
        Try(subject, point, probes, run);
        return Results(probes);
    }

    private static void Try(Subject subject, GradientPoint point, Probe[] probes, CheckRun run)
    {
        int total = probes.Sum(probe => probe.Decided + probe.Pending.Count);
        Neighborhood near = subject.Near(point);
        Func<Primitive.Source, ReadOnlyMemory<double>> gradient = subject.GradientAt(point);
        foreach (Probe probe in probes.Where(probe => probe.Pending.Count > 0))
        {
            ReadOnlyMemory<double> analytic = gradient(probe.Variable);
            foreach (int direction in probe.Pending.ToArray())
            {
                run.ThrowIfCancelled();
                probe.Try(direction, near, analytic.Span);
                Report(isEnd: false);
            }
        }
        Report(isEnd: true);

        void Report(bool isEnd) => run.Report(probes.Sum(probe => probe.Decided), total, isEnd);
    }

    private static ValueList<GradientCheckItem> Results(Probe[] probes) =>
        probes.Select(probe => probe.Result()).ToValueList();

    private static Probe[] Probes(Subject subject, int rows, GradientCheckOptions options)
    {
        IEnumerable<Primitive.Source> parameters = subject
            .Parameters(options)
            .Select(info => new Primitive.Source(SourceKind.Parameter, info.Path, info.Shape));
        Primitive.Source[] variables =
            options.Input && subject.Network.IndexLimit is null
                ? [.. parameters, Lowering.Input(subject.Network)]
                : [.. parameters];
        if (variables.Length == 0)
            throw new ArgumentException(
                $"{subject.Network.Network}: there is nothing to differentiate by. Check the input too, or choose a parameter.",
                nameof(options)
            );
        bool elementwise = variables.Sum(variable => (long)variable.Shape.ForRows(rows).Count) <= options.MostElements;
        return [.. variables.Select(variable => new Probe(variable, rows, elementwise, options))];
    }
}
