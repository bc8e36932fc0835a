namespace Functional;

/// <summary>Where a gradient is taken: a network, a loss, parameters and a batch.</summary>
/// <param name="Network">The network, every size stated.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Mode">What layers do.</param>
/// <param name="Parameters">The parameters' values and the running statistics', by path.</param>
/// <param name="Features">The input rows, [rows, …].</param>
/// <param name="Targets">The target rows, [rows, …].</param>
/// <param name="Seed">
/// With step 1 chooses what dropout drops, as in <c>GradientPlan.Gradient</c>. A part of a network, which is checked where a fault is located,
/// drops what it does in the whole: only <see cref="Compiled"/> does that too.
/// </param>
public sealed record GradientPoint(
    Network Network,
    Loss Loss,
    LayerMode Mode,
    Parameters<double> Parameters,
    Tensor<double> Features,
    Tensor<double> Targets,
    ulong Seed
)
{
    /// <summary>Where the network is a part of another: how many masks are drawn before it there.</summary>
    internal int FirstMask { get; init; }

    /// <summary>What dropout draws by.</summary>
    internal RandomKey Key => new(Seed, 1, FirstMask);

    /// <summary>The number of rows in the batch.</summary>
    public int Rows => Features.Shape[0];

    /// <summary>The shape of one input row.</summary>
    public Shape InputShape => new(Features.Shape.Dimensions[1..]);

    /// <summary>
    /// The gradient here by the compiled float64 plan: to have the plan itself checked, or to begin a gradient of one's own with.
    /// </summary>
    public Gradient<double> Compiled() =>
        new GradientPlan<double>(
            Loss,
            Compiler.CompileGradient(Network, Loss, Rows, new() { Input = InputShape }, mode: Mode)
        ).Gradient(Parameters, Features.Data, Targets.Data, Key);
}

/// <summary>
/// A gradient under test: the mean loss over the rows and its derivative by every trainable parameter and by the features. Write one to have
/// a gradient of your own checked, of any network or of one. A part with dropout whose loss it gives otherwise, because it drops other units,
/// is not blamed by itself, but the part that it is in.
/// </summary>
/// <param name="point">Where.</param>
public delegate Gradient<double> GradientFunction(GradientPoint point);
