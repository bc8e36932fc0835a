using System.CommandLine;
using System.CommandLine.Parsing;

namespace Functional.Cli;

/// <summary>What `check` checks, and how closely.</summary>
internal sealed class CheckOptions
{
    private const double GradientTolerance = 1e-8;
    private const double HessianTolerance = 1e-6;
    private const double RandomTolerance = 1e-9;

    private static readonly Choice<LayerMode>[] Modes =
    [
        new("training", LayerMode.Training),
        new("inference", LayerMode.Inference),
    ];

    private readonly NetworkArgument _network = new(ArgumentArity.ZeroOrOne);
    private readonly Option<Choice<Loss>> _loss = CompilationOptions.LossOption();
    private readonly Option<int> _batch = NumberOption.Whole("--batch", "Rows of the batch.", 4);

    private readonly Option<bool> _hessian = new("--hessian")
    {
        Description =
            "Check second derivatives instead: products of the Hessian with random directions against differences of the gradient.",
    };

    private readonly Option<int?> _random = NumberOption.Count(
        "--random",
        $"Check so many generated networks of up to {RandomCheck.MostNodes} graph nodes instead of one network, their compiled float64 plans, and that fusing changes no bit of them."
    );

    private readonly Option<Choice<LayerMode>> _mode = Choices.Option(
        "--mode",
        "What dropout and batch normalization do; what dropout drops stays as the seed draws it.",
        Modes
    );

    private readonly Option<ulong> _seed = NumberOption.Seed(
        "--seed",
        "Chooses parameters, batch, directions and what dropout drops, and which networks are generated.",
        0
    );

    private readonly Option<double?> _relative = Tolerance(
        "--rtol",
        "A derivative passes where |analytic − numeric| ≤ atol + rtol·|numeric|. [default: 1e-8, with --hessian 1e-6, with --random 1e-9]"
    );

    private readonly Option<double?> _absolute = Tolerance("--atol", "The same's atol, with the same defaults.");

    private readonly Option<bool> _float32 = new("--float32")
    {
        Description =
            "Hold the compiled float32 plan against the gradient too; with --random, instead of the float64 plan.",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description =
            "Print one JSON object, and nothing else; numbers that JSON lacks are the strings NaN, Infinity and -Infinity.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        _network.AddTo(command);
        foreach (
            Option option in new Option[]
            {
                _loss,
                _batch,
                _hessian,
                _random,
                _mode,
                _seed,
                _relative,
                _absolute,
                _float32,
                _json,
            }
        )
            command.Options.Add(option);
        command.Validators.Add(Check);
    }

    /// <summary>Whether generated networks are to be checked.</summary>
    public bool IsRandom(ParseResult parsed) => parsed.GetValue(_random) is not null;

    /// <summary>What the command line says about a network.</summary>
    /// <exception cref="FunctionalException">The network is none, does not fit, or has nothing to differentiate by twice.</exception>
    public CheckSettings Read(ParseResult parsed)
    {
        bool isHessian = parsed.GetValue(_hessian);
        Network network = _network.Read(parsed);
        Shape input = _network.InputOf(parsed, network);
        if (
            isHessian && !network.Describe(input).Any(layer => layer.Parameters.Any(parameter => parameter.IsTrainable))
        )
            throw new FunctionalException(
                $"{network} has no parameter to differentiate by twice. Leave --hessian out, or add a layer that has some."
            );
        return new(
            network,
            parsed.GetValue(_loss)?.Value ?? DefaultLoss.Of(network, input),
            ReadOptions(parsed, isHessian ? HessianTolerance : GradientTolerance) with
            {
                Rows = parsed.GetValue(_batch),
                Compilation = new() { Input = input },
            },
            isHessian,
            parsed.GetValue(_json)
        );
    }

    /// <summary>What the command line says about generated networks.</summary>
    public RandomCheckSettings ReadRandom(ParseResult parsed) =>
        new(
            parsed.GetRequiredValue(_random)!.Value,
            ReadOptions(parsed, RandomTolerance) with
            {
                Plan = parsed.GetValue(_float32) ? Precision.Float : Precision.Double,
            },
            parsed.GetValue(_json)
        );

    private GradientCheckOptions ReadOptions(ParseResult parsed, double tolerance) =>
        new()
        {
            RelativeTolerance = parsed.GetValue(_relative) ?? tolerance,
            AbsoluteTolerance = parsed.GetValue(_absolute) ?? tolerance,
            Seed = parsed.GetValue(_seed),
            Mode = parsed.GetRequiredValue(_mode).Value,
            Plan = parsed.GetValue(_float32) ? Precision.Float : null,
        };

    private void Check(CommandResult result)
    {
        bool isRandom = result.GetResult(_random) is { Implicit: false };
        if (isRandom && _network.IsGiven(result))
            result.AddError("A network and --random exclude each other. Give one of them.");
        else if (!isRandom && !_network.IsGiven(result))
            result.AddError(
                "What to check is missing: a network, as C# code, or --random and how many generated ones."
            );
        else if (isRandom)
        {
            foreach (Option option in new Option[] { _network.Input, _loss, _batch, _hessian })
                if (result.GetResult(option) is { Implicit: false })
                    result.AddError(
                        $"{option.Name} is for a network; generated ones come with theirs. Leave it out, or give a network instead of --random."
                    );
        }
        else if (result.GetValue(_hessian) && result.GetValue(_float32))
            result.AddError(
                "--float32 holds plans of gradients, and --hessian checks second derivatives. Give one of them."
            );
    }

    private static Option<double?> Tolerance(string name, string description) =>
        NumberOption.Real(name, description, "a number of at least 0, such as 1e-8", tolerance => tolerance >= 0);
}

/// <summary>What the command line says about the check of a network.</summary>
/// <param name="Network">The network, every size stated.</param>
/// <param name="Loss">Its loss.</param>
/// <param name="Options">How it is checked.</param>
/// <param name="IsHessian">Whether second derivatives are checked instead of first ones.</param>
/// <param name="IsJson">Whether the output is one JSON object.</param>
internal sealed record CheckSettings(
    Network Network,
    Loss Loss,
    GradientCheckOptions Options,
    bool IsHessian,
    bool IsJson
);

/// <summary>What the command line says about the check of generated networks.</summary>
/// <param name="Count">How many.</param>
/// <param name="Options">How each is checked; rows and everything drawn are the case's.</param>
/// <param name="IsJson">Whether the output is one JSON object.</param>
internal sealed record RandomCheckSettings(int Count, GradientCheckOptions Options, bool IsJson);
