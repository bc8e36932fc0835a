namespace Functional;

/// <summary>What is known of a network's shapes: the network with its sizes stated as far as they are known, and what does not fit.</summary>
/// <param name="Network">The network with every size that could be inferred.</param>
/// <param name="Input">The shape of one input row; null if unknown.</param>
/// <param name="Output">The shape of one output row; null if unknown.</param>
/// <param name="Layers">The layers whose input and output are known.</param>
/// <param name="Errors">One message per mismatch.</param>
internal sealed record Inference(
    Network Network,
    Shape? Input,
    Shape? Output,
    ValueList<LayerInfo> Layers,
    ValueList<string> Errors
)
{
    /// <summary>The parameters and running statistics in layer order, those that layers share once.</summary>
    public IEnumerable<ParameterInfo> Parameters =>
        Layers.SelectMany(layer => layer.Parameters).DistinctBy(parameter => parameter.Path);

    /// <summary>The parameters without the running statistics: what a gradient is taken by.</summary>
    public IEnumerable<ParameterInfo> Trained => Parameters.Where(parameter => parameter.IsTrainable);

    /// <summary>The number of trainable numbers.</summary>
    public long ParameterCount => Trained.Sum(parameter => (long)parameter.Shape.Count);

    /// <summary>What the input's numbers, which are whole, must be below; null where an input is any number.</summary>
    public int? IndexLimit { get; } =
        Layers
            .Select(layer => layer.Layer)
            .OfType<Network.Embedding>()
            .Select(embedding => (int?)embedding.Count)
            .Min();

    /// <summary>Whether rows of any shape with the input's number of elements mean the same to the network: it begins by flattening them.</summary>
    public bool FlattensFirst => Layers.Count > 0 && Layers[0].Layer is Network.Flatten;

    /// <summary>The trained parameters of paths; all where there are no paths.</summary>
    /// <param name="paths">The paths.</param>
    /// <param name="argument">What the caller calls them.</param>
    /// <exception cref="ArgumentException">The network has none of a path.</exception>
    public IEnumerable<ParameterInfo> Choose(IReadOnlyCollection<string>? paths, string argument)
    {
        string[] known = [.. Trained.Select(parameter => parameter.Path)];
        return paths?.Except(known).FirstOrDefault() is string unknown
            ? throw new ArgumentException(
                $"The network has no parameter {unknown}. There are: {string.Join(", ", known)}.",
                argument
            )
            : Trained.Where(parameter => paths?.Contains(parameter.Path) != false);
    }

    public void ThrowIfAny()
    {
        if (Errors.Count > 0)
            throw new ShapeException(Errors);
    }
}
