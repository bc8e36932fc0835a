using Functional;
using static Functional.Layers;

Network network = Dense(2, 20) >> Relu >> Dense(20, 40) >> Relu >> Dense(40, 20) >> Relu >> Dense(20, 1) >> Sigmoid;

TrainingPlan<float> plan = network.CompileTraining<float>(
    Loss.BinaryCrossEntropy,
    Optimizer.Adam(learningRate: 0.01),
    batchSize: 10
);
Console.WriteLine(plan.Explain()); // the derived chain rule, shapes, costs, fused kernels, buffers
TrainingResult<float> result = plan.Train(Datasets.Moons(1_000, noise: 0.1, seed: 7), epochs: 100, seed: 42);
Model<float> model = result.Model; // Network + Parameters: an immutable value
float[] probability = model.Predict([0.5f, 0.25f]);

foreach (EpochReport epoch in result.History.Where(epoch => epoch.Epoch % 20 == 0))
    Console.WriteLine($"epoch {epoch.Epoch, 3}   loss {epoch.TrainLoss:0.00000}");
Console.WriteLine($"{result.SampleCount:N0} rows learnt in {result.Elapsed.TotalSeconds:0.00} s");
Console.WriteLine($"P(second moon | 0.5, 0.25) = {probability[0]:0.000}");

Evaluation unseen = model.Evaluate(Datasets.Moons(1_000, noise: 0.1, seed: 8), Loss.BinaryCrossEntropy);
Console.WriteLine($"accuracy on {unseen.Count:N0} new rows: {unseen.Accuracy:0.000}");

bool isGood = unseen.Accuracy >= 0.97 & Spiral.Run() & await Digits.Run() & Curve.Run();
return isGood ? 0 : 1; // CI runs this sample: a poor model is a failure
