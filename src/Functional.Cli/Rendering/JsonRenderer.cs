using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Functional.Cli;

/// <summary>One JSON object on the output, for programs; all else as plain text on the other writer.</summary>
internal sealed class JsonRenderer(TextWriter output, TextWriter progress) : IRenderer
{
    private readonly PlainRenderer _progress = new(progress);

    public void Begin(TrainingTask task) { }

    public void Explain(string plan) => _progress.Explain(plan);

    public TResult Watch<TResult>(TrainingTask task, Func<IProgress<TrainingProgress>, TResult> train) =>
        _progress.Watch(task, train);

    public void End(TrainingSummary summary) => output.WriteLine(Write(summary));

    private static string Write(TrainingSummary summary)
    {
        TrainingTask task = summary.Task;
        CompilationSettings compilation = task.Settings.Compilation;
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("dataset", task.Name);
            json.WriteString("network", $"{task.Network}");
            json.WriteNumber("parameterCount", summary.ParameterCount);
            json.WriteString("loss", task.Loss.Name);
            json.WriteString("optimizer", compilation.OptimizerName);
            json.WriteNumber("learningRate", compilation.Optimizer.LearningRate);
            json.WriteNumber("batchSize", compilation.BatchSize);
            json.WriteString("precision", compilation.Precision.Name);
            json.WriteNumber("seed", task.Settings.Seed);
            json.WriteNumber("epochs", summary.Losses.Count);
            json.WriteNumber("modelEpoch", summary.ModelEpoch);
            json.WriteString("end", JsonNamingPolicy.CamelCase.ConvertName($"{summary.End}"));
            json.WriteNumber("trainLoss", summary.Training.Loss);
            WriteOptional(json, "trainAccuracy", summary.Training.Accuracy);
            WriteOptional(json, "validationLoss", summary.Validation?.Loss);
            WriteOptional(json, "validationAccuracy", summary.Validation?.Accuracy);
            json.WriteNumber("testLoss", summary.Test.Loss);
            WriteOptional(json, "testAccuracy", summary.Test.Accuracy);
            json.WriteNumber("seconds", summary.Seconds);
            json.WriteNumber("samplesPerSecond", summary.SamplesPerSecond);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    // Accuracy is of classes: predicted numbers have none. Without early stopping there is no validation set.
    private static void WriteOptional(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
