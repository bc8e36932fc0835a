using Functional.Checking;
using Functional.Gradients;
using Functional.Graphs;

namespace Functional;

/// <summary>Holds gradients against central differences of the loss.</summary>
public static class GradientCheck
{
    /// <summary>
    /// Checks the gradient of a network's loss, by every parameter and by the input, against central differences of the loss in float64. The
    /// order and step of the differences are chosen by their own estimated error; kinks (of Relu, max, |x| …) within a step are noticed, and
    /// such a point is drawn anew; dropout's masks stay as the seed draws them. Where the gradient is wrong, the smallest parts of the
    /// network that are wrong by themselves are named.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="options">Tolerances, seed, batch, the gradient under test; defaults when null.</param>
    /// <param name="progress">Told at the end of every point, and in between at most ten times a second.</param>
    /// <param name="cancellationToken">Stops between two derivatives.</param>
    /// <remarks>
    /// Up to <see cref="GradientCheckOptions.MostElements"/> numbers are checked one by one, which takes some tens of evaluations of the loss
    /// each; larger networks along random directions.
    /// </remarks>
    /// <exception cref="ShapeException">Sizes do not fit or are not known, or a given batch or parameter has another shape.</exception>
    /// <exception cref="LossException">The loss needs probabilities and the network gives none.</exception>
    /// <exception cref="DataException">A given batch has features or targets that network and loss cannot take.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="ArgumentException">A number in an expression is not finite, the network has no parameter of a path asked for, nothing is left to check, or features are given without targets.</exception>
    /// <exception cref="ParameterException">A running variance given has a negative element.</exception>
    /// <exception cref="OperationCanceledException">The check was cancelled.</exception>
    public static GradientCheckResult Check(
        Network network,
        Loss loss,
        GradientCheckOptions? options = null,
        IProgress<GradientCheckProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        options ??= GradientCheckOptions.Default;
        CheckRun run = new(progress, cancellationToken);
        Subject subject = SubjectOf(network, loss, options);
        (ValueList<GradientCheckItem> items, GradientPoint at, int points) = ElementCheck.Run(subject, options, run);
        return new(
            subject.Network.Network,
            loss,
            at.Rows,
            options.Seed,
            points,
            items,
            items.Any(item => item.Verdict == GradientVerdict.Failed)
                ? FaultLocation.Find(subject, at, options, items, run)
                : [],
            options.Plan is { } precision ? PlanCheck.Run(subject, at, precision, options) : null
        );
    }

    /// <summary>
    /// Checks products of the loss's Hessian with random directions, which differentiate the gradient's own graph once more, against central
    /// differences of the gradient; by default to rtol = atol = 1e-6.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="options">Tolerances (1e-6 only where no options are given), seed, directions. The input and a gradient under test do not matter.</param>
    /// <param name="progress">Told at the end of every direction, each of which decides as many derivatives as there are parameters.</param>
    /// <param name="cancellationToken">Stops between two directions.</param>
    /// <remarks>
    /// A derivative that an activation or loss was given and that is not the function's own fails here: the gradient's second derivatives are
    /// then not those of any loss.
    /// </remarks>
    /// <inheritdoc cref="Check" path="/exception"/>
    public static GradientCheckResult CheckHessian(
        Network network,
        Loss loss,
        GradientCheckOptions? options = null,
        IProgress<GradientCheckProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        options ??= new() { RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-6 };
        Subject subject = SubjectOf(network, loss, options);
        (ValueList<GradientCheckItem> items, int rows, int points) = HessianCheck.Run(
            subject,
            options,
            new CheckRun(progress, cancellationToken)
        );
        return new(subject.Network.Network, loss, rows, options.Seed, points, items, [], Plan: null);
    }

    /// <summary>The point at which <see cref="Check"/> begins: the options' own, or drawn by their seed.</summary>
    /// <param name="network">The network.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="options">Seed, rows, decimals, a batch or parameters of one's own; defaults when null.</param>
    /// <inheritdoc cref="Check" path="/exception"/>
    public static GradientPoint PointOf(Network network, Loss loss, GradientCheckOptions? options = null)
    {
        options ??= GradientCheckOptions.Default;
        return PointSource.Of(SubjectOf(network, loss, options), options).First();
    }

    private static Subject SubjectOf(Network network, Loss loss, GradientCheckOptions options)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(loss);
        options.Check();
        CompileOptions compilation = NetworkCompilation.Check<double>(network, loss, options.Rows, options.Compilation);
        return new(LayerInference.Complete(network, compilation.Input), loss, options.Mode, options.Gradient);
    }
}
