using System.CommandLine;

namespace Functional.Cli;

/// <summary>`functional train data.csv --label COLUMN`: rows of a file.</summary>
internal static class TrainCsvCommand
{
    public const string Name = "csv";

    public static Command Create(Terminal terminal)
    {
        Argument<string> file = new("file")
        {
            Description = "A file of comma-separated values, its columns named in the first line or not.",
        };
        Option<string?> label = new("--label")
        {
            Description = "The column to predict: its name, or its position counted from 0. Must be given.",
            HelpName = "column",
        };
        Option<Choice<CsvTask>> task = Choices.Option(
            "--task",
            $"Predict classes or numbers. auto: numbers where the column holds only numbers and has fractions or more than {CsvSource.MostClasses} values, else classes.",
            CsvSource.Tasks
        );
        Option<double> validation = NumberOption.Real(
            "--validation",
            "The share of rows held out as the test set; classes give alike.",
            0.2,
            "a number between 0 and 1, exclusive",
            share => share is > 0 and < 1
        );
        Option<Choice<Normalizer?>> normalize = Choices.Option(
            "--normalize",
            "How columns are made comparable, as learned from the training set: mean 0 and deviation 1, smallest 0 and largest 1, or as they are. Numbers to predict are mapped too.",
            CsvSource.Normalizers
        );
        Option<string[]> oneHot = Columns(
            "--one-hot",
            "A column of categories to use as features; may be given again."
        );
        Option<string[]> ignore = Columns("--ignore", "A column to leave out; may be given again.");
        Option<char?> delimiter = new("--delimiter")
        {
            Description = "The character between fields. [default: comma, semicolon or tab, whichever fits]",
            HelpName = "character",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (text is "tab" or "\\t")
                    return '\t';
                if (text.Length != 1)
                    result.AddError($"--delimiter must be one character or 'tab', got '{text}'.");
                return text is [char only] ? only : null;
            },
        };
        Option<bool> noHeader = new("--no-header")
        {
            Description = "The first line is a row, not the names of the columns.",
        };
        TrainingOptions options = new("two hidden layers sized by the data", epochs: 50, batch: 32, rate: 0.01);
        DocumentedCommand command = new(
            Name,
            "Train on a CSV file; the word csv may be left out.",
            "functional train iris.csv --label species",
            "functional train houses.csv --label price --one-hot city --ignore id --epochs 200",
            "functional train table.csv --no-header --label 4 --task classify"
        )
        {
            file,
            label,
            task,
            validation,
            normalize,
            oneHot,
            ignore,
            delimiter,
            noHeader,
        };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            TrainingSettings settings = options.Read(parsed);
            string path = parsed.GetRequiredValue(file);
            RequireFile(path);
            if (parsed.GetValue(label) is not { } column)
                return CommandLine.Refuse(command, terminal.Error, "--label is missing. Name the column to predict.");
            CsvSource source = CsvSource.Load(
                path,
                column,
                parsed.GetRequiredValue(task).Value,
                new()
                {
                    OneHot = [.. parsed.GetRequiredValue(oneHot)],
                    Ignore = [.. parsed.GetRequiredValue(ignore)],
                    Delimiter = parsed.GetValue(delimiter),
                    HasHeader = parsed.GetValue(noHeader) ? false : null,
                }
            );
            return TrainingRun.Run(
                source.Prepare(parsed.GetValue(validation), parsed.GetRequiredValue(normalize), settings),
                terminal
            );
        });
        return command;
    }

    private static Option<string[]> Columns(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "column",
            DefaultValueFactory = _ => [],
        };

    private static void RequireFile(string path)
    {
        if (File.Exists(path))
            return;
        throw new DataException(
            TrainCommand.NearestSource(path) is { } source
                ? $"There is no file '{path}'. Did you mean 'functional train {source}'?"
            : Directory.Exists(path)
                ? $"'{path}' is a folder. Give a CSV file; a folder of MNIST is for 'functional train mnist --data {path}'."
            : $"There is no file '{path}'. Give the path of a CSV file, or train on moons or mnist."
        );
    }
}
