using BenchmarkDotNet.Attributes;

namespace Functional.Bench;

/// <summary>From a network to its plan, when the process has compiled one like it before: the kernels' machine code is there.</summary>
public class CompileBenchmarks
{
    private Network _training = Network.Identity;
    private Network _inference = Network.Identity;

    /// <summary>The network.</summary>
    [ParamsSource(nameof(Cases))]
    public NetworkCase Case { get; set; } = null!;

    /// <summary>All seven.</summary>
    public static IEnumerable<NetworkCase> Cases => ReferenceCases.All;

    /// <summary>Composes the networks.</summary>
    [GlobalSetup]
    public void Compose() => (_training, _inference) = (Case.Training, Case.Inference);

    /// <summary>A training step's plan.</summary>
    [Benchmark]
    public object Training() => _training.CompileTraining<float>(Case.Loss, Case.Optimizer, Case.Batch);

    /// <summary>The plan of the loss and its gradients.</summary>
    [Benchmark]
    public object Gradient() => _training.CompileGradient<float>(Case.Loss, Case.Batch, input: false);

    /// <summary>A prediction's plan.</summary>
    [Benchmark]
    public object Inference() => _inference.CompileInference<float>(Case.Batch);
}
