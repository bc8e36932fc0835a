using System.Diagnostics;
using System.Numerics;
using Functional.Execution;
using Functional.Graphs;

namespace Functional;

/// <summary>One run of training: epochs of shuffled batches, reports, and what to do when the loss is no number any more.</summary>
internal sealed class Trainer<T>(
    TrainingPlan<T> plan,
    TrainingSession<T> session,
    Dataset data,
    Dataset? validation,
    int epochs,
    ulong seed,
    IProgress<TrainingProgress>? progress
)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100);

    private readonly int[] _order = new int[data.Count];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<EpochReport> _history = [];
    private SessionState<T> _epochStart = session.Save();
    private TimeSpan _lastReport;
    private long _samples;

    public TrainingResult<T> Run(CancellationToken cancellationToken)
    {
        bool isCancelled = false;
        for (int epoch = 1; epoch <= epochs && !isCancelled; epoch++)
        {
            _epochStart = session.Save(_epochStart);
            isCancelled = !RunEpoch(epoch, cancellationToken);
        }
        if (isCancelled)
            session.Restore(_epochStart);
        return new(session.Snapshot(), _history.ToValueList(), _clock.Elapsed, _samples, isCancelled);
    }

    private long StepsPerEpoch => (data.Count + plan.BatchSize - 1) / plan.BatchSize;

    // False when cancelled.
    private bool RunEpoch(int epoch, CancellationToken cancellationToken)
    {
        Shuffle(epoch);
        double loss = 0;
        for (int start = 0; start < data.Count; start += plan.BatchSize)
        {
            if (cancellationToken.IsCancellationRequested)
                return false;
            ReadOnlySpan<int> rows = Batch(start);
            double batchLoss = session.Step(data, rows);
            if (!double.IsFinite(batchLoss))
                throw Diverged(epoch);
            loss += batchLoss * rows.Length;
            _samples += rows.Length;
            if (progress is not null && _clock.Elapsed - _lastReport >= ReportInterval)
                Report(epoch, loss / (start + rows.Length), null);
        }
        if (!session.IsFinite())
            throw Diverged(epoch);
        Evaluation? evaluation = validation is null ? null : plan.Evaluation.Evaluate(session.Parameters(), validation);
        EpochReport report = new(epoch, loss / data.Count, evaluation?.Loss, evaluation?.Accuracy, _clock.Elapsed);
        _history.Add(report);
        Report(epoch, report.TrainLoss, report);
        return true;
    }

    private void Shuffle(int epoch)
    {
        for (int i = 0; i < _order.Length; i++)
            _order[i] = i;
        RandomStream random = new(seed, RandomPurpose.Shuffle, (uint)epoch);
        Philox.Shuffle(_order, ref random);
    }

    private ReadOnlySpan<int> Batch(int start) => _order.AsSpan(start, Math.Min(plan.BatchSize, data.Count - start));

    private void Report(int epoch, double loss, EpochReport? report)
    {
        _lastReport = _clock.Elapsed;
        progress?.Report(new(epoch, epochs, session.StepCount, epochs * StepsPerEpoch, loss, _lastReport, report));
    }

    // Goes through the epoch again, which gives the same bits, to the first step that leaves a value that is not finite; the oracle
    // then shows where in that step it came up first.
    private TrainingDivergedException<T> Diverged(int epoch)
    {
        session.Restore(_epochStart);
        SessionState<T> before = session.Save();
        for (int start = 0; start < data.Count; start += plan.BatchSize)
        {
            before = session.Save(before);
            double loss = session.Step(data, Batch(start));
            if (double.IsFinite(loss) && session.IsFinite())
                continue;
            long step = session.StepCount;
            session.Restore(before);
            (string layer, string what) = Divergence.Locate(plan, session, data, Batch(start));
            return new(step, epoch, layer, loss, what, session.Snapshot());
        }
        throw new InternalErrorException("an epoch that diverged did not diverge again", plan.Explain());
    }
}

/// <summary>Finds the first value of a step that is not finite.</summary>
internal static class Divergence
{
    /// <summary>The layer and what happened there.</summary>
    public static (string Layer, string What) Locate<T>(
        TrainingPlan<T> plan,
        TrainingSession<T> session,
        Dataset data,
        ReadOnlySpan<int> rows
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Graph graph = plan.Compiled.Plan.Graph;
        double[] features = new double[rows.Length * data.FeatureShape.Count];
        double[] targets = new double[rows.Length * data.TargetShape.Count];
        data.CopyFeatures<double>(rows, features);
        data.CopyTargets<double>(rows, targets);
        long step = session.StepCount + 1;
        Dictionary<Node, double[]> values = ReferenceInterpreter.EvaluateAll(
            graph,
            rows.Length,
            source =>
                source.Kind switch
                {
                    SourceKind.Features => features,
                    SourceKind.Targets => targets,
                    SourceKind.StepScalar => new[]
                    {
                        plan.Optimizer.Scalars.Single(scalar => scalar.Name == source.Name).At(step),
                    },
                    _ => ReferenceInterpreter.Widen(
                        session.ValuesOf(graph.Sources(source.Kind).First(node => node.Primitive.Equals(source)))
                    ),
                },
            session.NextKey
        );
        double largest = typeof(T) == typeof(float) ? float.MaxValue : double.MaxValue;
        foreach (Node node in graph.Nodes)
        foreach (double value in values[node])
            if (!(Math.Abs(value) <= largest))
                return (
                    node.Origin,
                    $"{(double.IsNaN(value) ? "NaN" : "overflow")} of {GraphPrinter.Print(node.Primitive).Trim()}"
                );
        return (graph.Output(OutputKind.Loss).Origin, "rounding to a value that is not finite");
    }
}
