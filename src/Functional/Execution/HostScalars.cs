using System.Diagnostics;
using System.Runtime.CompilerServices;
using Functional.Graphs;

namespace Functional.Execution;

/// <summary>The numbers that a plan's steps read but no step computes: constants, 1/B, the optimizer's step scalars, and what follows from them.</summary>
internal sealed class HostScalars
{
    private readonly Node[] _nodes;
    private readonly int[][] _inputs;
    private readonly double[] _values;
    private readonly int _firstOfStep;

    /// <param name="wanted">The nodes whose values are needed; what they follow from is added.</param>
    public HostScalars(IEnumerable<Node> wanted)
    {
        SortedDictionary<int, Node> nodes = [];
        Stack<Node> pending = new(wanted);
        while (pending.TryPop(out Node? node))
            if (nodes.TryAdd(node.Id, node))
                foreach (Node input in node.Inputs)
                    pending.Push(input);
        // What depends on a step scalar comes last, so that a step recomputes only that.
        HashSet<Node> ofStep = [];
        foreach (Node node in nodes.Values)
            if (node.Primitive is Primitive.Source || node.Inputs.Any(ofStep.Contains))
                ofStep.Add(node);
        _nodes = [.. nodes.Values.OrderBy(node => (ofStep.Contains(node), node.Id))];
        _firstOfStep = _nodes.Length - ofStep.Count;
        _inputs = [.. _nodes.Select(node => node.Inputs.Select(input => Array.IndexOf(_nodes, input)).ToArray())];
        _values = new double[_nodes.Length];
    }

    /// <summary>The step scalars among them, with the index at which <see cref="Set"/> takes their values.</summary>
    public IEnumerable<(string Name, int Index)> StepScalars =>
        _nodes
            .Select((node, index) => (node, index))
            .Where(pair => pair.node.Primitive is Primitive.Source)
            .Select(pair => (((Primitive.Source)pair.node.Primitive).Name, pair.index));

    public void Set(int index, double value) => _values[index] = value;

    public double this[int index] => _values[index];

    public int IndexOf(Node node) => Array.IndexOf(_nodes, node);

    /// <summary>Whether a value may change from step to step.</summary>
    public bool IsOfStep(int index) => index >= _firstOfStep;

    /// <summary>Computes every value anew for a batch of <paramref name="rows"/> rows; allocates nothing.</summary>
    public void Compute(int rows) => Compute(0, rows);

    /// <summary>Computes anew what depends on step scalars.</summary>
    public void ComputeOfStep(int rows) => Compute(_firstOfStep, rows);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Compute(int first, int rows)
    {
        for (int i = first; i < _nodes.Length; i++)
            _values[i] = _nodes[i].Primitive switch
            {
                Primitive.Source => _values[i],
                Primitive.Constant constant => constant.Value,
                Primitive.InverseRows => 1.0 / rows,
                Primitive.Unary unary => ScalarReference.Unary(unary.Function, _values[_inputs[i][0]]),
                Primitive.Binary binary => ScalarReference.Binary(
                    binary.Function,
                    _values[_inputs[i][0]],
                    _values[_inputs[i][1]]
                ),
                Primitive.Select => _values[_inputs[i][_values[_inputs[i][0]] > 0 ? 1 : 2]],
                _ => throw new UnreachableException(),
            };
    }
}
