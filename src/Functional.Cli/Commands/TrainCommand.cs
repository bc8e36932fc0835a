using System.CommandLine;

namespace Functional.Cli;

/// <summary>`functional train …`: one command for each source of data.</summary>
internal static class TrainCommand
{
    private const string Name = "train";
    private static readonly string[] Sources = [TrainMoonsCommand.Name, TrainMnistCommand.Name, TrainCsvCommand.Name];

    public static Command Create(Terminal terminal)
    {
        DocumentedCommand command = new(
            Name,
            "Train a network on moons, on MNIST, or on a CSV file.",
            "functional train moons",
            "functional train mnist --data mnist --epochs 5",
            "functional train iris.csv --label species"
        )
        {
            TrainMoonsCommand.Create(terminal),
            TrainMnistCommand.Create(terminal),
            TrainCsvCommand.Create(terminal),
        };
        command.SetAction(_ =>
            CommandLine.Refuse(command, terminal.Error, "What to train on is missing: moons, mnist, or a CSV file.")
        );
        return command;
    }

    /// <summary>Names the source where a file stands in its place: `train data.csv` becomes `train csv data.csv`.</summary>
    public static IReadOnlyList<string> NameSource(string[] args) =>
        args is [Name, var first, ..]
        && !Sources.Contains(first)
        && (!first.StartsWith('-') || (args.Contains("--label") && !args.Any(Sources.Contains)))
            ? [Name, TrainCsvCommand.Name, .. args[1..]]
            : args;

    /// <summary>The source that a text may have been meant to be.</summary>
    public static string? NearestSource(string text) => Spelling.Nearest(text, Sources);
}
