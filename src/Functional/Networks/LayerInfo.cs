namespace Functional;

/// <summary>A parameter of a layer, or a running statistic: its path, shape and how it begins.</summary>
/// <param name="Path">Where it is, as in <c>encoder/dense1/W</c>; unique in the network.</param>
/// <param name="Shape">[inputs, outputs] for W, [outputs] for b, [features] for γ, β and running statistics, [count, size] for an embedding.</param>
/// <param name="Initializer">How its values begin.</param>
/// <param name="FanIn">The layer's number of inputs.</param>
/// <param name="FanOut">The layer's number of outputs.</param>
/// <param name="IsTrainable">Whether training moves it along its gradient; running statistics follow the batches instead.</param>
public sealed record ParameterInfo(
    string Path,
    Shape Shape,
    Initializer Initializer,
    int FanIn,
    int FanOut,
    bool IsTrainable = true
)
{
    /// <summary>Whether its numbers are squares or means of squares, of which none is negative.</summary>
    internal bool IsVariance { get; init; }
}

/// <summary>A layer in its place: what reaches it and what leaves it.</summary>
/// <param name="Path">Where it is, as in <c>encoder/dense1</c>.</param>
/// <param name="Layer">The layer, with its sizes stated.</param>
/// <param name="Input">The shape of one input row.</param>
/// <param name="Output">The shape of one output row.</param>
/// <param name="Parameters">Its parameters, in order, and then its running statistics.</param>
public sealed record LayerInfo(
    string Path,
    Network Layer,
    Shape Input,
    Shape Output,
    ValueList<ParameterInfo> Parameters
)
{
    /// <summary>The number of trainable numbers in this layer.</summary>
    public long ParameterCount =>
        Parameters.Where(parameter => parameter.IsTrainable).Sum(parameter => (long)parameter.Shape.Count);
}
