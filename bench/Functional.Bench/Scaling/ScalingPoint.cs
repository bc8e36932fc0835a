using System.Diagnostics;
using static Functional.Layers;

namespace Functional.Bench;

/// <summary>A network of equal layers, and how long it takes.</summary>
/// <param name="Layers">Dense layers, a tanh after each but the last.</param>
/// <param name="Width">Features of the input and of every layer.</param>
/// <param name="Batch">Rows.</param>
/// <param name="CompileMilliseconds">From the network to its plan, kernels included, in a process that has compiled others.</param>
/// <param name="Flops">Operations of a training step's matrix products, a multiply-add counted as two.</param>
/// <param name="Microseconds">The median time of a training step in float32 on one thread.</param>
public sealed record ScalingPoint(
    int Layers,
    int Width,
    int Batch,
    double CompileMilliseconds,
    double Flops,
    double Microseconds
)
{
    private static readonly MedianTimer Timer = new()
    {
        Repeats = 5,
        Repeat = TimeSpan.FromMilliseconds(20),
        WarmUp = TimeSpan.FromMilliseconds(150),
    };

    /// <summary>Operations per nanosecond.</summary>
    public double Gflops => Flops / Microseconds * 1e-3;

    /// <summary>Compiles and times.</summary>
    public static ScalingPoint Measure(int layers, int width, int batch)
    {
        Network network = Mlp([.. Enumerable.Repeat(width, layers + 1)], hidden: Tanh);
        Optimizer optimizer = Optimizer.Adam(NetworkCase.LearningRate);
        long start = Stopwatch.GetTimestamp();
        network.CompileTraining<float>(Loss.MeanSquaredError, optimizer, batch);
        double compile = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

        NetworkCase timed = new($"{network}", network, network, Loss.MeanSquaredError, optimizer, batch);
        using Workload workload = Workload.Create(timed, Mode.Step, Precision.Float, VectorWidth.Auto, threads: 1);
        return new(layers, width, batch, compile, workload.Flops, Timer.Time(workload.Run).Microseconds);
    }
}
