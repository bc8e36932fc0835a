using System.Numerics;
using Functional.Benchmarking;

namespace Functional.Cli;

/// <summary>Compiles, explains, trains, evaluates: what every `train` command does once it has its data.</summary>
internal static class TrainingRun
{
    /// <summary>Runs a task in the precision it asks for.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(TrainingTask task, Terminal terminal)
    {
        IRenderer renderer =
            task.Settings.IsJson ? new JsonRenderer(terminal.Output, terminal.Error)
            : terminal.IsRich ? new RichRenderer(terminal.Output)
            : new PlainRenderer(terminal.Output);
        return task.Settings.Compilation.Precision.Value == Precision.Double
            ? Run<double>(task, renderer, terminal.Cancellation)
            : Run<float>(task, renderer, terminal.Cancellation);
    }

    private static int Run<T>(TrainingTask task, IRenderer renderer, CancellationToken cancellation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TrainingSettings settings = task.Settings;
        if (settings.History is not null)
            HistoryFile.Check(settings.History);
        TrainingPlan<T> plan = task.Network.CompileTraining<T>(
            task.Loss,
            settings.Compilation.Optimizer,
            settings.Compilation.BatchSize,
            settings.Compilation.Options with
            {
                Input = task.Training.FeatureShape,
            }
        );
        renderer.Begin(task);
        if (settings.Explains)
            renderer.Explain(plan.Explain());
        TrainingResult<T> result = Train(plan, task, renderer, cancellation);
        try
        {
            renderer.End(
                new(
                    task,
                    plan.ParameterCount,
                    Finite("training", plan.Evaluate(result.Model, task.Training)),
                    task.Validation is null ? null : Finite("validation", plan.Evaluate(result.Model, task.Validation)),
                    Finite("test", plan.Evaluate(result.Model, task.Test)),
                    [.. result.History.Select(epoch => epoch.TrainLoss)],
                    result.Elapsed.TotalSeconds,
                    result.SampleCount,
                    result.ModelEpoch,
                    result.End
                )
            );
        }
        catch (FunctionalException e)
        {
            WriteHistory(settings, result.History, e);
            throw;
        }
        // After the results, which are shown even where the file cannot be written.
        WriteHistory(settings, result.History);
        return result.IsCancelled ? ExitCode.Interrupted : ExitCode.Success;
    }

    private static TrainingResult<T> Train<T>(
        TrainingPlan<T> plan,
        TrainingTask task,
        IRenderer renderer,
        CancellationToken cancellation
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TrainingSettings settings = task.Settings;
        try
        {
            return renderer.Watch(
                task,
                progress =>
                    plan.Train(
                        task.Training,
                        settings.Epochs,
                        settings.Seed,
                        new()
                        {
                            Validation = task.Watched?.Rows,
                            EarlyStopping = settings.Patience is { } patience ? new(patience) : null,
                            Progress = progress,
                        },
                        cancellation
                    )
            );
        }
        catch (TrainingDivergedException diverged)
        {
            WriteHistory(settings, diverged.History, diverged);
            throw;
        }
    }

    // What went wrong before stays the error; that the file cannot be written either is added.
    private static void WriteHistory(
        TrainingSettings settings,
        TrainingHistory history,
        FunctionalException? error = null
    )
    {
        if (settings.History is null)
            return;
        try
        {
            HistoryFile.Write(settings.History, history);
        }
        catch (FunctionalException e) when (error is not null)
        {
            throw new FunctionalException($"{error.Message} {e.Message}", error);
        }
    }

    // A model can be finite and its loss on some rows not.
    private static Evaluation Finite(string set, Evaluation evaluation) =>
        double.IsFinite(evaluation.Loss)
            ? evaluation
            : throw new FunctionalException(
                $"The trained network's loss on the {set} set is {evaluation.Loss}. Lower the learning rate with --lr, or normalise the data."
            );
}
