using System.Globalization;
using static Functional.Layers;

namespace Functional.Experiments;

/// <summary>What momentum is for: it carries over saddles and out of shallow minima, and along narrow valleys.</summary>
internal static class MomentumExperiment
{
    private const int MostSteps = 500;
    private const int NoiseSequences = 50;
    private const double Settled = 1e-3;

    // Of the way through a valley, as many steps are kept for the picture.
    private const int PathSteps = 200;

    private static readonly double[] Momenta = [0, 0.2, 0.4, 0.5, 0.9];
    private static readonly double[] ConditionNumbers = [1, 3, 10, 30, 100, 300, 1000];

    private static readonly Objective Cubic = new(
        "cubic",
        "passes its saddle at 0",
        w => w * w * w,
        Start: 1,
        LearningRate: 0.05,
        Goal: -1,
        Noise: 0.5
    );

    private static readonly Objective Quartic = new(
        "quartic",
        "leaves its local minimum at 0.93 for the global one at −1.06",
        w => w * w * w * w - 2 * w * w + 0.5 * w,
        Start: 2,
        LearningRate: 0.01,
        Goal: -0.8,
        Noise: 6
    );

    public static Experiment Value { get; } =
        new(
            "momentum",
            "What does momentum change on the way down: at saddles, local minima and in narrow valleys?",
            false,
            Run
        );

    private static ExperimentResult Run(ExperimentContext context)
    {
        Descent[] descents =
        [
            .. from objective in new[] { Cubic, Quartic }
            from momentum in Momenta
            select Descend(context, objective, momentum),
        ];
        Valley[] valleys =
        [
            .. ConditionNumbers.SelectMany(number =>
            {
                context.Begin($"valley of condition number {number}");
                return Momenta.Select(momentum => Cross(context, number, momentum));
            }),
        ];
        Descent Of(Objective objective, double momentum) =>
            descents.Single(one => one.Objective == objective && one.Momentum == momentum);
        Valley In(double number, double momentum) =>
            valleys.Single(one => one.ConditionNumber == number && one.Momentum == momentum);
        (double narrow, double round) = (ConditionNumbers[^1], ConditionNumbers[0]);
        double[] ratios = [.. ConditionNumbers.Select(n => In(n, 0).Steps / (double?)In(n, 0.9).Steps ?? double.NaN)];
        return new(
            new(
                "summary",
                [
                    "momentum",
                    .. new[] { Cubic, Quartic }.SelectMany(Columns),
                    .. ConditionNumbers.Select(n => $"steps, condition {n}"),
                ],
                Momenta.Select(m =>
                    new[] { Cubic, Quartic }
                        .SelectMany(objective => Of(objective, m).Cells)
                        .Concat(ConditionNumbers.Select(number => (object?)In(number, m).Steps))
                        .Prepend(m)
                        .ToArray()
                )
            ),
            [
                new(
                    "paths",
                    ["objective", "momentum", "noise", "step", "w"],
                    descents.SelectMany(descent => descent.Rows)
                ),
                new(
                    "valley",
                    ["condition number", "of the Hessian", "momentum", "steps"],
                    valleys.Select(one => new object?[] { one.ConditionNumber, one.Measured, one.Momentum, one.Steps })
                ),
                new(
                    "valley-paths",
                    ["condition number", "momentum", "step", "w1", "w2"],
                    valleys.SelectMany(one =>
                        one.Path.Select(
                            (w, step) => new object?[] { one.ConditionNumber, one.Momentum, step, w.Item1, w.Item2 }
                        )
                    )
                ),
            ],
            [
                .. new[] { Cubic, Quartic }.SelectMany(objective => Carries(Of(objective, 0), Of(objective, 0.9))),
                Claim.Of(
                    "The Hessian of the plan has the condition number of the valley",
                    valleys.All(one => Math.Abs(one.Measured / one.ConditionNumber - 1) < 1e-9),
                    $"{string.Join(", ", valleys.Select(one => one.Measured).Distinct().Select(n => n.ToString("G6", CultureInfo.InvariantCulture)))} for {string.Join(", ", ConditionNumbers)}"
                ),
                Claim.Of(
                    "In a round bowl momentum only slows",
                    ratios[0] < 1,
                    $"condition number {round}: {In(round, 0).Steps} steps without, {In(round, 0.9).Steps} with 0.9"
                ),
                Claim.Of(
                    "In a narrow valley momentum needs far fewer steps",
                    ratios[^1] > 5,
                    $"condition number {narrow}: {In(narrow, 0).Steps} steps without, {In(narrow, 0.9).Steps} with 0.9"
                ),
                Claim.Of(
                    "The narrower the valley, the more it gains, up to condition number 380, where 0.9 damps it just critically",
                    Enumerable
                        .Range(1, ConditionNumbers.Length - 1)
                        .Where(i => ConditionNumbers[i] < 380)
                        .All(i => ratios[i - 1] < ratios[i]),
                    $"steps without by steps with 0.9: {string.Join(", ", ratios.Select(ratio => FormattableString.Invariant($"{ratio:F2}")))}"
                ),
                Claim.Of(
                    "Without momentum the steps grow as the condition number",
                    In(narrow, 0).Steps / (double?)In(narrow / 10, 0).Steps is > 9 and < 11,
                    $"{In(narrow / 10, 0).Steps} steps at {narrow / 10}, {In(narrow, 0).Steps} at {narrow}"
                ),
            ]
        );
    }

