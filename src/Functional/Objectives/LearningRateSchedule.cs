using static Functional.OptimizerOptions;

namespace Functional;

/// <summary>
/// How an optimizer's learning rate changes from step to step: the factor that each step's learning rate is multiplied by. A step is
/// one batch; <see cref="Dataset.BatchCount"/> tells how many of them an epoch has. A schedule of a number of steps keeps its last
/// factor after them: <c>Optimizer.Adam(0.001).With(LearningRateSchedule.WarmUp(500).Then(LearningRateSchedule.Cosine(9_500)))</c>.
/// </summary>
public abstract record LearningRateSchedule
{
    // Up to here every number of steps is a double.
    private const long MostSteps = 1L << 53;

    private LearningRateSchedule() { }

    /// <summary>The factor 1 at every step.</summary>
    public static LearningRateSchedule Constant { get; } = new Same();

    /// <summary>A factor that is multiplied by <paramref name="factor"/> after every so many steps: factor^⌊(t − 1)/every⌋.</summary>
    /// <param name="every">The steps between changes, at least 1.</param>
    /// <param name="factor">Positive; above 1 the learning rate grows.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public static LearningRateSchedule Step(long every, double factor) => new Steps(StepCount(every), Positive(factor));

    /// <summary>Exponential decay by <paramref name="factor"/> in every so many steps, a little at each: factor^((t − 1)/every).</summary>
    /// <param name="factor">Positive; above 1 the learning rate grows, as in a search for the highest one that trains.</param>
    /// <param name="every">The steps in which the factor falls so far, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public static LearningRateSchedule Exponential(double factor, long every = 1) =>
        new Decay(Positive(factor), StepCount(every));

    /// <summary>
    /// Half a cosine from 1 at step 1 to the minimum m from step n + 1 on: m + (1 − m)·½(1 + cos(π·(t − 1)/n)) (Loshchilov and Hutter
    /// 2017, without restarts).
    /// </summary>
    /// <param name="steps">n, at least 1.</param>
    /// <param name="minimum">m in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public static LearningRateSchedule Cosine(long steps, double minimum = 0) =>
        new HalfCosine(StepCount(steps), Between0And1(minimum));

    /// <summary>A linear rise, t/n up to step n and 1 from there on.</summary>
    /// <param name="steps">n, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is below 1.</exception>
    public static LearningRateSchedule WarmUp(long steps) => new Rise(StepCount(steps));

