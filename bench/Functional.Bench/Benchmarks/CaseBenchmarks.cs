using BenchmarkDotNet.Attributes;

namespace Functional.Bench;

/// <summary>The reference cases with their inputs in place: what the plans themselves cost.</summary>
public class CaseBenchmarks
{
    private Workload? _workload;

    /// <summary>The network.</summary>
    [ParamsSource(nameof(Cases))]
    public NetworkCase Case { get; set; } = null!;

    /// <summary>What of it runs.</summary>
    [ParamsAllValues]
    public Mode Mode { get; set; }

    /// <summary>float or double.</summary>
    [ParamsAllValues]
    public Precision Precision { get; set; }

    /// <summary>The registers' width.</summary>
    [ParamsSource(nameof(Widths))]
    public VectorWidth Width { get; set; }

    /// <summary>The most threads that share a step.</summary>
    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    /// <summary>All seven.</summary>
    public static IEnumerable<NetworkCase> Cases => ReferenceCases.All;

    /// <summary>Those of this machine.</summary>
    public static IEnumerable<VectorWidth> Widths => RegisterWidths.OfMachine;

    /// <summary>One, two, and as many as this process may use.</summary>
    public static IEnumerable<int> ThreadCounts =>
        new[] { 1, 2, Environment.ProcessorCount }.Where(count => count <= Environment.ProcessorCount).Distinct();

    /// <summary>Compiles and binds.</summary>
    [GlobalSetup]
    public void Compile() => _workload = Workload.Create(Case, Mode, Precision, Width, Threads);

    /// <summary>Frees the memory.</summary>
    [GlobalCleanup]
    public void Free() => _workload!.Dispose();

    /// <summary>Once through.</summary>
    [Benchmark]
    public void Run() => _workload!.Run();
}
