namespace Functional.FSharp

open Functional

/// Activations as values; <c>activate</c> makes a layer of one.
[<RequireQualifiedAccess>]
module Activation =
    /// max(x, 0); derivative 0 at 0.
    let relu = Activation.Relu

    /// x where x > 0, otherwise 0.01·x.
    let leakyRelu = Activation.LeakyRelu

    /// <summary>x where x > 0, otherwise slope·x.</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The slope is not finite.</exception>
    let leakyReluWith slope = Activation.LeakyReluWith slope

    /// x where x > 0, otherwise eˣ − 1.
    let elu = Activation.Elu

    /// <summary>x where x > 0, otherwise α·(eˣ − 1).</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">α is not finite.</exception>
    let eluWith alpha = Activation.EluWith alpha

    /// x·Φ(x) with the exact normal distribution Φ.
    let gelu = Activation.Gelu

    /// x·σ(x), also called SiLU.
    let swish = Activation.Swish

    /// ln(1 + eˣ).
    let softplus = Activation.Softplus

    /// 1/(1 + e⁻ˣ).
    let sigmoid = Activation.Sigmoid

    /// Hyperbolic tangent.
    let tanh = Activation.Tanh

    /// e^(xᵢ) / Σⱼ e^(xⱼ) over the last dimension.
    let softmax = Activation.Softmax

    /// The logarithm of the softmax.
    let logSoftmax = Activation.LogSoftmax

    /// <summary>
    /// An activation given as an expression, whose derivative follows from the table of rules:
    /// <c>Activation.define "swish" (fun x -> x * Scalar.sigmoid x)</c>.
    /// </summary>
    /// <exception cref="T:System.ArgumentException">The name is empty, or the expression uses a variable other than its argument.</exception>
    let define name (expression: Scalar -> Scalar) = Activation.Define(name, expression)

    /// <summary>
    /// An activation given with its own derivative, which is used as given; <c>GradientCheck.Check</c> tells whether it is the function's:
    /// <c>Activation.defineWith "signThrough" Scalar.sign (fun _ -> Scalar.constant 1.0)</c>.
    /// </summary>
    /// <exception cref="T:System.ArgumentException">The name is empty, or an expression uses a variable other than its argument.</exception>
    let defineWith name (expression: Scalar -> Scalar) (derivative: Scalar -> Scalar) =
        Activation.Define(name, expression, derivative)
