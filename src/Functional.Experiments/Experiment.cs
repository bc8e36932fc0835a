namespace Functional.Experiments;

/// <summary>A question of a first course, answered by training: what it asks, and how it is run.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Question">What it asks, one sentence.</param>
/// <param name="UsesMnist">Whether it needs <see cref="ExperimentContext.Mnist"/>.</param>
/// <param name="Run">Runs it: the same context gives the same result.</param>
public sealed record Experiment(
    string Name,
    string Question,
    bool UsesMnist,
    Func<ExperimentContext, ExperimentResult> Run
);

/// <summary>What an experiment is given.</summary>
/// <param name="Seed">Chooses data, first values and orders.</param>
/// <param name="Mnist">MNIST, where it is at hand.</param>
/// <param name="Report">Told what is being done, a line at a time.</param>
/// <param name="CancellationToken">Stops it with <see cref="OperationCanceledException"/>.</param>
public sealed record ExperimentContext(
    ulong Seed,
    Mnist? Mnist = null,
    Action<string>? Report = null,
    CancellationToken CancellationToken = default
);

/// <summary>What an experiment found.</summary>
/// <param name="Summary">The table to print.</param>
/// <param name="Data">Everything measured, for files and figures; the summary is not repeated here.</param>
/// <param name="Claims">What the course says, and whether it was seen.</param>
public sealed record ExperimentResult(DataTable Summary, ValueList<DataTable> Data, ValueList<Claim> Claims)
{
    /// <summary>Whether all claims hold.</summary>
    public bool Holds => Claims.All(claim => claim.Holds);
}

/// <summary>A statement held against what was measured.</summary>
/// <param name="Statement">What should be so.</param>
/// <param name="Holds">Whether it was.</param>
/// <param name="Evidence">The numbers that decide.</param>
public sealed record Claim(string Statement, bool Holds, string Evidence)
{
    /// <summary>A claim whose evidence is written with a decimal point, whatever the culture.</summary>
    internal static Claim Of(string statement, bool holds, FormattableString evidence) =>
        new(statement, holds, FormattableString.Invariant(evidence));
}
