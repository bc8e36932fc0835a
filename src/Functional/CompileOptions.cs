using Functional.Buffers;
using Functional.Plans;

namespace Functional;

/// <summary>How a network is compiled; the defaults suit everyone who does not look for a fault.</summary>
public sealed record CompileOptions
{
    /// <summary>All defaults.</summary>
    public static CompileOptions Default { get; } = new();

    /// <summary>The shape of one input row, where the network does not state it; null asks the network.</summary>
    public Shape? Input { get; init; }

    /// <summary>The width of the SIMD registers that kernels use.</summary>
    public VectorWidth Width { get; init; } = VectorWidth.Auto;

    /// <summary>The most that <see cref="Threads"/> may be.</summary>
    public const int MostThreads = 1024;

    /// <summary>
    /// The most threads that run a step, the caller's included, at least 1. Only steps that are worth it are shared out. The number does
    /// not change a bit of the results.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>Whether elementwise operations are fused into kernels; false runs each by itself, to find faults.</summary>
    public bool Fuse { get; init; } = true;

    /// <summary>
    /// Whether x·y + z inside a kernel rounds once, as a multiply-add. False rounds the product too, which takes longer: fused and unfused
    /// plans then give the same bits.
    /// </summary>
    public bool Contract { get; init; } = true;

    /// <summary>How a plan's own values lie; for tests and for finding faults.</summary>
    internal LayoutPolicy Layout { get; init; } = LayoutPolicy.Cheapest;

    /// <summary>Whether graphs are simplified; false plans them as lowered and derived, to find faults.</summary>
    internal bool Simplify { get; init; } = true;

    /// <summary>Whether values that are never needed together share memory; false gives each a place of its own, to find faults.</summary>
    internal bool ReuseBuffers { get; init; } = true;

    /// <summary>A fault planted in every plan after it is verified: for tests of what finds faults.</summary>
    internal Func<ExecutionPlan, CompileOptions, ExecutionPlan>? Planted { get; init; }
}
