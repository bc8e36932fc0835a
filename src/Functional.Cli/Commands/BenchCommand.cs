using System.CommandLine;
using Functional.Benchmarking;

namespace Functional.Cli;

/// <summary>`functional bench`: how long a network, or each of the reference cases, takes on this machine.</summary>
internal static class BenchCommand
{
    public static Command Create(Terminal terminal)
    {
        BenchOptions options = new();
        DocumentedCommand command = new(
            "bench",
            "Time a network's training step, gradient and prediction on random inputs that lie in memory, or the seven reference cases of bench/README.md; medians of repeats after a warm-up.",
            "functional bench \"Dense(784, 128) >> Relu >> Dense(10) >> Softmax\" --batch 64",
            "functional bench --suite --json",
            "functional bench --suite --case wide-b256 --mode step --threads 1 --threads 2",
            "functional bench --suite --precision both --width all"
        );
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            (Suite suite, bool isJson) = options.Read(parsed);
            IMeasurementRenderer renderer =
                isJson ? new JsonMeasurements(suite, terminal.Output, terminal.Error)
                : terminal.IsRich ? new RichMeasurements(suite, terminal.Output)
                : new PlainMeasurements(suite, terminal.Output);
            renderer.Begin(Machine.Now($"functional {string.Join(' ', parsed.Tokens.Select(Quoted))}"));
            renderer.End(Comparison.Of(renderer.Watch(suite.Measure(terminal.Cancellation))));
            return ExitCode.Success;
        });
        return command;
    }

    private static string Quoted(System.CommandLine.Parsing.Token token) =>
        token.Value.Contains(' ') ? $"\"{token.Value}\"" : token.Value;
}
