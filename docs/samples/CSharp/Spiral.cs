using Functional;
using static Functional.Layers;
using static Functional.LearningRateSchedule;

/// <summary>Three arms of a spiral: normalization, dropout, a schedule, early stopping, a report by class.</summary>
internal static class Spiral
{
    public static bool Run()
    {
        (Dataset training, Dataset validation) = Datasets.Spiral(1_500, seed: 7).Split(0.8, seed: 7, stratified: true);

        Network network =
            Dense(2, 64)
            >> BatchNorm()
            >> Relu
            >> Dropout(0.1)
            >> Residual(Dense(64) >> LayerNorm() >> Gelu)
            >> Dense(3)
            >> Softmax;

        const int epochs = 100;
        long steps = epochs * training.BatchCount(32);
        Optimizer optimizer = Optimizer.AdamW(0.01).ClipNorm(1).With(WarmUp(100).Then(Cosine(steps - 100)));
        TrainingPlan<float> plan = network.CompileTraining<float>(
            Loss.CrossEntropyWith(labelSmoothing: 0.05),
            optimizer
        );
        TrainingResult<float> result = plan.Train(
            training,
            epochs,
            seed: 42,
            new TrainingLoopOptions<float> { Validation = validation, EarlyStopping = new(patience: 10) }
        );

        Console.WriteLine($"{result.End} after {result.History.Count} epochs, the best was {result.ModelEpoch}");
        ClassificationReport report = result.Model.ClassificationReport(validation);
        Console.WriteLine(report);
        return report.Macro.F1 >= 0.9;
    }
}
