using static Functional.Scalar;

namespace Functional;

/// <summary>
/// An activation φ: a scalar function applied to every element, or a softmax over the last dimension. A value; converts to a
/// <see cref="Network"/> layer where one is expected.
/// </summary>
public abstract record Activation
{
    private Activation(string name) => Name = name;

    /// <summary>The name it prints under.</summary>
    public string Name { get; }

    /// <summary>A scalar function of the variable <c>x</c>, applied to every element.</summary>
    public sealed record Elementwise : Activation
    {
        internal Elementwise(
            string name,
            Scalar expression,
            double? parameter = null,
            bool builtIn = false,
            Scalar? derivative = null
        )
            : base(name) =>
            (Expression, Parameter, IsBuiltIn, Derivative) = (expression, parameter, builtIn, derivative);

        /// <summary>The function of <c>x</c>.</summary>
        public Scalar Expression { get; }

        /// <summary>Its derivative by <c>x</c> as it was given; null where it follows from the table of rules.</summary>
        public Scalar? Derivative { get; }

        /// <summary>The parameter it was made with, such as LeakyRelu's slope, or null.</summary>
        public double? Parameter { get; }

        /// <summary>Whether it is one of <see cref="Activation"/>'s own, rather than <see cref="Define(string, Func{Scalar, Scalar})"/>d.</summary>
        public bool IsBuiltIn { get; }
    }

    /// <summary>Softmax or its logarithm over the last dimension.</summary>
    public sealed record Normalizing : Activation
    {
        internal Normalizing(string name, bool logarithm)
            : base(name) => Logarithm = logarithm;

        /// <summary>Whether it is the logarithm of the softmax.</summary>
        public bool Logarithm { get; }
    }

    internal static readonly Variable X = new("x");

    /// <summary>max(x, 0); derivative 0 at 0.</summary>
    public static Activation Relu { get; } = BuiltIn("Relu", Scalar.Relu(X));

    /// <summary>x where x &gt; 0, otherwise 0.01·x.</summary>
    public static Activation LeakyRelu { get; } = LeakyReluWith(0.01);

    /// <summary>x where x &gt; 0, otherwise eˣ − 1 (Clevert et al. 2015, α = 1).</summary>
    public static Activation Elu { get; } = EluWith(1);

    /// <summary>x·Φ(x) with the exact normal distribution Φ(x) = ½(1 + erf(x/√2)) (Hendrycks and Gimpel 2016).</summary>
    public static Activation Gelu { get; } = BuiltIn("Gelu", X * (0.5 * (1 + Erf(X * (1 / Math.Sqrt(2))))));

    /// <summary>x·σ(x), also called SiLU (Ramachandran et al. 2017).</summary>
    public static Activation Swish { get; } = BuiltIn("Swish", X * Scalar.Sigmoid(X));

    /// <summary>ln(1 + eˣ).</summary>
    public static Activation Softplus { get; } = BuiltIn("Softplus", Scalar.Softplus(X));

    /// <summary>1/(1 + e⁻ˣ).</summary>
    public static Activation Sigmoid { get; } = BuiltIn("Sigmoid", Scalar.Sigmoid(X));

    /// <summary>Hyperbolic tangent.</summary>
    public static Activation Tanh { get; } = BuiltIn("Tanh", Scalar.Tanh(X));

    /// <summary>e^(xᵢ) / Σⱼ e^(xⱼ) over the last dimension, computed with the maximum subtracted.</summary>
    public static Activation Softmax { get; } = new Normalizing("Softmax", logarithm: false);

    /// <summary>The logarithm of the softmax, xᵢ − ln Σⱼ e^(xⱼ), computed with the maximum subtracted.</summary>
    public static Activation LogSoftmax { get; } = new Normalizing("LogSoftmax", logarithm: true);

    /// <summary>x where x &gt; 0, otherwise <paramref name="slope"/>·x.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The slope is not finite.</exception>
    public static Activation LeakyReluWith(double slope) =>
        new Elementwise("LeakyRelu", LeakyReluOf(Finite(slope)), slope, builtIn: true);

    /// <summary>x where x &gt; 0, otherwise <paramref name="alpha"/>·(eˣ − 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The scale is not finite.</exception>
    public static Activation EluWith(double alpha) =>
        new Elementwise("Elu", EluOf(Finite(alpha)), alpha, builtIn: true);

    /// <summary>
    /// An activation given as an expression: <c>Activation.Define("swish", x => x * Sigmoid(x))</c>. Its derivative follows from
    /// the table of rules.
    /// </summary>
    /// <exception cref="ArgumentException">The name is empty, or the expression uses a variable other than its argument.</exception>
    public static Activation Define(string name, Func<Scalar, Scalar> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return Define(name, function(X));
    }

    /// <summary>
    /// An activation given with its own derivative: <c>Activation.Define("signThrough", x => Sign(x), x => 1)</c> passes gradients
    /// straight through (Bengio et al. 2013).
    /// </summary>
    /// <remarks>
    /// The derivative is used as given, in place of the function's: for gradients, and where they are differentiated again. That may be
    /// a better computed form, or on purpose another function. <c>GradientCheck.Check</c> tells whether it is the function's derivative.
    /// A loss of probabilities is not rewritten to its stable form through it: end such networks with what is built in.
    /// </remarks>
    /// <param name="name">The name it prints under.</param>
    /// <param name="function">The function of one element.</param>
    /// <param name="derivative">Its derivative, of the same argument.</param>
    /// <exception cref="ArgumentException">The name is empty, or an expression uses a variable other than its argument.</exception>
    public static Activation Define(string name, Func<Scalar, Scalar> function, Func<Scalar, Scalar> derivative)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(derivative);
        Scalar slope = derivative(X);
        ArgumentNullException.ThrowIfNull(slope, nameof(derivative));
        return Define(name, function(X), slope);
    }

    internal static Activation Define(string name, Scalar expression, Scalar? derivative = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(expression);
        expression.Check($"Activation \"{name}\"", X.Name);
        derivative?.Check($"Activation \"{name}\", derivative", X.Name);
        return new Elementwise(name, expression.Normalized(), derivative: derivative?.Normalized());
    }

    /// <summary>The activation as a layer.</summary>
    public static implicit operator Network(Activation activation)
    {
        ArgumentNullException.ThrowIfNull(activation);
        return new Network.Activate(activation);
    }

    /// <summary>First this activation, then the network: an activation may begin a composition.</summary>
    /// <exception cref="ShapeException">Sizes that are known do not fit; every mismatch is listed with its fix.</exception>
    public static Network operator >>(Activation first, Network second) => ((Network)first).Then(second);

    /// <summary>The code that makes it, as it stands in a network.</summary>
    public sealed override string ToString() => NetworkPrinter.Print(this);

    internal static IReadOnlyList<Activation> BuiltIns { get; } =
    [Relu, LeakyRelu, Elu, Gelu, Swish, Softplus, Sigmoid, Tanh, Softmax, LogSoftmax];

    private static Elementwise BuiltIn(string name, Scalar expression) => new(name, expression, builtIn: true);

    private static Scalar LeakyReluOf(double slope) => Where(X, X, slope * X);

    // The minimum keeps e^x finite where the other branch is taken: 0·∞ would be NaN in its derivative.
    private static Scalar EluOf(double alpha) => Where(X, X, alpha * Expm1(Min(X, 0)));

    private static double Finite(double value) =>
        double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The parameter must be finite.");
}
