using System.CommandLine;
using System.CommandLine.Parsing;
using Functional.Benchmarking;

namespace Functional.Cli;

/// <summary>A value that has a name on the command line.</summary>
internal sealed record Choice<T>(string Name, T Value)
{
    /// <summary>The name, as help shows it.</summary>
    public override string ToString() => Name;
}

/// <summary>An optimizer by name, with the learning rate that suits it; null takes the command's.</summary>
internal sealed record OptimizerChoice(double? LearningRate, Func<double, Optimizer> Create);

/// <summary>The names that options take.</summary>
internal static class Choices
{
    public static readonly Choice<OptimizerChoice>[] Optimizers =
    [
        new("adam", new(null, rate => Optimizer.Adam(rate))),
        new("adamw", new(null, rate => Optimizer.AdamW(rate))),
        new("sgd", new(0.1, rate => Optimizer.Sgd(rate))),
        new("momentum", new(0.05, rate => Optimizer.Sgd(rate, momentum: 0.9))),
        new("rmsprop", new(null, rate => Optimizer.RmsProp(rate))),
        new("adagrad", new(0.1, rate => Optimizer.Adagrad(rate))),
        new("lion", new(0.001, rate => Optimizer.Lion(rate))),
    ];

    /// <summary>From the steps of a training its schedule; null keeps the learning rate as it is.</summary>
    public static readonly Choice<Func<long, LearningRateSchedule>?>[] Schedules =
    [
        new("constant", null),
        new("cosine", static steps => LearningRateSchedule.Cosine(steps)),
        new("one-cycle", static steps => LearningRateSchedule.OneCycle(steps)),
    ];

    public static readonly Choice<Loss>[] Losses =
    [
        new("bce", Loss.BinaryCrossEntropy),
        new("ce", Loss.CrossEntropy),
        new("mse", Loss.MeanSquaredError),
        new("mae", Loss.MeanAbsoluteError),
        new("huber", Loss.Huber),
    ];

    public static readonly Choice<VectorWidth>[] Widths =
    [
        new("auto", VectorWidth.Auto),
        new("512", VectorWidth.Bits512),
        new("256", VectorWidth.Bits256),
        new("128", VectorWidth.Bits128),
    ];

    public static readonly Choice<Precision>[] Precisions =
    [
        new("float", Precision.Float),
        new("double", Precision.Double),
    ];

    /// <summary>An option that takes one of these names; the default is the first, or none.</summary>
    public static Option<Choice<T>> Option<T>(
        string name,
        string description,
        Choice<T>[] choices,
        bool hasDefault = true
    ) =>
        new(name)
        {
            Description = description,
            HelpName = string.Join('|', choices.Select(choice => choice.Name)),
            DefaultValueFactory = hasDefault ? _ => choices[0] : null,
            CompletionSources =
            {
                context => choices.Select(choice => new System.CommandLine.Completions.CompletionItem(choice.Name)),
            },
            CustomParser = result => Find(result, name, result.Tokens[0].Value, choices),
        };

    /// <summary>An option that takes one of these names, and may be given again; the default is all of them.</summary>
    public static Option<Choice<T>[]> Several<T>(string name, string description, Choice<T>[] choices) =>
        new(name)
        {
            Description = $"{description}; may be given again. [default: all]",
            HelpName = string.Join('|', choices.Select(choice => choice.Name)),
            CompletionSources =
            {
                context => choices.Select(choice => new System.CommandLine.Completions.CompletionItem(choice.Name)),
            },
            CustomParser = result =>
                [
                    .. result
                        .Tokens.Select(token => Find(result, name, token.Value, choices))
                        .OfType<Choice<T>>()
                        .Distinct(),
                ],
        };

    private static Choice<T>? Find<T>(ArgumentResult result, string option, string text, Choice<T>[] choices)
    {
        Choice<T>? found = Array.Find(choices, choice => choice.Name.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (found is null)
            result.AddError($"{option} does not know '{text}'.{Suggest(text, choices.Select(choice => choice.Name))}");
        return found;
    }

    /// <summary>The nearest name as a question, and all names.</summary>
    public static string Suggest(string text, IEnumerable<string> names) =>
        (Spelling.Nearest(text, names) is { } nearest ? $" Did you mean {nearest}?" : "")
        + $" It is one of {string.Join(", ", names)}.";
}
