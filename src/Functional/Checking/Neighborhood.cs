using Functional.Execution;
using Functional.Graphs;

namespace Functional.Checking;

/// <summary>What a function is at a moved point, and a node whose kink or jump lies between, if one does.</summary>
internal readonly record struct Sample(double[] Values, Node? Kink);

/// <summary>
/// A graph's outputs near a point, by the oracle: where some sources are moved, only what depends on them is evaluated again.
/// </summary>
internal sealed class Neighborhood
{
    private readonly Node[] _outputs;
    private readonly int _rows;
    private readonly RandomKey _random;
    private readonly Func<Primitive.Source, ReadOnlyMemory<double>> _at;
    private readonly Node[] _nodes;
    private readonly double[]?[] _values;

    /// <param name="graph">The graph.</param>
    /// <param name="outputs">The nodes whose values are asked for, one after the other.</param>
    /// <param name="rows">The rows of the batch.</param>
    /// <param name="at">The point: every source's values.</param>
    /// <param name="random">What masks are drawn by.</param>
    public Neighborhood(
        Graph graph,
        IEnumerable<Node> outputs,
        int rows,
        Func<Primitive.Source, ReadOnlyMemory<double>> at,
        RandomKey random
    )
    {
        (_outputs, _rows, _at, _random) = ([.. outputs], rows, at, random);
        _nodes = [.. graph.Nodes];
        _values = new double[_nodes.Max(node => node.Id) + 1][];
        foreach (Node node in _nodes)
            _values[node.Id] = ReferenceInterpreter.Evaluate(node, rows, at, random, Inputs(node, _values));
        Center = Read(_values);
    }

    /// <summary>The outputs at the point.</summary>
    public double[] Center { get; }

    /// <summary>The values of a node at the point.</summary>
    public double[] this[Node node] => _values[node.Id]!;

    /// <summary>The outputs as a function of t where sources are moved to point + t·direction.</summary>
    /// <param name="directions">The sources that move, each with a number per element.</param>
    public Func<double, Sample> Along(params IEnumerable<(Primitive.Source Source, double[] Direction)> directions)
    {
        Dictionary<Primitive.Source, double[]> moving = directions.ToDictionary(
            pair => pair.Source,
            pair => pair.Direction
        );
        bool[] moves = new bool[_values.Length];
        foreach (Node node in _nodes)
            moves[node.Id] = node.Primitive is Primitive.Source source
                ? moving.ContainsKey(source)
                : node.Inputs.Any(input => moves[input.Id]);
        Node[] moved = [.. _nodes.Where(node => moves[node.Id])];
        return t =>
        {
            double[]?[] values = [.. _values];
            Node? kink = null;
            foreach (Node node in moved)
            {
                double[][] inputs = Inputs(node, values);
                values[node.Id] = ReferenceInterpreter.Evaluate(node, _rows, Moved, _random, inputs);
                if (kink is null && Branches.Has(node) && Branches.Differ(node, Inputs(node, _values), inputs))
                    kink = node;
            }
            return new(Read(values), kink);

            ReadOnlyMemory<double> Moved(Primitive.Source source)
            {
                double[] numbers = _at(source).ToArray();
                double[] direction = moving[source];
                for (int i = 0; i < numbers.Length; i++)
                    numbers[i] += t * direction[i];
                return numbers;
            }
        };
    }

    private static double[][] Inputs(Node node, double[]?[] values) =>
        [.. node.Inputs.Select(input => values[input.Id]!)];

    private double[] Read(double[]?[] values) => [.. _outputs.SelectMany(output => values[output.Id]!)];
}
