namespace Functional;

/// <summary>
/// A neural network as a value: a composite function f = φ₁ ∘ g₁ ∘ … ∘ φ_N ∘ g_N. Networks are immutable, compare by structure,
/// compose with <c>&gt;&gt;</c> (associative, with <see cref="Identity"/> as unit) and print as the code that makes them.
/// </summary>
public abstract record Network
{
    private Network() { }

    /// <summary>u = x·W + b with W of shape [inputs, outputs].</summary>
    public sealed record Dense : Network
    {
        internal Dense(int? inputs, int outputs, bool bias, Initializer? weights, Initializer? biases) =>
            (Inputs, Outputs, HasBias, Weights, Biases) = (inputs, outputs, bias, weights, biases);

        /// <summary>The number of input features; null when it follows from what comes before.</summary>
        public int? Inputs { get; internal init; }

        /// <summary>The number of output features.</summary>
        public int Outputs { get; }

        /// <summary>Whether b is there.</summary>
        public bool HasBias { get; }

        /// <summary>How W begins; null chooses by the activation that follows.</summary>
        public Initializer? Weights { get; }

        /// <summary>How b begins; null is zeros.</summary>
        public Initializer? Biases { get; }
    }

    /// <summary>z = φ(u).</summary>
    public sealed record Activate : Network
    {
        internal Activate(Activation activation) => Activation = activation;

        /// <summary>φ.</summary>
        public Activation Activation { get; }
    }

    /// <summary>Each row as one vector of features: [28, 28] becomes [784].</summary>
    public sealed record Flatten : Network
    {
        internal Flatten() { }
    }

    /// <summary>x + body(x): a skip connection (He et al. 2015).</summary>
    public sealed record Residual : Network
    {
        internal Residual(Network body) => Body = body;

        /// <summary>The function added to its own input; its output has the input's shape.</summary>
        public Network Body { get; internal init; }
    }

    /// <summary>
    /// In training each element is 0 with probability <see cref="Rate"/> and otherwise divided by 1 − rate; afterwards nothing happens
    /// (Srivastava et al. 2014).
    /// </summary>
    public sealed record Dropout : Network
    {
        internal Dropout(double rate) => Rate = rate;

        /// <summary>The probability of 0, in [0, 1).</summary>
        public double Rate { get; }
    }

    /// <summary>
    /// y = γ·(x − μ)/√(σ² + ε) + β per feature: in training with the batch's mean μ and biased variance σ², afterwards with running ones
    /// (Ioffe and Szegedy 2015).
    /// </summary>
    public sealed record BatchNorm : Network
    {
        internal BatchNorm(double momentum, double epsilon, bool affine) =>
            (Momentum, Epsilon, IsAffine) = (momentum, epsilon, affine);

        /// <summary>The weight m of a batch in the running statistics, r ← (1 − m)·r + m·batch, in (0, 1].</summary>
        public double Momentum { get; }

        /// <summary>ε.</summary>
        public double Epsilon { get; }

        /// <summary>Whether γ and β are there.</summary>
        public bool IsAffine { get; }
    }

    /// <summary>y = γ·(x − μ)/√(σ² + ε) + β with mean μ and biased variance σ² of each row (Ba et al. 2016).</summary>
    public sealed record LayerNorm : Network
    {
        internal LayerNorm(double epsilon, bool affine) => (Epsilon, IsAffine) = (epsilon, affine);

        /// <summary>ε.</summary>
        public double Epsilon { get; }

        /// <summary>Whether γ and β, one of each per feature, are there.</summary>
        public bool IsAffine { get; }
    }

    /// <summary>The vectors of a row's numbers, one after the other, from a table of <see cref="Count"/> vectors.</summary>
    public sealed record Embedding : Network
    {
        internal Embedding(int count, int size, int columns, Initializer? weights) =>
            (Count, Size, Columns, Weights) = (count, size, columns, weights);

        /// <summary>The number of vectors: the input's numbers are whole, 0 … count − 1.</summary>
        public int Count { get; }

        /// <summary>The features of each vector.</summary>
        public int Size { get; }

        /// <summary>How many numbers a row has.</summary>
        public int Columns { get; }

        /// <summary>How the vectors begin; null is uniform on ±1.</summary>
        public Initializer? Weights { get; }
    }

    /// <summary>Branches that take the same input, their outputs side by side: x ↦ [a(x), b(x), …].</summary>
    public sealed record Concat : Network
    {
        internal Concat(ValueList<Network> branches) => Branches = branches;

        /// <summary>The branches, at least two.</summary>
        public ValueList<Network> Branches { get; internal init; }
    }

    /// <summary>
    /// A network whose parameters are those of every other one shared under the same name: tied weights, whose gradients add.
    /// A network value used twice without it is two independent copies.
    /// </summary>
    public sealed record Shared : Network
    {
        internal Shared(string name, Network body) => (Name, Body) = (name, body);

