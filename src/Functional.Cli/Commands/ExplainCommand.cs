using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace Functional.Cli;

/// <summary>`functional explain "NETWORK"`: the derived chain rule and the plan, without training.</summary>
internal static class ExplainCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> text = new("network") { Description = "The network, as C# code." };
        Option<Shape?> input = new("--input")
        {
            Description = "The shape of one input row, such as 784 or 28x28, where the network does not state it.",
            HelpName = "shape",
            CustomParser = result =>
            {
                string value = result.Tokens[0].Value;
                if (ParseShape(value) is { } shape)
                    return shape;
                result.AddError($"--input must be sizes of at least 1 such as 784 or 28x28, got '{value}'.");
                return null;
            },
        };
        CompilationOptions options = new(optimizerRate: 0.001, batch: 32);
        DocumentedCommand command = new(
            "explain",
            "Compile a network for training and print what the compiler made of it: the composite function, the chain rule derived for every parameter, and the plan of steps and memory.",
            "functional explain \"Dense(2, 20) >> Relu >> Dense(20, 1) >> Sigmoid\"",
            "functional explain \"Dense(128) >> Gelu >> Dense(10) >> Softmax\" --input 784 --optimizer sgd --batch 64"
        )
        {
            text,
            input,
        };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            CompilationSettings settings = options.Read(parsed);
            Network network = Complete(Network.Parse(parsed.GetRequiredValue(text)), parsed.GetValue(input));
            Loss loss = settings.Loss ?? DefaultLoss.Of(network);
            CompileOptions compilation = settings.Options with { Input = network.InputShape };
            terminal.Output.WriteLine(
                settings.Precision.Value == Precision.Double
                    ? Explain<double>(network, loss, settings, compilation)
                    : Explain<float>(network, loss, settings, compilation)
            );
            return ExitCode.Success;
        });
        return command;
    }

    private static string Explain<T>(Network network, Loss loss, CompilationSettings settings, CompileOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        network.CompileTraining<T>(loss, settings.Optimizer, settings.BatchSize, options).Explain().TrimEnd();

    private static Network Complete(Network network, Shape? input)
    {
        try
        {
            return network.WithInput(input ?? network.InputShape);
        }
        catch (ShapeException) when (input is null)
        {
            // What fits together, as it did when it was read, can lack only this.
            throw new ShapeException(
                $"{network}: the input's size is not known. State it in the first layer, as Dense(inputs, outputs), or with --input."
            );
        }
    }

    // 784, 28x28 or [28, 28].
    private static Shape? ParseShape(string text)
    {
        List<int> sizes = [];
        foreach (string part in text.Trim('[', ']').Split(['x', ',', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int size) || size < 1)
                return null;
            sizes.Add(size);
        }
        return sizes.Count > 0 ? new Shape([.. sizes]) : null;
    }
}
