using Functional.Benchmarking;

namespace Functional.Cli;

/// <summary>One JSON object a line on the output, for programs; what they are of, as plain text on the other writer.</summary>
internal sealed class JsonMeasurements(Suite suite, TextWriter output, TextWriter progress) : IMeasurementRenderer
{
    public void Begin(Machine machine) => new PlainMeasurements(suite, progress).Begin(machine);

    public IReadOnlyList<Measurement> Watch(IEnumerable<Measurement> measurements)
    {
        List<Measurement> seen = [];
        foreach (Measurement one in measurements)
        {
            output.WriteLine(one.ToJson());
            output.Flush();
            seen.Add(one);
        }
        return seen;
    }

    public void End(ValueList<Comparison> comparisons) { }
}
