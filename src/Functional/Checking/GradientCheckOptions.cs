namespace Functional;

/// <summary>How a gradient is checked; the defaults suit networks that are not ill-conditioned.</summary>
public sealed record GradientCheckOptions
{
    /// <summary>All defaults.</summary>
    public static GradientCheckOptions Default { get; } = new();

    /// <summary>rtol: an element passes where |analytic − numeric| ≤ atol + rtol·|numeric|.</summary>
    public double RelativeTolerance { get; init; } = 1e-8;

    /// <summary>atol.</summary>
    public double AbsoluteTolerance { get; init; } = 1e-8;

    /// <summary>What parameters, batch, directions and dropout's masks are drawn by; the same seed gives the same result.</summary>
    public ulong Seed { get; init; }

    /// <summary>The rows of the batch, at least 1.</summary>
    public int Rows { get; init; } = 4;

    /// <summary>The paths of the parameters to differentiate by; null checks every one.</summary>
    public IReadOnlyCollection<string>? Parameters { get; init; }

    /// <summary>Whether the gradient by the input is checked too; that of an embedding's numbers does not exist.</summary>
    public bool Input { get; init; } = true;

    /// <summary>What dropout and batch normalization do.</summary>
    public LayerMode Mode { get; init; } = LayerMode.Training;

    /// <summary>The most numbers, of all parameters and the input together, that are checked one by one; networks of more are checked along random directions.</summary>
    public int MostElements { get; init; } = 1_000;

    /// <summary>The number of random directions per parameter of a large network, at least 1.</summary>
    public int Directions { get; init; } = 8;

    /// <summary>
    /// The most points that are drawn, at least 1: what a point leaves undecided, because the loss has a kink there or its differences do not
    /// settle, is tried at another.
    /// </summary>
    public int Points { get; init; } = 8;

    /// <summary>To how many decimals drawn numbers are rounded, 0 … 15; null leaves them as drawn. Shrunk counterexamples have few.</summary>
    public int? Decimals { get; init; }

    /// <summary>The parameters' values and the running statistics' at which to check; null draws them.</summary>
    public Parameters<double>? At { get; init; }

    /// <summary>The input rows at which to check, [rows, …], together with <see cref="Targets"/>; null draws them.</summary>
    public Tensor<double>? Features { get; init; }

    /// <summary>Their targets, [rows, …].</summary>
    public Tensor<double>? Targets { get; init; }

    /// <summary>
    /// The gradient under test; null is the one that the compiler derives, evaluated in float64 step by step. To locate a fault it is asked about
    /// parts of the network too, whose parameters have paths of their own; where it throws, the parameters that failed are named. Its loss
    /// is not compared.
    /// </summary>
    public GradientFunction? Gradient { get; init; }

    /// <summary>
    /// The compiled plan that is held against the derived gradient besides: ‖Δg‖/‖g‖ ≤ 1e-5 per tensor in float32 and 1e-10 in float64, or eight
    /// times what rounding alone does to an ill-conditioned one; and what is exactly 0 stays 0. Null leaves plans to
    /// <see cref="TrainingPlan{T}.Verify"/>.
    /// </summary>
    public Precision? Plan { get; init; }

    /// <summary>The input's shape where the network does not state it, and how the plan is compiled.</summary>
    public CompileOptions Compilation { get; init; } = CompileOptions.Default;

    /// <summary>The same check at a point drawn otherwise; F# has no <c>with</c> for it.</summary>
    /// <param name="seed"><see cref="Seed"/>.</param>
    /// <param name="rows"><see cref="Rows"/>.</param>
    /// <param name="decimals"><see cref="Decimals"/>.</param>
    /// <param name="input">The shape of one input row; null keeps what <see cref="Compilation"/> says.</param>
    public GradientCheckOptions DrawnBy(ulong seed, int rows, int? decimals = null, Shape? input = null) =>
        this with
        {
            Seed = seed,
            Rows = rows,
            Decimals = decimals,
            Compilation = Compilation with { Input = input ?? Compilation.Input },
        };

    /// <summary>atol + rtol·|derivative|.</summary>
    internal double ToleranceOf(double derivative) => AbsoluteTolerance + RelativeTolerance * Math.Abs(derivative);

    /// <summary>Refuses options that are out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is.</exception>
    /// <exception cref="ArgumentException">Features are given without targets, or targets without features.</exception>
    internal void Check()
    {
        Tolerance(RelativeTolerance, nameof(RelativeTolerance));
        Tolerance(AbsoluteTolerance, nameof(AbsoluteTolerance));
        ArgumentOutOfRangeException.ThrowIfLessThan(Rows, 1, nameof(Rows));
        ArgumentOutOfRangeException.ThrowIfNegative(MostElements, nameof(MostElements));
        ArgumentOutOfRangeException.ThrowIfLessThan(Directions, 1, nameof(Directions));
        ArgumentOutOfRangeException.ThrowIfLessThan(Points, 1, nameof(Points));
        ArgumentNullException.ThrowIfNull(Compilation, nameof(Compilation));
        Defined(Mode, nameof(Mode));
        if (Plan is { } plan)
            Defined(plan, nameof(Plan));
        if (Parameters?.Any(path => path is null) == true)
            throw new ArgumentException("Give paths of parameters, none of them null.", nameof(Parameters));
        if (Features is null != Targets is null)
            throw new ArgumentException("Give features and targets together, or neither.", nameof(Targets));
        if (Decimals is < 0 or > 15)
            throw new ArgumentOutOfRangeException(nameof(Decimals), Decimals, "Decimals must be 0 … 15, or null.");
    }

    private static void Defined<T>(T value, string name)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            throw new ArgumentOutOfRangeException(
                name,
                value,
                $"{name} must be one of {string.Join(", ", Enum.GetNames<T>())}."
            );
    }

    private static void Tolerance(double value, string name)
    {
        if (!(value >= 0) || !double.IsFinite(value))
            throw new ArgumentOutOfRangeException(
                name,
                value,
                $"{name} must be finite and not negative, such as 1e-8."
            );
    }
}
