using System.Numerics;
using Functional.Graphs;

namespace Functional.Benchmarking;

/// <summary>A network with all that it takes to run it.</summary>
/// <param name="Name">Its name in every table.</param>
/// <param name="Training">The network that trains, every size stated.</param>
/// <param name="Inference">The network that infers: the same, or without its last activation.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Optimizer">The optimizer of training steps.</param>
/// <param name="Batch">Rows.</param>
public sealed record NetworkCase(
    string Name,
    Network Training,
    Network Inference,
    Loss Loss,
    Optimizer Optimizer,
    int Batch
)
{
    /// <summary>
    /// The learning rate of all that is timed. It is so small that the network stays as it is over any number of steps on one batch:
    /// a network that had learnt it would have gradients of denormal numbers, which no training has.
    /// </summary>
    public const double LearningRate = 1e-7;

    /// <summary>Compiles what a mode runs.</summary>
    /// <exception cref="FunctionalException">The network and the loss do not fit.</exception>
    internal Compilation Compile<T>(Mode mode, CompileOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        options = options with { Input = Training.InputShape };
        return mode switch
        {
            Mode.Step => Training.CompileTraining<T>(Loss, Optimizer, Batch, options).Compiled,
            Mode.Gradient => Training.CompileGradient<T>(Loss, Batch, options, input: false).Compiled,
            _ => Inference.CompileInference<T>(Batch, options).Compiled,
        };
    }

    /// <summary>Finds out whether a mode can be compiled.</summary>
    /// <exception cref="FunctionalException">The network and the loss do not fit.</exception>
    public void Check(Mode mode) => Compile<float>(mode, CompileOptions.Default);

    /// <summary>
    /// Floating-point operations of a mode's matrix products, a multiply-add counted as two: what every rate in a table is taken from.
    /// They are those of the derived graph, so a training step has no product for ∂L/∂x of the first layer.
    /// </summary>
    public double Flops(Mode mode) => ProductFlops(Compile<float>(mode, CompileOptions.Default));

    /// <inheritdoc cref="Flops"/>
    internal double ProductFlops(Compilation compiled)
    {
        return compiled
            .Derived.Nodes.Where(node => node.Primitive is Primitive.MatMul)
            .Sum(node => 2.0 * node.Shape.ForRows(Batch).Count * Inner(node));

        int Inner(Node product) =>
            product.Inputs[0].Shape.ForRows(Batch)[((Primitive.MatMul)product.Primitive).TransposeLeft ? 0 : 1];
    }

    /// <summary>Input rows, evenly distributed with variance 1.</summary>
    public T[] Features<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Draw(Training.InputShape, random => T.CreateTruncating((random.NextDouble() * 2 - 1) * Math.Sqrt(3)));

    /// <summary>Targets that the loss takes.</summary>
    public T[] Targets<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape output = Training.OutputShape;
        return Draw(Loss.TargetShape(output), random => T.CreateTruncating(Target(random)));

        double Target(Random random) =>
            Loss.Target == TargetKind.ClassIndex ? random.Next(output[^1])
            : Loss.Target == TargetKind.Probabilities ? 1.0 / output[^1]
            : Loss.NeedsProbabilities ? random.Next(2)
            : random.NextDouble() * 2 - 1;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private T[] Draw<T>(Shape row, Func<Random, T> next)
    {
        Random random = new(42);
        return [.. Enumerable.Range(0, Batch * row.Count).Select(_ => next(random))];
    }
}
