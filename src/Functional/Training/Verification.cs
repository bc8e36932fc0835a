using System.Numerics;
using Functional.Execution;
using Functional.Graphs;

namespace Functional;

/// <summary>Runs a plan and the oracle on the same random batch and compares what they give.</summary>
internal static class Verification
{
    public static VerificationReport Verify<T>(TrainingPlan<T> plan, ulong seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Compilation gradient = plan.GradientPlan.Compiled;
        int rows = plan.BatchSize;
        Model<T> model = plan.Initialize(seed);
        Parameters<T> parameters = NotZero(model.Parameters, seed);
        (T[] features, T[] targets) = Batch<T>(plan, rows, seed);

        List<VerificationItem> items = [];
        double tolerance = Tolerances.Of<T>();

        // Loss and gradients: the gradient plan against the oracle on the graph it was made from.
        IReadOnlyDictionary<(OutputKind Kind, string Name), Tensor<double>> oracle = ReferenceInterpreter.Evaluate(
            gradient.Derived,
            rows,
            source =>
                source.Kind switch
                {
                    SourceKind.Features => Doubles<T>(features),
                    SourceKind.Targets => Doubles<T>(targets),
                    _ => Doubles(parameters[source.Name].Data),
                }
        );
        Gradient<T> actual = plan.GradientPlan.Gradient(parameters, features, targets);
        items.Add(new("loss", Error([actual.Loss], oracle[(OutputKind.Loss, "")].Data), tolerance));
        foreach ((string path, Tensor<T> tensor) in actual.Parameters)
            items.Add(
                new($"∂L/∂ {path}", Error(Doubles(tensor.Data), oracle[(OutputKind.Gradient, path)].Data), tolerance)
            );
        items.Add(
            new(
                "∂L/∂ x",
                Error(Doubles(actual.Input.Data), oracle[(OutputKind.Gradient, Lowering.InputName)].Data),
                tolerance
            )
        );

        // The step: its parameters against the oracle's update by the same gradient, since Adam divides by it and would
        // magnify its rounding.
        using TrainingSession<T> session = new(plan, parameters);
        items.Add(
            new(
                "loss of the step",
                Error([session.Step(features, targets)], oracle[(OutputKind.Loss, "")].Data),
                tolerance
            )
        );
        Parameters<T> updated = session.Parameters();
        Graph update = plan.Optimizer.Append(
            Graph.Of(
                GivenGradients(
                    gradient.Derived.Outputs.Where(output =>
                        output.Kind == OutputKind.Gradient && output.Name != Lowering.InputName
                    )
                )
            )
        );
        IReadOnlyDictionary<(OutputKind Kind, string Name), Tensor<double>> expected = ReferenceInterpreter.Evaluate(
            update,
            rows,
            source =>
                source.Kind switch
                {
                    SourceKind.Given => Doubles(actual.Parameters[source.Name].Data),
                    SourceKind.Parameter => Doubles(parameters[source.Name].Data),
                    SourceKind.StepScalar => new[]
                    {
                        plan.Optimizer.Scalars.Single(scalar => scalar.Name == source.Name).At(1),
                    },
                    _ => new double[source.Shape.Count],
                }
        );
        foreach ((string path, Tensor<T> tensor) in updated)
        {
            items.Add(
                new(
                    $"{path} after a step",
                    Error(Doubles(tensor.Data), expected[(OutputKind.UpdatedParameter, path)].Data),
                    tolerance
                )
            );
            items.Add(new($"{path} moves", tensor.Equals(parameters[path]) ? 1 : 0, 0));
        }
        return new(items.ToValueList());
    }

    private static IEnumerable<GraphOutput> GivenGradients(IEnumerable<GraphOutput> gradients)
    {
        GraphBuilder builder = new();
        return
        [
            .. gradients.Select(output =>
                output with
                {
                    Node = builder.Source(SourceKind.Given, output.Name, output.Node.Shape),
                }
            ),
        ];
    }

    // Biases begin at 0, where a missing one would go unnoticed.
    private static Parameters<T> NotZero<T>(Parameters<T> parameters, ulong seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(
            parameters.Select(
                (pair, index) =>
                {
                    RandomStream random = new(seed, RandomPurpose.Data, (ulong)index + 2);
                    T[] values = pair.Value.Data.ToArray();
                    for (int i = 0; i < values.Length; i++)
                        values[i] += T.CreateTruncating(0.05 * random.NextNormal());
                    return KeyValuePair.Create(pair.Key, new Tensor<T>(pair.Value.Shape, values));
                }
            )
        );

    private static (T[] Features, T[] Targets) Batch<T>(TrainingPlan<T> plan, int rows, ulong seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Inference network = plan.Compiled.Network;
        int classes = network.Output!.Value[^1];
        RandomStream random = new(seed, RandomPurpose.Data, 0);
        T[] features = new T[rows * network.Input!.Value.Count];
        for (int i = 0; i < features.Length; i++)
            features[i] = T.CreateTruncating(random.NextNormal());
        T[] targets = new T[rows * plan.Loss.TargetShape(network.Output.Value).Count];
        for (int i = 0; i < targets.Length; i++)
            targets[i] = T.CreateTruncating(
                plan.Loss.Target switch
                {
                    TargetKind.ClassIndex => random.NextInt(classes),
                    TargetKind.Values when plan.Loss.NeedsProbabilities => random.NextInt(2),
                    TargetKind.Values => random.NextNormal(),
                    _ => random.NextUniform() / classes,
                }
            );
        return (features, targets);
    }

    // ‖actual − expected‖ / ‖expected‖; where nothing is expected, anything is an infinite error.
    private static double Error(ReadOnlySpan<double> actual, ReadOnlySpan<double> expected)
    {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        return difference == 0 ? 0 : Math.Sqrt(difference / norm);
    }

    private static double[] Doubles<T>(ReadOnlySpan<T> values)
        where T : unmanaged, INumber<T>
    {
        double[] result = new double[values.Length];
        for (int i = 0; i < result.Length; i++)
            result[i] = double.CreateTruncating(values[i]);
        return result;
    }
}
