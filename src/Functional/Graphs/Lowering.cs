using System.Diagnostics;

namespace Functional.Graphs;

/// <summary>Network → graph: layers become primitives, nothing is decided yet.</summary>
internal sealed class Lowering
{
    /// <summary>The name of the features, x.</summary>
    public const string InputName = "x";

    private readonly GraphBuilder _builder = new();
    private readonly LayerMode _mode;
    private readonly bool _observes;
    private readonly bool _derivatives;
    private readonly IEnumerator<LayerInfo> _places;
    private readonly List<GraphOutput> _outputs = [];
    private readonly Dictionary<string, Node> _statistics = [];
    private readonly Dictionary<string, int> _visits = [];
    private int _masks;

    private Lowering(Inference inference, LayerMode mode, bool observes, bool derivatives) =>
        (_mode, _observes, _derivatives, _places) = (mode, observes, derivatives, inference.Layers.GetEnumerator());

    /// <summary>The graph whose <see cref="OutputKind.Prediction"/> is the network's value for a batch of rows.</summary>
    /// <param name="inference">A network whose sizes are all stated, with its layers.</param>
    /// <param name="mode">What for.</param>
    /// <param name="observes">Whether what leaves each layer is an output, <see cref="OutputKind.Activation"/> by the layer's path.</param>
    /// <param name="derivatives">Whether the graph will be differentiated: otherwise derivatives that activations were given are left out.</param>
    public static Graph Lower(Inference inference, LayerMode mode, bool observes = false, bool derivatives = true)
    {
        Lowering lowering = new(inference, mode, observes, derivatives);
        Node x = lowering._builder.Add(Input(inference));
        Node prediction = lowering.Layer(inference.Network, x);
        return GraphVerifier.Verify(
            Graph.Of([
                new GraphOutput(OutputKind.Prediction, "", prediction),
                .. lowering._outputs,
                .. lowering._statistics.Select(pair => new GraphOutput(
                    OutputKind.UpdatedStatistic,
                    pair.Key,
                    pair.Value
                )),
            ])
        );
    }

    /// <summary>The source of a network's features.</summary>
    public static Primitive.Source Input(Inference inference) =>
        new(SourceKind.Features, InputName, inference.Input!.Value.WithBatch());

    private Node Layer(Network network, Node x) =>
        network switch
        {
            Network.Sequence sequence => sequence.Parts.Aggregate(x, (value, part) => Layer(part, value)),
            Network.Concat concat => concat
                .Branches.Select(branch => Layer(branch, x))
                .ToArray()
                .Aggregate(_builder.Concat),
            Network.Named named => Layer(named.Body, x),
            Network.Shared shared => Layer(shared.Body, x),
            Network.Residual residual => _builder.Sum(x, Layer(residual.Body, x)),
            _ => Leaf(x),
        };

    private Node Leaf(Node x)
    {
        _places.MoveNext();
        LayerInfo place = _places.Current;
        _builder.Origin = place.Path;
        Node y = place.Layer switch
        {
            Network.Dense => Dense(place, x),
            Network.Dropout dropout => Dropout(dropout, x),
            Network.BatchNorm norm => BatchNorm(norm, place, x),
            Network.LayerNorm norm => LayerNorm(norm, place, x),
            Network.Embedding => _builder.Reshape(
                _builder.Add(new Primitive.Gather(), Parameter(place.Parameters[0]), x),
                place.Output.WithBatch()
            ),
            Network.Flatten => _builder.Reshape(x, place.Output.WithBatch()),
            Network.Activate { Activation: Activation.Elementwise activation } => _builder.Function(
                activation.Expression,
                _derivatives ? activation.Derivative : null,
                x,
                _ => x
            ),
            Network.Activate { Activation: Activation.Normalizing { Logarithm: false } } => _builder.Add(
                new Primitive.Softmax(),
                x
            ),
            Network.Activate { Activation: Activation.Normalizing } => _builder.Add(new Primitive.LogSoftmax(), x),
            _ => throw new UnreachableException(),
        };
        if (_observes)
            _outputs.Add(new(OutputKind.Activation, Visited(place.Path), y));
        return y;
    }

    // A shared layer is passed more than once: the second time it is layer#2.
    private string Visited(string path)
    {
        int visit = _visits[path] = _visits.GetValueOrDefault(path) + 1;
        return visit == 1 ? path : $"{path}#{visit}";
    }

    // u = x·W + b
    private Node Dense(LayerInfo place, Node x)
    {
        Node u = _builder.MatMul(x, Parameter(place.Parameters[0]));
        return place.Parameters.Count > 1 ? _builder.Sum(u, Parameter(place.Parameters[1])) : u;
    }

    // y = x ⊙ mask
    private Node Dropout(Network.Dropout dropout, Node x) =>
        DrawsMask(dropout, _mode)
            ? _builder.Product(x, _builder.Add(new Primitive.RandomMask(NextMask(), dropout.Rate, x.Shape)))
            : x;

