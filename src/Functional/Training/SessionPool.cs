using System.Collections.Concurrent;
using System.Numerics;
using Functional.Buffers;
using Functional.Execution;
using Functional.Graphs;

namespace Functional;

/// <summary>Executors of one plan, handed from call to call; each remembers which parameters it holds, so that they are copied once.</summary>
internal sealed class SessionPool<T>(Compilation compiled)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ConcurrentQueue<Entry> _idle = new();
    private readonly Node[] _parameters = [.. ParameterMemory.SourcesOf(compiled.Plan.Graph)];
    private readonly ParameterInfo[] _variances = [.. compiled.Network.Parameters.Where(info => info.IsVariance)];

    /// <summary>An executor with the given parameters in place; give it back by disposing the lease.</summary>
    public Lease Take(Parameters<T> parameters)
    {
        Entry entry = _idle.TryDequeue(out Entry? idle)
            ? idle
            : new(Executor<T>.Create(compiled.Plan, compiled.Options.Width, compiled.Options.Threads));
        Lease lease = new(this, entry);
        if (ReferenceEquals(entry.Parameters, parameters))
            return lease;
        entry.Parameters = null;
        try
        {
            StatisticCheck.Check(_variances, parameters);
            ParameterMemory.Load(entry.Executor, _parameters, parameters);
            if (compiled.Preparation is ExecutionPlan preparation)
                Prepare(preparation, entry.Executor, parameters);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
        entry.Parameters = parameters;
        return lease;
    }

    private void Prepare(ExecutionPlan preparation, Executor<T> executor, Parameters<T> parameters)
    {
        using Executor<T> prepared = Executor<T>.Create(preparation, compiled.Options.Width);
        ParameterMemory.Load(prepared, ParameterMemory.SourcesOf(preparation.Graph), parameters);
        prepared.Run(1);
        foreach (Node source in compiled.Plan.Graph.Sources(SourceKind.Prepared))
            prepared
                .Values(preparation.Graph.Output(OutputKind.Prepared, ((Primitive.Source)source.Primitive).Name), 1)
                .CopyTo(executor.Values(source, 1));
    }

    /// <summary>An executor on loan.</summary>
    public readonly struct Lease(SessionPool<T> pool, Entry entry) : IDisposable
    {
        public Executor<T> Executor => entry.Executor;

        public void Dispose() => pool._idle.Enqueue(entry);
    }

    /// <summary>An executor and what it holds.</summary>
    internal sealed class Entry(Executor<T> executor)
    {
        public Executor<T> Executor { get; } = executor;

        public Parameters<T>? Parameters { get; set; }
    }
}

/// <summary>Copies parameters between values and an executor's memory.</summary>
internal static class ParameterMemory
{
    /// <summary>The sources that hold parameters and running statistics.</summary>
    public static IEnumerable<Node> SourcesOf(Graph graph) =>
        graph.Sources(SourceKind.Parameter).Concat(graph.Sources(SourceKind.Statistic));

    public static void Load<T>(Executor<T> executor, IEnumerable<Node> sources, Parameters<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (Node source in sources)
        {
            string path = ((Primitive.Source)source.Primitive).Name;
            Tensor<T> tensor = parameters[path];
            if (tensor.Shape != source.Shape)
                throw new ShapeException(
                    $"Parameter {path}: expected shape {source.Shape}, got {tensor.Shape}. Give the parameters of this very network."
                );
            tensor.Data.CopyTo(executor.Values(source, 1));
        }
        GC.KeepAlive(executor);
    }

    /// <summary>The values of nodes under names, copied.</summary>
    public static Parameters<T> Read<T>(Executor<T> executor, IEnumerable<(string Path, Node Node)> nodes)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Parameters<T> values = new(
            nodes.Select(pair =>
                KeyValuePair.Create(pair.Path, new Tensor<T>(pair.Node.Shape, executor.Values(pair.Node, 1).ToArray()))
            )
        );
        GC.KeepAlive(executor);
        return values;
    }
}
