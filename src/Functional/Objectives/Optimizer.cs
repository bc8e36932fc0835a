using Functional.Graphs;
using static Functional.OptimizerOptions;

namespace Functional;

/// <summary>
/// An optimizer as a value: scalar expressions that give a parameter's new value w and states from the old ones and its gradient g,
/// applied to every element. They are lowered into the plan like any layer.
/// </summary>
public sealed partial record Optimizer
{
    private readonly string _name;
    private readonly UpdateRule _rule;

    private Optimizer(string name, double learningRate, UpdateRule rule) =>
        (_name, LearningRate, _rule) = (name, learningRate, rule);

    /// <summary>The optimizer with its options, as the code that makes it: what follows <c>Optimizer.</c> in C#.</summary>
    public string Name =>
        _name
        + (Schedule is null ? "" : $".With({Schedule})")
        + string.Concat(Clips.Select(clip => clip.ToString()))
        + string.Concat(Groups.Select(group => group.ToString()));

    /// <summary>The learning rate, before any schedule.</summary>
    public double LearningRate { get; }

    /// <summary>What the learning rate is multiplied by at each step; null leaves it as it is.</summary>
    public LearningRateSchedule? Schedule { get; private init; }

    /// <summary>What is done to the gradients first, in this order.</summary>
    internal ValueList<GradientClip> Clips { get; private init; }

    /// <summary>Parameters with a learning rate of their own, or none; the last that contains a parameter counts.</summary>
    internal ValueList<ParameterGroup> Groups { get; private init; }

    /// <summary>The new value of the parameter.</summary>
    public Scalar Parameter => UpdateOf(null).Parameter;

    /// <summary>The new value of each state, by name; all begin at 0.</summary>
    public ValueList<(string Name, Scalar Value)> States => _rule.States;

    /// <summary>The numbers computed anew each step, by name: see <see cref="StepScalar"/>.</summary>
    public ValueList<StepScalar> Scalars =>
        Groups
            .Where(group => !group.IsFrozen)
            .Prepend(null)
            .SelectMany(group => UpdateOf(group).Scalars)
            .Distinct()
            .ToValueList();

    /// <summary>
    /// A number that depends on the step's number t = 1, 2, …: rate·√(1 − b^t)/(1 − a^t), parts left out where a or b is 0, and
    /// multiplied by the schedule's factor of the step where it has a schedule.
    /// </summary>
    /// <param name="Name">The variable it is in the expressions.</param>
    /// <param name="Factor">The factor in front.</param>
    /// <param name="First">a, or 0.</param>
    /// <param name="Second">b, or 0.</param>
    public sealed record StepScalar(string Name, double Factor, double First, double Second)
    {
        /// <summary>The schedule of the learning rate that <see cref="Factor"/> is, if there is one.</summary>
        public LearningRateSchedule? Schedule { get; init; }

        /// <summary>Its value at step t = 1, 2, ….</summary>
        /// <exception cref="LearningRateException">The schedule gives no factor for the step.</exception>
        public double At(long step) =>
            Of(Math.Pow(First, step), Math.Pow(Second, step)) * (Schedule is null ? 1 : Schedule.At(step));

        /// <summary>Its value from aᵗ and bᵗ, which a session carries from step to step, without the schedule.</summary>
        internal double Of(double first, double second) => Factor * Math.Sqrt(1 - second) / (1 - first);
    }

    /// <summary>
    /// This optimizer with a schedule instead of any it has: every learning rate, also that of <see cref="ForLayer"/>, is multiplied
    /// by its factor of the step.
    /// </summary>
    public Optimizer With(LearningRateSchedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return this with { Schedule = schedule };
    }

    /// <summary>
    /// This optimizer with every element of the gradient limited first, before weight decay: g ← min(max(g, −c), c). Several limits
    /// apply in the order in which they were added.
    /// </summary>
    /// <param name="limit">c, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive and finite.</exception>
    public Optimizer ClipValue(double limit) =>
        this with
        {
            Clips = [.. Clips, new GradientClip.Value(Positive(limit))],
        };

    /// <summary>
    /// This optimizer with the norm of the gradient limited first, before weight decay: g ← g·min(1, c/‖g‖), where ‖g‖ is the Euclidean
    /// norm over all parameters that are not frozen, together (Pascanu et al. 2013). Where ‖g‖² is beyond the plan's precision, above
    /// 10³⁸ in float32, g becomes 0. Several limits apply in the order in which they were added.
    /// </summary>
    /// <param name="limit">c, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive and finite.</exception>
    public Optimizer ClipNorm(double limit) => this with { Clips = [.. Clips, new GradientClip.Norm(Positive(limit))] };

    /// <summary>
    /// This optimizer with a learning rate of their own for some parameters; its other options stay. Where several calls are about a
    /// parameter, the last one counts. Compiling refuses a path that the network does not have.
    /// </summary>
    /// <param name="path">A parameter's path, such as <c>dense1/W</c>, or a layer's or named part's, such as <c>dense1</c> or <c>encoder</c>.</param>
    /// <param name="learningRate">η of these parameters, positive.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is not positive and finite.</exception>
    public Optimizer ForLayer(string path, double learningRate)
    {
        if (learningRate == 0)
            throw new ArgumentOutOfRangeException(
                nameof(learningRate),
                learningRate,
                $"learningRate must be positive and finite. To keep parameters as they are, write Freeze(\"{path}\")."
            );
        return With(new ParameterGroup(path, Positive(learningRate)));
    }

    /// <summary>
    /// This optimizer without some parameters: they stay as they are, have no state, and no gradient is computed for them. Running
    /// statistics of a frozen layer stay too, though in training it goes on normalizing by the batch. Where several calls are about a parameter, the last one counts. Compiling refuses a path that the network does not have.
    /// </summary>
    /// <param name="paths">Paths of parameters, such as <c>dense1/W</c>, or of layers or named parts, such as <c>dense1</c> or <c>encoder</c>.</param>
    /// <exception cref="ArgumentException">A path is empty.</exception>
    public Optimizer Freeze(params string[] paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return paths.Aggregate(this, (optimizer, path) => optimizer.With(new ParameterGroup(path, null)));
    }

    /// <inheritdoc cref="Name"/>
    public override string ToString() => Name;

    // A group takes the place of those that are part of it.
    private Optimizer With(ParameterGroup group)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(group.Path, "path");
        return this with { Groups = [.. Groups.Where(earlier => !group.Contains(earlier.Path)), group] };
    }

    /// <summary>The update of a group's parameters, or of all others.</summary>
    internal Update UpdateOf(ParameterGroup? group) =>
        _rule.At(group?.LearningRate ?? LearningRate, Schedule, group?.Path);
}
