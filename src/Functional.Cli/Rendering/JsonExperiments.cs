using System.Text.Encodings.Web;
using System.Text.Json;
using Functional.Experiments;

namespace Functional.Cli;

/// <summary>One JSON object a line on the output, for programs; progress as plain text on the other writer.</summary>
internal sealed class JsonExperiments(TextWriter output, TextWriter progress) : IExperimentRenderer
{
    private static readonly JsonSerializerOptions Json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly PlainExperiments _progress = new(progress);

    public void List(IReadOnlyList<Experiment> experiments)
    {
        foreach (Experiment experiment in experiments)
            Write(
                new
                {
                    name = experiment.Name,
                    question = experiment.Question,
                    usesMnist = experiment.UsesMnist,
                }
            );
    }

    public void Begin(Experiment experiment, ulong seed) => _progress.Begin(experiment, seed);

    public void Report(string line) => _progress.Report(line);

    public void End(ExperimentOutcome outcome)
    {
        output.WriteLine(ExperimentFiles.ToJson(outcome.Experiment, outcome.Seed, outcome.Result));
        output.Flush();
    }

    public void Skip(Experiment experiment) =>
        Write(new { name = experiment.Name, skipped = ExperimentOptions.MnistHint(experiment) });

    public void Summarize(IReadOnlyList<ExperimentOutcome> outcomes, IReadOnlyList<Experiment> skipped)
    {
        ExperimentCount count = ExperimentCount.Of(outcomes, skipped);
        progress.WriteLine(ExperimentWording.Count(count));
        Write(
            new
            {
                run = count.Run,
                claims = count.Claims,
                held = count.Held,
                skipped = count.Skipped.Count,
                skippedNames = count.Skipped.ToArray(),
                reason = count.Skipped is [] ? null : ExperimentWording.SkipReason,
            }
        );
    }

    private void Write<T>(T value) => output.WriteLine(JsonSerializer.Serialize(value, Json));
}
