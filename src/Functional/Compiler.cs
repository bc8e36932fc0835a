using Functional.Buffers;
using Functional.Gradients;
using Functional.Graphs;
using Functional.Plans;

namespace Functional;

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
        Graph gradient = Derive(
            inference,
            loss,
            optimizer.Trained(Parameters(inference), Statistics(inference)),
            options
        );
        Graph step = Simplified(optimizer.Append(gradient), options);

        return new(inference, gradient, Plan(step, batchSize, options), options);
    }

    /// <summary>Network → the plan of its loss and the gradient by the given parameters, all when null, and by the input if asked for.</summary>
    public static Compilation CompileGradient(
        Network network,
        Loss loss,
        int batchSize,
        CompileOptions options,
        IReadOnlySet<string>? parameters = null,
        bool input = true,
        LayerMode mode = LayerMode.Training
    )
    {
        Inference inference = LayerInference.Complete(network, options.Input);
        Graph gradient = DeriveGradient(inference, loss, parameters, input, mode, options);

        return new(inference, gradient, Plan(gradient, batchSize, options), options);
    }

    /// <summary>Network → the simplified graph of its loss and the gradient by the given parameters, all when null, and by the input if asked for.</summary>
    public static Graph DeriveGradient(
        Inference inference,
        Loss loss,
        IReadOnlySet<string>? parameters,
        bool input,
        LayerMode mode,
        CompileOptions options
    )
    {
        IEnumerable<Primitive.Source> sources = Parameters(inference)
            .Where(source => parameters is null || parameters.Contains(source.Name));
        return WithoutStatistics(
            Derive(inference, loss, input ? [.. sources, Lowering.Input(inference)] : sources, options, mode)
        );
    }

    /// <summary>Network → the plan of the product of its loss's Hessian by all parameters with a given direction.</summary>
    public static Compilation CompileHessian(Network network, Loss loss, int batchSize, CompileOptions options)
    {
        Inference inference = LayerInference.Complete(network, options.Input);
        Graph gradient = Derive(inference, loss, Parameters(inference), options);
        Graph product = Simplified(HessianProduct.Derive(gradient), options);

        return new(inference, gradient, Plan(product, batchSize, options), options);
    }

    /// <summary>Network → the plan of its loss, the gradient by all parameters, and what leaves every layer.</summary>
    public static Compilation CompileObservation(Network network, Loss loss, int batchSize, CompileOptions options)
    {
        Inference inference = LayerInference.Complete(network, options.Input);
        Graph gradient = WithoutStatistics(Derive(inference, loss, Parameters(inference), options, observes: true));

        return new(inference, gradient, Plan(gradient, batchSize, options), options);
    }

    /// <summary>Network → the plan of its prediction, and of its loss if one is given: nothing is kept for a backward pass.</summary>
    public static Compilation CompileInference(Network network, Loss? loss, int batchSize, CompileOptions options)
    {
        Inference inference = LayerInference.Complete(network, options.Input);

        Graph prediction = Lowering.Lower(inference, LayerMode.Inference, derivatives: false);
        Graph graph = Simplified(loss is null ? prediction : loss.Append(prediction, derivatives: false), options);
        (Graph main, Graph? preparation) = Folding.Fold(graph, folded => Simplified(folded, options));

        return new(inference, graph, Plan(main, batchSize, options), options)
        {
            Preparation = preparation is null ? null : Plan(preparation, batchSize: 1, options),
        };
    }

    // Network → graph of its loss, stable → graph of its gradient.
    private static Graph Derive(
        Inference inference,
        Loss loss,
        IEnumerable<Primitive.Source> sources,
        CompileOptions options,
        LayerMode mode = LayerMode.Training,
        bool observes = false
    )
    {
        Graph prediction = Lowering.Lower(inference, mode, observes);
        Graph objective = Simplified(loss.Append(prediction), options);
        GraphBuilder builder = GraphBuilder.From(objective);
        Graph gradient = ReverseMode.Differentiate(
            objective,
            objective.Output(OutputKind.Loss),
            sources.Select(source => builder.Add(source))
        );
        return Simplified(gradient, options);
    }

    private static Graph Simplified(Graph graph, CompileOptions options) =>
        options.Simplify ? Simplification.Simplify(graph) : GraphVerifier.Verify(graph);

    // All parameters, also those that the loss turns out not to depend on: their gradient is 0.
    private static IEnumerable<Primitive.Source> Parameters(Inference inference) =>
        inference.Trained.Select(parameter => new Primitive.Source(
            SourceKind.Parameter,
            parameter.Path,
            parameter.Shape
        ));

    // A gradient leaves running statistics as they are.
    private static Graph WithoutStatistics(Graph graph) =>
        Graph.Of(graph.Outputs.Where(output => output.Kind != OutputKind.UpdatedStatistic));

    private static IEnumerable<string> Statistics(Inference inference) =>
        inference.Parameters.Where(parameter => !parameter.IsTrainable).Select(parameter => parameter.Path);

    /// <summary>Graph → steps in an order, each value in its place. <see cref="Execution.Executor{T}.Create"/> binds the plan to kernels and memory
    /// (<see cref="Execution.Binder{TV, T}"/>) and runs it.</summary>
    public static ExecutionPlan Plan(Graph graph, int batchSize, CompileOptions options)
    {
        graph = Erasure.Erase(graph);
        ValueList<Step> fused = Fusion.Fuse(graph, options.Fuse, options.Contract);
        ValueList<Step> ordered = Scheduling.Order(graph, fused);
        (ValueList<Step> steps, IReadOnlySet<Node> featureMajor) = LayoutSelection.Select(
            graph,
            ordered,
            batchSize,
            options.Layout
        );
        BufferAssignment buffers = BufferAssignment.Assign(graph, steps, batchSize, featureMajor, options.ReuseBuffers);
        ExecutionPlan plan = PlanVerifier.Verify(new ExecutionPlan(graph, steps, buffers, batchSize));
        return options.Planted?.Invoke(plan, options) ?? plan;
    }
}

/// <summary>What compiling a network gave, and the forms on the way that explanations show.</summary>
/// <param name="Network">The network with its sizes stated, its layers and its shapes.</param>
/// <param name="Derived">The simplified graph before the optimizer: loss and gradients, or the prediction.</param>
/// <param name="Plan">The plan.</param>
/// <param name="Options">How it was compiled.</param>
internal sealed record Compilation(Inference Network, Graph Derived, ExecutionPlan Plan, CompileOptions Options)
{
    /// <summary>The plan of what follows from parameters alone, run when they are loaded; null if there is none.</summary>
    public ExecutionPlan? Preparation { get; init; }
}
