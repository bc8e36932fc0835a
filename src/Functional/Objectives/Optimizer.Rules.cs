using static Functional.OptimizerOptions;
using static Functional.Scalar;
using static Functional.UpdateRule;

namespace Functional;

public sealed partial record Optimizer
{
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
            return new(name, learningRate, new(W - Eta * gradient));
        Scalar velocity = momentum * new Variable("v") + gradient;
        Scalar direction = nesterov ? gradient + momentum * velocity : velocity;
        return new(name, learningRate, new(W - Eta * direction) { States = [("v", velocity)] });
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
            learningRate,
            new(W - Eta * gradient / (Sqrt(square) + epsilon)) { States = [("s", square)] }
        );
    }

    /// <summary>Adagrad: s ← s + g², w ← w − η·g/(√s + ε) (Duchi, Hazan and Singer 2011).</summary>
    /// <param name="learningRate">η, positive.</param>
    /// <param name="epsilon">ε, positive.</param>
    /// <param name="weightDecay">λ ≥ 0: λ·w is added to g.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static Optimizer Adagrad(double learningRate = 0.01, double epsilon = 1e-10, double weightDecay = 0)
    {
        Positive(learningRate);
        Positive(epsilon);
        NotNegative(weightDecay);
        Scalar gradient = Decayed(weightDecay);
        Scalar sum = new Variable("s") + Square(gradient);
        return new(
            Describe("Adagrad", learningRate, ("epsilon", epsilon, 1e-10), ("weightDecay", weightDecay, 0)),
            learningRate,
            new(W - Eta * gradient / (Sqrt(sum) + epsilon)) { States = [("s", sum)] }
        );
    }

    /// <summary>
    /// Lion: w ← w − η·(sign(β₁·m + (1 − β₁)·g) + λ·w), m ← m + (1 − β₂)(g − m) (Chen et al. 2023). Every element moves by η, so η is
    /// usually 3 to 10 times smaller than Adam's, and λ as much larger.
    /// </summary>
    /// <param name="learningRate">η, positive.</param>
    /// <param name="beta1">β₁ in [0, 1).</param>
    /// <param name="beta2">β₂ in [0, 1).</param>
    /// <param name="weightDecay">λ ≥ 0, decoupled.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static Optimizer Lion(
        double learningRate = 0.0001,
        double beta1 = 0.9,
        double beta2 = 0.99,
        double weightDecay = 0
    )
    {
        Positive(learningRate);
        Fraction(beta1);
        Fraction(beta2);
        NotNegative(weightDecay);
        Variable m = new("m");
        Scalar direction = Sign(Toward(m, G, Complement(beta1)));
        return new(
            Describe(
                "Lion",
                learningRate,
                ("beta1", beta1, 0.9),
                ("beta2", beta2, 0.99),
                ("weightDecay", weightDecay, 0)
            ),
            learningRate,
            new(Shrunk(weightDecay) - Eta * direction) { States = [("m", Toward(m, G, Complement(beta2)))] }
        );
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
        Scalar weight = decoupled ? Shrunk(weightDecay) : W;
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
            learningRate,
            // η·m̂/(√v̂ + ε) = rate·m/(√v + ε̂) with both corrections in two numbers a step
            new(weight - new Variable("rate") * m / (Sqrt(v) + new Variable("epsilon")))
            {
                States = [("m", m), ("v", v)],
                Corrections = [new("rate", null, beta1, beta2), new("epsilon", epsilon, 0, beta2)],
            }
        );
    }

    private static Scalar Decayed(double weightDecay) => weightDecay == 0 ? G : G + weightDecay * W;

    // Decoupled weight decay: (1 − η·λ)·w.
    private static Scalar Shrunk(double weightDecay) => weightDecay == 0 ? W : (1 - Eta * weightDecay) * W;

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
}
