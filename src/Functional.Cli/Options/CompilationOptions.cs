using System.CommandLine;
using Functional.Benchmarking;

namespace Functional.Cli;

/// <summary>How a network is compiled: what `train` and `explain` share.</summary>
/// <param name="optimizerRate">The learning rate of the Adam family when none is given.</param>
/// <param name="batch">The batch size when none is given.</param>
internal sealed class CompilationOptions(double optimizerRate, int batch)
{
    private readonly Option<Choice<Loss>> _loss = LossOption();
    private readonly Option<Choice<OptimizerChoice>> _optimizer = OptimizerOption();

    private readonly Option<double?> _rate = NumberOption.Real(
        "--lr",
        FormattableString.Invariant(
            $"The learning rate. [default: {optimizerRate}; sgd 0.1, momentum 0.05, adagrad 0.1, lion 0.001]"
        ),
        "a number above 0",
        rate => rate > 0
    );

    private readonly Option<int> _batch = BatchOption(batch);

    private readonly Option<Choice<Precision>> _precision = Choices.Option(
        "--precision",
        "The type of the numbers.",
        Choices.Precisions
    );

    private readonly Option<Choice<VectorWidth>> _width = Choices.Option(
        "--width",
        "Bits of the SIMD registers; auto takes the widest this machine has.",
        Choices.Widths
    );

    private readonly Option<int> _threads = NumberOption.Whole(
        "--threads",
        $"Threads that share the large steps, 1 to {CompileOptions.MostThreads}; the results do not depend on it.",
        1,
        maximum: CompileOptions.MostThreads
    );

    /// <summary>The loss; none is a matter of the network.</summary>
    public static Option<Choice<Loss>> LossOption() =>
        Choices.Option(
            "--loss",
            "The loss to make small; by default binary cross-entropy (bce) for one probability, cross-entropy (ce) for a row of them, else mean squared error (mse).",
            Choices.Losses,
            hasDefault: false
        );

    /// <summary>The optimizer.</summary>
    public static Option<Choice<OptimizerChoice>> OptimizerOption() =>
        Choices.Option("--optimizer", "The optimizer; momentum is SGD with momentum 0.9.", Choices.Optimizers);

    /// <summary>The batch size.</summary>
    public static Option<int> BatchOption(int otherwise) => NumberOption.Whole("--batch", "Rows per step.", otherwise);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _batch, _optimizer, _rate, _loss, _precision, _width, _threads })
            command.Options.Add(option);
    }

    /// <summary>What the command line says.</summary>
    public CompilationSettings Read(ParseResult parsed)
    {
        Choice<OptimizerChoice> optimizer = parsed.GetRequiredValue(_optimizer);
        return new(
            parsed.GetValue(_loss)?.Value,
            optimizer.Name,
            optimizer.Value.Create(parsed.GetValue(_rate) ?? optimizer.Value.LearningRate ?? optimizerRate),
            parsed.GetValue(_batch),
            parsed.GetRequiredValue(_precision),
            new() { Width = parsed.GetRequiredValue(_width).Value, Threads = parsed.GetValue(_threads) }
        );
    }
}

/// <summary>How a network is compiled.</summary>
/// <param name="Loss">The loss asked for; null leaves it to the network and the data.</param>
/// <param name="OptimizerName">The optimizer as the command line names it.</param>
/// <param name="Optimizer">The optimizer.</param>
/// <param name="BatchSize">Rows per step.</param>
/// <param name="Precision">The type of the numbers.</param>
/// <param name="Options">The width of the SIMD registers and the number of threads.</param>
internal sealed record CompilationSettings(
    Loss? Loss,
    string OptimizerName,
    Optimizer Optimizer,
    int BatchSize,
    Choice<Precision> Precision,
    CompileOptions Options
);
