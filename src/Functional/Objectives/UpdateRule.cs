namespace Functional;

/// <summary>
/// What an optimizer does to an element of a parameter, whatever the learning rate: expressions of w, g, the states by their names, the
/// learning rate and the corrections. <see cref="At"/> gives them a learning rate.
/// </summary>
/// <param name="Parameter">The new value of the parameter.</param>
internal sealed record UpdateRule(Scalar Parameter)
{
    public static readonly Scalar.Variable W = new("w");
    public static readonly Scalar.Variable G = new("g");
    public static readonly Scalar.Variable Eta = new("learningRate");

    /// <summary>The new value of each state, by name; all begin at 0.</summary>
    public ValueList<(string Name, Scalar Value)> States { get; init; }

    /// <summary>The numbers computed anew each step.</summary>
    public ValueList<Correction> Corrections { get; init; }

    /// <summary>A number computed anew each step: see <see cref="Optimizer.StepScalar"/>.</summary>
    /// <param name="Name">The variable it is in the expressions.</param>
    /// <param name="Factor">The factor in front; null is the learning rate.</param>
    /// <param name="First">a, or 0.</param>
    /// <param name="Second">b, or 0.</param>
    public sealed record Correction(string Name, double? Factor, double First, double Second);

    /// <summary>The rule with a learning rate: a number in the expressions, or with a schedule a number of the step.</summary>
    /// <param name="learningRate">η.</param>
    /// <param name="schedule">What multiplies it at each step.</param>
    /// <param name="group">The path of the parameters that have this learning rate; it keeps their step's numbers apart from others'.</param>
    public Update At(double learningRate, LearningRateSchedule? schedule, string? group = null)
    {
        List<Optimizer.StepScalar> scalars =
        [
            .. Corrections.Select(c => new Optimizer.StepScalar(NameOf(c), c.Factor ?? learningRate, c.First, c.Second)
            {
                Schedule = c.Factor is null ? schedule : null,
            }),
        ];
        if (schedule is not null && Parameter.Variables().Contains(Eta.Name))
            scalars.Add(new(OfGroup(Eta.Name), learningRate, 0, 0) { Schedule = schedule });
        return new(
            Given(Parameter),
            States.Select(state => (state.Name, Given(state.Value))).ToValueList(),
            scalars.ToValueList()
        );

        Scalar Given(Scalar expression) =>
            expression.Fold(Variable, value => new Scalar.Constant(value), Scalar.Apply, Scalar.Apply, Scalar.Where);

        Scalar Variable(string name) =>
            name == Eta.Name
                ? schedule is null
                    ? learningRate
                    : new Scalar.Variable(OfGroup(name))
                : Corrections.FirstOrDefault(c => c.Name == name) is Correction correction
                    ? new Scalar.Variable(NameOf(correction))
                    : new Scalar.Variable(name);

        string NameOf(Correction correction) => correction.Factor is null ? OfGroup(correction.Name) : correction.Name;

        string OfGroup(string name) => group is null ? name : $"{name}:{group}";
    }
}

/// <summary>An update as the compiler lowers it.</summary>
/// <param name="Parameter">The new value of the parameter.</param>
/// <param name="States">The new value of each state, by name.</param>
/// <param name="Scalars">The numbers computed anew each step, by name.</param>
internal sealed record Update(
    Scalar Parameter,
    ValueList<(string Name, Scalar Value)> States,
    ValueList<Optimizer.StepScalar> Scalars
);
