using Functional.Graphs;

namespace Functional.Checking;

/// <summary>The first derivatives of a loss against its differences, by element or along random directions.</summary>
internal static class ElementCheck
{
    /// <summary>Checks every variable asked for; what one point leaves undecided is tried at the next.</summary>
    /// <returns>The items, the last point tried (where a derivative failed, if one did), and how many were tried.</returns>
    public static (ValueList<GradientCheckItem> Items, GradientPoint At, int Points) Run(
        Subject subject,
        GradientCheckOptions options
    )
    {
        Probe[]? probes = null;
        GradientPoint? at = null;
        int points = 0;
        foreach (GradientPoint point in PointSource.Of(subject, options))
        {
            at = point;
            points++;
            probes ??= Probes(subject, point.Rows, options);
            Try(subject, point, probes);
            if (probes.Any(probe => probe.HasFailed) || !probes.Any(probe => probe.IsPending))
                break;
        }
        return (Results(probes!), at!, points);
    }

    /// <summary>Checks every variable asked for at one point.</summary>
    public static ValueList<GradientCheckItem> At(Subject subject, GradientPoint point, GradientCheckOptions options)
    {
        Probe[] probes = Probes(subject, point.Rows, options);
        Try(subject, point, probes);
        return Results(probes);
    }

    private static void Try(Subject subject, GradientPoint point, Probe[] probes)
    {
        Neighborhood near = subject.Near(point);
        Func<Primitive.Source, ReadOnlyMemory<double>> gradient = subject.GradientAt(point);
        foreach (Probe probe in probes.Where(probe => probe.IsPending))
            probe.Try(near, gradient(probe.Variable).Span);
    }

    private static ValueList<GradientCheckItem> Results(Probe[] probes) =>
        probes.Select(probe => probe.Result()).ToValueList();

    private static Probe[] Probes(Subject subject, int rows, GradientCheckOptions options)
    {
        IEnumerable<Primitive.Source> parameters = subject
            .Choose(options.Parameters)
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
