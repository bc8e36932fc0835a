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

/// <summary>A plan held against the float64 oracle: prints as a table.</summary>
/// <param name="Items">Every comparison.</param>
public sealed record VerificationReport(ValueList<VerificationItem> Items)
{
    /// <summary>Whether every comparison is within its tolerance.</summary>
    public bool Passed => Items.All(item => item.Passed);

    /// <summary>The comparison that is worst against its tolerance.</summary>
    public VerificationItem Worst =>
        Items.MaxBy(item => double.IsNaN(item.Error) ? double.PositiveInfinity : item.Error / item.Tolerance)!;

    /// <summary>Throws if a comparison failed; the message is the table.</summary>
    /// <exception cref="InternalErrorException">The plan and the oracle disagree.</exception>
    public void ThrowIfFailed()
    {
        if (!Passed)
            throw new InternalErrorException("a plan disagrees with the oracle", ToString());
    }

    /// <summary>One line per comparison.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach (VerificationItem item in Items)
            text.AppendLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(item.Passed ? "ok    " : "FAILED")}  {item.Error:0.0e+00} ≤ {item.Tolerance:0e+00}  {item.Name}"
                )
            );
        return text.ToString();
    }
}
