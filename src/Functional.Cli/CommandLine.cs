using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Functional.Cli;

/// <summary>The command line as one function: arguments in, exit code out, every error told once and in words.</summary>
internal static class CommandLine
{
    // Text that begins with @ is text, and -abc is no bundle of options.
    private static readonly ParserConfiguration Parsing = new()
    {
        EnablePosixBundling = false,
        ResponseFileTokenReplacer = null,
    };

    /// <summary>Runs a command line with plain output.</summary>
    public static int Run(string[] args, TextWriter output, TextWriter error) => Run(args, new Terminal(output, error));

    /// <summary>Runs a command line.</summary>
    /// <returns>A value of <see cref="ExitCode"/>.</returns>
    public static int Run(string[] args, Terminal terminal)
    {
        try
        {
            ParseResult parsed = Root(terminal).Parse(TrainCommand.NameSource(args), Parsing);
            if (parsed.Errors.Count > 0)
                return RefuseUsage(parsed, terminal.Error);
            return parsed.Invoke(
                new()
                {
                    Output = terminal.Output,
                    Error = terminal.Error,
                    EnableDefaultExceptionHandler = false,
                }
            );
        }
        catch (FunctionalException e)
        {
            terminal.Error.WriteLine($"error: {e.Message}");
            return ExitCode.Failure;
        }
        catch (OutOfMemoryException)
        {
            terminal.Error.WriteLine("error: there is not enough memory. Use a smaller network, batch or data set.");
            return ExitCode.Failure;
        }
        catch (OperationCanceledException) when (terminal.Cancellation.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e)
        {
            terminal.Error.WriteLine($"bug in Functional, please report:{Environment.NewLine}{e}");
            return ExitCode.Bug;
        }
    }

    private static RootCommand Root(Terminal terminal)
    {
        RootCommand root = new(
            "Train neural networks, explain the plans they compile to, time them, check their gradients, and repeat a first course's experiments."
        )
        {
            TrainCommand.Create(terminal),
            ExplainCommand.Create(terminal),
            BenchCommand.Create(terminal),
            CheckCommand.Create(terminal),
            ExperimentCommand.Create(terminal),
        };
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        DocumentedHelp action = new((HelpAction)help.Action!);
        help.Action = action;
        // Not the action itself: it would hide what is wrong with the command line.
        root.SetAction(action.Invoke);
        root.Options.OfType<VersionOption>().Single().Action = new VersionAction(terminal.Output);
        return root;
    }

    /// <summary>Says what is wrong with the use of a command.</summary>
    /// <returns>The exit code.</returns>
    public static int Refuse(Command command, TextWriter error, params IEnumerable<string> messages)
    {
        foreach (string message in messages)
            error.WriteLine($"error: {message}");
        error.WriteLine($"Run '{Path(command)} --help' to see what it takes.");
        return ExitCode.Usage;
    }

    private static int RefuseUsage(ParseResult parsed, TextWriter error)
    {
        // What follows an unknown option is unknown too, and says nothing more.
        Command command = parsed.CommandResult.Command;
        return parsed.UnmatchedTokens is [string unmatched, ..]
            ? Refuse(command, error, Unmatched(unmatched, command))
            : Refuse(command, error, parsed.Errors.Select(problem => problem.Message).Distinct());
    }

    private static string Unmatched(string token, Command command)
    {
        string? nearest = Spelling.Nearest(
            token,
            [
                .. command.Subcommands.Select(subcommand => subcommand.Name),
                .. command.Options.Select(option => option.Name),
            ]
        );
        string kind = token.StartsWith('-') ? "option" : "argument";
        return $"'{Path(command)}' has no {kind} '{token}'." + (nearest is null ? "" : $" Did you mean {nearest}?");
    }

    private static string Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent
            ? $"{Path(parent)} {command.Name}"
            : "functional";

    private sealed class VersionAction(TextWriter output) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            output.WriteLine($"functional {Terminal.Version}");
            return ExitCode.Success;
        }
    }
}
