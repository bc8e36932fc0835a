using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional;

/// <summary>One run of training, epoch by epoch: shuffled batches, reports, when to stop, and what to do when the loss is no number any more.</summary>
internal sealed class Trainer<T>(
    TrainingPlan<T> plan,
    TrainingSession<T> session,
    Dataset data,
    int epochs,
    ulong seed,
    TrainingLoopOptions<T> options
)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100);

    private readonly int[] _order = new int[data.Count];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<EpochReport> _history = [];
    private EarlyStopping.State _stopping;
    private SessionState<T> _epochStart = session.Save();
    private TimeSpan _lastReport;
    private long _samples;
    private TrainingEnd? _end;

    // The model after the last epoch, made when it is first asked for, and the best one where it is to be restored.
    private Model<T>? _model;
    private Model<T>? _best;

    /// <summary>Refuses arguments that training could not begin with.</summary>
    public static void Check(TrainingPlan<T> plan, Dataset data, int epochs, TrainingLoopOptions<T> options)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        plan.Batch.Check(data);
        if (options.Validation is not null)
            plan.Batch.Check(options.Validation);
        if (options.EarlyStopping is not { Monitor: not EpochMetric.TrainLoss } stopping)
            return;
        if (options.Validation is null)
            throw new ArgumentException(
                $"EarlyStopping watches {stopping.Monitor}, but there is no validation set. Give Validation, or watch EpochMetric.TrainLoss.",
                nameof(options)
            );
        if (stopping.Monitor == EpochMetric.ValidationAccuracy && !plan.Evaluation.TellsClasses(options.Validation))
            throw new ArgumentException(
                "EarlyStopping watches ValidationAccuracy, but the validation set's targets are not classes that the network tells apart. Watch EpochMetric.ValidationLoss.",
                nameof(options)
            );
    }

    /// <summary>Runs to the end.</summary>
    public TrainingResult<T> Run(CancellationToken cancellationToken)
    {
        while (RunEpoch(cancellationToken)) { }
        return new(
            _best ?? Model,
            new(_history.ToValueList()),
            _clock.Elapsed,
            _samples,
            _best is null ? _history.Count : _stopping.BestEpoch,
            _end!.Value
        );
    }

    /// <summary>Runs one epoch after the other on threads of the pool, with a session of its own.</summary>
    public static async IAsyncEnumerable<EpochResult<T>> RunAsync(
        TrainingPlan<T> plan,
        Dataset data,
        int epochs,
        ulong seed,
        TrainingLoopOptions<T> options,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using TrainingSession<T> session = await OnPool(() => plan.Start(seed, options.Start)).ConfigureAwait(false);
        Trainer<T> trainer = new(plan, session, data, epochs, seed, options);
        while (
            await OnPool(() => trainer.RunEpoch(cancellationToken) ? trainer.Result : null).ConfigureAwait(false)
                is { } result
        )
            yield return result;
        if (trainer._end == TrainingEnd.Cancelled)
            throw new OperationCanceledException(cancellationToken);

        // Without the token: an epoch that has begun must end before its session is disposed.
        static Task<TResult> OnPool<TResult>(Func<TResult> work) => Task.Run(work, CancellationToken.None);
    }

    private long StepsPerEpoch => (data.Count + plan.BatchSize - 1) / plan.BatchSize;

    private Model<T> Model => _model ??= session.Snapshot();

    private EpochResult<T> Result =>
        new(Model, _history[^1], options.EarlyStopping is null || _stopping.BestEpoch == _history.Count);

    // Whether there was another epoch, and it was completed.
    private bool RunEpoch(CancellationToken cancellationToken)
    {
        if (_end is not null)
            return false;
        int epoch = _history.Count + 1;
        _epochStart = session.Save(_epochStart);
        if (RunSteps(epoch, cancellationToken) is not double loss)
        {
            session.Restore(_epochStart);
            _end = TrainingEnd.Cancelled;
            return false;
        }
        _model = null;
        Evaluation? evaluation = options.Validation is null
            ? null
            : plan.Evaluation.Evaluate(Model.Parameters, options.Validation);
        EpochReport report = new(epoch, loss, evaluation?.Loss, evaluation?.Accuracy, _clock.Elapsed);
        _history.Add(report);
        _end = epoch == epochs ? TrainingEnd.AllEpochs : null;
        if (options.EarlyStopping is not null)
            Watch(options.EarlyStopping, report);
        Report(epoch, report.TrainLoss, report);
        if (options.OnEpoch?.Invoke(Result) == EpochDecision.Stop)
            _end ??= TrainingEnd.OnEpoch;
        return true;
    }

    private void Watch(EarlyStopping rule, EpochReport report)
    {
        _stopping = rule.After(_stopping, report[rule.Monitor]!.Value);
        if (rule.RestoreBest && _stopping.BestEpoch == report.Epoch)
            _best = Model;
        if (rule.Stops(_stopping))
            _end ??= TrainingEnd.EarlyStopping;
    }

    // The mean loss over the rows; null when cancelled.
    private double? RunSteps(int epoch, CancellationToken cancellationToken)
    {
        Shuffle(epoch);
        double loss = 0;
        for (int start = 0; start < data.Count; start += plan.BatchSize)
        {
            if (cancellationToken.IsCancellationRequested)
                return null;
            ReadOnlySpan<int> rows = Batch(start);
            double batchLoss = session.Step(data, rows);
            if (!double.IsFinite(batchLoss))
                throw Diverged(epoch);
            loss += batchLoss * rows.Length;
            _samples += rows.Length;
            if (options.Progress is not null && _clock.Elapsed - _lastReport >= ReportInterval)
                Report(epoch, loss / (start + rows.Length), null);
        }
        return session.IsFinite() ? loss / data.Count : throw Diverged(epoch);
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
        options.Progress?.Report(
            new(epoch, epochs, session.StepCount, epochs * StepsPerEpoch, loss, _lastReport, report)
        );
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
            return new(step, epoch, layer, loss, what, new(_history.ToValueList()), session.Snapshot(), _best);
        }
        throw new InternalErrorException("an epoch that diverged did not diverge again", plan.Explain());
    }
}
