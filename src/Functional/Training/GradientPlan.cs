using System.Numerics;
using Functional.Execution;
using Functional.Graphs;

namespace Functional;

/// <summary>The loss of a batch and its gradient: an immutable value.</summary>
/// <typeparam name="T">The precision.</typeparam>
public sealed record Gradient<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tensor<T>? _input;

    /// <summary>A gradient computed elsewhere, for <see cref="GradientFunction"/>.</summary>
    /// <param name="loss">The mean loss over the rows.</param>
    /// <param name="parameters">∂L/∂ every trainable parameter, by path, each of the parameter's shape.</param>
    /// <param name="input">∂L/∂x, of the batch's shape; null if it was not computed.</param>
    public Gradient(double loss, Parameters<T> parameters, Tensor<T>? input)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        (Loss, Parameters, _input) = (loss, parameters, input);
    }

    /// <summary>The mean loss over the rows.</summary>
    public double Loss { get; }

    /// <summary>∂L/∂ every parameter asked for, by path.</summary>
    public Parameters<T> Parameters { get; }

    internal Tensor<T>? InputIfAny => _input;

    /// <summary>∂L/∂x, of the batch's shape.</summary>
    /// <exception cref="InvalidOperationException">The plan was compiled without it.</exception>
    public Tensor<T> Input =>
        _input
        ?? throw new InvalidOperationException(
            "The plan was compiled without the gradient by the input. Use CompileGradient(…, input: true)."
        );
}

/// <summary>A network and a loss compiled to their gradient: immutable and thread-safe.</summary>
/// <typeparam name="T">The precision.</typeparam>
public sealed class GradientPlan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SessionPool<T> _sessions;
    private readonly BatchMemory<T> _batch;

    internal GradientPlan(Loss loss, Compilation compiled)
    {
        (Loss, Compiled) = (loss, compiled);
        _sessions = new(compiled);
        _batch = new(compiled, loss);
    }

    internal Compilation Compiled { get; }

    /// <summary>The network, every size stated.</summary>
    public Network Network => Compiled.Network.Network;

    /// <summary>The loss.</summary>
    public Loss Loss { get; }

    /// <summary>The most rows of a batch.</summary>
    public int BatchSize => Compiled.Plan.BatchSize;

    /// <summary>A model with the parameters' first values: the one that a <see cref="TrainingPlan{T}"/> of the network gives for the seed.</summary>
    /// <param name="seed">The same seed gives the same values.</param>
    public Model<T> Initialize(ulong seed = 0) => Model<T>.Initialize(Compiled, seed);

    /// <summary>The loss of a batch and its gradient by every parameter and by the input.</summary>
    /// <param name="model">The parameters' values.</param>
    /// <param name="features">Input rows, row-major.</param>
    /// <param name="targets">Target rows, row-major: numbers, a class index, or probabilities, as the loss compares.</param>
    /// <param name="seed">With <paramref name="step"/> chooses what dropout drops: what a session of the seed drops in that step.</param>
    /// <param name="step">The step's number, from 1.</param>
    /// <remarks>It is the gradient of training: batch normalization takes the batch's statistics, and running ones stay as they are.</remarks>
    /// <exception cref="ShapeException">A length does not fit, or there are more rows than the batch size.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The step is below 1.</exception>
    public Gradient<T> Gradient(
        Model<T> model,
        ReadOnlySpan<T> features,
        ReadOnlySpan<T> targets,
        ulong seed = 0,
        long step = 1
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        return Gradient(model.Parameters, features, targets, new(seed, (ulong)step));
    }

    internal Gradient<T> Gradient(
        Parameters<T> parameters,
        ReadOnlySpan<T> features,
        ReadOnlySpan<T> targets,
        RandomKey random
    )
    {
        using SessionPool<T>.Lease lease = _sessions.Take(parameters);
        int rows = _batch.Load(lease.Executor, features, targets);
        lease.Executor.SetRandom(random);
        lease.Executor.Run(rows);
        return new(
            _batch.Loss(lease.Executor),
            ParameterMemory.Read(
                lease.Executor,
                Compiled
                    .Plan.Graph.Outputs.Where(output =>
                        output.Kind == OutputKind.Gradient && output.Name != Lowering.InputName
                    )
                    .Select(output => (output.Name, output.Node))
            ),
            InputGradient(lease.Executor, rows)
        );
    }

    /// <summary>The derivation and the plan as text.</summary>
    public string Explain() => PlanExplanation.Explain<T>(Compiled, Loss, null);

    /// <inheritdoc cref="Explain"/>
    public override string ToString() => Explain();

    private Tensor<T>? InputGradient(Executor<T> executor, int rows) =>
        Compiled.Plan.Graph.Outputs.FirstOrDefault(output =>
            output.Kind == OutputKind.Gradient && output.Name == Lowering.InputName
        )
            is { Node: Node node }
            ? new(node.Shape.ForRows(rows), executor.Values(node, rows).ToArray())
            : null;
}
