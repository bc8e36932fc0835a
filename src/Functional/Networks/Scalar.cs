namespace Functional;

/// <summary>
/// A scalar expression: what custom activations and losses are made of. It is data, not a closure, so it is differentiated,
/// printed, fused and checked by the same machinery as everything built in. <c>using static Functional.Scalar;</c> brings its
/// functions into scope: <c>x => x * Sigmoid(x)</c>. Beside <c>using static Functional.Layers;</c> C# would take Relu, Sigmoid,
/// Tanh and Softplus for the functions everywhere: there, write <c>x => x * Scalar.Sigmoid(x)</c> instead.
/// </summary>
public abstract record Scalar
{
    private Scalar() { }

    /// <summary>An argument of the function being defined, such as <c>x</c>.</summary>
    /// <param name="Name">The argument's name, a C# identifier.</param>
    public sealed record Variable(string Name) : Scalar;

    /// <summary>A number.</summary>
    /// <param name="Value">Its value.</param>
    public sealed record Constant(double Value) : Scalar;

    /// <summary>A function of one value.</summary>
    /// <param name="Function">Which function.</param>
    /// <param name="Argument">Its argument.</param>
    public sealed record Unary(UnaryFunction Function, Scalar Argument) : Scalar;

    /// <summary>A function of two values.</summary>
    /// <param name="Function">Which function.</param>
    /// <param name="Left">Its first argument.</param>
    /// <param name="Right">Its second argument.</param>
    public sealed record Binary(BinaryFunction Function, Scalar Left, Scalar Right) : Scalar;

    /// <summary>One value or another by the sign of a third; no derivative flows to the condition.</summary>
    /// <param name="Condition">The value whose sign decides.</param>
    /// <param name="WhenPositive">The result where the condition is above 0.</param>
    /// <param name="Otherwise">The result elsewhere.</param>
    public sealed record Choice(Scalar Condition, Scalar WhenPositive, Scalar Otherwise) : Scalar;

    /// <summary>A number is an expression.</summary>
    public static implicit operator Scalar(double value) => new Constant(value);

    /// <summary>x + y.</summary>
    public static Scalar operator +(Scalar left, Scalar right) => Apply(BinaryFunction.Add, left, right);

    /// <summary>x − y.</summary>
    public static Scalar operator -(Scalar left, Scalar right) => Apply(BinaryFunction.Subtract, left, right);

    /// <summary>x·y.</summary>
    public static Scalar operator *(Scalar left, Scalar right) => Apply(BinaryFunction.Multiply, left, right);

    /// <summary>x / y.</summary>
    public static Scalar operator /(Scalar left, Scalar right) => Apply(BinaryFunction.Divide, left, right);

    /// <summary>−x.</summary>
    public static Scalar operator -(Scalar argument) => Apply(UnaryFunction.Negate, argument);

    /// <summary>eˣ.</summary>
    public static Scalar Exp(Scalar x) => Apply(UnaryFunction.Exp, x);

    /// <summary>eˣ − 1, exact near 0.</summary>
    public static Scalar Expm1(Scalar x) => Apply(UnaryFunction.Expm1, x);

    /// <summary>Natural logarithm; −∞ at 0 and NaN below.</summary>
    public static Scalar Log(Scalar x) => Apply(UnaryFunction.Log, x);

    /// <summary>max(ln x, −100) with derivative 1/max(x, 10⁻¹²): finite at 0, for losses of probabilities.</summary>
    public static Scalar SafeLog(Scalar x) => Apply(UnaryFunction.SafeLog, x);

    /// <summary>√x; NaN below 0.</summary>
    public static Scalar Sqrt(Scalar x) => Apply(UnaryFunction.Sqrt, x);

    /// <summary>|x|.</summary>
    public static Scalar Abs(Scalar x) => Apply(UnaryFunction.Abs, x);

    /// <summary>−1, 0 or 1.</summary>
    public static Scalar Sign(Scalar x) => Apply(UnaryFunction.Sign, x);

    /// <summary>max(x, 0).</summary>
    public static Scalar Relu(Scalar x) => Apply(UnaryFunction.Relu, x);

    /// <summary>1 where x &gt; 0, otherwise 0.</summary>
    public static Scalar Step(Scalar x) => Apply(UnaryFunction.Step, x);

    /// <summary>1/(1 + e⁻ˣ).</summary>
    public static Scalar Sigmoid(Scalar x) => Apply(UnaryFunction.Sigmoid, x);

    /// <summary>Hyperbolic tangent.</summary>
    public static Scalar Tanh(Scalar x) => Apply(UnaryFunction.Tanh, x);

    /// <summary>ln(1 + eˣ), without overflow.</summary>
    public static Scalar Softplus(Scalar x) => Apply(UnaryFunction.Softplus, x);

    /// <summary>The error function.</summary>
    public static Scalar Erf(Scalar x) => Apply(UnaryFunction.Erf, x);

    /// <summary>Sine of an angle in radians.</summary>
    public static Scalar Sin(Scalar x) => Apply(UnaryFunction.Sin, x);

    /// <summary>Cosine of an angle in radians.</summary>
    public static Scalar Cos(Scalar x) => Apply(UnaryFunction.Cos, x);

    /// <summary>1/x.</summary>
    public static Scalar Reciprocal(Scalar x) => Apply(UnaryFunction.Reciprocal, x);

    /// <summary>max(x, y).</summary>
    public static Scalar Max(Scalar x, Scalar y) => Apply(BinaryFunction.Maximum, x, y);

    /// <summary>min(x, y).</summary>
    public static Scalar Min(Scalar x, Scalar y) => Apply(BinaryFunction.Minimum, x, y);

    /// <summary>1 where x &gt; y, otherwise 0.</summary>
    public static Scalar Greater(Scalar x, Scalar y) => Apply(BinaryFunction.Greater, x, y);

    /// <summary>The second value where the condition is above 0, otherwise the third.</summary>
    public static Scalar Where(Scalar condition, Scalar whenPositive, Scalar otherwise) =>
        new Choice(condition, whenPositive, otherwise);

    /// <summary>x·x.</summary>
    public static Scalar Square(Scalar x) => x * x;

    internal static Scalar Apply(UnaryFunction function, Scalar argument) =>
        function == UnaryFunction.Negate && argument is Constant(double value)
            ? new Constant(-value)
            : new Unary(function, argument);

    // Arithmetic of two numbers is a number, as in C#, so that code and the expression it builds print the same.
    internal static Scalar Apply(BinaryFunction function, Scalar left, Scalar right) =>
        (function, left, right) switch
        {
            (BinaryFunction.Add, Constant(double a), Constant(double b)) => new Constant(a + b),
            (BinaryFunction.Subtract, Constant(double a), Constant(double b)) => new Constant(a - b),
            (BinaryFunction.Multiply, Constant(double a), Constant(double b)) => new Constant(a * b),
            (BinaryFunction.Divide, Constant(double a), Constant(double b)) => new Constant(a / b),
            _ => new Binary(function, left, right),
        };

    /// <summary>The expression as C# code, with the fewest parentheses.</summary>
    public sealed override string ToString() => ScalarPrinter.Print(this);
}
