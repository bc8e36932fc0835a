using System.Numerics;

namespace Functional;

/// <summary>What training may be told beyond data, epochs and seed. Nothing is set at first.</summary>
/// <typeparam name="T">The precision: <see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed record TrainingLoopOptions<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows to evaluate after every epoch.</summary>
    public Dataset? Validation { get; init; }

    /// <summary>The model to begin with; null draws first values by the seed.</summary>
    public Model<T>? Start { get; init; }

    /// <summary>When to stop because nothing improves any more, and whether to go back to the best model; null never does.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>
    /// Called after every epoch, on the thread that trains, with the model and the results: for checkpoints, logs, and rules of one's own
    /// about when to stop. It is called last, after <see cref="Progress"/>; what it throws ends training and reaches the caller.
    /// </summary>
    public Func<EpochResult<T>, EpochDecision>? OnEpoch { get; init; }

    /// <summary>Told at the end of every epoch, and in between at most ten times a second.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }
}
