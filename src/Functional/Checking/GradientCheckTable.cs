using System.Globalization;
using System.Text;

namespace Functional;

/// <summary>Prints the result of a gradient check.</summary>
internal static class GradientCheckTable
{
    public const string PlanHeading = "the compiled plan against the derived gradient:";

    public static readonly string[] Columns =
    [
        "by",
        "shape",
        "checked",
        "worst",
        "analytic",
        "numeric",
        "difference",
        "error bar",
        "tolerance",
        "",
    ];

    public static string Print(GradientCheckResult result)
    {
        StringBuilder text = new();
        text.AppendLine(Heading(result));
        string[][] rows = [Columns, .. result.Items.Select(Row)];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
            text.Append("  ")
                .AppendLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        foreach (GradientCheckItem item in result.Items.Where(item => item.Excluded > 0))
            text.AppendLine(Exclusion(item));
        foreach (GradientFault fault in result.Faults)
            text.AppendLine(Fault(fault));
        if (result.Plan is { } plan)
            text.AppendLine(PlanHeading).Append(plan);
        return text.ToString().TrimEnd();
    }

    private static string Outcome(GradientCheckResult result) =>
        result.Passed && result.Items.Any(item => item.Excluded > 0) ? "passed, but for what is excluded below"
        : result.Passed ? "passed"
        : result.Plan?.Passed == false || result.Items.Any(item => item.Verdict == GradientVerdict.Failed) ? "FAILED"
        : "UNDECIDED";

    public static string Heading(GradientCheckResult result) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"gradient check {Outcome(result)}: {result.Network}, {result.Loss}, {result.Rows} {(result.Rows == 1 ? "row" : "rows")}, seed {result.Seed}{(result.Points == 1 ? "" : $", {result.Points} points")}"
        );

    /// <summary>How many could not be decided, and why.</summary>
    public static string Exclusion(GradientCheckItem item) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"excluded: {item.Excluded} of {item.Checked + item.Excluded} by {item.Path}: {item.Reason}"
        );

    public static string[] Row(GradientCheckItem item) =>
        [
            item.Path,
            item.Shape.ToString(),
            string.Create(CultureInfo.InvariantCulture, $"{item.Checked} of {item.Checked + item.Excluded}"),
            item.Worst?.Where ?? "",
            Number(item.Worst?.Analytic),
            Number(item.Worst?.Numeric),
            Size(item.Worst?.Difference),
            Size(item.Worst?.ErrorBar),
            Size(item.Worst?.Tolerance),
            item.Verdict switch
            {
                GradientVerdict.Passed => item.IsZero ? "ok, all 0" : "ok",
                GradientVerdict.Failed => "FAILED",
                _ => "UNDECIDED",
            },
        ];

    public static string Fault(GradientFault fault) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"wrong: {fault.Path}{(fault.Path == fault.Part ? "" : $" ({fault.Part})")}: its derivative by {fault.By}, at {fault.Worst.Where} {Number(fault.Worst.Analytic)} where differences give {Number(fault.Worst.Numeric)}"
        );

    public static string Number(double? value) => value?.ToString("G10", CultureInfo.InvariantCulture) ?? "";

    public static string Size(double? value) => value?.ToString("0.0e+00", CultureInfo.InvariantCulture) ?? "";
}
