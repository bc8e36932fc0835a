namespace Functional.Benchmarking;

/// <summary>What of a network is run.</summary>
public enum Mode
{
    /// <summary>A training step: forward, loss, every gradient by a parameter and the optimizer's update.</summary>
    Step,

    /// <summary>Forward, loss and the gradient by every parameter.</summary>
    Gradient,

    /// <summary>Forward alone.</summary>
    Inference,
}
