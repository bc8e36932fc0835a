namespace Functional;

/// <summary>
/// When to stop because a metric no longer improves: after <see cref="Patience"/> epochs in a row none of which was better than the best
/// one before by more than <see cref="MinimumImprovement"/> (Prechelt 1998).
/// </summary>
public sealed record EarlyStopping
{
    /// <summary>Stops after a number of epochs without improvement.</summary>
    /// <param name="patience">That number, at least 1.</param>
    /// <param name="minimumImprovement">How much better than the best an epoch must be to count, in the metric's unit; at least 0. With 0
    /// every improvement counts.</param>
    /// <param name="monitor">What is compared; the validation loss and accuracy need a validation set.</param>
    /// <param name="restoreBest">Whether training gives the model of the best epoch, however it ends, and not that of the last. Where it
    /// diverges, the exception holds that model.</param>
    /// <exception cref="ArgumentOutOfRangeException">The patience is below 1, the improvement negative or not finite, or the metric unknown.</exception>
    public EarlyStopping(
        int patience,
        double minimumImprovement = 0,
        EpochMetric monitor = EpochMetric.ValidationLoss,
        bool restoreBest = true
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(patience, 1);
        if (!(minimumImprovement >= 0 && double.IsFinite(minimumImprovement)))
            throw new ArgumentOutOfRangeException(
                nameof(minimumImprovement),
                minimumImprovement,
                "The minimum improvement must be at least 0 and finite."
            );
        if (!Enum.IsDefined(monitor))
            throw new ArgumentOutOfRangeException(nameof(monitor), monitor, "Use a member of EpochMetric.");
        (Patience, MinimumImprovement, Monitor, RestoreBest) = (patience, minimumImprovement, monitor, restoreBest);
    }

    /// <summary>The epochs without improvement after which training stops.</summary>
    public int Patience { get; }

    /// <summary>How much better than the best an epoch must be to count.</summary>
    public double MinimumImprovement { get; }

    /// <summary>What is compared.</summary>
    public EpochMetric Monitor { get; }

    /// <summary>Whether training gives the model of the best epoch.</summary>
    public bool RestoreBest { get; }

    /// <summary>What is known after some epochs.</summary>
    /// <param name="Epoch">How many there were.</param>
    /// <param name="BestEpoch">The best of them: the last one that improved; 0 before the first.</param>
    /// <param name="Best">Its value.</param>
    internal readonly record struct State(int Epoch, int BestEpoch, double Best);

    /// <summary>What is known after one more epoch. NaN is worse than every number.</summary>
    internal State After(State state, double value)
    {
        bool isBetter =
            state.BestEpoch == 0
            || (double.IsNaN(state.Best) && !double.IsNaN(value))
            || (
                Monitor == EpochMetric.ValidationAccuracy
                    ? value > state.Best + MinimumImprovement
                    : value < state.Best - MinimumImprovement
            );
        int epoch = state.Epoch + 1;
        return isBetter ? new(epoch, epoch, value) : state with { Epoch = epoch };
    }

    /// <summary>Whether that is the end.</summary>
    internal bool Stops(State state) => state.Epoch - state.BestEpoch >= Patience;
}
