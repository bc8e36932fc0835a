using System.Numerics;

namespace Functional;

/// <summary>One epoch's results.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="TrainLoss">The mean over the rows of the loss at the time they were seen.</param>
/// <param name="ValidationLoss">The loss on the validation set after the epoch; null without one.</param>
/// <param name="ValidationAccuracy">The accuracy there; null without one or where targets are not classes.</param>
/// <param name="Elapsed">The time since training began.</param>
public sealed record EpochReport(
    int Epoch,
    double TrainLoss,
    double? ValidationLoss,
    double? ValidationAccuracy,
    TimeSpan Elapsed
)
{
    /// <summary>One of its metrics; null where the epoch has none of that kind.</summary>
    public double? this[EpochMetric metric] =>
        metric switch
        {
            EpochMetric.ValidationLoss => ValidationLoss,
            EpochMetric.ValidationAccuracy => ValidationAccuracy,
            EpochMetric.TrainLoss => TrainLoss,
            _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "Use a member of EpochMetric."),
        };
}

/// <summary>A number by which epochs are compared.</summary>
public enum EpochMetric
{
    /// <summary>The loss on the validation set: the smaller, the better.</summary>
    ValidationLoss,

    /// <summary>The accuracy on the validation set: the larger, the better.</summary>
    ValidationAccuracy,

    /// <summary>The mean loss over the training rows: the smaller, the better.</summary>
    TrainLoss,
}

/// <summary>One epoch's results and the model as it was after it.</summary>
/// <param name="Model">The model after the epoch, copied: training does not change it.</param>
/// <param name="Report">The epoch's results.</param>
/// <param name="IsBest">Whether the epoch is the best so far by the rule of <see cref="EarlyStopping"/>; without one true of every epoch.</param>
public sealed record EpochResult<T>(Model<T> Model, EpochReport Report, bool IsBest)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>What follows an epoch.</summary>
public enum EpochDecision
{
    /// <summary>The next epoch.</summary>
    Continue,

    /// <summary>The end of training.</summary>
    Stop,
}

/// <summary>How far training has come.</summary>
/// <param name="Epoch">The running epoch, from 1.</param>
/// <param name="Epochs">The number of epochs asked for.</param>
/// <param name="Step">Steps taken.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">The mean loss of this epoch so far.</param>
/// <param name="Elapsed">The time since training began.</param>
/// <param name="Report">The epoch's results, at its end; otherwise null.</param>
public sealed record TrainingProgress(
    int Epoch,
    int Epochs,
    long Step,
    long Steps,
    double Loss,
    TimeSpan Elapsed,
    EpochReport? Report
);

/// <summary>Why training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All epochs asked for were completed.</summary>
    AllEpochs,

    /// <summary><see cref="EarlyStopping"/> saw no improvement any more.</summary>
    EarlyStopping,

    /// <summary><see cref="TrainingLoopOptions{T}.OnEpoch"/> said so.</summary>
    OnEpoch,

    /// <summary>The cancellation token was cancelled.</summary>
    Cancelled,
}

/// <summary>What training gave.</summary>
/// <param name="Model">The trained model.</param>
/// <param name="History">Every completed epoch.</param>
/// <param name="Elapsed">How long training took.</param>
/// <param name="SampleCount">How many rows were run through, repeats and those of an epoch that was cancelled counted.</param>
/// <param name="ModelEpoch">The epoch after which the parameters were those of <paramref name="Model"/>: the last completed one, or the
/// best one where <see cref="EarlyStopping.RestoreBest"/> is set; 0 for the model that training began with.</param>
/// <param name="End">Why it ended.</param>
public sealed record TrainingResult<T>(
    Model<T> Model,
    TrainingHistory History,
    TimeSpan Elapsed,
    long SampleCount,
    int ModelEpoch,
    TrainingEnd End
)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether it was cancelled before the last epoch's end.</summary>
    public bool IsCancelled => End == TrainingEnd.Cancelled;
}

/// <summary>Training stopped because the loss or a parameter became NaN or infinite.</summary>
public abstract class TrainingDivergedException : FunctionalException
{
    private protected TrainingDivergedException(
        long step,
        int epoch,
        string layer,
        double loss,
        string what,
        TrainingHistory history
    )
        : base(
            $"Training diverged at step {step} (epoch {epoch}): {what} in {layer}, loss {loss}. Lower the learning rate, normalise the data, or clip its outliers; LastGoodModel holds the model before that step."
        ) => (Step, Epoch, Layer, Loss, History) = (step, epoch, layer, loss, history);

    /// <summary>The step, from 1.</summary>
    public long Step { get; }

    /// <summary>Its epoch, from 1.</summary>
    public int Epoch { get; }

    /// <summary>The path of the layer (or the stage) where a value that is not finite came up first.</summary>
    public string Layer { get; }

    /// <summary>The step's loss.</summary>
    public double Loss { get; }

    /// <summary>The epochs completed before.</summary>
    public TrainingHistory History { get; }
}

/// <inheritdoc/>
/// <typeparam name="T">The precision.</typeparam>
public sealed class TrainingDivergedException<T> : TrainingDivergedException
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal TrainingDivergedException(
        long step,
        int epoch,
        string layer,
        double loss,
        string what,
        TrainingHistory history,
        Model<T> lastGoodModel,
        Model<T>? bestModel
    )
        : base(step, epoch, layer, loss, what, history) => (LastGoodModel, BestModel) = (lastGoodModel, bestModel);

    /// <summary>The model as it was before that step.</summary>
    public Model<T> LastGoodModel { get; }

    /// <summary>The model of the best epoch where <see cref="EarlyStopping"/> was to restore it; otherwise null.</summary>
    public Model<T>? BestModel { get; }
}
