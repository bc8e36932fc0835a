using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Functional.Cli;

/// <summary>A command whose own help ends with examples; where it is listed, its description stands alone.</summary>
internal sealed class DocumentedCommand(string name, string description, params string[] examples)
    : Command(name, description)
{
    /// <summary>Command lines that work.</summary>
    public IReadOnlyList<string> Examples => examples;
}

/// <summary>Help, then the command's examples.</summary>
internal sealed class DocumentedHelp(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is DocumentedCommand command)
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string example in command.Examples)
                output.WriteLine($"  {example}");
            output.WriteLine();
        }
        return ExitCode.Success;
    }
}
