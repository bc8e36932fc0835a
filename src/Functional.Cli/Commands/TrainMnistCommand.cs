using System.CommandLine;
using static Functional.Layers;

namespace Functional.Cli;

/// <summary>`functional train mnist`: handwritten digits from four IDX files.</summary>
internal static class TrainMnistCommand
{
    public const string Name = "mnist";

    private static readonly Network DefaultNetwork = Dense(784, 256) >> Relu >> Dense(256, 10) >> Softmax;

    public static Command Create(Terminal terminal)
    {
        Option<string> data = new("--data")
        {
            Description =
                "The folder of the four files train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each raw or with .gz.",
            HelpName = "folder",
            DefaultValueFactory = _ => "mnist",
        };
        TrainingOptions options = new($"{DefaultNetwork}", epochs: 5, batch: 64, rate: 0.001);
        DocumentedCommand command = new(
            Name,
            "Train on MNIST, the handwritten digits, or on any data set in the same four files, such as Fashion-MNIST. The test set is the 10,000 test images.",
            "functional train mnist --data mnist",
            "functional train mnist --data mnist --network \"Dense(128) >> Gelu >> Dense(10) >> Softmax\" --epochs 10"
        )
        {
            data,
        };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            TrainingSettings settings = options.Read(parsed);
            Mnist mnist = Datasets.Mnist(parsed.GetRequiredValue(data));
            return TrainingRun.Run(
                TrainingTask.Create(Name, "MNIST", mnist.Training, mnist.Test, DefaultNetwork, settings),
                terminal
            );
        });
        return command;
    }
}
