namespace Functional.Cli;

/// <summary>How a training run is shown, in this order: what begins, the plan, progress, what came out.</summary>
internal interface IRenderer
{
    /// <summary>Tells what is about to be trained, on what.</summary>
    void Begin(TrainingTask task);

    /// <summary>Shows the derived chain rule and the plan.</summary>
    void Explain(string plan);

    /// <summary>Trains, showing the progress it is told of.</summary>
    TResult Watch<TResult>(TrainingTask task, Func<IProgress<TrainingProgress>, TResult> train);

    /// <summary>Shows the results.</summary>
    void End(TrainingSummary summary);
}
