using System.CommandLine;
using System.Numerics;
using Functional.Benchmarking;

namespace Functional.Cli;

/// <summary>`functional explain "NETWORK"`: the derived chain rule and the plan, without training.</summary>
internal static class ExplainCommand
{
    public static Command Create(Terminal terminal)
    {
        NetworkArgument argument = new(ArgumentArity.ExactlyOne);
        CompilationOptions options = new(optimizerRate: 0.001, batch: 32);
        DocumentedCommand command = new(
            "explain",
            "Compile a network for training and print what the compiler made of it: the composite function, the chain rule derived for every parameter, and the plan of steps and memory.",
            "functional explain \"Dense(2, 20) >> Relu >> Dense(20, 1) >> Sigmoid\"",
            "functional explain \"Dense(128) >> Gelu >> Dense(10) >> Softmax\" --input 784 --optimizer sgd --batch 64"
        );
        argument.AddTo(command);
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            CompilationSettings settings = options.Read(parsed);
            Network network = argument.Read(parsed);
            CompileOptions compilation = settings.Options with { Input = argument.InputOf(parsed, network) };
            Loss loss = settings.Loss ?? DefaultLoss.Of(network, compilation.Input);
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
}
