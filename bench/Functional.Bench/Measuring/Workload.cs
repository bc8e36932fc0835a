using System.Numerics;
using Functional.Buffers;
using Functional.Execution;
using Functional.Graphs;
using Functional.Plans;

namespace Functional.Bench;

/// <summary>float or double.</summary>
public enum Precision
{
    /// <summary>float32.</summary>
    Float,

    /// <summary>float64.</summary>
    Double,
}

/// <summary>Something compiled, in memory of its own with its inputs in place: one call of <see cref="Run"/> is what is timed.</summary>
public abstract class Workload : IDisposable
{
    /// <summary>Bytes that it was given before it ran.</summary>
    public abstract long MemoryBytes { get; }

    /// <summary>Once through.</summary>
    public abstract void Run();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>A reference case, compiled and bound.</summary>
    public static Workload Create(ReferenceCase reference, Mode mode, Precision precision, VectorWidth width)
    {
        CompileOptions options = new() { Width = width };
        return precision == Precision.Float
            ? PlanWorkload<float>.Of(reference, mode, options)
            : PlanWorkload<double>.Of(reference, mode, options);
    }

    /// <summary>A graph, planned and bound, every source filled with random numbers.</summary>
    internal static Workload Create(Graph graph, Precision precision, VectorWidth width) =>
        precision == Precision.Float
            ? PlanWorkload<float>.Of(Compiler.Plan(graph, 1, CompileOptions.Default), width)
            : PlanWorkload<double>.Of(Compiler.Plan(graph, 1, CompileOptions.Default), width);
}

/// <summary>A plan bound to memory.</summary>
internal sealed class PlanWorkload<T> : Workload
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Executor<T> _executor;
    private readonly int _rows;
    private readonly (Optimizer.StepScalar Scalar, int Index)[] _scalars;
    private long _step;

    private PlanWorkload(ExecutionPlan plan, VectorWidth width, Optimizer? optimizer)
    {
        Executor<T>.CompileKernels(plan, width);
        MemoryBytes = Executor<T>.BytesOf(plan, width);
        _executor = Executor<T>.Create(plan, width);
        _rows = plan.BatchSize;
        _scalars =
        [
            .. _executor.StepScalars.Select(slot =>
                (optimizer!.Scalars.Single(scalar => scalar.Name == slot.Name), slot.Index)
            ),
        ];
    }

    public override long MemoryBytes { get; }

    public static Workload Of(ReferenceCase reference, Mode mode, CompileOptions options)
    {
        (Network network, int batch) = (
            mode == Mode.Inference ? reference.Inference : reference.Training,
            reference.Batch
        );
        Compilation compiled =
            mode == Mode.Inference
                ? Compiler.CompileInference(network, null, batch, options)
                : Compiler.CompileTraining(network, reference.Loss, ReferenceCase.Optimizer, batch, options);
        // A training plan's graph before the optimizer: unlike a gradient plan's, it has no gradient by the input.
        ExecutionPlan plan =
            mode == Mode.Gradient ? Compiler.Plan(compiled.Derived, batch, CompileOptions.Default) : compiled.Plan;

        PlanWorkload<T> workload = new(plan, options.Width, ReferenceCase.Optimizer);
        Parameters<T> parameters = ParameterInitialization.Draw(compiled.Network.Layers, seed: 42).Cast<T>();
        foreach (Node source in plan.Graph.Sources(SourceKind.Parameter))
            parameters[((Primitive.Source)source.Primitive).Name].Data.CopyTo(workload.Values(source));
        foreach (Node source in plan.Graph.Sources(SourceKind.Features))
            reference.Features<T>().CopyTo(workload.Values(source));
        foreach (Node source in plan.Graph.Sources(SourceKind.Targets))
            reference.Targets<T>().CopyTo(workload.Values(source));
        return workload;
    }

    public static Workload Of(ExecutionPlan plan, VectorWidth width)
    {
        PlanWorkload<T> workload = new(plan, width, ReferenceCase.Optimizer);
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

    public override void Run()
    {
        _step++;
        foreach ((Optimizer.StepScalar scalar, int index) in _scalars)
            _executor.SetStepScalar(index, scalar.At(_step));
        _executor.Run(_rows);
    }

    public override void Dispose() => _executor.Dispose();

    private Span<T> Values(Node node) => _executor.Values(node, _rows);
}
