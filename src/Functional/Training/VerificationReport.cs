using System.Globalization;
using System.Text;

namespace Functional;

/// <summary>One comparison of a plan with the oracle.</summary>
/// <param name="Name">What was compared, such as <c>∂L/∂ dense1/W</c>.</param>
/// <param name="Error">‖plan − oracle‖ / ‖oracle‖, or for what must move 1 if it did not.</param>
/// <param name="Tolerance">The largest error that passes.</param>
public sealed record VerificationItem(string Name, double Error, double Tolerance)
{
    /// <summary>Whether the error is within the tolerance; NaN is not.</summary>
    public bool Passed => Error <= Tolerance;
}

/// <summary>A plan compiled anew with something changed and held against the oracle, to find the stage at fault.</summary>
/// <param name="Change">What was changed, such as <c>fusion off</c>.</param>
/// <param name="Worst">The comparison that is worst against its tolerance; the error is NaN where the plan could not be compiled.</param>
public sealed record VerificationAttempt(string Change, VerificationItem Worst)
{
    /// <summary>Whether plan and oracle agree with this change.</summary>
    public bool Agrees => Worst.Passed;
}

/// <summary>A plan held against the float64 oracle: prints as a table.</summary>
/// <param name="Items">Every comparison.</param>
public sealed record VerificationReport(ValueList<VerificationItem> Items)
{
    /// <summary>What was tried, in order, to find the stage at fault; empty where every comparison passed.</summary>
    public ValueList<VerificationAttempt> Attempts { get; init; } = [];

    /// <summary>The stage at fault and what shows it; null where every comparison passed.</summary>
    public string? Suspect { get; init; }

    /// <summary>Whether every comparison is within its tolerance.</summary>
    public bool Passed => Items.All(item => item.Passed);

    /// <summary>The comparison that is worst against its tolerance.</summary>
    public VerificationItem Worst =>
        Items.MaxBy(item => double.IsNaN(item.Error) ? double.PositiveInfinity : item.Error / item.Tolerance)!;

    /// <summary>Throws if a comparison failed; the message names the suspect and shows the table.</summary>
    /// <exception cref="InternalErrorException">The plan and the oracle disagree.</exception>
    public void ThrowIfFailed()
    {
        if (!Passed)
            throw new InternalErrorException(
                Suspect is null
                    ? "a plan disagrees with the oracle"
                    : $"a plan disagrees with the oracle. Suspect: {Suspect}",
                ToString()
            );
    }

    /// <summary>One line per comparison, then per attempt, then the suspect.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach (VerificationItem item in Items)
            text.AppendLine(Line(item, item.Name));
        if (Attempts.Count > 0)
        {
            text.AppendLine().AppendLine("Compiled anew with changes, the worst comparison of each:");
            foreach (VerificationAttempt attempt in Attempts)
                text.AppendLine(Line(attempt.Worst, $"{attempt.Change}: {attempt.Worst.Name}"));
        }
        if (Suspect is not null)
            text.AppendLine().AppendLine($"Suspect: {Suspect}");
        return text.ToString();
    }

    private static string Line(VerificationItem item, string name) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(item.Passed ? "ok    " : "FAILED")}  {item.Error:0.0e+00} ≤ {item.Tolerance:0e+00}  {name}"
        );
}
