using System.CommandLine;

namespace Functional.Cli;

/// <summary>`functional check "NETWORK"`: the gradient of a network's loss against central differences.</summary>
internal static class CheckCommand
{
    public static Command Create(Terminal terminal)
    {
        CheckOptions options = new();
        DocumentedCommand command = new(
            "check",
            "Hold the gradient of a network's loss, or of many generated ones, by every parameter and by the input, against central differences of the loss in float64, and name the smallest part of the network whose gradient is wrong. The exit code is 1 unless the check passes.",
            "functional check \"Dense(2, 8) >> Gelu >> Dense(8, 1) >> Sigmoid\"",
            "functional check \"Flatten >> Dense(64) >> BatchNorm() >> Tanh >> Dense(10) >> Softmax\" --input 28x28 --batch 16 --float32",
            "functional check \"Dense(2, 3) >> Tanh >> Dense(3, 1)\" --loss mae --hessian --json",
            "functional check --random 500 --seed 7",
            "functional check --random 500 --float32"
        );
        options.AddTo(command);
        command.SetAction(parsed =>
            options.IsRandom(parsed) ? Run(options.ReadRandom(parsed), terminal) : Run(options.Read(parsed), terminal)
        );
        return command;
    }

    /// <summary>Checks a network, and shows what was found.</summary>
    /// <returns>The exit code: 1 unless the check passed.</returns>
    public static int Run(CheckSettings settings, Terminal terminal)
    {
        ICheckRenderer renderer = Renderer(settings.IsJson, terminal);
        GradientCheckResult result = renderer.Watch(progress =>
            Until(terminal.Cancellation, () => Check(settings, progress, terminal.Cancellation))
        );
        renderer.Show(settings, result);
        return result.Passed ? ExitCode.Success : ExitCode.Failure;
    }

    /// <summary>Checks generated networks, and shows what was found.</summary>
    /// <returns>The exit code: 1 unless all were decided and passed.</returns>
    public static int Run(RandomCheckSettings settings, Terminal terminal)
    {
        ICheckRenderer renderer = Renderer(settings.IsJson, terminal);
        RandomCheckResult result = renderer.Watch(
            settings.Count,
            progress => Until(terminal.Cancellation, () => RandomCheck.Run(settings, progress))
        );
        renderer.Show(result);
        return result.Passed ? ExitCode.Success : ExitCode.Failure;
    }

    private static ICheckRenderer Renderer(bool isJson, Terminal terminal) =>
        isJson ? new JsonChecks(terminal.Output, terminal.Error)
        : terminal.IsRich ? new RichChecks(terminal.Output)
        : new PlainChecks(terminal.Output);

    // FsCheck knows no cancellation, and a derivative of a large network takes seconds: the end of the process ends them.
    private static T Until<T>(CancellationToken cancellation, Func<T> check) =>
        Task.Run(check, cancellation).WaitAsync(cancellation).GetAwaiter().GetResult();

    private static GradientCheckResult Check(
        CheckSettings settings,
        IProgress<GradientCheckProgress> progress,
        CancellationToken cancellation
    ) =>
        settings.IsHessian
            ? GradientCheck.CheckHessian(settings.Network, settings.Loss, settings.Options, progress, cancellation)
            : GradientCheck.Check(settings.Network, settings.Loss, settings.Options, progress, cancellation);
}
