namespace Functional.Benchmarking;

/// <summary>Times by other times, where a suite measured the same in several precisions, on several widths or on several threads.</summary>
/// <param name="Axis">In what the times differ: precision, width or threads.</param>
/// <param name="Columns">Whose time by whose, such as "double / float".</param>
/// <param name="Rows">One per combination of all that is alike.</param>
public sealed record Comparison(string Axis, ValueList<string> Columns, ValueList<Comparison.Row> Rows)
{
    /// <summary>One combination of all that is alike.</summary>
    /// <param name="First">The measurement that the others are compared with.</param>
    /// <param name="Ratios">One per column.</param>
    public sealed record Row(Measurement First, ValueList<double> Ratios);

    /// <summary>
    /// One for each of precision, width and threads that has several values. Other precisions and widths are divided by the first one;
    /// the first number of threads is divided by the others, which gives their speed-up.
    /// </summary>
    public static ValueList<Comparison> Of(IReadOnlyList<Measurement> measurements)
    {
        return
        [
            .. Along(
                "precision",
                one => (one.Case, one.Mode, one.Width, one.Threads),
                one => $"{one.Precision}".ToLowerInvariant(),
                (first, other) => ($"{other} / {first}", IsSpeedUp: false)
            ),
            .. Along(
                "width",
                one => (one.Case, one.Mode, one.Precision, one.Threads),
                one => $"{one.Width}",
                (first, other) => ($"{other} / {first} bits", IsSpeedUp: false)
            ),
            .. Along(
                "threads",
                one => (one.Case, one.Mode, one.Precision, one.Width),
                one => $"{one.Threads}",
                (first, other) => ($"{first} / {other} threads", IsSpeedUp: true)
            ),
        ];

        IEnumerable<Comparison> Along<TAlike>(
            string axis,
            Func<Measurement, TAlike> alike,
            Func<Measurement, string> value,
            Func<string, string, (string Name, bool IsSpeedUp)> column
        )
        {
            string[] values = [.. measurements.Select(value).Distinct()];
            if (values.Length < 2)
                yield break;
            (string Name, bool IsSpeedUp)[] columns = [.. values.Skip(1).Select(other => column(values[0], other))];
            yield return new(
                axis,
                [.. columns.Select(one => one.Name)],
                [
                    .. measurements
                        .GroupBy(alike, (_, group) => group.ToArray())
                        .Select(group => new Row(
                            group[0],
                            [
                                .. group
                                    .Skip(1)
                                    .Select(one => one.Microseconds / group[0].Microseconds)
                                    .Zip(columns, (ratio, one) => one.IsSpeedUp ? 1 / ratio : ratio),
                            ]
                        )),
                ]
            );
        }
    }
}
