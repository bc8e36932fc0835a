using System.Globalization;
using Functional.Experiments;

namespace Functional.Cli;

/// <summary>What renderers say of experiments: every text once, whatever the layout.</summary>
internal static class ExperimentWording
{
    public static readonly string[] ListColumns = ["name", "data", "question"];
    public static readonly string[] ClaimColumns = ["experiment", "", "claim", "evidence"];

    public static string[] Row(Experiment experiment) =>
        [experiment.Name, experiment.UsesMnist ? "MNIST" : "generated", experiment.Question];

    public static string[][] Claims(IEnumerable<ExperimentOutcome> outcomes) =>
        [
            .. from outcome in outcomes
            from claim in outcome.Result.Claims
            select new[] { outcome.Experiment.Name, Mark(claim), claim.Statement, claim.Evidence },
        ];

    public static IEnumerable<(string Name, string Text)> Describe(Experiment experiment, ulong seed) =>
        [
            ("Experiment", experiment.Name),
            ("Question", experiment.Question),
            ("Seed", seed.ToString(CultureInfo.InvariantCulture)),
        ];

    public static string Mark(Claim claim) => claim.Holds ? "✓" : "✗";

    /// <summary>A cell to be read: four digits that count; files have the rest.</summary>
    public static string Cell(object? cell) =>
        cell switch
        {
            null => "–",
            int whole => whole.ToString("N0", CultureInfo.InvariantCulture),
            double number => number.ToString("G4", CultureInfo.InvariantCulture),
            _ => $"{cell}",
        };

    /// <summary>Whether a column of a table holds words, which begin at the left.</summary>
    public static bool IsText(DataTable table, int column) => table.Rows.Any(row => row[column] is string);

    public static string Time(ExperimentOutcome outcome) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{outcome.Files.Count} files in {Path.GetDirectoryName(outcome.Files[0])}; {outcome.Elapsed.TotalSeconds:F2} s."
        );

    /// <summary>How many claims hold, and in how many experiments; how many were skipped, and why.</summary>
    public static string Count(ExperimentCount count)
    {
        string text = $"{count.Held} of {count.Claims} claims hold, in {Experiments(count.Run)}.";
        return count.Skipped is []
            ? text
            : $"{text} {Experiments(count.Skipped.Count)} skipped ({string.Join(", ", count.Skipped)}): {SkipReason}";
    }

    /// <summary>Why experiments are skipped.</summary>
    public const string SkipReason =
        "MNIST is missing. Give --data and the folder of its four files to run all of them.";

    private static string Experiments(int count) => $"{count} experiment{(count == 1 ? "" : "s")}";

    public static string Skipped(Experiment experiment) => $"Skipped: {ExperimentOptions.MnistHint(experiment)}";
}
