namespace Functional.FSharp

open Functional

/// <summary>
/// The functions that custom activations and losses are written with. <c>+ - * /</c> and negation work on expressions as they
/// are; <c>Scalar.constant</c> makes an expression of a number.
/// </summary>
[<RequireQualifiedAccess>]
module Scalar =
    /// A number as an expression: <c>Scalar.constant 0.5 * x</c>.
    let constant (value: float) : Scalar = Scalar.op_Implicit value

    /// eˣ.
    let exp x = Scalar.Exp x

    /// eˣ − 1, exact near 0.
    let expm1 x = Scalar.Expm1 x

    /// Natural logarithm; −∞ at 0 and NaN below.
    let log x = Scalar.Log x

    /// max(ln x, −100) with derivative 1/max(x, 10⁻¹²): finite at 0, for losses of probabilities.
    let safeLog x = Scalar.SafeLog x

    /// √x; NaN below 0.
    let sqrt x = Scalar.Sqrt x

    /// |x|.
    let abs x = Scalar.Abs x

    /// −1, 0 or 1.
    let sign x = Scalar.Sign x

    /// max(x, 0).
    let relu x = Scalar.Relu x

    /// 1 where x > 0, otherwise 0.
    let step x = Scalar.Step x

    /// 1/(1 + e⁻ˣ).
    let sigmoid x = Scalar.Sigmoid x

    /// Hyperbolic tangent.
    let tanh x = Scalar.Tanh x

    /// ln(1 + eˣ), without overflow.
    let softplus x = Scalar.Softplus x

    /// The error function.
    let erf x = Scalar.Erf x

    /// Sine of an angle in radians.
    let sin x = Scalar.Sin x

    /// Cosine of an angle in radians.
    let cos x = Scalar.Cos x

    /// 1/x.
    let reciprocal x = Scalar.Reciprocal x

    /// x·x.
    let square x = Scalar.Square x

    /// max(x, y).
    let max x y = Scalar.Max(x, y)

    /// min(x, y).
    let min x y = Scalar.Min(x, y)

    /// 1 where x > y, otherwise 0.
    let greater x y = Scalar.Greater(x, y)

    /// The second value where the condition is above 0, otherwise the third.
    let where condition whenPositive otherwise =
        Scalar.Where(condition, whenPositive, otherwise)
