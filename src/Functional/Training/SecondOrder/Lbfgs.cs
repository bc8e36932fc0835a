using System.Diagnostics;
using System.Numerics;

namespace Functional;

/// <summary>
/// L-BFGS over whole datasets: a quasi-Newton method that keeps the last <see cref="Memory"/> changes of parameters and gradient in place
/// of a Hessian (Nocedal 1980), with a line search for the strong Wolfe conditions (Nocedal and Wright, Numerical Optimization,
/// algorithms 3.5, 3.6 and 7.5). For small networks, in <see cref="double"/>: in <see cref="float"/> it ends where the loss's rounding hides
/// further decrease.
/// </summary>
public sealed record Lbfgs
{
    /// <summary>The number of changes kept, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public int Memory
    {
        get;
        init => field = AtLeastOne(value, nameof(Memory));
    } = 10;

    /// <summary>The most iterations, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public int Iterations
    {
        get;
        init => field = AtLeastOne(value, nameof(Iterations));
    } = 100;

    /// <summary>Chooses what dropout drops, the same in every evaluation, so that the loss is one function.</summary>
    public ulong Seed { get; init; }

    /// <summary>The most evaluations of loss and gradient in one line search, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public int Evaluations
    {
        get;
        init => field = AtLeastOne(value, nameof(Evaluations));
    } = 25;

    /// <summary>Stops when no |∂L/∂w| exceeds this; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    public double GradientTolerance
    {
        get;
        init => field = OptimizerOptions.NotNegative(value, nameof(GradientTolerance));
    } = 1e-6;

    /// <summary>Stops when an iteration lowers the loss by no more than this part of it; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    public double LossTolerance
    {
        get;
        init => field = OptimizerOptions.NotNegative(value, nameof(LossTolerance));
    } = 1e-10;

    /// <summary>c₁ of Wolfe's first condition, L(w + αp) ≤ L(w) + c₁·α·∇L·p; in (0, 1), below <see cref="Curvature"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside (0, 1).</exception>
    public double SufficientDecrease
    {
        get;
        init => field = Inside0And1(value, nameof(SufficientDecrease));
    } = 1e-4;

    /// <summary>c₂ of the strong second condition, |∇L(w + αp)·p| ≤ c₂·|∇L·p|; in (0, 1): the smaller, the more exact the line search.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside (0, 1).</exception>
    public double Curvature
    {
        get;
        init => field = Inside0And1(value, nameof(Curvature));
    } = 0.9;

    /// <summary>
    /// Makes the mean loss over all rows of a dataset small, by the parameters that the plan differentiates by; others stay. Losses never
    /// rise from one iteration to the next.
    /// </summary>
    /// <remarks>
    /// It is the loss of training: batch normalization takes the statistics of each batch of the plan's size, and the running ones stay
    /// those of the start; train a little afterwards for them to follow.
    /// </remarks>
    /// <typeparam name="T">The plan's precision. The method itself computes in float64.</typeparam>
    /// <param name="plan">Loss and gradient; its batch size is how many rows run at once. Compile it with <c>input: false</c>.</param>
    /// <param name="start">The model to begin with.</param>
    /// <param name="data">The rows: their mean loss is what is minimized.</param>
    /// <param name="progress">Told after every iteration.</param>
    /// <param name="cancellationToken">Stops between two batches; the result then holds the model of the last completed iteration.</param>
    /// <exception cref="DataException">The dataset's shapes or classes are not the network's.</exception>
    /// <exception cref="ShapeException">The model is of another network.</exception>
    /// <exception cref="NonFiniteException">The loss or gradient at the start is NaN or infinite.</exception>
    /// <exception cref="ArgumentException"><see cref="SufficientDecrease"/> is not below <see cref="Curvature"/>.</exception>
    public LbfgsResult<T> Minimize<T>(
        GradientPlan<T> plan,
        Model<T> start,
        Dataset data,
        IProgress<LbfgsProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(data);
        if (SufficientDecrease >= Curvature)
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"SufficientDecrease {SufficientDecrease} must be below Curvature {Curvature}: otherwise no step need satisfy both. Lower the first or raise the second."
                )
            );
        Stopwatch clock = Stopwatch.StartNew();
        using FullBatch<T> objective = new(plan, start, data, Seed, cancellationToken);
        CurvaturePairs pairs = new(Memory);
        double[] point = objective.Start();
        List<double> losses = [];
        try
        {
            (double loss, double[] gradient) = objective.Evaluate(point);
            if (!double.IsFinite(loss) || gradient.Any(g => !double.IsFinite(g)))
                throw new NonFiniteException(
                    $"L-BFGS cannot begin: at the start the loss is {loss}{(double.IsFinite(loss) ? " and its gradient is not finite" : "")}. Begin with another model, normalise the data, or check it for NaN."
                );
            losses.Add(loss);
            while (losses.Count <= Iterations)
            {
                if (Vectors.LargestOf(gradient) <= GradientTolerance)
                    return Result(LbfgsStop.GradientTolerance);
                double[] direction = pairs.Direction(gradient);
                Trial? found = Search(direction);
                if (found is null && pairs.Count > 0)
                {
                    // The pairs may be of a region that has been left, or of rounding: once more, downhill.
                    pairs.Clear();
                    direction = pairs.Direction(gradient);
                    found = Search(direction);
                }
                if (found is not Trial next)
                    return Result(LbfgsStop.NoDecrease);
                double[] moved = Vectors.Add(point, next.Step, direction);
                pairs.Append(Vectors.Add(moved, -1, point), Vectors.Add(next.Gradient, -1, gradient));
                double decrease = loss - next.Loss;
                double scale = Math.Max(Math.Abs(loss), Math.Abs(next.Loss));
                (point, loss, gradient) = (moved, next.Loss, next.Gradient);
                losses.Add(loss);
                progress?.Report(
                    new(losses.Count - 1, loss, Vectors.LargestOf(gradient), next.Step, objective.Evaluations)
                );
                if (decrease <= LossTolerance * scale)
                    return Result(
                        Vectors.LargestOf(gradient) <= GradientTolerance
                            ? LbfgsStop.GradientTolerance
                            : LbfgsStop.LossTolerance
                    );
            }
            return Result(
                Vectors.LargestOf(gradient) <= GradientTolerance ? LbfgsStop.GradientTolerance : LbfgsStop.Iterations
            );

            Trial? Search(double[] direction) =>
                LineSearch.Find(
                    new(0, loss, Vectors.Dot(gradient, direction), gradient),
                    pairs.Count == 0 ? Math.Min(1, 1 / Vectors.SumOf(gradient)) : 1,
                    step =>
                    {
                        (double value, double[] slope) = objective.Evaluate(Vectors.Add(point, step, direction));
                        return new(step, value, Vectors.Dot(slope, direction), slope);
                    },
                    this
                );
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Result(LbfgsStop.Cancelled);
        }

        LbfgsResult<T> Result(LbfgsStop reason) =>
            new(objective.ModelAt(point), losses.ToValueList(), reason, objective.Evaluations, clock.Elapsed);
    }

    private static int AtLeastOne(int value, string name) =>
        value >= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 1.");

    private static double Inside0And1(double value, string name) =>
        value > 0 && value < 1
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be between 0 and 1, exclusive.");
}
