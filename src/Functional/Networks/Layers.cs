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
        return Fitting(new Network.Residual(body));
    }

    /// <summary>In training each element is 0 with probability <paramref name="rate"/> and otherwise divided by 1 − rate; afterwards nothing happens.</summary>
    /// <param name="rate">p in [0, 1); 0 does nothing.</param>
    /// <remarks>Masks are drawn by (seed, step, layer, element): the same bits on any number of threads.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The rate is outside [0, 1).</exception>
    public static Network Dropout(double rate) =>
        rate >= 0 && rate < 1
            ? new Network.Dropout(rate)
            : throw new ArgumentOutOfRangeException(
                nameof(rate),
                rate,
                "Dropout(rate): the rate, the probability that an element is dropped, must be in [0, 1)."
            );

    /// <summary>
    /// y = γ·(x − μ)/√(σ² + ε) + β per feature: in training with the mean μ and the biased variance σ² of the batch, afterwards with running
    /// statistics, r ← (1 − m)·r + m·batch, whose variance is the unbiased one, B/(B − 1)·σ². A batch of one row has no variance: its y is
    /// β, and the running variance stays.
    /// </summary>
    /// <remarks>A dense layer right before it needs no bias, which the mean takes away again: <c>Dense(784, 512, bias: false)</c>.</remarks>
    /// <param name="momentum">m in (0, 1].</param>
    /// <param name="epsilon">ε, positive.</param>
    /// <param name="affine">Whether γ and β are there; they begin at 1 and 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static Network BatchNorm(double momentum = 0.1, double epsilon = 1e-5, bool affine = true) =>
        momentum > 0 && momentum <= 1
            ? new Network.BatchNorm(momentum, Positive(epsilon, "BatchNorm"), affine)
            : throw new ArgumentOutOfRangeException(
                nameof(momentum),
                momentum,
                "BatchNorm(momentum): the momentum, a batch's weight in the running statistics, must be in (0, 1]."
            );

    /// <summary>y = γ·(x − μ)/√(σ² + ε) + β with the mean μ and the biased variance σ² of each row; γ and β have one element per feature.</summary>
    /// <param name="epsilon">ε, positive.</param>
    /// <param name="affine">Whether γ and β are there; they begin at 1 and 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">ε is not positive and finite.</exception>
    public static Network LayerNorm(double epsilon = 1e-5, bool affine = true) =>
        new Network.LayerNorm(Positive(epsilon, "LayerNorm"), affine);

    /// <summary>
    /// The vectors of a row's numbers, one after the other: [columns] whole numbers 0 … count − 1 become [columns·size] features. It reads the
    /// network's input.
    /// </summary>
    /// <param name="count">The number of vectors, at least 1.</param>
    /// <param name="size">The features of each, at least 1.</param>
    /// <param name="columns">How many numbers a row has, at least 1.</param>
    /// <param name="weights">How the table [count, size] begins; null is uniform on ±1.</param>
    /// <exception cref="ShapeException">A size is below 1, or the table or a row would exceed 2³¹ − 1 elements.</exception>
    public static Network Embedding(int count, int size, int columns = 1, Initializer? weights = null)
    {
        if (count < 1 || size < 1 || columns < 1)
            throw new ShapeException(
                $"Embedding({count}, {size}, columns: {columns}): all three must be at least 1. Give the number of vectors, the features of each, and the numbers in a row."
            );
        if ((long)count * size > int.MaxValue || (long)columns * size > int.MaxValue)
            throw new ShapeException(
                $"Embedding({count}, {size}, columns: {columns}): the table or a row would have more than 2³¹ − 1 elements. Reduce a size."
            );
        return new Network.Embedding(count, size, columns, weights);
    }

    /// <summary>Branches that take the same input, their outputs side by side: x ↦ [a(x), b(x), …].</summary>
    /// <param name="branches">At least two; <see cref="Identity"/> passes the input on.</param>
    /// <exception cref="ArgumentException">Fewer than two branches.</exception>
    /// <exception cref="ShapeException">Sizes that are known do not fit.</exception>
    public static Network Concat(params ReadOnlySpan<Network> branches)
    {
        if (branches.Length < 2)
            throw new ArgumentException(
                $"Concat: at least two branches are needed, got {branches.Length}. Use the branch alone, or add Identity.",
                nameof(branches)
            );
        foreach (Network branch in branches)
            ArgumentNullException.ThrowIfNull(branch, nameof(branches));
        return Fitting(new Network.Concat(ValueList.Create(branches)));
    }

    /// <summary>
    /// A network that shares its parameters with every other one under the same name, at <c>name/…</c>: tied weights, whose gradients add.
    /// Without it, a network used twice is two independent copies.
    /// </summary>
    /// <exception cref="ArgumentException">The name is empty or has a character other than letters, digits, <c>-</c>, <c>_</c> and <c>.</c>.</exception>
    public static Network Shared(string name, Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        CheckName(name, "Shared");
        return Fitting(new Network.Shared(name, network));
    }

    /// <summary>A network under a name, which prefixes its parameters' paths: <c>encoder/dense1/W</c>.</summary>
    /// <exception cref="ArgumentException">The name is empty or has a character other than letters, digits, <c>-</c>, <c>_</c> and <c>.</c>.</exception>
    public static Network Named(string name, Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        CheckName(name, "Named");
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

    private static Network Fitting(Network network)
    {
        LayerInference.Infer(network, null).ThrowIfAny();
        return network;
    }

    private static void CheckName(string name, string layer)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.'))
            throw new ArgumentException(
                $"{layer}(\"{name}\", …): use only letters, digits, '-', '_' and '.' in a name.",
                nameof(name)
            );
    }

    private static double Positive(double epsilon, string layer) =>
        epsilon > 0 && double.IsFinite(epsilon)
            ? epsilon
            : throw new ArgumentOutOfRangeException(
                nameof(epsilon),
                epsilon,
                $"{layer}(epsilon): ε must be positive and finite, such as 1e-5."
            );
}
