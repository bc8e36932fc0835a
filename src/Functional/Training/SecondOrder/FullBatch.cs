using System.Numerics;
using Functional.Execution;
using Functional.Graphs;

namespace Functional;

/// <summary>The mean loss over all rows of a dataset as a function of one vector: the parameters that a plan differentiates by.</summary>
internal sealed class FullBatch<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly GradientPlan<T> _plan;
    private readonly Model<T> _start;
    private readonly Dataset _data;
    private readonly ulong _seed;
    private readonly CancellationToken _cancellation;
    private readonly SessionPool<T> _sessions;
    private readonly SessionPool<T>.Lease _lease;
    private readonly BatchMemory<T> _batch;

    // A parameter that neither loss nor gradient depends on leaves no source.
    private readonly (string Path, Shape Shape, Node? Source, Node Gradient)[] _parameters;
    private readonly int[] _rows;

    public FullBatch(GradientPlan<T> plan, Model<T> start, Dataset data, ulong seed, CancellationToken cancellation)
    {
        (_plan, _data, _seed, _cancellation) = (plan, data, seed, cancellation);
        // Refuses the parameters of another network.
        _start = new(plan.Network, start.Parameters, plan.Compiled.Options);
        Compilation compiled = plan.Compiled;
        _batch = new(compiled, plan.Loss);
        _batch.Check(data);
        Graph graph = compiled.Plan.Graph;
        _parameters =
        [
            .. graph
                .Outputs.Where(output => output.Kind == OutputKind.Gradient && output.Name != Lowering.InputName)
                .Select(output =>
                    (
                        output.Name,
                        output.Node.Shape,
                        graph
                            .Sources(SourceKind.Parameter)
                            .FirstOrDefault(node => ((Primitive.Source)node.Primitive).Name == output.Name),
                        output.Node
                    )
                ),
        ];
        _rows = [.. Enumerable.Range(0, data.Count)];
        // A pool of its own: the parameters that it changes are no other call's.
        _sessions = new(compiled);
        _lease = _sessions.Take(start.Parameters);
    }

    /// <summary>How often the loss has been computed.</summary>
    public int Evaluations { get; private set; }

    /// <summary>The vector that the model holds.</summary>
    public double[] Start() =>
        [
            .. _parameters.SelectMany(parameter =>
                _start.Parameters[parameter.Path].Data.ToArray().Select(double.CreateTruncating)
            ),
        ];

    /// <summary>The mean loss over all rows and its gradient, both summed over batches in float64.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public (double Loss, double[] Gradient) Evaluate(double[] point)
    {
        Executor<T> executor = _lease.Executor;
        Load(executor, point);
        double loss = 0;
        double[] gradient = new double[point.Length];
        for (int start = 0; start < _data.Count; start += _plan.BatchSize)
        {
            _cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<int> rows = _rows.AsSpan(start, Math.Min(_plan.BatchSize, _data.Count - start));
            _batch.Load(executor, _data, rows);
            executor.SetRandom(new(_seed, (ulong)(start / _plan.BatchSize) + 1));
            executor.Run(rows.Length);
            double share = (double)rows.Length / _data.Count;
            loss += share * _batch.Loss(executor);
            Accumulate(executor, share, gradient);
        }
        GC.KeepAlive(executor);
        Evaluations++;
        return (loss, gradient);
    }

    /// <summary>The start with the vector's values.</summary>
    public Model<T> ModelAt(double[] point)
    {
        Dictionary<string, Tensor<T>> values = [];
        int start = 0;
        foreach ((string path, Shape shape, _, _) in _parameters)
        {
            values[path] = new(shape, Array.ConvertAll(point[start..(start + shape.Count)], T.CreateTruncating));
            start += shape.Count;
        }
        return new(
            _plan.Network,
            new Parameters<T>(
                _start.Parameters.Select(pair =>
                    KeyValuePair.Create(pair.Key, values.GetValueOrDefault(pair.Key) ?? pair.Value)
                )
            ),
            _plan.Compiled.Options
        );
    }

    public void Dispose() => _lease.Executor.Dispose();

    private void Load(Executor<T> executor, double[] point)
    {
        int start = 0;
        foreach ((_, Shape shape, Node? source, _) in _parameters)
        {
            if (source is not null)
            {
                Span<T> values = executor.Values(source, 1);
                for (int i = 0; i < values.Length; i++)
                    values[i] = T.CreateTruncating(point[start + i]);
            }
            start += shape.Count;
        }
    }

    private void Accumulate(Executor<T> executor, double share, double[] gradient)
    {
        int at = 0;
        foreach ((_, _, _, Node node) in _parameters)
        foreach (T value in executor.Values(node, 1))
            gradient[at++] += share * double.CreateTruncating(value);
    }
}
