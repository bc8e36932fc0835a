using Functional.Graphs;
using static Functional.Scalar;

namespace Functional;

/// <summary>
/// An optimizer as a value: scalar expressions that give a parameter's new value w and states from the old ones and its gradient g,
/// applied to every element. They are lowered into the plan like any layer.
/// </summary>
public sealed record Optimizer
{
    private static readonly Variable W = new("w");
    private static readonly Variable G = new("g");

    private Optimizer(string name, double learningRate) => (Name, LearningRate) = (name, learningRate);

    /// <summary>The optimizer with its options, as the code that makes it.</summary>
    public string Name { get; }

    /// <summary>The learning rate.</summary>
    public double LearningRate { get; }

    /// <summary>The new value of the parameter.</summary>
    public required Scalar Parameter { get; init; }

    /// <summary>The new value of each state, by name; all begin at 0.</summary>
    public ValueList<(string Name, Scalar Value)> States { get; init; }

    /// <summary>The numbers computed anew each step, by name: see <see cref="StepScalar"/>.</summary>
    public ValueList<StepScalar> Scalars { get; init; }

    /// <summary>A number that depends on the step's number t = 1, 2, …: rate·√(1 − b^t)/(1 − a^t), parts left out where a or b is 0.</summary>
    /// <param name="Name">The variable it is in the expressions.</param>
    /// <param name="Factor">The factor in front.</param>
    /// <param name="First">a, or 0.</param>
    /// <param name="Second">b, or 0.</param>
    public sealed record StepScalar(string Name, double Factor, double First, double Second)
    {
        /// <summary>Its value at step t = 1, 2, ….</summary>
        public double At(long step) => Of(Math.Pow(First, step), Math.Pow(Second, step));

        /// <summary>Its value from aᵗ and bᵗ, which a session carries from step to step.</summary>
        internal double Of(double first, double second) => Factor * Math.Sqrt(1 - second) / (1 - first);
    }

    /// <summary>Stochastic gradient descent: v ← μv + g, w ← w − η·v (with Nesterov's look-ahead w ← w − η·(g + μv)).</summary>
    /// <param name="learningRate">η, positive.</param>
    /// <param name="momentum">μ in [0, 1).</param>
    /// <param name="nesterov">Nesterov's variant; needs momentum.</param>
    /// <param name="weightDecay">λ ≥ 0: λ·w is added to g.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static Optimizer Sgd(double learningRate, double momentum = 0, bool nesterov = false, double weightDecay = 0)
    {
        Positive(learningRate);
        Fraction(momentum);
        NotNegative(weightDecay);
        if (nesterov && momentum == 0)
            throw new ArgumentOutOfRangeException(
                nameof(momentum),
                momentum,
                "Nesterov's variant needs momentum > 0, such as 0.9."
            );
        string name = Describe("Sgd", learningRate, ("momentum", momentum, 0), ("weightDecay", weightDecay, 0));
        if (nesterov)
            name = name[..^1] + ", nesterov: true)";
        Scalar gradient = Decayed(weightDecay);
        if (momentum == 0)
            return new(name, learningRate) { Parameter = W - learningRate * gradient };
        Scalar velocity = momentum * new Variable("v") + gradient;
        return new(name, learningRate)
        {
            States = [("v", velocity)],
            Parameter = W - learningRate * (nesterov ? gradient + momentum * velocity : velocity),
        };
    }

