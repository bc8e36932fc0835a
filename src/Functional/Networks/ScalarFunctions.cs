namespace Functional;

/// <summary>The elementwise functions of one value that expressions, graphs and kernels know; each has its derivative in the VJP table.</summary>
public enum UnaryFunction
{
    /// <summary>−x.</summary>
    Negate,

    /// <summary>1/x.</summary>
    Reciprocal,

    /// <summary>eˣ.</summary>
    Exp,

    /// <summary>eˣ − 1, exact near 0.</summary>
    Expm1,

    /// <summary>Natural logarithm.</summary>
    Log,

    /// <summary>max(ln x, −100) with derivative 1/max(x, 10⁻¹²): the logarithm that losses use, finite at probability 0.</summary>
    SafeLog,

    /// <summary>√x.</summary>
    Sqrt,

    /// <summary>|x|; derivative 0 at 0.</summary>
    Abs,

    /// <summary>−1, 0 or 1; derivative 0.</summary>
    Sign,

    /// <summary>max(x, 0); derivative 0 at 0.</summary>
    Relu,

    /// <summary>1 where x &gt; 0, otherwise 0; derivative 0.</summary>
    Step,

    /// <summary>1/(1 + e⁻ˣ).</summary>
    Sigmoid,

    /// <summary>Hyperbolic tangent.</summary>
    Tanh,

    /// <summary>ln(1 + eˣ), without overflow.</summary>
    Softplus,

    /// <summary>The error function 2/√π·∫₀ˣ e^(−t²) dt.</summary>
    Erf,

    /// <summary>Sine of an angle in radians.</summary>
    Sin,

    /// <summary>Cosine of an angle in radians.</summary>
    Cos,
}

/// <summary>The elementwise functions of two values.</summary>
public enum BinaryFunction
{
    /// <summary>x + y.</summary>
    Add,

    /// <summary>x − y.</summary>
    Subtract,

    /// <summary>x·y.</summary>
    Multiply,

    /// <summary>x / y.</summary>
    Divide,

    /// <summary>max(x, y); the derivative goes to x where x &gt; y, otherwise to y.</summary>
    Maximum,

    /// <summary>min(x, y); the derivative goes to x where x &lt; y, otherwise to y.</summary>
    Minimum,

    /// <summary>1 where x &gt; y, otherwise 0; derivative 0.</summary>
    Greater,
}
