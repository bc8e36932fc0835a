using System.CommandLine;

namespace Functional.Cli;

/// <summary>What every kind of training takes, whatever the data.</summary>
internal sealed class TrainingOptions
{
    private readonly CompilationOptions _compilation;
    private readonly Option<string?> _network;
    private readonly Option<int> _epochs;

    private readonly Option<Choice<Func<long, LearningRateSchedule>?>> _schedule = Choices.Option(
        "--schedule",
        "How the learning rate changes from the first step to the last: cosine falls to 0; one-cycle first rises to it from a twenty-fifth.",
        Choices.Schedules
    );

    private readonly Option<ulong> _seed = NumberOption.Seed(
        "--seed",
        "Chooses the first values of the parameters, the order of the rows, and data that is generated or split.",
        42
    );

    private readonly Option<bool> _validate = new("--validate")
    {
        Description = "Evaluate the test set after every epoch too; its time counts as training.",
    };

    private readonly Option<int?> _earlyStopping = NumberOption.Count(
        "--early-stopping",
        "Stop after so many epochs in a row without a lower validation loss, and keep the model of the best epoch. A tenth of the training rows, classes alike, becomes the validation set; the test set stays unseen."
    );

    private readonly Option<string?> _history = HistoryFile.Option("--history");

    private readonly Option<bool> _explain = new("--explain")
    {
        Description = "Print the derived chain rule and the plan before training. [default, except with --json]",
    };

    private readonly Option<bool> _noExplain = new("--no-explain") { Description = "Leave that out." };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print one JSON object at the end, and nothing else; progress goes to stderr.",
    };

    /// <param name="network">What help says of the default network.</param>
    /// <param name="epochs">The number of epochs when none is given.</param>
    /// <param name="batch">The batch size when none is given.</param>
    /// <param name="rate">The learning rate of the Adam family when none is given.</param>
    public TrainingOptions(string network, int epochs, int batch, double rate)
    {
        _compilation = new(rate, batch);
        _epochs = NumberOption.Whole("--epochs", "How often to go through the training set.", epochs);
        _network = new("--network")
        {
            Description =
                $"The network, as C# code: \"Dense(2, 8) >> Relu >> Dense(1) >> Sigmoid\". [default: {network}]",
            HelpName = "network",
        };
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_network);
        command.Options.Add(_epochs);
        _compilation.AddTo(command);
        foreach (
            Option option in new Option[]
            {
                _schedule,
                _seed,
                _validate,
                _earlyStopping,
                _history,
                _explain,
                _noExplain,
                _json,
            }
        )
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_explain) && result.GetValue(_noExplain))
                result.AddError("--explain and --no-explain exclude each other. Give one of them.");
            if (result.GetValue(_validate) && result.GetValue(_earlyStopping) is not null)
                result.AddError(
                    "--validate and --early-stopping exclude each other: early stopping evaluates a validation set of its own after every epoch. Give one of them."
                );
        });
    }

    /// <summary>What the command line says.</summary>
    public TrainingSettings Read(ParseResult parsed)
    {
        bool json = parsed.GetValue(_json);
        return new(
            parsed.GetValue(_network),
            _compilation.Read(parsed),
            parsed.GetValue(_epochs),
            parsed.GetRequiredValue(_schedule).Value,
            parsed.GetValue(_seed),
            parsed.GetValue(_validate),
            parsed.GetValue(_earlyStopping),
            parsed.GetValue(_history),
            parsed.GetValue(_explain) || !(json || parsed.GetValue(_noExplain)),
            json
        );
    }
}

/// <summary>What the command line says about training, whatever the data.</summary>
/// <param name="Network">The text of the network; null takes the default of the data.</param>
/// <param name="Compilation">How it is compiled.</param>
/// <param name="Epochs">How often to go through the training set.</param>
/// <param name="Schedule">The schedule of the learning rate for a number of steps; null for none.</param>
/// <param name="Seed">Chooses all that is random.</param>
/// <param name="Validates">Whether the test set is evaluated after every epoch.</param>
/// <param name="Patience">The epochs without improvement after which training stops; null for none.</param>
/// <param name="History">The file that the learning curve is written to; null for none.</param>
/// <param name="Explains">Whether the plan is printed.</param>
/// <param name="IsJson">Whether the output is one JSON object.</param>
internal sealed record TrainingSettings(
    string? Network,
    CompilationSettings Compilation,
    int Epochs,
    Func<long, LearningRateSchedule>? Schedule,
    ulong Seed,
    bool Validates,
    int? Patience,
    string? History,
    bool Explains,
    bool IsJson
);
