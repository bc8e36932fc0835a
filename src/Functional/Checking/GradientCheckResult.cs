namespace Functional;

/// <summary>What a check of one derivative found.</summary>
public enum GradientVerdict
{
    /// <summary>Analytic and numeric value agree within the tolerance, and so does the numeric value's own error.</summary>
    Passed,

    /// <summary>They differ by more than the tolerance and the error bar.</summary>
    Failed,

    /// <summary>The loss has a kink at every point tried, or its differences do not settle to the tolerance.</summary>
    Undecided,
}

/// <summary>One derivative, as given and as differences of the loss tell it.</summary>
/// <param name="Where">The element, as <c>[2, 3]</c>, or a random direction, as <c>direction 4</c>.</param>
/// <param name="Analytic">The gradient under test, by this element or along this direction.</param>
/// <param name="Numeric">The same by differences.</param>
/// <param name="ErrorBar">The estimated error of <paramref name="Numeric"/>.</param>
/// <param name="Step">The smallest step of the differences it was extrapolated from.</param>
/// <param name="Order">The order of the error in the step: 2 for plain central differences, 4, 6 … for extrapolated ones.</param>
/// <param name="Tolerance">atol + rtol·|numeric|.</param>
public sealed record GradientComparison(
    string Where,
    double Analytic,
    double Numeric,
    double ErrorBar,
    double Step,
    int Order,
    double Tolerance
)
{
    /// <summary>|analytic − numeric|.</summary>
    public double Difference => Math.Abs(Analytic - Numeric);

    /// <summary>The difference over the tolerance; infinite where one is no number.</summary>
    internal double Badness =>
        Difference <= 0 ? 0
        : Difference / Tolerance is var ratio && double.IsNaN(ratio) ? double.PositiveInfinity
        : ratio;

    /// <summary>Whether they agree.</summary>
    public GradientVerdict Verdict =>
        !(ErrorBar < double.PositiveInfinity) ? GradientVerdict.Undecided
        : !(Difference <= Tolerance + ErrorBar) ? GradientVerdict.Failed
        : Difference <= Tolerance && ErrorBar <= Tolerance ? GradientVerdict.Passed
        : GradientVerdict.Undecided;
}

/// <summary>A parameter's gradient, or the input's, under check.</summary>
/// <param name="Path">The parameter's path, or <c>x</c> for the input.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Checked">How many elements or directions were decided.</param>
/// <param name="Excluded">How many could not be decided at any point tried.</param>
/// <param name="Worst">The decided one that is worst against its tolerance, a failed one before all; null if none was decided.</param>
/// <param name="Reason">Why some were excluded; null if none was.</param>
public sealed record GradientCheckItem(
    string Path,
    Shape Shape,
    int Checked,
    int Excluded,
    GradientComparison? Worst,
    string? Reason
)
{
    /// <summary>Whether every derivative is exactly 0 on both sides, as behind a dropped or dead unit: little was tested.</summary>
    public bool IsZero { get; internal init; }

    /// <summary>Failed if one derivative did; undecided if none could be decided.</summary>
    public GradientVerdict Verdict => Worst?.Verdict ?? GradientVerdict.Undecided;
}

/// <summary>The smallest part of a network whose own gradient is wrong: it fails by itself, and none of its parts does.</summary>
/// <param name="Path">The layer's path, such as <c>encoder/dense1</c>; of a part that is no layer, the part as code; <c>loss</c> for the loss.</param>
/// <param name="Part">The layer, part or loss as code.</param>
/// <param name="By">The parameter whose derivative is wrong, such as <c>b</c>, or <c>x</c> for the part's input.</param>
/// <param name="Worst">The worst derivative.</param>
public sealed record GradientFault(string Path, string Part, string By, GradientComparison Worst);

/// <summary>A gradient held against differences of the loss: an immutable value that prints as a table.</summary>
/// <param name="Network">The network, every size stated.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Rows">The rows of the batch.</param>
/// <param name="Seed">What points and directions were drawn by.</param>
/// <param name="Points">How many points were tried: more than one where a kink, or differences that do not settle, left something undecided.</param>
/// <param name="Items">Every parameter and the input.</param>
/// <param name="Faults">Where a failure comes from; empty if none did.</param>
/// <param name="Plan">The compiled plan held against the derived gradient; null if no plan was asked for.</param>
public sealed record GradientCheckResult(
    Network Network,
    Loss Loss,
    int Rows,
    ulong Seed,
    int Points,
    ValueList<GradientCheckItem> Items,
    ValueList<GradientFault> Faults,
    VerificationReport? Plan
)
{
    /// <summary>Whether every derivative that could be decided agrees, of every parameter at least one was decided, and the plan agrees.</summary>
    public bool Passed => Items.All(item => item.Verdict == GradientVerdict.Passed) && Plan?.Passed != false;

    /// <summary>The item that is worst: a failed one before an undecided one, and then by the difference over its tolerance.</summary>
    public GradientCheckItem Worst =>
        Items
            .OrderByDescending(item => item.Verdict == GradientVerdict.Failed)
            .ThenByDescending(item => item.Verdict == GradientVerdict.Undecided)
            .ThenByDescending(item => item.Worst?.Badness)
            .First();

    /// <summary>Throws unless the check passed; the message is the table.</summary>
    /// <exception cref="GradientCheckException">It did not.</exception>
    public void ThrowIfFailed()
    {
        if (!Passed)
            throw new GradientCheckException(this);
    }

    /// <summary>A line per parameter with its worst derivative, and where the fault is.</summary>
    public override string ToString() => GradientCheckTable.Print(this);
}

/// <summary>A gradient that does not agree with the differences of its loss, or could not be compared with them.</summary>
public sealed class GradientCheckException : FunctionalException
{
    internal GradientCheckException(GradientCheckResult result)
        : base(result.ToString()) => Result = result;

    /// <summary>What was found.</summary>
    public GradientCheckResult Result { get; }
}
