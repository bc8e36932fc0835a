using System.Globalization;

namespace Functional;

/// <summary>Infers the shapes of every layer from those before it, without compiling; finds all mismatches at once.</summary>
internal static class LayerInference
{
    /// <summary>Infers as much as the input's shape, or its absence, allows.</summary>
    public static Inference Infer(Network network, Shape? input)
    {
        Shape? entering = input ?? network.ImpliedInput();
        LayerWalk walk = new(network.Leaves().Count());
        (Network stated, Shape? output) = walk.Visit(
            network,
            entering,
            "",
            new LayerWalk.Scope(network),
            following: null
        );
        walk.CheckNames();
        return new(stated, entering, output, walk.Layers.ToValueList(), walk.Errors.ToValueList());
    }

    /// <summary>Infers everything; what stays unknown is an error.</summary>
    public static Inference Complete(Network network, Shape? input)
    {
        if (input is { HasBatch: true } batch)
            throw new ShapeException(
                $"The input {batch} is a batch; the shape of one row is needed. Write {batch.WithoutBatch()}."
            );
        Inference inference = Infer(network, input);
        inference.ThrowIfAny();
        return inference.Input is null || inference.Output is null ? throw UnknownInput(network) : inference;
    }

    /// <summary>Infers every layer that has parameters; others may stay unknown.</summary>
    public static Inference CompleteParameters(Network network)
    {
        Inference inference = Infer(network, input: null);
        inference.ThrowIfAny();
        return inference.Input is null && network.HasParameters() ? throw UnknownInput(network) : inference;
    }

    /// <summary>The error of a weight matrix that no array can hold.</summary>
    public static string TooManyWeights(int inputs, int outputs) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"the weights would have {(long)inputs * outputs:N0} elements, more than {int.MaxValue:N0}. Reduce a size."
        );

    private static ShapeException UnknownInput(Network network) =>
        new(
            $"{NetworkPrinter.Print(network)}: the input's size is not known. State it in the first layer, Dense(inputs, outputs), or give the shape of one row: network.WithInput(new Shape(784))."
        );
}
