using System.Diagnostics;

namespace Functional.Execution;

/// <summary>The elementwise functions in float64 by the plainest method there is: what kernels are held against.</summary>
internal static class ScalarReference
{
    public static double Unary(UnaryFunction function, double x) =>
        function switch
        {
            UnaryFunction.Negate => -x,
            UnaryFunction.Reciprocal => 1 / x,
            UnaryFunction.Exp => Math.Exp(x),
            UnaryFunction.Expm1 => Expm1(x),
            UnaryFunction.Log => Math.Log(x),
            UnaryFunction.SafeLog => Math.Max(Math.Log(x), -100),
            UnaryFunction.Sqrt => Math.Sqrt(x),
            UnaryFunction.Abs => Math.Abs(x),
            UnaryFunction.Sign => double.IsNaN(x) ? 0 : Math.Sign(x),
            UnaryFunction.Relu => Math.Max(x, 0),
            UnaryFunction.Step => x > 0 ? 1 : 0,
            UnaryFunction.Sigmoid => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x)),
            UnaryFunction.Tanh => Math.Tanh(x),
            UnaryFunction.Softplus => Math.Max(x, 0) + Log1p(Math.Exp(-Math.Abs(x))),
            UnaryFunction.Erf => Erf(x),
            UnaryFunction.Sin => Math.Sin(x),
            UnaryFunction.Cos => Math.Cos(x),
            _ => throw new UnreachableException(),
        };

    public static double Binary(BinaryFunction function, double x, double y) =>
        function switch
        {
            BinaryFunction.Add => x + y,
            BinaryFunction.Subtract => x - y,
            BinaryFunction.Multiply => x * y,
            BinaryFunction.Divide => x / y,
            BinaryFunction.Maximum => Math.Max(x, y),
            BinaryFunction.Minimum => Math.Min(x, y),
            BinaryFunction.Greater => x > y ? 1 : 0,
            _ => throw new UnreachableException(),
        };

    // eˣ − 1 = 2·sinh(x/2)·e^(x/2), without the cancellation near 0
    private static double Expm1(double x) => Math.Abs(x) > 1 ? Math.Exp(x) - 1 : 2 * Math.Sinh(x / 2) * Math.Exp(x / 2);

    // ln(1 + t) with the rounding of 1 + t divided out (Kahan; Goldberg 1991, theorem 4)
    private static double Log1p(double t)
    {
        double sum = 1 + t;
        return sum == 1 ? t : Math.Log(sum) * (t / (sum - 1));
    }

    // Maclaurin series 2/√π·Σ (−1)ⁿx²ⁿ⁺¹/(n!(2n+1)) in the all-positive form e^(−x²)·Σ 2ⁿx²ⁿ⁺¹/(2n+1)!!, which does not cancel
    private static double Erf(double x)
    {
        if (double.IsNaN(x))
            return x;
        if (Math.Abs(x) > 6)
            return Math.Sign(x);
        double term = x;
        double sum = x;
        for (int n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
            sum += term *= 2 * x * x / (2 * n + 1);
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}
