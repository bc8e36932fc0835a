using Functional.FsCheck;

namespace Functional.Cli;

/// <summary>What checks of generated networks found.</summary>
/// <param name="Settings">What was asked for.</param>
/// <param name="Checked">How many were checked and decided, the failed one included.</param>
/// <param name="Undecided">How many more could not be decided to the tolerance.</param>
/// <param name="Failure">The one that failed, shrunk; null if none did.</param>
internal sealed record RandomCheckResult(
    RandomCheckSettings Settings,
    int Checked,
    int Undecided,
    Counterexample? Failure
)
{
    /// <summary>Whether as many as were asked for were checked, and none failed.</summary>
    public bool Passed => Failure is null && Checked == Settings.Count;
}

/// <summary>A generated network whose check fails, of which nothing smaller does.</summary>
/// <param name="Case">The network, its loss, and what a batch and parameters are drawn by.</param>
/// <param name="Problem">Why it fails; the message is the table of its check.</param>
/// <param name="Shrinks">How often a smaller one was found.</param>
internal sealed record Counterexample(GradientCase Case, Exception Problem, int Shrinks);
