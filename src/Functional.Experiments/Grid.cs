namespace Functional.Experiments;

/// <summary>A square of evenly spaced points, for maps of what a network says where.</summary>
/// <param name="Low">The least x and y.</param>
/// <param name="High">The greatest x and y.</param>
/// <param name="Count">The points along each side.</param>
internal sealed record Grid(double Low, double High, int Count)
{
    /// <summary>The points, [Count², 2], x changing fastest.</summary>
    public Tensor<float> Points =>
        new Tensor<double>(
            new Shape(Count * Count, 2),
            Enumerable.Range(0, Count * Count).SelectMany(i => new[] { X(i), Y(i) }).ToArray()
        ).Cast<float>();

    /// <summary>A value at every point.</summary>
    /// <param name="name">The table's name.</param>
    /// <param name="column">What the value is.</param>
    /// <param name="value">The value of a point, by its number.</param>
    public DataTable ToTable(string name, string column, Func<int, object?> value) =>
        ToTable(name, [column], i => [value(i)]);

    /// <summary>Values at every point.</summary>
    /// <param name="name">The table's name.</param>
    /// <param name="columns">What the values are.</param>
    /// <param name="values">The values of a point, by its number.</param>
    public DataTable ToTable(string name, string[] columns, Func<int, object?[]> values) =>
        new(
            name,
            ["x", "y", .. columns],
            Enumerable.Range(0, Count * Count).Select(object?[] (i) => [X(i), Y(i), .. values(i)])
        );

    private double X(int point) => At(point % Count);

    private double Y(int point) => At(point / Count);

    private double At(int step) => Low + (High - Low) * step / (Count - 1);
}
