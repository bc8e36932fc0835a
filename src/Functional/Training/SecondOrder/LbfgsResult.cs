using System.Numerics;

namespace Functional;

/// <summary>Why L-BFGS stopped.</summary>
public enum LbfgsStop
{
    /// <summary>No |∂L/∂w| exceeds <see cref="Lbfgs.GradientTolerance"/>: a stationary point.</summary>
    GradientTolerance,

    /// <summary>The last iteration lowered the loss by no more than <see cref="Lbfgs.LossTolerance"/> of it.</summary>
    LossTolerance,

    /// <summary>No step along the gradient lowers the loss: the precision is used up, or the loss is not smooth there.</summary>
    NoDecrease,

    /// <summary><see cref="Lbfgs.Iterations"/> are done.</summary>
    Iterations,

    /// <summary>The caller cancelled it.</summary>
    Cancelled,
}

/// <summary>One iteration of L-BFGS.</summary>
/// <param name="Iteration">Its number, from 1.</param>
/// <param name="Loss">The mean loss over all rows after it.</param>
/// <param name="GradientNorm">The largest |∂L/∂w| after it.</param>
/// <param name="Step">α, the length of the step in units of the quasi-Newton step.</param>
/// <param name="Evaluations">How often loss and gradient of all rows have been computed since the start.</param>
public sealed record LbfgsProgress(int Iteration, double Loss, double GradientNorm, double Step, int Evaluations);

/// <summary>What L-BFGS gave.</summary>
/// <param name="Model">The model after the last completed iteration.</param>
/// <param name="Losses">The mean loss over all rows at the start and after every iteration; never rising. Empty if cancelled before the first.</param>
/// <param name="Reason">Why it stopped.</param>
/// <param name="Evaluations">How often loss and gradient of all rows were computed.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record LbfgsResult<T>(
    Model<T> Model,
    ValueList<double> Losses,
    LbfgsStop Reason,
    int Evaluations,
    TimeSpan Elapsed
)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