    private static IEnumerable<string> Columns(Objective objective) =>
        [$"{objective.Name}: steps", $"{objective.Name}: steps with noise", $"{objective.Name}: arrived with noise"];

    private static IEnumerable<Claim> Carries(Descent plain, Descent heavy)
    {
        Objective objective = plain.Objective;
        yield return Claim.Of(
            $"On the {objective.Name}, momentum 0.9 {objective.Goes}; plain gradient descent does not",
            heavy.Steps is not null && plain.Steps is null,
            $"with 0.9 w is {heavy.Path[^1]:F3} after {heavy.Path.Count - 1} steps; without, {plain.Path[^1]:F3} after {plain.Path.Count - 1}"
        );
        yield return Claim.Of(
            $"On the {objective.Name} with noise in the gradient, momentum 0.9 arrives more often, or sooner",
            heavy.Arrived > plain.Arrived || (heavy.Arrived == plain.Arrived && heavy.NoisySteps < plain.NoisySteps),
            $"of {NoiseSequences} noises it arrives under {Arrivals(heavy)}; without under {Arrivals(plain)}"
        );
    }

    private static string Arrivals(Descent descent) =>
        descent.NoisySteps is { } steps ? $"{descent.Arrived}, after {steps} steps (median)" : "none";

    // A network that predicts its parameter: p = w·x with x = 1. Its loss is any function of p, and gradient noise is a term p·y with random y.
    private static Descent Descend(ExperimentContext context, Objective objective, double momentum)
    {
        context.Begin($"{objective.Name}, momentum {momentum}");
        Network parameter = Dense(1, 1, bias: false);
        TrainingPlan<double> plan = parameter.CompileTraining<double>(
            Loss.Define(objective.Name, (p, y) => objective.Function(p) + p * y),
            Optimizer.Sgd(objective.LearningRate, momentum),
            batchSize: 1
        );
        Model<double> start = parameter.With<double>([objective.Start]);
        List<double> still = Follow(plan, start, objective, () => 0);
        List<double>[] noisy =
        [
            .. Enumerable
                .Range(0, NoiseSequences)
                .Select(sequence =>
                {
                    context.CancellationToken.ThrowIfCancellationRequested();
                    // The same noise for every momentum.
                    RandomStream random = context.Random((ulong)sequence);
                    return Follow(plan, start, objective, () => objective.Noise * random.NextNormal());
                }),
        ];
        return new(objective, momentum, [.. still], [.. noisy.Select(path => path.ToValueList())]);
    }

    // w after every step, until it has arrived.
    private static List<double> Follow(
        TrainingPlan<double> plan,
        Model<double> start,
        Objective objective,
        Func<double> noise
    )
    {
        using TrainingSession<double> session = plan.Start(start);
        List<double> path = [objective.Start];
        while (path.Count <= MostSteps && path[^1] > objective.Goal)
        {
            session.Step([1], [noise()]);
            path.Add(session.Snapshot().Parameters.Values.Single().Data[0]);
        }
        return path;
    }