        /// <summary>The name, which begins the paths of its parameters wherever it stands.</summary>
        public string Name { get; }

        /// <summary>The network shared.</summary>
        public Network Body { get; internal init; }
    }

    /// <summary>A network under a name, which prefixes the paths of its parameters.</summary>
    public sealed record Named : Network
    {
        internal Named(string name, Network body) => (Name, Body) = (name, body);

        /// <summary>The name.</summary>
        public string Name { get; }

        /// <summary>The network named.</summary>
        public Network Body { get; internal init; }
    }

    /// <summary>One layer after the other, first applied first; no part is itself a sequence, and there is never just one.</summary>
    public sealed record Sequence : Network
    {
        internal Sequence(ValueList<Network> parts) => Parts = parts;

        /// <summary>The parts, in order of application.</summary>
        public ValueList<Network> Parts { get; }
    }

    /// <summary>The network that returns its input: the unit of composition.</summary>
    public static Network Identity { get; } = new Sequence([]);

    /// <summary>The layers from first applied to last; what a sequence holds, otherwise this network alone.</summary>
    public ValueList<Network> Layers => this is Sequence sequence ? sequence.Parts : [this];

    /// <summary>First this network, then <paramref name="next"/>.</summary>
    /// <exception cref="ShapeException">Sizes that are known do not fit; every mismatch is listed with its fix.</exception>
    public Network Then(Network next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return Compose([.. Layers, .. next.Layers]);
    }

    /// <summary>Networks one after the other, first applied first; none at all is <see cref="Identity"/>.</summary>
    /// <exception cref="ShapeException">Sizes that are known do not fit; every mismatch is listed with its fix.</exception>
    public static Network Compose(params IEnumerable<Network> networks)
    {
        Network composed = Unchecked(networks.SelectMany(network => network.Layers));
        LayerInference.Infer(composed, input: null).ThrowIfAny();
        return composed;
    }

    /// <summary>First the left network, then the right: <c>Dense(2, 20) &gt;&gt; Relu</c>.</summary>
    /// <exception cref="ShapeException">Sizes that are known do not fit; every mismatch is listed with its fix.</exception>
    public static Network operator >>(Network first, Network second)
    {
        ArgumentNullException.ThrowIfNull(first);
        return first.Then(second);
    }

    /// <summary>The code that makes this network, which <see cref="Parse"/> reads back.</summary>
    public sealed override string ToString() => NetworkPrinter.Print(this);

    /// <summary>Reads a network as <see cref="ToString"/> prints it: <c>Dense(784, 128) &gt;&gt; Relu &gt;&gt; Dense(10) &gt;&gt; Softmax</c>.</summary>
    /// <exception cref="NetworkParseException">The text is no network; the message shows where and what was expected.</exception>
    /// <exception cref="ShapeException">It is one, but its sizes do not fit.</exception>
    public static Network Parse(string text) => NetworkParser.Parse(text);

    /// <summary>The number of trainable parameters: Σ dᵢeᵢ + eᵢ over the dense layers, and those of other layers; shared ones count once.</summary>
    /// <exception cref="ShapeException">An input size is not known: state it, <c>Dense(inputs, outputs)</c>, or use <see cref="WithInput"/> first.</exception>
    public long ParameterCount => LayerInference.CompleteParameters(this).ParameterCount;

    /// <summary>The shape of one output row.</summary>
    /// <exception cref="ShapeException">It is not known without the input's shape.</exception>
    public Shape OutputShape => LayerInference.Complete(this, null).Output!.Value;

    /// <summary>The shape of one input row.</summary>
    /// <exception cref="ShapeException">It is not known: state it with <c>Dense(inputs, outputs)</c>, or use <see cref="WithInput"/>.</exception>
    public Shape InputShape => LayerInference.Complete(this, null).Input!.Value;

    /// <summary>The same network with every input size stated, given the shape of one input row.</summary>
    /// <exception cref="ShapeException">A layer cannot take what reaches it; every mismatch is listed with its fix.</exception>
    public Network WithInput(Shape input) => LayerInference.Complete(this, input).Network;

    /// <summary>Every layer with its path, shapes and parameters, innermost layers listed in order of application.</summary>
    /// <param name="input">The shape of one input row; null when the network itself tells.</param>
    /// <exception cref="ShapeException">Sizes do not fit or are not known.</exception>
    public ValueList<LayerInfo> Describe(Shape? input = null) => LayerInference.Complete(this, input).Layers;

    internal static Network Unchecked(IEnumerable<Network> layers)
    {
        ValueList<Network> parts = layers.ToValueList();
        return parts.Count == 1 ? parts[0] : new Sequence(parts);
    }
}
