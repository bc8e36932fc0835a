using System.Numerics;
using Functional.Buffers;
using Functional.Execution;
using Functional.Graphs;

namespace Functional.Benchmarking;

/// <summary>Something compiled, in memory of its own with its inputs in place: one call of <see cref="Run"/> is what is timed.</summary>
public abstract class Workload : IDisposable
{
    /// <summary>Operations of its matrix products, a multiply-add counted as two.</summary>
    public double Flops { get; private protected init; }

    /// <summary>Bytes that it was given before it ran.</summary>
    public abstract long MemoryBytes { get; }

    /// <summary>Once through.</summary>
    public abstract void Run();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>A case, compiled and bound.</summary>
    /// <exception cref="FunctionalException">The network and the loss do not fit, or there is not enough memory.</exception>
    public static Workload Create(
        NetworkCase network,
        Mode mode,
        Precision precision,
        VectorWidth width,
        int threads
    ) =>
        precision == Precision.Float
            ? PlanWorkload<float>.Create(network, mode, width, threads)
            : PlanWorkload<double>.Create(network, mode, width, threads);

    /// <summary>A graph, planned and bound, every source filled with random numbers.</summary>
    internal static Workload Create(Graph graph, Precision precision, VectorWidth width) =>
        precision == Precision.Float
            ? PlanWorkload<float>.Create(graph, width)
            : PlanWorkload<double>.Create(graph, width);
}

/// <summary>A plan bound to memory.</summary>
internal sealed class PlanWorkload<T> : Workload
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Executor<T> _executor;
    private readonly int _rows;
    private readonly StepRunner<T> _runner;

    private PlanWorkload(ExecutionPlan plan, Optimizer optimizer, VectorWidth width, int threads)
    {
        Executor<T>.CompileKernels(plan, width);
        MemoryBytes = Executor<T>.BytesOf(plan, width, threads);
        _executor = Executor<T>.Create(plan, width, threads);
        _rows = plan.BatchSize;
        _runner = new(_executor, optimizer);
    }

    public override long MemoryBytes { get; }

    public static Workload Create(NetworkCase network, Mode mode, VectorWidth width, int threads)
    {
        Compilation compiled = network.Compile<T>(mode, new() { Width = width, Threads = threads });
        ExecutionPlan plan = compiled.Plan;
        PlanWorkload<T> workload = new(plan, network.Optimizer, width, threads)
        {
            Flops = network.ProductFlops(compiled),
        };
        Parameters<T> parameters = ParameterInitialization.Draw(compiled.Network.Parameters, seed: 42).Cast<T>();
        foreach (Node source in plan.Graph.Sources(SourceKind.Parameter))
            parameters[((Primitive.Source)source.Primitive).Name].Data.CopyTo(workload.Values(source));
        foreach (Node source in plan.Graph.Sources(SourceKind.Features))
            network.Features<T>().CopyTo(workload.Values(source));
        foreach (Node source in plan.Graph.Sources(SourceKind.Targets))
            network.Targets<T>().CopyTo(workload.Values(source));
        return workload;
    }

    public static Workload Create(Graph graph, VectorWidth width)
    {
        ExecutionPlan plan = Compiler.Plan(graph, 1, CompileOptions.Default);
        PlanWorkload<T> workload = new(plan, Optimizer.Adam(NetworkCase.LearningRate), width, threads: 1);
        Random random = new(42);
        foreach (
            Node source in plan.Graph.Nodes.Where(node =>
                node.Primitive is Primitive.Source { Kind: not SourceKind.StepScalar }
            )
        )
        foreach (ref T value in workload.Values(source))
            value = T.CreateTruncating(random.NextDouble() + 0.01);
        return workload;
    }

    // As a training session does it, without its copy of the batch.
    public override void Run()
    {
        _runner.Run(_rows);
    }

    public override void Dispose() => _executor.Dispose();

    private Span<T> Values(Node node) => _executor.Values(node, _rows);
}
