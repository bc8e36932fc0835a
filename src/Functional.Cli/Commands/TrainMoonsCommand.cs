using System.CommandLine;
using System.Globalization;
using static Functional.Layers;

namespace Functional.Cli;

/// <summary>`functional train moons`: two interleaving half circles, generated.</summary>
internal static class TrainMoonsCommand
{
    public const string Name = "moons";
    private const int TestCount = 1000;

    private static readonly Network DefaultNetwork = Mlp([2, 20, 40, 20, 1], hidden: Relu, output: Sigmoid);

    public static Command Create(Terminal terminal)
    {
        Option<int> samples = NumberOption.Whole("--samples", "Rows of the training set.", 1000, minimum: 2);
        Option<double> noise = NumberOption.Real(
            "--noise",
            "The standard deviation of the noise on each coordinate.",
            0.1,
            "a number of at least 0",
            deviation => deviation >= 0
        );
        TrainingOptions options = new("2-20-40-20-1, ReLU, sigmoid", epochs: 100, batch: 10, rate: 0.01);
        DocumentedCommand command = new(
            Name,
            "Train on moons: two interleaving half circles with noise, as scikit-learn's make_moons defines them. The test set is another 1,000 moons of the same noise, from another seed.",
            "functional train moons",
            "functional train moons --noise 0.2 --json",
            "functional train moons --noise 0.3 --epochs 500 --early-stopping 10 --history curve.csv",
            "functional train moons --network \"Dense(16) >> Tanh >> Dense(1) >> Sigmoid\" --optimizer sgd"
        )
        {
            samples,
            noise,
        };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            TrainingSettings settings = options.Read(parsed);
            double deviation = parsed.GetValue(noise);
            return TrainingRun.Run(
                TrainingTask.Create(
                    Name,
                    string.Create(CultureInfo.InvariantCulture, $"moons with noise {deviation}"),
                    Datasets.Moons(parsed.GetValue(samples), deviation, settings.Seed),
                    Datasets.Moons(TestCount, deviation, unchecked(settings.Seed + 1)),
                    DefaultNetwork,
                    settings
                ),
                terminal
            );
        });
        return command;
    }
}
