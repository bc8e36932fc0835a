using System.Diagnostics;

namespace Functional.Graphs;

/// <summary>What a graph is lowered for: some layers do one thing in training and another afterwards.</summary>
internal enum Mode
{
    /// <summary>A step of training: dropout drops, batch normalization takes the batch's own statistics.</summary>
    Training,

    /// <summary>Prediction: dropout is absent, batch normalization takes the running statistics.</summary>
    Inference,
}

/// <summary>Network → graph: layers become primitives, nothing is decided yet.</summary>
internal sealed class Lowering
{
    /// <summary>The name of the features, x.</summary>
    public const string InputName = "x";

    private readonly GraphBuilder _builder = new();
    private readonly Mode _mode;
    private readonly bool _observes;
    private readonly IEnumerator<LayerInfo> _places;
    private readonly List<GraphOutput> _outputs = [];

    private Lowering(Inference inference, Mode mode, bool observes) =>
        (_mode, _observes, _places) = (mode, observes, inference.Layers.GetEnumerator());

    /// <summary>The graph whose <see cref="OutputKind.Prediction"/> is the network's value for a batch of rows.</summary>
    /// <param name="inference">A network whose sizes are all stated, with its layers.</param>
    /// <param name="mode">What for.</param>
    /// <param name="observes">Whether what leaves each layer is an output, <see cref="OutputKind.Activation"/> by the layer's path.</param>
    public static Graph Lower(Inference inference, Mode mode, bool observes = false)
    {
        Lowering lowering = new(inference, mode, observes);
        Node x = lowering._builder.Add(Input(inference));
        Node prediction = lowering.Layer(inference.Network, x);
        return GraphVerifier.Verify(
            Graph.Of([new GraphOutput(OutputKind.Prediction, "", prediction), .. lowering._outputs])
        );
    }

    /// <summary>The source of a network's features.</summary>
    public static Primitive.Source Input(Inference inference) =>
        new(SourceKind.Features, InputName, inference.Input!.Value.WithBatch());

    private Node Layer(Network network, Node x) =>
        network switch
        {
            Network.Sequence sequence => sequence.Parts.Aggregate(x, (value, part) => Layer(part, value)),
            Network.Named named => Layer(named.Body, x),
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
            Network.Flatten => _builder.Reshape(x, place.Output.WithBatch()),
            Network.Activate { Activation: Activation.Elementwise activation } => _builder.Broadcast(
                _builder.Expression(activation.Expression, _ => x),
                x.Shape
            ),
            Network.Activate { Activation: Activation.Normalizing { Logarithm: false } } => _builder.Add(
                new Primitive.Softmax(),
                x
            ),
            Network.Activate { Activation: Activation.Normalizing } => _builder.Add(new Primitive.LogSoftmax(), x),
            _ => throw new UnreachableException(),
        };
        if (_observes)
            _outputs.Add(new(OutputKind.Activation, place.Path, y));
        return y;
    }

    // u = x·W + b
    private Node Dense(LayerInfo place, Node x)
    {
        Node[] parameters =
        [
            .. place.Parameters.Select(parameter =>
                _builder.Source(SourceKind.Parameter, parameter.Path, parameter.Shape)
            ),
        ];
        Node u = _builder.MatMul(x, parameters[0]);
        return parameters.Length > 1 ? _builder.Sum(u, parameters[1]) : u;
    }
}
