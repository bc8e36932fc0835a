using System.Diagnostics;

namespace Functional.Graphs;

/// <summary>Network → graph: layers become primitives, nothing is decided yet.</summary>
internal static class Lowering
{
    /// <summary>The name of the features, x.</summary>
    public const string InputName = "x";

    /// <summary>The graph whose <see cref="OutputKind.Prediction"/> is the network's value for a batch of rows.</summary>
    /// <param name="inference">A network whose sizes are all stated, with its layers.</param>
    public static Graph Lower(Inference inference)
    {
        GraphBuilder builder = new();
        Node x = builder.Add(Input(inference));
        using IEnumerator<LayerInfo> places = inference.Layers.GetEnumerator();
        Node prediction = Layer(builder, inference.Network, x, places);
        return GraphVerifier.Verify(Graph.Of(new GraphOutput(OutputKind.Prediction, "", prediction)));
    }

    /// <summary>The source of a network's features.</summary>
    public static Primitive.Source Input(Inference inference) =>
        new(SourceKind.Features, InputName, inference.Input!.Value.WithBatch());

    private static Node Layer(GraphBuilder builder, Network network, Node x, IEnumerator<LayerInfo> places)
    {
        switch (network)
        {
            case Network.Sequence sequence:
                foreach (Network part in sequence.Parts)
                    x = Layer(builder, part, x, places);
                return x;
            case Network.Named named:
                return Layer(builder, named.Body, x, places);
            case Network.Residual residual:
                return builder.Sum(x, Layer(builder, residual.Body, x, places));
        }
        places.MoveNext();
        LayerInfo place = places.Current;
        builder.Origin = place.Path;
        return place.Layer switch
        {
            Network.Dense => Dense(builder, place, x),
            Network.Flatten => builder.Reshape(x, place.Output.WithBatch()),
            Network.Activate { Activation: Activation.Elementwise activation } => builder.Broadcast(
                builder.Expression(activation.Expression, _ => x),
                x.Shape
            ),
            Network.Activate { Activation: Activation.Normalizing { Logarithm: false } } => builder.Add(
                new Primitive.Softmax(),
                x
            ),
            Network.Activate { Activation: Activation.Normalizing } => builder.Add(new Primitive.LogSoftmax(), x),
            _ => throw new UnreachableException(),
        };
    }

    // u = x·W + b
    private static Node Dense(GraphBuilder builder, LayerInfo place, Node x)
    {
        Node[] parameters =
        [
            .. place.Parameters.Select(parameter =>
                builder.Source(SourceKind.Parameter, parameter.Path, parameter.Shape)
            ),
        ];
        Node u = builder.MatMul(x, parameters[0]);
        return parameters.Length > 1 ? builder.Sum(u, parameters[1]) : u;
    }
}
