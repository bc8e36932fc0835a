using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Functional.Experiments;

namespace Functional.Cli;

/// <summary>`functional experiment`: the experiments of a first course, each a question answered by training.</summary>
internal static class ExperimentCommand
{
    public static Command Create(Terminal terminal)
    {
        ExperimentOptions options = new();
        DocumentedCommand command = new(
            "experiment",
            "Run an experiment of a first course in neural networks: it trains, checks what the course claims against what it measured, and writes everything measured as CSV and JSON. Without a name, list the experiments. The exit code is 1 if a claim does not hold.",
            "functional experiment --list",
            "functional experiment moons --seed 7",
            "functional experiment --all --data mnist --output results"
        );
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            ExperimentSettings settings = options.Read(parsed);
            if (settings.Chosen is not [])
                return Run(settings, terminal);
            Renderer(settings, terminal).List(Catalogue.All);
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Runs experiments one after the other, and writes what each found as soon as it is there.</summary>
    /// <returns>The exit code: 1 if a claim does not hold.</returns>
    public static int Run(ExperimentSettings settings, Terminal terminal)
    {
        IExperimentRenderer renderer = Renderer(settings, terminal);
        Mnist? mnist = settings.Data is { } folder ? Datasets.Mnist(folder) : null;
        List<ExperimentOutcome> outcomes = [];
        List<Experiment> skipped = [];
        foreach (Experiment experiment in settings.Chosen)
        {
            if (experiment.UsesMnist && mnist is null)
            {
                renderer.Skip(experiment);
                skipped.Add(experiment);
                continue;
            }
            renderer.Begin(experiment, settings.Seed);
            long start = Stopwatch.GetTimestamp();
            ExperimentResult result = experiment.Run(new(settings.Seed, mnist, renderer.Report, terminal.Cancellation));
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            ValueList<string> files = ExperimentFiles.Write(settings.Output, experiment, settings.Seed, result);
            outcomes.Add(new(experiment, settings.Seed, result, files, elapsed));
            renderer.End(outcomes[^1]);
        }
        if (settings.Chosen.Count > 1)
            renderer.Summarize(outcomes, skipped);
        return outcomes.All(outcome => outcome.Result.Holds) ? ExitCode.Success : ExitCode.Failure;
    }

    private static IExperimentRenderer Renderer(ExperimentSettings settings, Terminal terminal) =>
        settings.IsJson ? new JsonExperiments(terminal.Output, terminal.Error)
        : terminal.IsRich ? new RichExperiments(terminal.Output)
        : new PlainExperiments(terminal.Output);
}
