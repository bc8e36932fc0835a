using System.CommandLine;
using System.Globalization;

namespace Functional.Cli;

/// <summary>A network on the command line, as code, and the size of its input where the code does not state it.</summary>
internal sealed class NetworkArgument(ArgumentArity arity)
{
    private readonly Argument<string?> _text = new("network")
    {
        Description = "The network, as C# code.",
        Arity = arity,
    };

    private readonly Option<Shape?> _input = new("--input")
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

    /// <summary>The option that belongs to the network.</summary>
    public Option Input => _input;

    /// <summary>Adds both to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(_text);
        command.Options.Add(_input);
    }

    /// <summary>Whether there is one.</summary>
    public bool IsGiven(System.CommandLine.Parsing.CommandResult result) => result.GetValue(_text) is not null;

    /// <summary>The network, every size stated.</summary>
    /// <exception cref="FunctionalException">The text is no network, sizes do not fit, or the input's is not known.</exception>
    public Network Read(ParseResult parsed) =>
        Complete(Network.Parse(parsed.GetRequiredValue(_text)!), parsed.GetValue(_input));

    /// <summary>The shape of one input row of the network that was read, which a first layer such as Tanh does not state.</summary>
    public Shape InputOf(ParseResult parsed, Network network) => parsed.GetValue(_input) ?? network.InputShape;

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
