namespace Functional;

/// <summary>The layers that networks are composed of; <c>using static Functional.Layers;</c> brings them into scope.</summary>
public static class Layers
{
    /// <summary>u = x·W + b with W [inputs, outputs]; weights begin by the activation that follows, biases at 0.</summary>
    /// <param name="inputs">The number of input features, at least 1; a mismatch is an error at composition.</param>
    /// <param name="outputs">The number of output features, at least 1.</param>
    /// <param name="bias">Whether b is there.</param>
    /// <param name="weights">How W begins; null chooses He for the ReLU family and Xavier otherwise.</param>
    /// <param name="biases">How b begins; null is zeros.</param>
    /// <exception cref="ShapeException">A size is below 1, or the weights would exceed 2³¹ − 1 elements.</exception>
    public static Network Dense(
        int inputs,
        int outputs,
        bool bias = true,
        Initializer? weights = null,
        Initializer? biases = null
    )
    {
        if (inputs < 1 || outputs < 1)
            throw new ShapeException(
                $"Dense({inputs}, {outputs}): both sizes must be at least 1. Give the number of features in and out."
            );
        if ((long)inputs * outputs > int.MaxValue)
            throw new ShapeException($"Dense({inputs}, {outputs}): {LayerInference.TooManyWeights(inputs, outputs)}");
        return new Network.Dense(inputs, outputs, bias, weights, biases);
    }

    /// <summary>u = x·W + b whose input size follows from what comes before.</summary>
    /// <param name="outputs">The number of output features, at least 1.</param>
    /// <param name="bias">Whether b is there.</param>
    /// <param name="weights">How W begins; null chooses He for the ReLU family and Xavier otherwise.</param>
    /// <param name="biases">How b begins; null is zeros.</param>
    /// <exception cref="ShapeException">The size is below 1.</exception>
    public static Network Dense(int outputs, bool bias = true, Initializer? weights = null, Initializer? biases = null)
    {
        if (outputs < 1)
            throw new ShapeException(
                $"Dense({outputs}): the size must be at least 1. Give the number of features out."
            );
        return new Network.Dense(null, outputs, bias, weights, biases);
    }

    /// <inheritdoc cref="Activation.Relu"/>
    public static Network Relu { get; } = Activation.Relu;

    /// <inheritdoc cref="Activation.LeakyRelu"/>
    public static Network LeakyRelu { get; } = Activation.LeakyRelu;

    /// <inheritdoc cref="Activation.Elu"/>
    public static Network Elu { get; } = Activation.Elu;

    /// <inheritdoc cref="Activation.Gelu"/>
    public static Network Gelu { get; } = Activation.Gelu;

    /// <inheritdoc cref="Activation.Swish"/>
    public static Network Swish { get; } = Activation.Swish;

    /// <inheritdoc cref="Activation.Softplus"/>
    public static Network Softplus { get; } = Activation.Softplus;

    /// <inheritdoc cref="Activation.Sigmoid"/>
    public static Network Sigmoid { get; } = Activation.Sigmoid;

    /// <inheritdoc cref="Activation.Tanh"/>
    public static Network Tanh { get; } = Activation.Tanh;

    /// <inheritdoc cref="Activation.Softmax"/>
    public static Network Softmax { get; } = Activation.Softmax;

    /// <inheritdoc cref="Activation.LogSoftmax"/>
    public static Network LogSoftmax { get; } = Activation.LogSoftmax;

    /// <summary>The network that returns its input.</summary>
    public static Network Identity => Network.Identity;

    /// <summary>Each row as one vector of features: [28, 28] becomes [784].</summary>
    public static Network Flatten { get; } = new Network.Flatten();

    /// <summary>x + body(x).</summary>
    /// <exception cref="ShapeException">The body's output is known not to have its input's shape.</exception>
    public static Network Residual(Network body)
    {
        ArgumentNullException.ThrowIfNull(body);
        Network residual = new Network.Residual(body);
        LayerInference.Infer(residual, null).ThrowIfAny();
        return residual;
    }

    /// <summary>A network under a name, which prefixes its parameters' paths: <c>encoder/dense1/W</c>.</summary>
    /// <exception cref="ArgumentException">The name is empty or has a character other than letters, digits, <c>-</c>, <c>_</c> and <c>.</c>.</exception>
    public static Network Named(string name, Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.'))
            throw new ArgumentException(
                $"Named(\"{name}\", …): use only letters, digits, '-', '_' and '.' in a name.",
                nameof(name)
            );
        return new Network.Named(name, network);
    }

    /// <summary>
    /// A multi-layer perceptron from its list of layer sizes: <c>Mlp([784, 128, 64, 10], hidden: Relu)</c> is
    /// <c>Dense(784, 128) &gt;&gt; Relu &gt;&gt; Dense(128, 64) &gt;&gt; Relu &gt;&gt; Dense(64, 10)</c>.
    /// </summary>
    /// <param name="sizes">The number of features at the input and after every layer; at least two.</param>
    /// <param name="hidden">What follows every dense layer but the last: an activation or any network that keeps the size.</param>
    /// <param name="output">What follows the last dense layer; nothing when null.</param>
    /// <exception cref="ShapeException">Fewer than two sizes, or one below 1.</exception>
    public static Network Mlp(ReadOnlySpan<int> sizes, Network hidden, Network? output = null)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        if (sizes.Length < 2)
            throw new ShapeException(
                $"Mlp: a list of at least two sizes is needed, got {sizes.Length}. Give the input size and the size of every layer."
            );
        List<Network> layers = [];
        for (int i = 1; i < sizes.Length; i++)
        {
            layers.Add(Dense(sizes[i - 1], sizes[i]));
            layers.Add(i < sizes.Length - 1 ? hidden : output ?? Identity);
        }
        return Network.Compose(layers);
    }
}
