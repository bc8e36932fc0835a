using Functional.Buffers;
using Functional.Gradients;
using Functional.Graphs;
using Functional.Plans;

namespace Functional;

/// <summary>How a network is compiled; the defaults suit everyone who does not look for a fault.</summary>
public sealed record CompileOptions
{
    /// <summary>All defaults.</summary>
    public static CompileOptions Default { get; } = new();

    /// <summary>The shape of one input row, where the network does not state it; null asks the network.</summary>
    public Shape? Input { get; init; }

    /// <summary>The width of the SIMD registers that kernels use.</summary>
    public VectorWidth Width { get; init; } = VectorWidth.Auto;

    /// <summary>The most that <see cref="Threads"/> may be.</summary>
    public const int MostThreads = 1024;

    /// <summary>
    /// The most threads that run a step, the caller's included, at least 1. Only steps that are worth it are shared out. The number does
    /// not change a bit of the results.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>Whether elementwise operations are fused into kernels; false runs each by itself, to find faults.</summary>
    public bool Fuse { get; init; } = true;
}

/// <summary>
/// The way from a network to a plan, one call per stage: start here. Every stage is a static class of pure functions, in the folder
/// of its name, from one immutable form to the next.
/// </summary>
internal static class Compiler
{
    /// <summary>Network → the plan of one training step: forward, loss, chain rule and optimizer in one pass.</summary>
    public static Compilation CompileTraining(
        Network network,
        Loss loss,
        Optimizer optimizer,
        int batchSize,
        CompileOptions options
    )
    {
        Inference inference = LayerInference.Complete(network, options.Input);

        Graph prediction = Lowering.Lower(inference);
        Graph objective = Simplification.Simplify(loss.Append(prediction));
        Graph gradient = ReverseMode.Differentiate(
            objective,
            objective.Output(OutputKind.Loss),
            Parameters(objective, inference)
        );
        Graph step = Simplification.Simplify(optimizer.Append(gradient));

        return new(inference, Simplification.Simplify(gradient), Plan(step, batchSize, options), options);
    }

    /// <summary>Network → the plan of its loss and the gradient by every parameter and by the input.</summary>
    public static Compilation CompileGradient(Network network, Loss loss, int batchSize, CompileOptions options)
    {
        Inference inference = LayerInference.Complete(network, options.Input);

        Graph prediction = Lowering.Lower(inference);
        Graph objective = Simplification.Simplify(loss.Append(prediction));
        Graph gradient = Simplification.Simplify(
            ReverseMode.Differentiate(
                objective,
                objective.Output(OutputKind.Loss),
                [.. Parameters(objective, inference), Features(objective, inference)]
            )
        );

        return new(inference, gradient, Plan(gradient, batchSize, options), options);
    }

    /// <summary>Network → the plan of its prediction, and of its loss if one is given: nothing is kept for a backward pass.</summary>
    public static Compilation CompileInference(Network network, Loss? loss, int batchSize, CompileOptions options)
    {
        Inference inference = LayerInference.Complete(network, options.Input);

        Graph prediction = Lowering.Lower(inference);
        Graph graph = Simplification.Simplify(loss is null ? prediction : loss.Append(prediction));

        return new(inference, graph, Plan(graph, batchSize, options), options);
    }

    // All parameters, also those that the loss turns out not to depend on: their gradient is 0.
    private static IEnumerable<Node> Parameters(Graph objective, Inference inference)
    {
        GraphBuilder builder = GraphBuilder.From(objective);
        return inference
            .Layers.SelectMany(layer => layer.Parameters)
            .Select(parameter => builder.Source(SourceKind.Parameter, parameter.Path, parameter.Shape));
    }

    private static Node Features(Graph objective, Inference inference) =>
        GraphBuilder
            .From(objective)
            .Source(SourceKind.Features, Lowering.InputName, inference.Input!.Value.WithBatch());

    /// <summary>Graph → steps in an order, each value in its place; Execution binds them to Kernels.</summary>
    public static ExecutionPlan Plan(Graph graph, int batchSize, CompileOptions options)
    {
        ValueList<Step> fused = Fusion.Fuse(graph, options.Fuse);
        ValueList<Step> steps = Scheduling.Order(graph, fused);
        BufferAssignment buffers = BufferAssignment.Assign(graph, steps, batchSize);
        return PlanVerifier.Verify(new ExecutionPlan(graph, steps, buffers, batchSize));
    }
}

/// <summary>What compiling a network gave, and the forms on the way that explanations show.</summary>
/// <param name="Network">The network with its sizes stated, its layers and its shapes.</param>
/// <param name="Derived">The simplified graph before the optimizer: loss and gradients, or the prediction.</param>
/// <param name="Plan">The plan.</param>
/// <param name="Options">How it was compiled.</param>
internal sealed record Compilation(Inference Network, Graph Derived, ExecutionPlan Plan, CompileOptions Options);
