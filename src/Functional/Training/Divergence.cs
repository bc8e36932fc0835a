using System.Numerics;
using Functional.Execution;
using Functional.Graphs;

namespace Functional;

/// <summary>Finds the first value of a step that is not finite.</summary>
internal static class Divergence
{
    /// <summary>The layer and what happened there.</summary>
    public static (string Layer, string What) Locate<T>(
        TrainingPlan<T> plan,
        TrainingSession<T> session,
        Dataset data,
        ReadOnlySpan<int> rows
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Graph graph = plan.Compiled.Plan.Graph;
        double[] features = new double[rows.Length * data.FeatureShape.Count];
        double[] targets = new double[rows.Length * data.TargetShape.Count];
        data.CopyFeatures<double>(rows, features);
        data.CopyTargets<double>(rows, targets);
        long step = session.StepCount + 1;
        Dictionary<Node, double[]> values = ReferenceInterpreter.EvaluateAll(
            graph,
            rows.Length,
            source =>
                source.Kind switch
                {
                    SourceKind.Features => features,
                    SourceKind.Targets => targets,
                    SourceKind.StepScalar => new[]
                    {
                        plan.Optimizer.Scalars.Single(scalar => scalar.Name == source.Name).At(step),
                    },
                    _ => ReferenceInterpreter.Widen(
                        session.ValuesOf(graph.Sources(source.Kind).First(node => node.Primitive.Equals(source)))
                    ),
                },
            session.NextKey
        );
        double largest = typeof(T) == typeof(float) ? float.MaxValue : double.MaxValue;
        foreach (Node node in graph.Nodes)
        foreach (double value in values[node])
            if (!(Math.Abs(value) <= largest))
                return (
                    node.Origin,
                    $"{(double.IsNaN(value) ? "NaN" : "overflow")} of {GraphPrinter.Print(node.Primitive).Trim()}"
                );
        return (graph.Output(OutputKind.Loss).Origin, "rounding to a value that is not finite");
    }
}
