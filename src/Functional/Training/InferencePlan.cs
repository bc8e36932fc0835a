using System.Collections.Concurrent;
using System.Numerics;
using Functional.Execution;
using Functional.Graphs;

namespace Functional;

/// <summary>A network compiled for prediction: immutable, thread-safe, without anything kept for a backward pass.</summary>
/// <typeparam name="T">The precision.</typeparam>
public sealed class InferencePlan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SessionPool<T> _sessions;
    private readonly Node? _input;
    private readonly Node _output;

    internal InferencePlan(Compilation compiled)
    {
        Compiled = compiled;
        _sessions = new(compiled);
        // A network of constants leaves no source for its input.
        _input = compiled.Plan.Graph.Sources(SourceKind.Features).SingleOrDefault();
        _output = compiled.Plan.Graph.Output(OutputKind.Prediction);
    }

    internal Compilation Compiled { get; }

    /// <summary>The network, every size stated.</summary>
    public Network Network => Compiled.Network.Network;

    /// <summary>The shape of one input row.</summary>
    public Shape InputShape => Compiled.Network.Input!.Value;

    /// <summary>The shape of one output row.</summary>
    public Shape OutputShape => Compiled.Network.Output!.Value;

    /// <summary>The rows that run at once.</summary>
    public int BatchSize => Compiled.Plan.BatchSize;

    /// <summary>The network's output for any number of rows.</summary>
    /// <param name="parameters">Values for the network's parameters.</param>
    /// <param name="features">Input rows, row-major.</param>
    /// <param name="outputs">Takes the output rows, row-major.</param>
    /// <exception cref="ShapeException">A length does not fit.</exception>
    /// <exception cref="ParameterException">A running variance has a negative element.</exception>
    public void Predict(Parameters<T> parameters, ReadOnlySpan<T> features, Span<T> outputs)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        int rows = RowsOf(features.Length);
        if (outputs.Length != rows * OutputShape.Count)
            throw new ShapeException(
                $"Predict: {rows} rows give {rows * OutputShape.Count} outputs, but there is room for {outputs.Length}. Give room for exactly as many."
            );
        Compiled.Network.Check(features);
        using SessionPool<T>.Lease lease = _sessions.Take(parameters);
        for (int start = 0; start < rows; start += BatchSize)
        {
            int count = Math.Min(BatchSize, rows - start);
            if (_input is not null)
                features
                    .Slice(start * InputShape.Count, count * InputShape.Count)
                    .CopyTo(lease.Executor.Values(_input, count));
            lease.Executor.Run(count);
            lease.Executor.Values(_output, count).CopyTo(outputs[(start * OutputShape.Count)..]);
        }
    }

    /// <summary>The plan as text: layers, steps, costs and memory.</summary>
    public string Explain() => PlanExplanation.Explain<T>(Compiled, null, null);

    /// <inheritdoc cref="Explain"/>
    public override string ToString() => Explain();

    internal int RowsOf(int length) =>
        length > 0 && length % InputShape.Count == 0
            ? length / InputShape.Count
            : throw new ShapeException(
                $"Predict: expected rows of {InputShape.Count} features (shape {InputShape}), got {length} numbers. Give one or several whole rows."
            );
}
