namespace Functional;

/// <summary>Holds gradients against central differences of the loss.</summary>
public static class GradientCheck
{
    /// <summary>
    /// Checks the gradient of a network's loss, by every parameter and by the input, against central differences of the loss in float64. The
    /// order and step of the differences are chosen by their own estimated error; kinks (of Relu, max, |x| …) within a step are noticed, and
    /// such a point is drawn anew; dropout's masks stay as the seed draws them. Where the gradient is wrong, the smallest part of the
    /// network that is wrong by itself is named.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="options">Tolerances, seed, batch, the gradient under test; defaults when null.</param>
    /// <exception cref="ShapeException">Sizes do not fit or are not known, or a given batch or parameter has another shape.</exception>
    /// <exception cref="LossException">The loss needs probabilities and the network gives none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="ArgumentException">The network has no parameter of a path asked for.</exception>
    public static GradientCheckResult Check(Network network, Loss loss, GradientCheckOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(loss);
        throw new NotImplementedException();
    }

    /// <summary>
    /// Checks products of the loss's Hessian with random directions, which differentiate the gradient's own graph once more, against central
    /// differences of the gradient. By default rtol = atol = 1e-6.
    /// </summary>
    /// <inheritdoc cref="Check"/>
    public static GradientCheckResult CheckHessian(Network network, Loss loss, GradientCheckOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(loss);
        throw new NotImplementedException();
    }
}
