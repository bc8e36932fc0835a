using System.Numerics;
using Functional.Graphs;

namespace Functional;

/// <summary>Loss, gradients and what leaves every layer in one plan; beside it a step of the training plan shows the update.</summary>
internal sealed class ObservationPlan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly TrainingPlan<T> _plan;
    private readonly Compilation _compiled;
    private readonly SessionPool<T> _sessions;
    private readonly BatchMemory<T> _batch;

    public ObservationPlan(TrainingPlan<T> plan)
    {
        _plan = plan;
        _compiled = Compiler.CompileObservation(plan.Network, plan.Loss, plan.BatchSize, plan.Compiled.Options);
        _sessions = new(_compiled);
        _batch = new(_compiled, plan.Loss);
    }

    /// <summary>The statistics of a model on one batch.</summary>
    public Inspection Inspect(Model<T> model, ReadOnlySpan<T> features, ReadOnlySpan<T> targets, int bins, ulong seed)
    {
        using SessionPool<T>.Lease lease = _sessions.Take(model.Parameters);
        int rows = _batch.Load(lease.Executor, features, targets);
        lease.Executor.SetRandom(new(seed, 1));
        lease.Executor.Run(rows);
        Parameters<T> updated = Updated(model, features, targets, seed);
        List<LayerStatistics> layers = [];
        HashSet<string> seen = [];
        // A layer that several places share has an output, and a name, for each.
        IEnumerable<GraphOutput> outputs = _compiled.Plan.Graph.Outputs.Where(output =>
            output.Kind == OutputKind.Activation
        );
        foreach ((LayerInfo layer, GraphOutput output) in _compiled.Network.Layers.Zip(outputs))
        {
            double[] values = Widen(lease.Executor.Values(output.Node, rows));
            IEnumerable<ParameterStatistics> parameters =
            [
                .. layer
                    .Parameters.Where(info => info.IsTrainable && seen.Add(info.Path))
                    .Select(info =>
                        OfParameter(
                            info.Path,
                            Widen(model.Parameters[info.Path].Data),
                            Widen(GradientOf(info.Path)),
                            Widen(updated[info.Path].Data)
                        )
                    ),
            ];
            layers.Add(OfLayer(output.Name, layer, values, bins, parameters));
        }
        GC.KeepAlive(lease.Executor);
        return new(_batch.Loss(lease.Executor), rows, layers.ToValueList());

        ReadOnlySpan<T> GradientOf(string path) =>
            lease.Executor.Values(_compiled.Plan.Graph.Output(OutputKind.Gradient, path), 1);
    }

    private Parameters<T> Updated(Model<T> model, ReadOnlySpan<T> features, ReadOnlySpan<T> targets, ulong seed)
    {
        using TrainingSession<T> session = _plan.Start(model, seed);
        session.Step(features, targets);
        return session.Parameters();
    }

    private static LayerStatistics OfLayer(
        string path,
        LayerInfo layer,
        double[] values,
        int bins,
        IEnumerable<ParameterStatistics> parameters
    )
    {
        double[] finite = Array.FindAll(values, double.IsFinite);
        // Divided before they are summed, so that the sum does not overflow.
        double mean = finite.Length == 0 ? double.NaN : finite.Sum(value => value / finite.Length);
        return new(
            path,
            layer.Layer,
            layer.Output,
            mean,
            finite.Length == 0 ? double.NaN : Norm(finite.Select(value => value - mean)) / Math.Sqrt(finite.Length),
            finite.DefaultIfEmpty(double.NaN).Min(),
            finite.DefaultIfEmpty(double.NaN).Max(),
            (double)values.Count(value => value == 0) / values.Length,
            Enumerable.Range(0, layer.Output.Count).Count(IsDead),
            values.Length - finite.Length,
            Histogram.Of(finite, bins),
            parameters.ToValueList()
        );

        bool IsDead(int unit)
        {
            for (int i = unit; i < values.Length; i += layer.Output.Count)
                if (values[i] != 0)
                    return false;
            return true;
        }
    }

    private static ParameterStatistics OfParameter(string path, double[] before, double[] gradient, double[] after) =>
        new(path, Norm(before), Norm(gradient), Norm(after.Zip(before, (w, old) => w - old)));

    private static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));

    private static double[] Widen(ReadOnlySpan<T> values)
    {
        double[] wide = new double[values.Length];
        for (int i = 0; i < wide.Length; i++)
            wide[i] = double.CreateTruncating(values[i]);
        return wide;
    }
}
