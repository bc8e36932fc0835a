namespace Functional.Cli;

/// <summary>What a training run reached.</summary>
/// <param name="Task">What was asked.</param>
/// <param name="ParameterCount">The number of trainable numbers.</param>
/// <param name="Training">The model on the training set.</param>
/// <param name="Validation">The model on the rows that training watched to stop early; null where it did not.</param>
/// <param name="Test">The model on the test set.</param>
/// <param name="Losses">The training loss of every completed epoch.</param>
/// <param name="Seconds">How long training took: no loading, no compiling, no evaluation at the end.</param>
/// <param name="SampleCount">Rows learnt from, repeats counted.</param>
/// <param name="ModelEpoch">The epoch that the model is of.</param>
/// <param name="End">Why training ended.</param>
internal sealed record TrainingSummary(
    TrainingTask Task,
    long ParameterCount,
    Evaluation Training,
    Evaluation? Validation,
    Evaluation Test,
    ValueList<double> Losses,
    double Seconds,
    long SampleCount,
    int ModelEpoch,
    TrainingEnd End
)
{
    /// <summary>Rows learnt from in a second.</summary>
    public double SamplesPerSecond => Seconds > 0 ? SampleCount / Seconds : 0;

    /// <summary>√loss in the units of the numbers predicted, where the loss is their mean squared error; else null.</summary>
    public double? RootMeanSquare(Evaluation evaluation) =>
        Task.TargetScale is { } scale && Task.Loss.Equals(Loss.MeanSquaredError)
            ? Math.Sqrt(evaluation.Loss) * scale
            : null;
}
