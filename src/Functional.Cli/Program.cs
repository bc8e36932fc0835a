using System.Text;
using Functional.Cli;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
using CancellationTokenSource interruption = new();
Terminal terminal = Terminal.OfProcess(interruption.Token);
Console.CancelKeyPress += (_, pressed) =>
{
    // The first Ctrl-C ends training in good order; a second one ends the process.
    pressed.Cancel = !interruption.IsCancellationRequested;
    interruption.Cancel();
    if (!pressed.Cancel && terminal.IsRich)
        Console.Write("\e[?25h"); // the cursor, which live progress hides
};
return CommandLine.Run(args, terminal);
