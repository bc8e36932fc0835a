using Functional.Benchmarking;

namespace Functional.Cli;

/// <summary>How a run of `bench` is shown, in this order: on what it runs, every measurement as it is made, comparisons.</summary>
internal interface IMeasurementRenderer
{
    /// <summary>Tells on what is measured, and what.</summary>
    void Begin(Machine machine);

    /// <summary>Measures, showing each measurement.</summary>
    /// <returns>All of them.</returns>
    IReadOnlyList<Measurement> Watch(IEnumerable<Measurement> measurements);

    /// <summary>Shows how times compare, where the same was measured in several ways.</summary>
    void End(ValueList<Comparison> comparisons);
}