    /// <summary>
    /// One cycle: half a cosine up from <paramref name="start"/> to 1, then half a cosine down to <paramref name="end"/> at step n
    /// (Smith 2018; PyTorch's <c>OneCycleLR</c>). The optimizer's learning rate is the highest one.
    /// </summary>
    /// <param name="steps">n, at least 2: the steps of the whole training.</param>
    /// <param name="rise">The share of the steps that rise, in (0, 1).</param>
    /// <param name="start">The factor of step 1, in [0, 1].</param>
    /// <param name="end">The factor of step n, in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public static LearningRateSchedule OneCycle(
        long steps,
        double rise = 0.3,
        double start = 1.0 / 25,
        double end = 1.0 / 250_000
    )
    {
        if (steps < 2 || steps > MostSteps)
            throw new ArgumentOutOfRangeException(nameof(steps), steps, "A cycle has 2 … 2⁵³ steps.");
        if (!(rise > 0 && rise < 1))
            throw new ArgumentOutOfRangeException(nameof(rise), rise, "rise must be in (0, 1), such as 0.3.");
        return new Cycle(steps, rise, Between0And1(start), Between0And1(end));
    }

    /// <summary>A schedule given as a function of the step t = 1, 2, …, which gives the same factor whenever it is asked for a step.</summary>
    /// <param name="factor">A finite factor of at least 0; another one stops training at its step.</param>
    /// <param name="name">The name it prints under.</param>
    public static LearningRateSchedule By(Func<long, double> factor, string name = "…")
    {
        ArgumentNullException.ThrowIfNull(factor);
        ArgumentNullException.ThrowIfNull(name);
        return new Given(factor, name);
    }

    /// <summary>The number of steps that it takes; null if it never ends.</summary>
    public abstract long? Length { get; }

    /// <summary>The factor of a step.</summary>
    /// <param name="step">t = 1, 2, ….</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is below 1.</exception>
    /// <exception cref="LearningRateException">The factor is negative or not finite.</exception>
    public double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        double factor = FactorAt(step);
        return factor >= 0 && double.IsFinite(factor) ? factor : throw new LearningRateException(this, step, factor);
    }

    /// <summary>This schedule for its <see cref="Length"/>, then the next one from its step 1 on: <c>WarmUp(500).Then(Cosine(9_500))</c>.</summary>
    /// <exception cref="ArgumentException">This schedule never ends.</exception>
    public LearningRateSchedule Then(LearningRateSchedule next) =>
        Then(
            Length
                ?? throw new ArgumentException(
                    $"{this} never ends, so nothing follows it. Say after how many steps: {this}.Then(1_000, {next}).",
                    nameof(next)
                ),
            next
        );

    /// <summary>This schedule for a number of steps, then the next one from its step 1 on.</summary>
    /// <param name="steps">The steps of this schedule, at least 1.</param>
    /// <param name="next">What follows.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is below 1.</exception>
    public LearningRateSchedule Then(long steps, LearningRateSchedule next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new Sequence(this, StepCount(steps), next);
    }

    /// <summary>The schedule as the code that makes it; the function of <see cref="By"/> by its name.</summary>
    public sealed override string ToString() => Code;

    private protected abstract string Code { get; }

    private protected abstract double FactorAt(long step);

    private static long StepCount(
        long value,
        [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(value))] string? name = null
    ) =>
        value is >= 1 and <= MostSteps
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be 1 … 2⁵³ steps.");

    // Half a cosine from one factor to another, at a share of the way.
    private static double Anneal(double from, double to, double share) =>
        to + (from - to) * 0.5 * (1 + Math.Cos(Math.PI * share));

    private static string Number(double value) => ScalarPrinter.Number(value);

    private sealed record Same : LearningRateSchedule
    {
        public override long? Length => null;

        private protected override string Code => "LearningRateSchedule.Constant";

        private protected override double FactorAt(long step) => 1;
    }

    private sealed record Steps(long Every, double Factor) : LearningRateSchedule
    {
        public override long? Length => null;

        private protected override string Code => $"LearningRateSchedule.Step({Every}, {Number(Factor)})";

        private protected override double FactorAt(long step) => Math.Pow(Factor, (step - 1) / Every);
    }

    private sealed record Decay(double Factor, long Every) : LearningRateSchedule
    {
        public override long? Length => null;

        private protected override string Code =>
            $"LearningRateSchedule.Exponential({Number(Factor)}{(Every == 1 ? "" : $", every: {Every}")})";

        private protected override double FactorAt(long step) => Math.Pow(Factor, (double)(step - 1) / Every);
    }

    private sealed record HalfCosine(long Count, double Minimum) : LearningRateSchedule
    {
        public override long? Length => Count;

        private protected override string Code =>
            $"LearningRateSchedule.Cosine({Count}{(Minimum == 0 ? "" : $", minimum: {Number(Minimum)}")})";

        private protected override double FactorAt(long step) =>
            step > Count ? Minimum : Anneal(1, Minimum, (double)(step - 1) / Count);
    }

    private sealed record Rise(long Count) : LearningRateSchedule
    {
        public override long? Length => Count;

        private protected override string Code => $"LearningRateSchedule.WarmUp({Count})";

        private protected override double FactorAt(long step) => step >= Count ? 1 : (double)step / Count;
    }

    private sealed record Cycle(long Count, double Share, double Start, double End) : LearningRateSchedule
    {
        // Counted from 0, as the steps in between are: the peak may lie between two of them.
        private double Peak => Math.Max(Share * Count - 1, 0);

        public override long? Length => Count;

        private protected override string Code =>
            $"LearningRateSchedule.OneCycle({Count}"
            + (Share == 0.3 ? "" : $", rise: {Number(Share)}")
            + (Start == 1.0 / 25 ? "" : $", start: {Number(Start)}")
            + (End == 1.0 / 250_000 ? ")" : $", end: {Number(End)})");

        private protected override double FactorAt(long step)
        {
            double place = step - 1;
            return step >= Count ? End
                : place < Peak ? Anneal(Start, 1, place / Peak)
                : Anneal(1, End, (place - Peak) / (Count - 1 - Peak));
        }
    }

    private sealed record Given(Func<long, double> Function, string Name) : LearningRateSchedule
    {
        public override long? Length => null;

        private protected override string Code => $"LearningRateSchedule.By({Name})";

        private protected override double FactorAt(long step) => Function(step);
    }

    private sealed record Sequence(LearningRateSchedule First, long Count, LearningRateSchedule Next)
        : LearningRateSchedule
    {
        public override long? Length => Count + Next.Length;

        private protected override string Code =>
            First.Length == Count ? $"{First}.Then({Next})" : $"{First}.Then({Count}, {Next})";

        private protected override double FactorAt(long step) =>
            step <= Count ? First.FactorAt(step) : Next.FactorAt(step - Count);
    }
}

/// <summary>A schedule's factor that is no factor of a learning rate: negative, infinite or NaN.</summary>
public sealed class LearningRateException : FunctionalException
{
    internal LearningRateException(LearningRateSchedule schedule, long step, double factor)
        : base(
            $"{schedule}: the factor of step {step} is {ScalarPrinter.Number(factor)}. Give factors that are finite and at least 0."
        ) => (Step, Factor) = (step, factor);

    /// <summary>The step, from 1.</summary>
    public long Step { get; }

    /// <summary>The factor that the schedule gave.</summary>
    public double Factor { get; }
}
