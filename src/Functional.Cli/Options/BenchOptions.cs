using System.CommandLine;
using System.CommandLine.Parsing;
using Functional.Benchmarking;

namespace Functional.Cli;

/// <summary>What `bench` measures, and how often.</summary>
internal sealed class BenchOptions
{
    private static readonly Choice<ValueList<Precision>>[] Precisions =
    [
        .. Choices.Precisions.Select(one => new Choice<ValueList<Precision>>(one.Name, [one.Value])),
        new("both", [.. Choices.Precisions.Select(one => one.Value)]),
    ];

    private static readonly Choice<ValueList<VectorWidth>>[] Widths =
    [
        .. Choices.Widths.Select(one => new Choice<ValueList<VectorWidth>>(one.Name, [one.Value])),
        new("all", [.. RegisterWidths.OfMachine]),
    ];

    private readonly NetworkArgument _network = new(ArgumentArity.ZeroOrOne);

    private readonly Option<bool> _suite = new("--suite")
    {
        Description = "Time the seven reference cases instead of a network.",
    };

    private readonly Option<Choice<NetworkCase>[]> _cases = Choices.Several(
        "--case",
        "A case of the suite",
        [.. ReferenceCases.All.Select(one => new Choice<NetworkCase>(one.Name, one))]
    );

    private readonly Option<Choice<Mode>[]> _modes = Choices.Several(
        "--mode",
        "A training step with its update, the loss and its gradients, or the prediction alone",
        [.. Enum.GetValues<Mode>().Select(mode => new Choice<Mode>($"{mode}".ToLowerInvariant(), mode))]
    );

    private readonly Option<Choice<ValueList<Precision>>> _precision = Choices.Option(
        "--precision",
        "The type of the numbers; both compares them.",
        Precisions
    );

    private readonly Option<Choice<ValueList<VectorWidth>>> _width = Choices.Option(
        "--width",
        "Bits of the SIMD registers; auto takes the widest this machine has, all compares those it has.",
        Widths
    );

    private readonly Option<int[]> _threads = NumberOption.Several(
        "--threads",
        $"Threads that share the large steps, 1 to {CompileOptions.MostThreads}",
        CompileOptions.MostThreads
    );

    private readonly Option<int> _batch = CompilationOptions.BatchOption(32);
    private readonly Option<Choice<Loss>> _loss = CompilationOptions.LossOption();
    private readonly Option<Choice<OptimizerChoice>> _optimizer = CompilationOptions.OptimizerOption();

    private readonly Option<int> _repeats = NumberOption.Whole(
        "--repeats",
        "The repeats of which every time is the median.",
        7
    );

    private readonly Option<int> _milliseconds = NumberOption.Whole(
        "--milliseconds",
        "The least that a repeat takes; the warm-up takes five times as long.",
        50,
        maximum: 60_000
    );

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print one JSON object a line for every measurement, and nothing else.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        _network.AddTo(command);
        foreach (
            Option option in new Option[]
            {
                _batch,
                _loss,
                _optimizer,
                _suite,
                _cases,
                _modes,
                _precision,
                _width,
                _threads,
                _repeats,
                _milliseconds,
                _json,
            }
        )
            command.Options.Add(option);
        command.Validators.Add(Check);
    }

    /// <summary>What the command line says.</summary>
    /// <exception cref="FunctionalException">The network is none, does not fit, or the machine lacks the width asked for.</exception>
    public BenchSettings Read(ParseResult parsed)
    {
        ValueList<VectorWidth> widths = parsed.GetRequiredValue(_width).Value;
        if (
            widths.FirstOrDefault(width => width.Bits() > VectorWidth.Auto.Bits(), VectorWidth.Auto)
            is var missing
                and not VectorWidth.Auto
        )
            throw new FunctionalException(
                $"This machine has no registers of {missing.Bits()} bits. Use --width {VectorWidth.Auto.Bits()} or less."
            );
        ValueList<Mode> modes = Chosen(parsed.GetValue(_modes), Enum.GetValues<Mode>());
        TimeSpan repeat = TimeSpan.FromMilliseconds(parsed.GetValue(_milliseconds));
        return new(
            new()
            {
                Cases = parsed.GetValue(_suite)
                    ? Chosen(parsed.GetValue(_cases), ReferenceCases.All)
                    : [Case(parsed, modes)],
                Modes = modes,
                Precisions = parsed.GetRequiredValue(_precision).Value,
                Widths = widths,
                Threads = [.. parsed.GetRequiredValue(_threads)],
                Timer = new()
                {
                    Repeats = parsed.GetValue(_repeats),
                    Repeat = repeat,
                    WarmUp = 5 * repeat,
                },
            },
            parsed.GetValue(_json)
        );
    }

    private NetworkCase Case(ParseResult parsed, ValueList<Mode> modes)
    {
        Network network = _network.Read(parsed);
        NetworkCase given = new(
            $"{network}",
            network,
            network,
            parsed.GetValue(_loss)?.Value ?? DefaultLoss.Of(network),
            parsed.GetRequiredValue(_optimizer).Value.Create(NetworkCase.LearningRate),
            parsed.GetValue(_batch)
        );
        foreach (Mode mode in modes)
            given.Check(mode);
        return given;
    }

    private void Check(CommandResult result)
    {
        bool isSuite = result.GetValue(_suite);
        if (isSuite && _network.IsGiven(result))
            result.AddError("A network and --suite exclude each other. Give one of them.");
        else if (!isSuite && !_network.IsGiven(result))
            result.AddError("What to time is missing: a network, as C# code, or --suite for the reference cases.");
        else
            foreach (
                Option option in isSuite ? new[] { _network.Input, _batch, _loss, _optimizer } : new Option[] { _cases }
            )
                if (result.GetResult(option) is { Implicit: false })
                    result.AddError(
                        isSuite
                            ? $"{option.Name} is for a network; the suite's cases state theirs. Leave it out, or give a network instead of --suite."
                            : $"{option.Name} is for the suite. Add --suite instead of the network, or leave it out."
                    );
    }

    private static ValueList<T> Chosen<T>(Choice<T>[]? given, IEnumerable<T> all) =>
        given is null or [] ? [.. all] : [.. given.Select(one => one.Value)];
}

/// <summary>What the command line says about measuring.</summary>
/// <param name="Suite">What to measure.</param>
/// <param name="IsJson">Whether the output is JSON.</param>
internal sealed record BenchSettings(Suite Suite, bool IsJson);
