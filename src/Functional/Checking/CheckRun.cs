using System.Diagnostics;

namespace Functional.Checking;

/// <summary>One run of a check: who is told how far it has come, and what ends it.</summary>
internal sealed class CheckRun(IProgress<GradientCheckProgress>? progress, CancellationToken cancellation)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100);

    private long _lastReport = Stopwatch.GetTimestamp();

    /// <summary>The number of the point that is tried, from 1.</summary>
    public int Point { get; set; } = 1;

    /// <summary>The part that is checked by itself, as code; null for the whole.</summary>
    public string? Part { get; set; }

    public void ThrowIfCancelled() => cancellation.ThrowIfCancellationRequested();

    /// <summary>Tells of progress, in between at most ten times a second.</summary>
    /// <param name="decided">How many derivatives are decided.</param>
    /// <param name="total">Of how many.</param>
    /// <param name="isEnd">Whether nothing more is tried at this point.</param>
    public void Report(int decided, int total, bool isEnd)
    {
        if (progress is null || (!isEnd && Stopwatch.GetElapsedTime(_lastReport) < ReportInterval))
            return;
        _lastReport = Stopwatch.GetTimestamp();
        progress.Report(new(decided, total, Point, Part));
    }
}
