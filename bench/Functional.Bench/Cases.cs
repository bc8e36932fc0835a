using System.Numerics;
using static Functional.Layers;

namespace Functional.Bench;

/// <summary>What of a network is run.</summary>
public enum Mode
{
    /// <summary>A training step: forward, loss, every gradient and Adam's update.</summary>
    Step,

    /// <summary>Forward, loss and the gradient by every parameter.</summary>
    Gradient,

    /// <summary>Forward alone. A classifier stops at its logits, as its peers do.</summary>
    Inference,
}

/// <summary>
/// One of the seven reference networks that every comparison runs. Defined here once: the benchmarks, the suite and the peers
/// (<c>bench/peers</c>) share names and sizes.
/// </summary>
/// <param name="Name">Its name in every table.</param>
/// <param name="Sizes">Features of the input and of every Dense layer's output.</param>
/// <param name="Hidden">What follows every Dense but the last.</param>
/// <param name="Loss">The loss; it says what follows the last Dense, too.</param>
/// <param name="Batch">Rows.</param>
public sealed record ReferenceCase(string Name, ValueList<int> Sizes, Network Hidden, Loss Loss, int Batch)
{
    /// <summary>The seven, in the order of tables.</summary>
    public static IReadOnlyList<ReferenceCase> All { get; } =
    [
        new("moons-b10", [2, 20, 40, 20, 1], Relu, Loss.BinaryCrossEntropy, 10),
        new("moons-b1000", [2, 20, 40, 20, 1], Relu, Loss.BinaryCrossEntropy, 1000),
        new("mnist-100-b64", [784, 100, 10], Relu, Loss.CrossEntropy, 64),
        new("mnist-512-b128", [784, 512, 256, 10], Relu, Loss.CrossEntropy, 128),
        new("wide-b256", [1024, 4096, 4096, 1024], Relu, Loss.MeanSquaredError, 256),
        new("deep20-b32", [64, .. Enumerable.Repeat(64, 20), 10], Tanh, Loss.CrossEntropy, 32),
        new("chain-b200", [24, 8, 2], Tanh, Loss.MeanSquaredError, 200),
    ];

    /// <summary>
    /// The optimizer of training steps. Its rate is so small that the network stays as it is over any number of steps on one batch:
    /// a network that had learnt it would have gradients of denormal numbers, which no training has.
    /// </summary>
    public static Optimizer Optimizer { get; } = Optimizer.Adam(learningRate: 1e-7);

    /// <summary>The network that infers: logits where it classifies.</summary>
    public Network Inference => Loss == Loss.BinaryCrossEntropy ? Body >> Sigmoid : Body;

    /// <summary>The network that trains.</summary>
    public Network Training => Loss == Loss.CrossEntropy ? Body >> Softmax : Inference;

    /// <summary>Numbers in a target row.</summary>
    public int TargetCount => Loss == Loss.CrossEntropy ? 1 : Sizes[^1];

    /// <summary>Weights and biases.</summary>
    public long ParameterCount => Dimensions.Sum(layer => (layer.In + 1) * layer.Out);

    private IEnumerable<(long In, long Out)> Dimensions => Sizes.Zip(Sizes.Skip(1), (i, o) => ((long)i, (long)o));

    private Network Body =>
        Sizes
            .Zip(Sizes.Skip(1), (inputs, outputs) => Dense(inputs, outputs))
            .Aggregate((Network?)null, (network, dense) => network is null ? dense : network >> Hidden >> dense)!;

    /// <summary>The case of a name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static ReferenceCase Named(string name) =>
        All.FirstOrDefault(one => one.Name == name)
        ?? throw new ArgumentException(
            $"There is no case {name}. There are: {string.Join(", ", All.Select(one => one.Name))}."
        );

    /// <summary>
    /// Floating-point operations of the matrix products, a multiply-add counted as two: what every rate in a table is taken from.
    /// Per layer one product forward and two backward, but for ∂L/∂x of the first, which training does not need.
    /// </summary>
    public double Flops(Mode mode)
    {
        double forward = 2.0 * Batch * Dimensions.Sum(layer => layer.In * layer.Out);
        return mode == Mode.Inference ? forward : 3 * forward - 2.0 * Batch * Sizes[0] * Sizes[1];
    }

    /// <summary>Input rows, evenly distributed with variance 1.</summary>
    public T[] Features<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Draw(Batch * Sizes[0], random => T.CreateTruncating((random.NextDouble() * 2 - 1) * Math.Sqrt(3)));

    /// <summary>Targets that the loss takes.</summary>
    public T[] Targets<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Draw(
            Batch * TargetCount,
            random =>
                T.CreateTruncating(
                    Loss == Loss.CrossEntropy ? random.Next(Sizes[^1])
                    : Loss == Loss.BinaryCrossEntropy ? random.Next(2)
                    : random.NextDouble() * 2 - 1
                )
        );

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static T[] Draw<T>(int count, Func<Random, T> next)
    {
        Random random = new(42);
        return [.. Enumerable.Range(0, count).Select(_ => next(random))];
    }
}
