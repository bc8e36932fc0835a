using System.CommandLine;

namespace Functional.Cli;

/// <summary>The file that a learning curve is written to.</summary>
internal static class HistoryFile
{
    /// <summary>An option that takes its path.</summary>
    public static Option<string?> Option(string name) =>
        new(name)
        {
            Description =
                "Write the losses of every completed epoch to a file, as CSV or JSON by its name; also when training is stopped or diverges. An older file is replaced.",
            HelpName = "file.csv|file.json",
            CustomParser = result =>
            {
                string path = result.Tokens[0].Value;
                if (Path.GetExtension(path).ToLowerInvariant() is not (".csv" or ".json"))
                    result.AddError($"{name} must be a file that ends with .csv or .json, got '{path}'.");
                return path;
            },
        };

    /// <summary>Refuses a path that could never be written, before anything is trained.</summary>
    /// <exception cref="FunctionalException">It is a folder, or in a folder that does not exist.</exception>
    public static void Check(string path)
    {
        if (Directory.Exists(path))
            throw new FunctionalException($"'{path}' is a folder. Give --history the name of a file.");
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new FunctionalException(
                $"The learning curve cannot be written to '{path}': there is no folder '{folder}'. Create it, or name another with --history."
            );
    }

    /// <summary>Writes a learning curve.</summary>
    /// <exception cref="FunctionalException">The file cannot be written.</exception>
    public static void Write(string path, TrainingHistory history)
    {
        try
        {
            history.Write(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FunctionalException(
                $"The learning curve cannot be written to '{path}': {e.Message} Name another file with --history.",
                e
            );
        }
    }
}
