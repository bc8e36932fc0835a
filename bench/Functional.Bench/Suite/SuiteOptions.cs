using System.Globalization;

namespace Functional.Bench;

/// <summary>What the suite measures, and how it tells.</summary>
public sealed record SuiteOptions
{
    private static readonly string Help = $"""
        suite [options]: times the reference cases without BenchmarkDotNet: medians of repeats after a warm-up.

          --json                 one JSON object a line: first the machine and its peak, then every measurement
          --cases a,b            of {string.Join(", ", ReferenceCase.All.Select(one => one.Name))}
          --modes a,b            of step, gradient, inference
          --precisions a,b       of float, double
          --widths a,b           of auto, bits512, bits256, bits128 (default auto)
          --repeats n            repeats to take the median of (default 7, at least 7)
          --milliseconds n       length of a repeat (default 50, at least 50)
        """;

    /// <summary>Whether to write JSON.</summary>
    public bool Json { get; init; }

    /// <summary>The cases.</summary>
    public ValueList<ReferenceCase> Cases { get; init; } = [.. ReferenceCase.All];

    /// <summary>The modes.</summary>
    public ValueList<Mode> Modes { get; init; } = [.. Enum.GetValues<Mode>()];

    /// <summary>The precisions.</summary>
    public ValueList<Precision> Precisions { get; init; } = [.. Enum.GetValues<Precision>()];

    /// <summary>The vector widths.</summary>
    public ValueList<VectorWidth> Widths { get; init; } = [VectorWidth.Auto];

    /// <summary>Warm-up and repeats.</summary>
    public MedianTimer Timer { get; init; } = new();

    /// <summary>Reads a command line.</summary>
    /// <exception cref="ArgumentException">It has what the suite does not know; the message lists what it does.</exception>
    public static SuiteOptions Parse(ReadOnlySpan<string> arguments) =>
        arguments switch
        {
            [] => new(),
            ["--json", .. var rest] => Parse(rest) with { Json = true },
            ["--cases", var names, .. var rest] => Parse(rest) with
            {
                Cases = [.. names.Split(',').Select(ReferenceCase.Named)],
            },
            ["--modes", var names, .. var rest] => Parse(rest) with { Modes = Members<Mode>(names) },
            ["--precisions", var names, .. var rest] => Parse(rest) with { Precisions = Members<Precision>(names) },
            ["--widths", var names, .. var rest] => Parse(rest) with { Widths = Members<VectorWidth>(names) },
            ["--repeats", var number, .. var rest] when Parse(rest) is var options => options with
            {
                Timer = options.Timer with { Repeats = AtLeast(7, number) },
            },
            ["--milliseconds", var number, .. var rest] when Parse(rest) is var options => options with
            {
                Timer = options.Timer with { Repeat = TimeSpan.FromMilliseconds(AtLeast(50, number)) },
            },
            [var unknown, ..] => throw new ArgumentException(
                $"The suite has no option '{unknown}', or it lacks its value.{Environment.NewLine}{Help}"
            ),
        };

    private static ValueList<TEnum> Members<TEnum>(string names)
        where TEnum : struct, Enum =>
        [
            .. names
                .Split(',')
                .Select(name =>
                    Enum.TryParse(name, ignoreCase: true, out TEnum member) && Enum.IsDefined(member)
                        ? member
                        : throw new ArgumentException(
                            $"'{name}' is none of {string.Join(", ", Enum.GetNames<TEnum>()).ToLowerInvariant()}."
                        )
                ),
        ];

    private static int AtLeast(int least, string number) =>
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least
            ? value
            : throw new ArgumentException($"Expected a whole number of at least {least}, got '{number}'.");
}
