using static Functional.Layers;

namespace Functional.Benchmarking;

/// <summary>
/// The seven reference networks that every comparison runs. Defined here for all C#; the peers read
/// <c>bench/peers/cases.json</c>, and a test holds the two together.
/// </summary>
public static class ReferenceCases
{
    /// <summary>The seven, in the order of tables.</summary>
    public static IReadOnlyList<NetworkCase> All { get; } =
    [
        Create("moons-b10", [2, 20, 40, 20, 1], Relu, Loss.BinaryCrossEntropy, 10),
        Create("moons-b1000", [2, 20, 40, 20, 1], Relu, Loss.BinaryCrossEntropy, 1000),
        Create("mnist-100-b64", [784, 100, 10], Relu, Loss.CrossEntropy, 64),
        Create("mnist-512-b128", [784, 512, 256, 10], Relu, Loss.CrossEntropy, 128),
        Create("wide-b256", [1024, 4096, 4096, 1024], Relu, Loss.MeanSquaredError, 256),
        Create("deep20-b32", [64, .. Enumerable.Repeat(64, 20), 10], Tanh, Loss.CrossEntropy, 32),
        Create("chain-b200", [24, 8, 2], Tanh, Loss.MeanSquaredError, 200),
    ];

    // A classifier infers its logits, as its peers do.
    private static NetworkCase Create(string name, ReadOnlySpan<int> sizes, Network hidden, Loss loss, int batch)
    {
        Network body = Mlp(sizes, hidden);
        Network inference = loss == Loss.BinaryCrossEntropy ? body >> Sigmoid : body;
        Network training = loss == Loss.CrossEntropy ? body >> Softmax : inference;
        return new(name, training, inference, loss, Optimizer.Adam(NetworkCase.LearningRate), batch);
    }
}
