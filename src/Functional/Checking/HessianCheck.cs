using Functional.Gradients;
using Functional.Graphs;

namespace Functional.Checking;

/// <summary>Products of the Hessian with directions against differences of the gradient.</summary>
internal static class HessianCheck
{
    /// <summary>Checks every element of H·v, v random over all parameters asked for.</summary>
    /// <param name="subject">The loss.</param>
    /// <param name="options">Tolerances, directions, points.</param>
    /// <param name="run">Who is told of progress, and what ends the check.</param>
    /// <param name="rule">The table of rules of the second differentiation; another one for tests.</param>
    /// <returns>An item per parameter, the rows of the batch, and the most points that a direction was tried at.</returns>
    public static (ValueList<GradientCheckItem> Items, int Rows, int Points) Run(
        Subject subject,
        GradientCheckOptions options,
        CheckRun run,
        ReverseMode.Rule? rule = null
    )
    {
        ParameterInfo[] parameters = [.. subject.Parameters(options)];
        if (parameters.Length == 0)
            throw new ArgumentException(
                $"{subject.Network.Network}: there is no parameter to differentiate by twice.",
                nameof(options)
            );
        Graph gradient = Graph.Of([
            new GraphOutput(OutputKind.Loss, "", subject.DerivedGradient.Output(OutputKind.Loss)),
            .. parameters.Select(info => new GraphOutput(
                OutputKind.Gradient,
                info.Path,
                subject.DerivedGradient.Output(OutputKind.Gradient, info.Path)
            )),
        ]);
        Graph product = Simplification.Simplify(HessianProduct.Derive(gradient, rule));

        (int rows, int points) = (0, 0);
        List<GradientComparison[]> decided = [];
        string? reason = null;
        for (int number = 0; number < options.Directions; number++)
        {
            int tried = 0;
            foreach (GradientPoint point in PointSource.Of(subject, options))
            {
                run.ThrowIfCancelled();
                rows = point.Rows;
                run.Point = ++tried;
                points = Math.Max(points, tried);
                (GradientComparison[] elements, Node? kink) = Compare(number, point, CentralDifference.LargestStep);
                if (elements.Any(element => element.Verdict == GradientVerdict.Failed))
                    (elements, kink) = Compare(number, point, CentralDifference.SmallerStep);
                if (elements.Any(element => element.Verdict == GradientVerdict.Failed) || elements.All(IsDecided))
                {
                    decided.Add(elements);
                    break;
                }
                reason = Undecided.Because(elements.First(element => !IsDecided(element)), kink);
            }
            run.Report(decided.Count, options.Directions, isEnd: true);
        }
        return (Items(parameters, decided, options.Directions - decided.Count, reason), rows, points);

        (GradientComparison[] Elements, Node? Kink) Compare(int number, GradientPoint point, double largestStep)
        {
            (Primitive.Source Source, double[] Direction)[] directions =
            [
                .. parameters.Select(info =>
                    (
                        new Primitive.Source(SourceKind.Parameter, info.Path, info.Shape),
                        Directions.Random(info.Path, info.Shape.Count, number, options.Seed)
                    )
                ),
            ];
            Dictionary<string, double[]> given = directions.ToDictionary(
                pair => pair.Source.Name,
                pair => pair.Direction
            );
            Func<Primitive.Source, ReadOnlyMemory<double>> at = Subject.ValuesAt(point);
            Neighborhood products = new(
                product,
                parameters.Select(info => product.Output(OutputKind.HessianProduct, info.Path)),
                point.Rows,
                source => source.Kind == SourceKind.Given ? given[source.Name] : at(source),
                point.Key
            );
            (Difference[] differences, Node? kink) = CentralDifference.Of(
                subject.Near(point, gradient, OutputKind.Gradient).Along(directions),
                derivative => options.ToleranceOf(derivative) / 10,
                Directions.Step(largestStep, "", number, options.Seed)
            );
            IEnumerable<string> names = parameters.SelectMany(info =>
                Enumerable
                    .Range(0, info.Shape.Count)
                    .Select(element => $"{Directions.Element(info.Shape, element)} along {number + 1}")
            );
            return ([.. names.Select((name, i) => differences[i].Compare(name, products.Center[i], options))], kink);
        }
    }

    private static bool IsDecided(GradientComparison comparison) => comparison.Verdict != GradientVerdict.Undecided;

    private static ValueList<GradientCheckItem> Items(
        ParameterInfo[] parameters,
        List<GradientComparison[]> decided,
        int excluded,
        string? reason
    )
    {
        List<GradientCheckItem> items = [];
        int start = 0;
        foreach (ParameterInfo info in parameters)
        {
            Range elements = start..(start += info.Shape.Count);
            GradientComparison? worst = decided
                .SelectMany(all => all[elements])
                .Where(IsDecided)
                .MaxBy(comparison => comparison.Badness);
            items.Add(new(info.Path, info.Shape, decided.Count, excluded, worst, excluded > 0 ? reason : null));
        }
        return items.ToValueList();
    }
}
