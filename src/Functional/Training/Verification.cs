using System.Numerics;
using Functional.Execution;
using Functional.Graphs;
using Values = System.Collections.Generic.IReadOnlyDictionary<
    (Functional.Graphs.OutputKind Kind, string Name),
    Functional.Tensor<double>
>;

namespace Functional;

/// <summary>Runs a plan and the oracle on the same random batch, compares what they give, and looks for the stage where they part.</summary>
internal static class Verification
{
    // By how much a loss may change, relative, where it does not depend on what was changed: far above the oracle's rounding, far below
    // what a parameter does that is moved by a thousandth.
    private const double Rounding = 1e-11;

    public static VerificationReport Verify<T>(TrainingPlan<T> plan, ulong seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        VerificationReport report = Compare(plan, seed);
        if (report.Passed)
            return report;
        PlanSetting setting = new(plan.Compiled.Options, typeof(T) == typeof(double));
        (ValueList<VerificationAttempt> attempts, string suspect) = Diagnosis.Of(
            setting,
            changed =>
                changed.IsDouble
                    ? Recompiled<T, double>(plan, changed, seed)
                    : Recompiled<T, float>(plan, changed, seed)
        );
        return report with { Attempts = attempts, Suspect = suspect };
    }

    // The worst comparison of the same training step compiled under a setting, in precision TResult. What cannot be compiled or run is no
    // better than what disagrees.
    private static VerificationItem Recompiled<T, TResult>(TrainingPlan<T> plan, PlanSetting setting, ulong seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TResult : unmanaged, IBinaryFloatingPointIeee754<TResult>
    {
        try
        {
            Compilation compiled = Compiler.CompileTraining(
                plan.Network,
                plan.Loss,
                plan.Optimizer,
                plan.BatchSize,
                setting.Options
            );
            return Compare(new TrainingPlan<TResult>(plan.Loss, plan.Optimizer, compiled), seed).Worst;
        }
        catch (InternalErrorException error)
        {
            return new(error.Message.Split(Environment.NewLine)[0], double.NaN, 0);
        }
    }

    private static VerificationReport Compare<T>(TrainingPlan<T> plan, ulong seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Compilation gradient = plan.GradientPlan.Compiled;
        int rows = plan.BatchSize;
        Parameters<T> parameters = RandomPoint.Parameters(plan.Initialize(seed).Parameters, seed);
        (T[] features, T[] targets) = RandomPoint.Batch<T>(gradient.Network, plan.Loss, rows, seed);
        RandomKey random = new(seed, 1);

        List<VerificationItem> items = [];
        double tolerance = Tolerances.Of<T>();

        // Loss and gradients: the gradient plan against the oracle on the graph it was made from.
        Dictionary<Node, double[]> oracle = ReferenceInterpreter.EvaluateAll(
            gradient.Derived,
            rows,
            source => ValuesOf(source, parameters),
            random
        );
        Node objective = gradient.Derived.Output(OutputKind.Loss);
        Gradient<T> actual = plan.GradientPlan.Gradient(parameters, features, targets, random);
        double loss = oracle[objective][0];
        double floor = Floor(gradient.Derived, oracle);
        items.Add(new("loss", Error([actual.Loss], [loss], floor), tolerance));
        foreach ((string path, Tensor<T> tensor) in actual.Parameters)
            items.Add(
                new($"∂L/∂ {path}", Error(ReferenceInterpreter.Widen(tensor.Data), Derivative(path), floor), tolerance)
            );
        items.Add(
            new(
                "∂L/∂ x",
                Error(ReferenceInterpreter.Widen(actual.Input.Data), Derivative(Lowering.InputName), floor),
                tolerance
            )
        );

        // The step: its parameters against the oracle's update by the same gradient, or by one that its rounding makes of it: an optimizer
        // that goes by the sign, or divides by the size, takes a whole step where a bias before a normalization has gradient 0.
        using TrainingSession<T> session = new(plan, parameters, seed);
        items.Add(new("loss of the step", Error([session.Step(features, targets)], [loss], floor), tolerance));
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
        double rounding = 10 * tolerance * floor;
        (Values expected, Values less, Values more) = (UpdateBy(0), UpdateBy(-rounding), UpdateBy(rounding));
        Values statistics = Oracle(
            parameters,
            Graph.Of(plan.Compiled.Derived.Outputs.Where(output => output.Kind == OutputKind.UpdatedStatistic))
        );
        foreach ((string path, Tensor<T> tensor) in updated)
        {
            if (
                !plan.Optimizer.IsFrozen(path)
                && statistics.TryGetValue((OutputKind.UpdatedStatistic, path), out Tensor<double>? followed)
            )
            {
                items.Add(
                    new(
                        $"{path} after a step",
                        // A batch may have no variance at all: errors count from a thousandth of what was there before.
                        Error(
                            ReferenceInterpreter.Widen(tensor.Data),
                            followed.Data,
                            1e-3 * Norm(ReferenceInterpreter.Widen(parameters[path].Data))
                        ),
                        tolerance
                    )
                );
                continue;
            }
            if (plan.Optimizer.IsFrozen(path))
            {
                items.Add(new($"{path} stays: it is frozen", tensor.Equals(parameters[path]) ? 0 : 1, 0));
                continue;
            }
            Tensor<double> wanted = expected[(OutputKind.UpdatedParameter, path)];
            double[] reached = Reached(
                ReferenceInterpreter.Widen(tensor.Data),
                wanted.Data,
                less[(OutputKind.UpdatedParameter, path)].Data,
                more[(OutputKind.UpdatedParameter, path)].Data
            );
            items.Add(
                new($"{path} after a step", Error(ReferenceInterpreter.Widen(tensor.Data), reached, 0), tolerance)
            );
            items.Add(Moves(path, tensor, wanted));
        }
        return new(items.ToValueList());

        double[] Derivative(string path) => oracle[gradient.Derived.Output(OutputKind.Gradient, path)];

        Values UpdateBy(double shift) =>
            ReferenceInterpreter.Evaluate(
                update,
                rows,
                source =>
                    source.Kind switch
                    {
                        SourceKind.Given => Shift(
                            ReferenceInterpreter.Widen(actual.Parameters[source.Name].Data),
                            shift
                        ),
                        SourceKind.Parameter => ReferenceInterpreter.Widen(parameters[source.Name].Data),
                        SourceKind.StepScalar => new[]
                        {
                            plan.Optimizer.Scalars.Single(scalar => scalar.Name == source.Name).At(1),
                        },
                        _ => new double[source.Shape.Count],
                    }
            );

        Values Oracle(Parameters<T> at, Graph? graph = null) =>
            ReferenceInterpreter.Evaluate(graph ?? gradient.Derived, rows, source => ValuesOf(source, at), random);

        ReadOnlyMemory<double> ValuesOf(Primitive.Source source, Parameters<T> at) =>
            source.Kind switch
            {
                SourceKind.Features => ReferenceInterpreter.Widen<T>(features),
                SourceKind.Targets => ReferenceInterpreter.Widen<T>(targets),
                _ => ReferenceInterpreter.Widen(at[source.Name].Data),
            };

        // A parameter that stays where it was is a fault unless the loss, by itself and not by its derivative, does not depend on it
        // here, or the oracle's step too is lost in rounding.
        VerificationItem Moves(string path, Tensor<T> tensor, Tensor<double> wanted)
        {
            Tensor<T> before = parameters[path];
            if (!tensor.Equals(before))
                return new($"{path} moves", 0, 0);
            if (plan.Optimizer.Schedule?.At(1) == 0)
                return new($"{path} stays: the first step's learning rate is 0", 0, 0);
            if (!wanted.Equals(before.Cast<double>()) && wanted.Cast<T>().Equals(before))
                return new($"{path} stays: the step is smaller than its rounding", 0, 0);
            bool isIdle = double.IsNaN(loss) || Changes(1) <= Rounding && Changes(-1) <= Rounding;
            return new(
                isIdle ? $"{path} stays: the loss does not depend on it here" : $"{path} moves",
                isIdle ? 0 : 1,
                0
            );

            double Changes(int sign) => Math.Abs(LossAt(sign) - loss) / Math.Max(Math.Abs(loss), 1);

            double LossAt(int sign) =>
                Oracle(
                    parameters.With(path, RandomPoint.Shifted(before, 1e-3 * sign, new(seed, RandomPurpose.Data, 1)))
                )[(OutputKind.Loss, "")].Data[0];
        }
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

    private static double[] Shift(double[] values, double shift) => [.. values.Select(value => value + shift)];

    // Of what the oracle reaches by gradients within their rounding, the nearest to what the plan reached.
    private static double[] Reached(
        double[] actual,
        ReadOnlySpan<double> expected,
        ReadOnlySpan<double> less,
        ReadOnlySpan<double> more
    )
    {
        double[] nearest = new double[actual.Length];
        for (int i = 0; i < actual.Length; i++)
        {
            double low = Math.Min(expected[i], Math.Min(less[i], more[i]));
            double high = Math.Max(expected[i], Math.Max(less[i], more[i]));
            nearest[i] = low <= high ? Math.Clamp(actual[i], low, high) : expected[i];
        }
        return nearest;
    }

    /// <summary>
    /// The size from which errors count. What cancels to nothing leaves the rounding of what it cancels from, as in a normalization's way
    /// back: a thousandth of the largest value on the way.
    /// </summary>
    public static double Floor(Graph gradient, IReadOnlyDictionary<Node, double[]> values)
    {
        Node objective = gradient.Output(OutputKind.Loss);
        return 1e-3
            * values
                .Where(pair => pair.Key.Id > objective.Id)
                .Select(pair => Norm(pair.Value))
                .Append(Math.Abs(values[objective][0]))
                .Where(double.IsFinite)
                .DefaultIfEmpty()
                .Max();
    }

    /// <summary>‖actual − expected‖ / max(‖expected‖, floor). Values that are not finite must be the same ones.</summary>
    public static double Error(ReadOnlySpan<double> actual, ReadOnlySpan<double> expected, double floor)
    {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            if (actual[i].Equals(expected[i]))
                continue;
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
        }
        foreach (double value in expected)
            if (double.IsFinite(value))
                norm += value * value;
        return difference == 0 ? 0 : Math.Sqrt(difference) / Math.Max(Math.Sqrt(norm), floor);
    }

    private static double Norm(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value * value;
        return Math.Sqrt(sum);
    }
}