    // ½·Σ λᵢ·wᵢ² from (1, 1), with λ₁ = 1 and λ₂ = 1/κ: the curvatures are the targets y of y·p², averaged over both predictions.
    // The learning rate is 1/λ₁, the largest at which no direction overshoots; the slow one then needs κ·ln(1/Settled) steps.
    private static Valley Cross(ExperimentContext context, double conditionNumber, double momentum)
    {
        Network parameters = Dense(1, 2, bias: false);
        Loss loss = Loss.Define("quadratic", (p, y) => y * p * p);
        TrainingPlan<double> plan = parameters.CompileTraining<double>(loss, Optimizer.Sgd(1, momentum), batchSize: 1);
        double[] curvatures = [1, 1 / conditionNumber];
        Model<double> start = parameters.With<double>([1, 1]);
        double measured = parameters
            .CompileHessian<double>(loss, batchSize: 1)
            .Hessian(start, [1], curvatures)
            .ConditionNumber;
        List<(double, double)> path = [(1, 1)];
        using TrainingSession<double> session = plan.Start(start);
        int budget = (int)(8 * conditionNumber) + 400;
        int settled = 0;
        for (int step = 1; step <= budget; step++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            session.Step([1], curvatures);
            ReadOnlySpan<double> w = session.Snapshot().Parameters.Values.Single().Data;
            if (step <= PathSteps)
                path.Add((w[0], w[1]));
            if (double.Hypot(w[0], w[1]) > Settled)
                settled = step + 1;
        }
        return new(
            conditionNumber,
            measured,
            momentum,
            settled <= budget ? Math.Max(settled, 1) : null,
            path.ToValueList()
        );
    }

    /// <param name="Name">What it is called.</param>
    /// <param name="Goes">What it is to reach the goal.</param>
    /// <param name="Function">The objective as an expression.</param>
    /// <param name="Start">Where w begins.</param>
    /// <param name="LearningRate">η.</param>
    /// <param name="Goal">Beyond the obstacle: w has arrived when it is no greater.</param>
    /// <param name="Noise">The standard deviation of the gradient's noise.</param>
    private sealed record Objective(
        string Name,
        string Goes,
        Func<Scalar, Scalar> Function,
        double Start,
        double LearningRate,
        double Goal,
        double Noise
    )
    {
        public int? StepsOf(ValueList<double> path) => path[^1] <= Goal ? path.Count - 1 : null;
    }

    private sealed record Descent(
        Objective Objective,
        double Momentum,
        ValueList<double> Path,
        ValueList<ValueList<double>> NoisyPaths
    )
    {
        /// <summary>The steps without noise; null where it did not arrive.</summary>
        public int? Steps => Objective.StepsOf(Path);

        /// <summary>How many of the noisy paths arrived.</summary>
        public int Arrived => NoisyPaths.Count(path => Objective.StepsOf(path) is not null);

        /// <summary>The median of their steps; null where none did.</summary>
        public int? NoisySteps =>
            NoisyPaths.Select(Objective.StepsOf).OfType<int>().Order().ToArray() is { Length: > 0 } steps
                ? steps[steps.Length / 2]
                : null;

        public IEnumerable<object?> Cells => [Steps, NoisySteps, Arrived];

        public IEnumerable<object?[]> Rows => [.. RowsOf("none", Path), .. RowsOf("normal", NoisyPaths[0])];

        private IEnumerable<object?[]> RowsOf(string noise, ValueList<double> path) =>
            path.Select((w, step) => new object?[] { Objective.Name, Momentum, noise, step, w });
    }

    /// <param name="ConditionNumber">κ.</param>
    /// <param name="Measured">κ of the Hessian of the compiled plan.</param>
    /// <param name="Momentum">μ.</param>
    /// <param name="Steps">The steps after which w stays within <see cref="Settled"/> of the minimum; null where it does not.</param>
    /// <param name="Path">w of each of the first steps.</param>
    private sealed record Valley(
        double ConditionNumber,
        double Measured,
        double Momentum,
        int? Steps,
        ValueList<(double, double)> Path
    );
}
