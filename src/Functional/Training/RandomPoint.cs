using System.Numerics;

namespace Functional;

/// <summary>Parameters and batches to try a network at, drawn by a seed.</summary>
internal static class RandomPoint
{
    /// <summary>Parameters beside the given ones: biases begin at 0, where a missing one would go unnoticed.</summary>
    public static Parameters<T> Parameters<T>(Parameters<T> initial, ulong seed, double spread = 0.05)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(
            initial.Select(
                (pair, index) =>
                    KeyValuePair.Create(
                        pair.Key,
                        Shifted(pair.Value, spread, new(seed, RandomPurpose.Data, (ulong)index + 2))
                    )
            )
        );

    /// <summary>A tensor with normal noise of a standard deviation added to its elements.</summary>
    public static Tensor<T> Shifted<T>(Tensor<T> tensor, double deviation, RandomStream random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] values = tensor.Data.ToArray();
        for (int i = 0; i < values.Length; i++)
            values[i] += T.CreateTruncating(deviation * random.NextNormal());
        return new(tensor.Shape, values);
    }

    /// <summary>Normal features, or whole numbers where the network looks them up, and targets that the loss compares; row-major.</summary>
    public static (T[] Features, T[] Targets) Batch<T>(Inference network, Loss loss, int rows, ulong seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int classes = loss.Target == TargetKind.Values ? 0 : network.Output!.Value[^1];
        RandomStream random = new(seed, RandomPurpose.Data, 0);
        T[] features = new T[rows * network.Input!.Value.Count];
        for (int i = 0; i < features.Length; i++)
            features[i] = T.CreateTruncating(
                network.IndexLimit is int limit ? random.NextInt(limit) : random.NextNormal()
            );
        T[] targets = new T[rows * loss.TargetShape(network.Output!.Value).Count];
        for (int i = 0; i < targets.Length; i++)
            targets[i] = T.CreateTruncating(
                loss.Target switch
                {
                    TargetKind.ClassIndex => random.NextInt(classes),
                    TargetKind.Values when loss.NeedsProbabilities => random.NextInt(2),
                    TargetKind.Values => random.NextNormal(),
                    _ => random.NextUniform() / classes,
                }
            );
        return (features, targets);
    }
}
