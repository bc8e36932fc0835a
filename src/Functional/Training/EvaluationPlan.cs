using System.Numerics;
using Functional.Graphs;

namespace Functional;

/// <summary>How good a model is on a dataset.</summary>
/// <param name="Loss">The mean loss over the rows.</param>
/// <param name="Accuracy">The share of rows classified right, 0 … 1; null where targets are not classes, or more
/// than the outputs tell apart.</param>
/// <param name="Count">The number of rows.</param>
public sealed record Evaluation(double Loss, double? Accuracy, int Count);

/// <summary>Prediction and loss in one plan, to run over datasets.</summary>
internal sealed class EvaluationPlan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int BatchSize = 256;
    private readonly Compilation _compiled;
    private readonly SessionPool<T> _sessions;
    private readonly BatchMemory<T> _batch;
    private readonly Node _prediction;

    public EvaluationPlan(Inference network, Loss loss, CompileOptions options)
    {
        loss.Check(network.Network, network.Output!.Value);
        _compiled = Compiler.CompileInference(network.Network, loss, BatchSize, options);
        _sessions = new(_compiled);
        _batch = new(_compiled, loss);
        _prediction = _compiled.Plan.Graph.Output(OutputKind.Prediction);
    }

    /// <summary>Whether a dataset's targets are classes, and no more than the outputs tell apart.</summary>
    public bool TellsClasses(Dataset data) => data.ClassCount <= Math.Max(2, _prediction.Shape.Count);

    /// <summary>Evaluates parameters on a dataset.</summary>
    public Evaluation Evaluate(Parameters<T> parameters, Dataset data)
    {
        _batch.Check(data);
        using SessionPool<T>.Lease lease = _sessions.Take(parameters);
        Span<int> rows = stackalloc int[BatchSize];
        bool tellsClasses = TellsClasses(data);
        double loss = 0;
        int right = 0;
        for (int start = 0; start < data.Count; start += BatchSize)
        {
            int count = Math.Min(BatchSize, data.Count - start);
            for (int i = 0; i < count; i++)
                rows[i] = start + i;
            _batch.Load(lease.Executor, data, rows[..count]);
            lease.Executor.Run(count);
            loss += count * _batch.Loss(lease.Executor);
            if (tellsClasses)
                right += CountRight(lease.Executor.Values(_prediction, count), data.Labels.Slice(start, count));
        }
        return new(loss / data.Count, tellsClasses ? (double)right / data.Count : null, data.Count);
    }

    private static int CountRight(ReadOnlySpan<T> predictions, ReadOnlySpan<int> labels)
    {
        int columns = predictions.Length / labels.Length;
        int right = 0;
        for (int i = 0; i < labels.Length; i++)
            if (Classification.ClassOf(predictions.Slice(i * columns, columns)) == labels[i])
                right++;
        return right;
    }
}
