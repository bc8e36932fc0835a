namespace Functional.FSharp

open Functional

/// How a layer's parameters begin.
[<RequireQualifiedAccess>]
module Initializer =
    /// Uniform on ±√(6/(fan-in + fan-out)): for tanh and sigmoid (Glorot and Bengio 2010).
    let xavierUniform = Initializer.XavierUniform

    /// Normal with variance 2/(fan-in + fan-out).
    let xavierNormal = Initializer.XavierNormal

    /// Uniform on ±√(6/fan-in): for ReLU and its relatives (He et al. 2015).
    let heUniform = Initializer.HeUniform

    /// Normal with variance 2/fan-in.
    let heNormal = Initializer.HeNormal

    /// Uniform on ±1/√fan-in.
    let scaledUniform = Initializer.ScaledUniform

    /// Every element 0: the default of biases.
    let zeros = Initializer.Zeros

    /// <summary>Every element the same.</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The value is not finite.</exception>
    let constant value = Initializer.Constant value

    /// <summary>Uniform on [low, high).</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The bounds are not finite or not in order.</exception>
    let uniform low high = Initializer.Uniform(low, high)

    /// The default for the weights of a layer by what follows it: He for the ReLU family, Xavier otherwise.
    let defaultFor (following: Activation option) =
        Initializer.DefaultFor(Option.toObj following)