    /// <summary>
    /// Adam: m ← m + (1 − β₁)(g − m), v ← v + (1 − β₂)(g² − v), w ← w − η·m̂/(√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ)
    /// (Kingma and Ba 2015).
    /// </summary>
    /// <param name="learningRate">η, positive.</param>
    /// <param name="beta1">β₁ in [0, 1).</param>
    /// <param name="beta2">β₂ in [0, 1).</param>
    /// <param name="epsilon">ε, positive.</param>
    /// <param name="weightDecay">λ ≥ 0: λ·w is added to g.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static Optimizer Adam(
        double learningRate = 0.001,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-8,
        double weightDecay = 0
    ) => Adam("Adam", learningRate, beta1, beta2, epsilon, weightDecay, decoupled: false);

    /// <summary>Adam with decoupled weight decay: w ← w − η·λ·w before Adam's update (Loshchilov and Hutter 2019).</summary>
    /// <param name="learningRate">η, positive.</param>
    /// <param name="beta1">β₁ in [0, 1).</param>
    /// <param name="beta2">β₂ in [0, 1).</param>
    /// <param name="epsilon">ε, positive.</param>
    /// <param name="weightDecay">λ ≥ 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static Optimizer AdamW(
        double learningRate = 0.001,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-8,
        double weightDecay = 0.01
    ) => Adam("AdamW", learningRate, beta1, beta2, epsilon, weightDecay, decoupled: true);

    /// <summary>RMSProp: s ← s + (1 − ρ)(g² − s), w ← w − η·g/(√s + ε) (Hinton 2012).</summary>
    /// <param name="learningRate">η, positive.</param>
    /// <param name="decay">ρ in [0, 1).</param>
    /// <param name="epsilon">ε, positive.</param>
    /// <param name="weightDecay">λ ≥ 0: λ·w is added to g.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static Optimizer RmsProp(
        double learningRate = 0.01,
        double decay = 0.99,
        double epsilon = 1e-8,
        double weightDecay = 0
    )
    {
        Positive(learningRate);
        Fraction(decay);
        Positive(epsilon);
        NotNegative(weightDecay);
        Scalar gradient = Decayed(weightDecay);
        Scalar square = Toward(new Variable("s"), Square(gradient), Complement(decay));
        return new(
            Describe(
                "RmsProp",
                learningRate,
                ("decay", decay, 0.99),
                ("epsilon", epsilon, 1e-8),
                ("weightDecay", weightDecay, 0)
            ),
            learningRate
        )
        {
            States = [("s", square)],
            Parameter = W - learningRate * gradient / (Sqrt(square) + epsilon),
        };
    }

    private static Optimizer Adam(
        string name,
        double learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        bool decoupled
    )
    {
        Positive(learningRate);
        Fraction(beta1);
        Fraction(beta2);
        Positive(epsilon);
        NotNegative(weightDecay);
        Scalar gradient = decoupled ? G : Decayed(weightDecay);
        Scalar weight = decoupled && weightDecay > 0 ? (1 - learningRate * weightDecay) * W : W;
        Scalar m = Toward(new Variable("m"), gradient, Complement(beta1));
        Scalar v = Toward(new Variable("v"), Square(gradient), Complement(beta2));
        return new(
            Describe(
                name,
                learningRate,
                ("beta1", beta1, 0.9),
                ("beta2", beta2, 0.999),
                ("epsilon", epsilon, 1e-8),
                ("weightDecay", weightDecay, decoupled ? 0.01 : 0)
            ),
            learningRate
        )
        {
            // η·m̂/(√v̂ + ε) = rate·m/(√v + ε̂) with both corrections in two numbers a step
            Scalars = [new("rate", learningRate, beta1, beta2), new("epsilon", epsilon, 0, beta2)],
            States = [("m", m), ("v", v)],
            Parameter = weight - new Variable("rate") * m / (Sqrt(v) + new Variable("epsilon")),
        };
    }

    /// <summary>The optimizer with its options.</summary>
    public override string ToString() => Name;

    /// <summary>Adds the update of every parameter to a graph that has their gradients; the gradients themselves are outputs no more.</summary>
    internal Graph Append(Graph graph)
    {
        GraphBuilder builder = GraphBuilder.From(graph);
        builder.Origin = Name;
        List<GraphOutput> outputs =
        [
            .. graph.Outputs.Where(output => output.Kind is not OutputKind.Gradient and not OutputKind.Prediction),
        ];
        foreach (GraphOutput gradient in graph.Outputs.Where(output => output.Kind == OutputKind.Gradient))
        {
            string path = gradient.Name;
            Shape shape = gradient.Node.Shape;
            Node w = builder.Source(SourceKind.Parameter, path, shape);
            outputs.Add(new(OutputKind.UpdatedParameter, path, Lower(Parameter)));
            foreach ((string state, Scalar value) in States)
                outputs.Add(new(OutputKind.UpdatedState, StateName(path, state), Lower(value)));

            Node Lower(Scalar expression) => builder.Broadcast(builder.Expression(expression, Variable), shape);

            Node Variable(string name) =>
                name == W.Name ? w
                : name == G.Name ? gradient.Node
                : Scalars.Any(scalar => scalar.Name == name) ? builder.Source(SourceKind.StepScalar, name, Shape.Scalar)
                : builder.Source(SourceKind.State, StateName(path, name), shape);
        }
        return GraphVerifier.Verify(Graph.Of(outputs));
    }

    internal static string StateName(string path, string state) => $"{path}:{state}";

    private static Scalar Decayed(double weightDecay) => weightDecay == 0 ? G : G + weightDecay * W;

    // 1 − x in decimal where x is a short decimal number, so that 1 − 0.9 is 0.1.
    private static double Complement(double x) => (double)(decimal)x == x ? (double)(1 - (decimal)x) : 1 - x;

    // The running mean a ← a + k·(b − a).
    private static Scalar Toward(Scalar mean, Scalar value, double rate) => mean + rate * (value - mean);

    // Options that are not the usual ones.
    private static string Describe(
        string name,
        double learningRate,
        params ReadOnlySpan<(string Name, double Value, double Usual)> options
    )
    {
        string text = $"{name}(learningRate: {ScalarPrinter.Number(learningRate)}";
        foreach ((string option, double value, double usual) in options)
            if (value != usual)
                text += $", {option}: {ScalarPrinter.Number(value)}";
        return text + ")";
    }

    private static void Positive(
        double value,
        [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(value))] string? name = null
    )
    {
        if (!(value > 0) || !double.IsFinite(value))
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be positive and finite.");
    }

    private static void NotNegative(
        double value,
        [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(value))] string? name = null
    )
    {
        if (!(value >= 0) || !double.IsFinite(value))
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 0 and finite.");
    }

    private static void Fraction(
        double value,
        [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(value))] string? name = null
    )
    {
        if (!(value >= 0 && value < 1))
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be in [0, 1).");
    }
}
