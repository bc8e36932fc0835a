using System.CommandLine;
using System.CommandLine.Parsing;
using Functional.Experiments;

namespace Functional.Cli;

/// <summary>Which experiments to run, on what, and where the results go.</summary>
internal sealed class ExperimentOptions
{
    private readonly Argument<string?> _name = new("name")
    {
        Description = "The experiment; --list names them.",
        Arity = ArgumentArity.ZeroOrOne,
        CompletionSources =
        {
            _ => Catalogue.All.Select(one => new System.CommandLine.Completions.CompletionItem(one.Name)),
        },
    };

    private readonly Option<bool> _all = new("--all")
    {
        Description =
            "Run all of them, and end with all their claims; those on MNIST are skipped without --data, which is said and is no failure.",
    };

    private readonly Option<bool> _list = new("--list") { Description = "List them. [default, without a name]" };

    private readonly Option<string?> _data = new("--data")
    {
        Description = "The folder of MNIST's four files, for the experiments on MNIST.",
        HelpName = "folder",
    };

    private readonly Option<ulong> _seed = NumberOption.Seed("--seed", "Chooses data, first values and orders.", 42);

    private readonly Option<string> _output = new("--output")
    {
        Description = "The folder that results are written to: NAME.json, and NAME-TABLE.csv for every table.",
        HelpName = "folder",
        DefaultValueFactory = _ => "experiments",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description =
            "Print one JSON object a line for every experiment, with --all a last one that counts them, and nothing else; progress goes to stderr.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(_name);
        foreach (Option option in new Option[] { _all, _list, _data, _seed, _output, _json })
            command.Options.Add(option);
        command.Validators.Add(Check);
    }

    /// <summary>What the command line says.</summary>
    public ExperimentSettings Read(ParseResult parsed) =>
        new(
            parsed.GetValue(_all) ? [.. Catalogue.All]
                : Find(parsed.GetValue(_name)) is { } one ? [one]
                : [],
            parsed.GetValue(_data),
            parsed.GetValue(_seed),
            parsed.GetRequiredValue(_output),
            parsed.GetValue(_json)
        );

    /// <summary>How the data of an experiment on MNIST is had.</summary>
    public static string MnistHint(Experiment experiment) =>
        $"{experiment.Name} needs MNIST: give --data and the folder of its four files, as 'functional train mnist --help' names them.";

    private void Check(CommandResult result)
    {
        string? name = result.GetValue(_name);
        Experiment? one = Find(name);
        bool isAll = result.GetValue(_all);
        bool isList = result.GetValue(_list);
        if (name is not null && one is null)
            result.AddError(
                $"There is no experiment '{name}'.{Choices.Suggest(name, Catalogue.All.Select(known => known.Name))}"
            );
        else if ((one is not null ? 1 : 0) + (isAll ? 1 : 0) + (isList ? 1 : 0) > 1)
            result.AddError("A name, --all and --list exclude each other. Give one of them.");
        else if (one is null && !isAll)
        {
            foreach (Option option in new Option[] { _data, _seed, _output })
                if (result.GetResult(option) is { Implicit: false })
                    result.AddError($"{option.Name} is for running. Name an experiment, add --all, or leave it out.");
        }
        else if (one is { UsesMnist: true } && result.GetValue(_data) is null)
            result.AddError(MnistHint(one));
        else if (one is { UsesMnist: false } && result.GetValue(_data) is not null)
            result.AddError($"--data is for experiments on MNIST, and {one.Name} is none. Leave it out.");
    }

    private static Experiment? Find(string? name) =>
        Catalogue.All.FirstOrDefault(one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}

/// <summary>What the command line says about experiments.</summary>
/// <param name="Chosen">What to run; nothing to list them.</param>
/// <param name="Data">MNIST's folder, where given.</param>
/// <param name="Seed">Every experiment's seed.</param>
/// <param name="Output">Where results go.</param>
/// <param name="IsJson">Whether the output is JSON.</param>
internal sealed record ExperimentSettings(
    ValueList<Experiment> Chosen,
    string? Data,
    ulong Seed,
    string Output,
    bool IsJson
);
