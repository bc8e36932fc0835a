using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Perfolizer.Horology;

namespace Functional.Bench;

/// <summary>A column with a benchmark's rate, or with its share of what the machine can do, measured in the same process.</summary>
internal sealed class RateColumns(string name, string legend, Func<Work, double, double?> rate, string format) : IColumn
{
    /// <summary>Memory and rates for every benchmark; seven repeats of 120 ms unless the command line names a job.</summary>
    public static IConfig ConfigOf(string[] arguments) =>
        arguments.Any(argument =>
            argument is "--job" or "-j" || argument.StartsWith("--job=", StringComparison.Ordinal)
        )
            ? Columns
            : Columns.AddJob(
                Job.Default.WithWarmupCount(3)
                    .WithIterationCount(7)
                    .WithIterationTime(TimeInterval.FromMilliseconds(120))
            );

    private static ManualConfig Columns { get; } =
        ManualConfig
            .Create(DefaultConfig.Instance)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumn(
                new RateColumns(
                    "GFLOP/s",
                    "Operations of matrix products per nanosecond, a multiply-add counted as two",
                    (work, time) => work.Flops / time,
                    "F1"
                ),
                new RateColumns(
                    "of peak",
                    "GFLOP/s by the measured peak of multiply-adds of the same precision and width",
                    (work, time) => work.Flops / time / work.PeakGflops,
                    "P0"
                ),
                new RateColumns(
                    "GB/s",
                    "Bytes read and written per nanosecond",
                    (work, time) => work.Bytes / time,
                    "F1"
                ),
                new RateColumns(
                    "of copy",
                    "GB/s by those of a copy in as much memory, measured",
                    (work, time) => work.Bytes / time / work.PeakBytes,
                    "P0"
                )
            );

    public string Id => $"{nameof(RateColumns)}.{name}";

    public string ColumnName => name;

    public string Legend => legend;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) =>
        summary.BenchmarksCases.Any(one => ValueOf(summary, one, time: 1) is not null);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        summary[benchmarkCase]?.ResultStatistics is { } statistics
            ? ValueOf(summary, benchmarkCase, statistics.Median)?.ToString(format, CultureInfo.InvariantCulture) ?? ""
            : "NA";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) =>
        GetValue(summary, benchmarkCase);

    public override string ToString() => name;

    // Times are in nanoseconds.
    private double? ValueOf(Summary summary, BenchmarkCase one, double time) =>
        Work.Of(one.Descriptor.Type, one.Parameters) is Work work ? rate(work, time) : null;
}
