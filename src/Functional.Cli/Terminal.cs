using System.Reflection;

namespace Functional.Cli;

/// <summary>Where output goes and how the user stops it.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">Errors, and progress where results are for a program.</param>
/// <param name="IsRich">Whether the output is a terminal that shows colours and live progress; otherwise no escape is written.</param>
/// <param name="Cancellation">Cancelled by Ctrl-C.</param>
internal sealed record Terminal(
    TextWriter Output,
    TextWriter Error,
    bool IsRich = false,
    CancellationToken Cancellation = default
)
{
    /// <summary>The version of Functional, without the commit it was built from.</summary>
    public static string Version { get; } =
        typeof(Terminal)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];

    /// <summary>The process's own; plain when the output is redirected, NO_COLOR is set or TERM is dumb.</summary>
    public static Terminal OfProcess(CancellationToken cancellation) =>
        new(
            Console.Out,
            Console.Error,
            !Console.IsOutputRedirected
                && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
                && Environment.GetEnvironmentVariable("TERM") != "dumb",
            cancellation
        );
}
