using System.Numerics;
using Functional.Buffers;
using Functional.Execution;
using Functional.Graphs;

namespace Functional;

/// <summary>
/// A plan with memory for parameters and optimizer state: trains step by step. Owned by one thread at a time; dispose it when done.
/// </summary>
/// <typeparam name="T">The precision.</typeparam>
public sealed class TrainingSession<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly TrainingPlan<T> _plan;
    private readonly Executor<T> _executor;
    private readonly BatchMemory<T> _batch;
    private readonly Node[] _parameters;
    private readonly Node[] _states;
    private readonly StepRunner<T> _runner;

    // Frozen parameters that nothing in the plan reads stay as they were given.
    private readonly Parameters<T> _unread;

    internal TrainingSession(TrainingPlan<T> plan, Parameters<T> parameters, ulong seed)
    {
        _plan = plan;
        Seed = seed;
        Compilation compiled = plan.Compiled;
        _executor = Executor<T>.Create(compiled.Plan, compiled.Options.Width, compiled.Options.Threads);
        _batch = plan.Batch;
        _parameters = [.. ParameterMemory.SourcesOf(compiled.Plan.Graph)];
        _states = [.. compiled.Plan.Graph.Sources(SourceKind.State)];
        _runner = new(_executor, plan.Optimizer);
        ParameterMemory.Load(_executor, _parameters, parameters);
        HashSet<string> read = [.. _parameters.Select(PathOf)];
        _unread = new(parameters.Where(pair => !read.Contains(pair.Key)));
    }

    /// <summary>The number of steps taken.</summary>
    public long StepCount => _runner.Count;

    /// <summary>What the random numbers inside steps are drawn by, with the step's number.</summary>
    public ulong Seed { get; }

    /// <summary>The key of the step to come.</summary>
    internal RandomKey NextKey => new(Seed, (ulong)StepCount + 1);

    /// <summary>Runs one step on a batch: loss, gradients and update. Allocates nothing.</summary>
    /// <param name="features">1 … batch size rows of features, row-major.</param>
    /// <param name="targets">As many target rows.</param>
    /// <returns>The mean loss over the rows, before the update.</returns>
    /// <exception cref="ShapeException">A length does not fit.</exception>
    /// <exception cref="DataException">A class index is out of range.</exception>
    /// <exception cref="LearningRateException">The optimizer's schedule gave no factor for this step, which was not taken.</exception>
    /// <exception cref="ObjectDisposedException">The session has been disposed.</exception>
    public double Step(ReadOnlySpan<T> features, ReadOnlySpan<T> targets) =>
        Run(_batch.Load(_executor, features, targets));

    /// <summary>The parameters as they are now, copied out.</summary>
    /// <exception cref="ObjectDisposedException">The session has been disposed.</exception>
    public Model<T> Snapshot() => new(_plan.Network, Parameters(), _plan.Compiled.Options);

    /// <summary>Frees the session's memory.</summary>
    public void Dispose() => _executor.Dispose();

    internal double Step(Dataset data, ReadOnlySpan<int> rows)
    {
        _batch.Load(_executor, data, rows);
        return Run(rows.Length);
    }

    internal Parameters<T> Parameters()
    {
        Parameters<T> read = ParameterMemory.Read(_executor, _parameters.Select(node => (PathOf(node), node)));
        return new(
            _plan.Compiled.Network.Parameters.Select(info =>
                KeyValuePair.Create(
                    info.Path,
                    read.TryGetValue(info.Path, out Tensor<T>? values) ? values : _unread[info.Path]
                )
            )
        );
    }

    /// <summary>All parameters, running statistics and states, to come back to with <see cref="Restore"/>.</summary>
    internal SessionState<T> Save(SessionState<T>? reuse = null)
    {
        SessionState<T> state = reuse ?? new([.. Stateful.Select(node => new T[node.Shape.Count])]);
        state.Progress = _runner.Save();
        foreach ((Node node, T[] values) in Stateful.Zip(state.Values))
            _executor.Values(node, 1).CopyTo(values);
        GC.KeepAlive(_executor);
        return state;
    }

    internal void Restore(SessionState<T> state)
    {
        _runner.Restore(state.Progress);
        foreach ((Node node, T[] values) in Stateful.Zip(state.Values))
            values.CopyTo(_executor.Values(node, 1));
    }

    internal ReadOnlySpan<T> ValuesOf(Node source) => _executor.Values(source, 1);

    internal bool IsFinite()
    {
        foreach (Node node in _parameters)
        foreach (T value in _executor.Values(node, 1))
            if (!T.IsFinite(value))
                return false;
        GC.KeepAlive(_executor);
        return true;
    }

    private static string PathOf(Node parameter) => ((Primitive.Source)parameter.Primitive).Name;

    private IEnumerable<Node> Stateful => _parameters.Concat(_states);

    private double Run(int rows)
    {
        _executor.SetRandom(NextKey);
        _runner.Run(rows);
        return _batch.Loss(_executor);
    }
}

/// <summary>Everything that a step changes, copied.</summary>
internal sealed class SessionState<T>(T[][] values)
{
    public T[][] Values { get; } = values;

    public (long Count, (double First, double Second)[] Powers) Progress { get; set; }
}