    /// <summary>Whether a layer draws a mask.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="mode">What layers do.</param>
    public static bool DrawsMask(Network layer, LayerMode mode) =>
        mode == LayerMode.Training && layer is Network.Dropout { Rate: > 0 };

    private int NextMask() =>
        _masks < RandomKey.MostLayers
            ? _masks++
            : throw new NotSupportedException(
                $"A network has at most {RandomKey.MostLayers} dropout layers, whose masks differ. Leave some out."
            );

    private Node BatchNorm(Network.BatchNorm norm, LayerInfo place, Node x)
    {
        ParameterInfo mean = place.Parameters[^2];
        ParameterInfo variance = place.Parameters[^1];
        if (_mode == LayerMode.Inference)
        {
            // y = x·s + (β − μ·s) with s = γ/√(σ² + ε), which a layer before it can take in
            Node scale = Scale(norm.IsAffine, norm.Epsilon, place, Statistic(variance));
            Node shift = _builder.Negate(_builder.Product(Statistic(mean), scale));
            if (norm.IsAffine)
                shift = _builder.Sum(Parameter(place.Parameters[1]), shift);
            return _builder.Sum(_builder.Product(x, scale), shift);
        }

        // μ = 1/B·Σ x,  d = x − μ,  σ² = 1/B·Σ d²,  y = d·γ/√(σ² + ε) + β
        Shape row = place.Input;
        Node inverse = _builder.InverseRows();
        Node batchMean = _builder.Product(_builder.SumTo(x, row), inverse);
        Node deviation = _builder.Difference(x, batchMean);
        Node batchVariance = _builder.Product(_builder.SumTo(_builder.Product(deviation, deviation), row), inverse);
        Node y = _builder.Product(deviation, Scale(norm.IsAffine, norm.Epsilon, place, batchVariance));
        if (norm.IsAffine)
            y = _builder.Sum(y, Parameter(place.Parameters[1]));

        // μ' ← (1 − m)·μ' + m·μ;  σ'² ← (1 − m)·σ'² + m·σ²·B/(B − 1), but one row leaves it as it was
        Node momentum = _builder.Constant(norm.Momentum);
        Node rest = _builder.Difference(_builder.Constant(1), inverse);
        Node weight = _builder.Select(rest, momentum, _builder.Constant(0));
        Node unbiased = _builder.Quotient(weight, _builder.Select(rest, rest, _builder.Constant(1)));
        Follow(mean, momentum, _builder.Product(batchMean, momentum));
        Follow(variance, weight, _builder.Product(batchVariance, unbiased));
        return y;
    }

    // r ← r − weight·r + addend
    private void Follow(ParameterInfo statistic, Node weight, Node addend)
    {
        Node running = _statistics.GetValueOrDefault(statistic.Path) ?? Statistic(statistic);
        _statistics[statistic.Path] = _builder.Sum(
            _builder.Difference(running, _builder.Product(running, weight)),
            addend
        );
    }

    // μ = 1/n·Σ x,  d = x − μ,  σ² = 1/n·Σ d² along each row,  y = γ·d/√(σ² + ε) + β
    private Node LayerNorm(Network.LayerNorm norm, LayerInfo place, Node x)
    {
        Shape perRow = new(Shape.Batch, 1);
        Node inverse = _builder.Constant(1.0 / place.Input.Count);
        Node mean = _builder.Product(_builder.SumTo(x, perRow), inverse);
        Node deviation = _builder.Difference(x, mean);
        Node variance = _builder.Product(_builder.SumTo(_builder.Product(deviation, deviation), perRow), inverse);
        Node y = _builder.Product(deviation, Inverse(variance, norm.Epsilon));
        return norm.IsAffine
            ? _builder.Sum(_builder.Product(y, Parameter(place.Parameters[0])), Parameter(place.Parameters[1]))
            : y;
    }

    // γ/√(σ² + ε)
    private Node Scale(bool isAffine, double epsilon, LayerInfo place, Node variance)
    {
        Node inverse = Inverse(variance, epsilon);
        return isAffine ? _builder.Product(Parameter(place.Parameters[0]), inverse) : inverse;
    }

    // 1/√(σ² + ε)
    private Node Inverse(Node variance, double epsilon) =>
        _builder.Unary(
            UnaryFunction.Reciprocal,
            _builder.Unary(UnaryFunction.Sqrt, _builder.Sum(variance, _builder.Constant(epsilon)))
        );

    private Node Parameter(ParameterInfo parameter) =>
        _builder.Source(SourceKind.Parameter, parameter.Path, parameter.Shape);

    private Node Statistic(ParameterInfo statistic) =>
        _builder.Source(SourceKind.Statistic, statistic.Path, statistic.Shape);
}
