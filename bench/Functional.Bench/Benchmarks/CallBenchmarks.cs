using BenchmarkDotNet.Attributes;

namespace Functional.Bench;

/// <summary>The public calls, checks and copies of the batch included: what a user's loop costs.</summary>
public class CallBenchmarks
{
    private float[] _features = [];
    private float[] _targets = [];
    private float[] _outputs = [];
    private TrainingPlan<float> _training = null!;
    private TrainingSession<float> _session = null!;
    private Model<float> _model = null!;
    private InferencePlan<float> _inference = null!;

    /// <summary>The network.</summary>
    [ParamsSource(nameof(Cases))]
    public NetworkCase Case { get; set; } = null!;

    /// <summary>All seven.</summary>
    public static IEnumerable<NetworkCase> Cases => ReferenceCases.All;

    /// <summary>Compiles and draws the inputs.</summary>
    [GlobalSetup]
    public void Compile()
    {
        (_features, _targets) = (Case.Features<float>(), Case.Targets<float>());
        _outputs = new float[Case.Batch * Case.Training.OutputShape.Count];
        _training = Case.Training.CompileTraining<float>(Case.Loss, Case.Optimizer, Case.Batch);
        _session = _training.Start(seed: 42);
        _model = _training.Initialize(seed: 42);
        _inference = Case.Inference.CompileInference<float>(Case.Batch);
    }

    /// <summary>Frees the memory.</summary>
    [GlobalCleanup]
    public void Free() => _session.Dispose();

    /// <summary>A training step on a batch that is copied in.</summary>
    [Benchmark]
    public double Step() => _session.Step(_features, _targets);

    /// <summary>Every gradient, the input's too, as an immutable value: this one allocates what it returns.</summary>
    [Benchmark]
    public Gradient<float> Gradient() => _training.Gradient(_model, _features, _targets);

    /// <summary>Predictions into memory of the caller's.</summary>
    [Benchmark]
    public void Predict() => _inference.Predict(_model.Parameters, _features, _outputs);
}
