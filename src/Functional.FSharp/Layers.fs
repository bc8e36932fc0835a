namespace Functional.FSharp

open System
open Functional

/// What a dense layer may be told beyond its sizes; begin with <c>denseDefaults</c>.
type DenseOptions =
    {
        /// Whether b is there.
        Bias: bool
        /// How W begins; by default He before the ReLU family and Xavier otherwise.
        Weights: Initializer option
        /// How b begins; by default zeros.
        Biases: Initializer option
    }

/// What batch normalization may be told; begin with <c>batchNormDefaults</c>.
type BatchNormOptions =
    {
        /// The weight of a batch in the running statistics, in (0, 1].
        Momentum: float
        /// ε, positive.
        Epsilon: float
        /// Whether γ and β are there.
        Affine: bool
    }

/// <summary>
/// The layers and <c>--></c>, in scope with the namespace. F#'s own <c>tanh</c> stays within reach as <c>Operators.tanh</c>.
/// </summary>
[<AutoOpen>]
module Layers =
    /// <summary>First the left network, then the right: <c>dense 2 20 --> relu</c>; associative, with <c>identity</c> as unit.</summary>
    /// <exception cref="T:Functional.ShapeException">Sizes that are known do not fit; every mismatch is listed with its fix.</exception>
    let (-->) (first: Network) next = first.Then next

    /// With a bias, and everything else by default.
    let denseDefaults =
        {
            Bias = true
            Weights = None
            Biases = None
        }

    /// <summary>u = x·W + b with W [inputs, outputs].</summary>
    /// <exception cref="T:Functional.ShapeException">A size is below 1, or the weights would exceed 2³¹ − 1 elements.</exception>
    let dense (inputs: int) (outputs: int) = Layers.Dense(inputs, outputs)

    /// <summary>u = x·W + b whose input size follows from what comes before: <c>dense 784 128 --> relu --> denseTo 10</c>.</summary>
    /// <exception cref="T:Functional.ShapeException">The size is below 1.</exception>
    let denseTo (outputs: int) = Layers.Dense outputs

    /// <summary>A dense layer with options: <c>denseWith { denseDefaults with Bias = false } 2 20</c>.</summary>
    /// <exception cref="T:Functional.ShapeException">A size is below 1, or the weights would exceed 2³¹ − 1 elements.</exception>
    let denseWith options (inputs: int) (outputs: int) =
        Layers.Dense(inputs, outputs, options.Bias, Option.toObj options.Weights, Option.toObj options.Biases)

    /// <summary>A dense layer with options whose input size follows from what comes before.</summary>
    /// <exception cref="T:Functional.ShapeException">The size is below 1.</exception>
    let denseToWith options (outputs: int) =
        Layers.Dense(outputs, options.Bias, Option.toObj options.Weights, Option.toObj options.Biases)

    /// max(x, 0).
    let relu = Layers.Relu

    /// x where x > 0, otherwise 0.01·x.
    let leakyRelu = Layers.LeakyRelu

    /// x where x > 0, otherwise eˣ − 1.
    let elu = Layers.Elu

    /// x·Φ(x) with the exact normal distribution Φ.
    let gelu = Layers.Gelu

    /// x·σ(x), also called SiLU.
    let swish = Layers.Swish

    /// ln(1 + eˣ).
    let softplus = Layers.Softplus

    /// 1/(1 + e⁻ˣ).
    let sigmoid = Layers.Sigmoid

    /// Hyperbolic tangent. F#'s own function is <c>Operators.tanh</c>, that of expressions <c>Scalar.tanh</c>.
    let tanh = Layers.Tanh

    /// e^(xᵢ) / Σⱼ e^(xⱼ) over the last dimension.
    let softmax = Layers.Softmax

    /// The logarithm of the softmax.
    let logSoftmax = Layers.LogSoftmax

    /// An activation as a layer: <c>dense 2 20 --> activate (Activation.leakyReluWith 0.2)</c>.
    let activate (activation: Activation) : Network = Activation.op_Implicit activation

    /// The network that returns its input.
    let identity = Layers.Identity

    /// Each row as one vector of features: [28, 28] becomes [784].
    let flatten = Layers.Flatten

    /// <summary>x + body(x).</summary>
    /// <exception cref="T:Functional.ShapeException">The body's output is known not to have its input's shape.</exception>
    let residual body = Layers.Residual body

    /// <summary>In training each element is 0 with probability rate and otherwise divided by 1 − rate; afterwards nothing happens.</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The rate is outside [0, 1).</exception>
    let dropout rate = Layers.Dropout rate

    /// With momentum 0.1, ε = 1e-5, and γ and β.
    let batchNormDefaults =
        {
            Momentum = 0.1
            Epsilon = 1e-5
            Affine = true
        }

    /// γ·(x − μ)/√(σ² + ε) + β per feature, with the batch's statistics in training and running ones afterwards.
    let batchNorm = Layers.BatchNorm()

    /// <summary>Batch normalization with options: <c>batchNormWith { batchNormDefaults with Momentum = 0.01 }</c>.</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">An option is outside its range.</exception>
    let batchNormWith options =
        Layers.BatchNorm(options.Momentum, options.Epsilon, options.Affine)

    /// γ·(x − μ)/√(σ² + ε) + β with the mean and variance of each row.
    let layerNorm = Layers.LayerNorm()

    /// <summary>Layer normalization with its ε, and with γ and β or without: <c>layerNormWith 1e-5 false</c>.</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">ε is not positive and finite.</exception>
    let layerNormWith epsilon affine = Layers.LayerNorm(epsilon, affine)

    /// <summary>The vectors, of size features each, of a row's numbers 0 … count − 1: <c>embedding 1000 16 1</c> for one number a row.</summary>
    /// <exception cref="T:Functional.ShapeException">A size is below 1.</exception>
    let embedding count size columns = Layers.Embedding(count, size, columns)

    /// <summary>Embedding whose vectors begin as an initializer says.</summary>
    /// <exception cref="T:Functional.ShapeException">A size is below 1.</exception>
    let embeddingWith (weights: Initializer) count size columns =
        Layers.Embedding(count, size, columns, weights)

    /// <summary>Branches that take the same input, their outputs side by side.</summary>
    /// <exception cref="T:System.ArgumentException">Fewer than two branches.</exception>
    /// <exception cref="T:Functional.ShapeException">Sizes that are known do not fit.</exception>
    let concat (branches: Network seq) =
        Layers.Concat(ReadOnlySpan(Array.ofSeq branches))

    /// <summary>A network that shares its parameters with every other one under the same name; their gradients add.</summary>
    /// <exception cref="T:System.ArgumentException">The name is empty or has a character other than letters, digits, <c>-</c>, <c>_</c> and <c>.</c>.</exception>
    let shared name network = Layers.Shared(name, network)

    /// <summary>A network under a name, which prefixes its parameters' paths: <c>encoder/dense1/W</c>.</summary>
    /// <exception cref="T:System.ArgumentException">The name is empty or has a character other than letters, digits, <c>-</c>, <c>_</c> and <c>.</c>.</exception>
    let named name network = Layers.Named(name, network)

    /// <summary>
    /// A multi-layer perceptron from its sizes and what follows every dense layer but the last:
    /// <c>mlp [ 784; 128; 10 ] relu</c> is <c>dense 784 128 --> relu --> dense 128 10</c>.
    /// </summary>
    /// <exception cref="T:Functional.ShapeException">Fewer than two sizes, or one below 1.</exception>
    let mlp (sizes: int seq) hidden =
        Layers.Mlp(ReadOnlySpan(Array.ofSeq sizes), hidden)

    /// <summary>A shape from its sizes, outermost first: <c>shape [ 28; 28 ]</c>.</summary>
    /// <exception cref="T:Functional.ShapeException">A size is below 1, or the product exceeds 2³¹ − 1.</exception>
    let shape (sizes: int seq) = Shape(ReadOnlySpan(Array.ofSeq sizes))
