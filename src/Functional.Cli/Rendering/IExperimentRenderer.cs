using Functional.Experiments;

namespace Functional.Cli;

/// <summary>How experiments are shown.</summary>
internal interface IExperimentRenderer
{
    /// <summary>Names them.</summary>
    void List(IReadOnlyList<Experiment> experiments);

    /// <summary>Tells what is run.</summary>
    void Begin(Experiment experiment, ulong seed);

    /// <summary>Tells what it is doing.</summary>
    void Report(string line);

    /// <summary>Shows what it found.</summary>
    void End(ExperimentOutcome outcome);

    /// <summary>Tells that one is not run, for want of MNIST.</summary>
    void Skip(Experiment experiment);

    /// <summary>Shows the claims of all that were run, and how many were not.</summary>
    void Summarize(IReadOnlyList<ExperimentOutcome> outcomes, IReadOnlyList<Experiment> skipped);
}

/// <summary>An experiment that was run.</summary>
/// <param name="Experiment">Which.</param>
/// <param name="Seed">With which seed.</param>
/// <param name="Result">What it found.</param>
/// <param name="Files">What was written.</param>
/// <param name="Elapsed">How long it took, without writing.</param>
internal sealed record ExperimentOutcome(
    Experiment Experiment,
    ulong Seed,
    ExperimentResult Result,
    ValueList<string> Files,
    TimeSpan Elapsed
);

/// <summary>What came of several experiments, counted.</summary>
/// <param name="Run">How many were run.</param>
/// <param name="Claims">How many claims they make.</param>
/// <param name="Held">How many of these hold.</param>
/// <param name="Skipped">The names of those that were not run, for want of MNIST.</param>
internal sealed record ExperimentCount(int Run, int Claims, int Held, ValueList<string> Skipped)
{
    /// <summary>Counts.</summary>
    public static ExperimentCount Of(IReadOnlyList<ExperimentOutcome> outcomes, IReadOnlyList<Experiment> skipped) =>
        new(
            outcomes.Count,
            outcomes.Sum(outcome => outcome.Result.Claims.Count),
            outcomes.Sum(outcome => outcome.Result.Claims.Count(claim => claim.Holds)),
            [.. skipped.Select(experiment => experiment.Name)]
        );
}
