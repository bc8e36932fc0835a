using System.Numerics;
using Functional.Execution;
using Functional.Graphs;

namespace Functional;

/// <summary>Where a plan takes a batch and leaves its loss, with the checks on what is put there.</summary>
internal sealed class BatchMemory<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Node? _features;
    private readonly Node? _targets;
    private readonly Node _loss;
    private readonly Shape _input;
    private readonly Shape _target;
    private readonly int _classes;
    private readonly int _batchSize;
    private readonly Loss _compared;
    private readonly Inference _network;

    public BatchMemory(Compilation compiled, Loss loss)
    {
        Graph graph = compiled.Plan.Graph;
        // A loss that ignores an argument leaves no source for it.
        _features = graph.Sources(SourceKind.Features).SingleOrDefault();
        _targets = graph.Sources(SourceKind.Targets).SingleOrDefault();
        _loss = graph.Output(OutputKind.Loss);
        _input = compiled.Network.Input!.Value;
        _target = loss.TargetShape(compiled.Network.Output!.Value);
        _classes = loss.Target == TargetKind.ClassIndex ? compiled.Network.Output.Value[^1] : 0;
        _batchSize = compiled.Plan.BatchSize;
        _compared = loss;
        _network = compiled.Network;
    }

    /// <summary>Copies a batch in and returns its number of rows.</summary>
    public int Load(Executor<T> executor, ReadOnlySpan<T> features, ReadOnlySpan<T> targets)
    {
        int rows = features.Length / _input.Count;
        if (
            rows < 1
            || rows > _batchSize
            || features.Length != rows * _input.Count
            || targets.Length != rows * _target.Count
        )
            throw new ShapeException(
                $"A batch of this plan has 1 … {_batchSize} rows of {_input.Count} features (shape {_input}) and {_target.Count} targets (shape {_target}); got {features.Length} features and {targets.Length} targets. Give whole rows, or compile with a larger batch size."
            );
        _network.Check(features);
        _compared.Check(_network, targets);
        if (_features is not null)
            features.CopyTo(executor.Values(_features, rows));
        if (_targets is not null)
            targets.CopyTo(executor.Values(_targets, rows));
        return rows;
    }

    /// <summary>Copies rows of a dataset in; the dataset has been checked.</summary>
    public void Load(Executor<T> executor, Dataset data, ReadOnlySpan<int> rows)
    {
        if (_features is not null)
            data.CopyFeatures(rows, executor.Values(_features, rows.Length));
        if (_targets is not null)
            data.CopyTargets(rows, executor.Values(_targets, rows.Length));
    }

    /// <summary>The loss of the last run.</summary>
    public double Loss(Executor<T> executor)
    {
        double loss = double.CreateTruncating(executor.Values(_loss, 1)[0]);
        GC.KeepAlive(executor);
        return loss;
    }

    /// <summary>Refuses a dataset whose rows this plan cannot take.</summary>
    /// <exception cref="DataException">Shapes or classes differ.</exception>
    public void Check(Dataset data)
    {
        if (data.FeatureShape != _input && !(_network.FlattensFirst && data.FeatureShape.Count == _input.Count))
            throw new DataException(
                $"The dataset's rows have shape {data.FeatureShape}, but the network takes {_input}. {(data.FeatureShape.Count == _input.Count ? "Begin the network with Flatten, or use data.Reshape." : "Change the first layer's size or the dataset.")}"
            );
        _network.Check<T>(data);
        if (data.TargetShape != _target)
            throw new DataException(
                $"The dataset's targets have shape {data.TargetShape}, but {_compared} compares rows of shape {_target}. {TargetFix(data)}"
            );
        int most =
            _classes > 0 ? _classes
            : _compared is { Target: TargetKind.Values, NeedsProbabilities: true } ? 2
            : int.MaxValue;
        if (_classes > 0 && data.ClassCount is null)
            throw new DataException(
                $"{_compared} compares class labels, but the dataset has none. Use Dataset.CreateLabelled."
            );
        if (data.ClassCount is null && _compared.NeedsProbabilities)
        {
            T[] row = new T[_target.Count];
            for (int i = 0; i < data.Count; i++)
            {
                data.CopyTargets<T>(i, row);
                _compared.Check<T>(_network, row);
            }
        }
        if (data.ClassCount > most)
            throw new DataException(
                $"The dataset has {data.ClassCount} classes, but the network and {_compared} tell only {most} apart. Give the last Dense one output per class, then Softmax and Loss.CrossEntropy."
            );
    }

    private string TargetFix(Dataset data) =>
        _compared.Target == TargetKind.Values && data.ClassCount is int classes
            ? classes == 2
                ? "For two classes end the network with Dense(1) >> Sigmoid, or with Dense(2) >> Softmax and use Loss.CrossEntropy."
                : $"For {classes} classes end the network with Dense({classes}) >> Softmax and use Loss.CrossEntropy."
            : _compared.Target == TargetKind.ClassIndex
                ? "For rows of probabilities use Loss.CrossEntropyOfProbabilities."
                : "Give the last Dense one output per target.";
}
