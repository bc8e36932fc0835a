namespace Functional.FSharp

open System
open Functional

/// What training makes small.
[<RequireQualifiedAccess>]
module Loss =
    /// Mean squared error, mean (p − y)² over rows and elements.
    let meanSquaredError = Loss.MeanSquaredError

    /// Mean absolute error, mean |p − y|.
    let meanAbsoluteError = Loss.MeanAbsoluteError

    /// Huber's loss with δ = 1.
    let huber = Loss.Huber

    /// <summary>Huber's loss: ½(p − y)² where |p − y| is below δ, otherwise δ·(|p − y| − ½δ).</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">δ is not positive and finite.</exception>
    let huberWith delta = Loss.HuberWith delta

    /// Binary cross-entropy −[y·ln p + (1 − y)·ln(1 − p)], after <c>sigmoid</c>.
    let binaryCrossEntropy = Loss.BinaryCrossEntropy

    /// Cross-entropy −ln p[class] of integer class labels, after <c>softmax</c>.
    let crossEntropy = Loss.CrossEntropy

    /// Cross-entropy −Σ y·ln p of rows of probabilities, after <c>softmax</c>.
    let crossEntropyOfProbabilities = Loss.CrossEntropyOfProbabilities

    /// <summary>
    /// Cross-entropy with smoothed labels and weighted classes: <c>Loss.crossEntropyWith 0.1 [ 1.0; 5.0 ]</c>; no weights for 1 everywhere.
    /// </summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The smoothing is not in [0, 1), or a weight is negative or not finite.</exception>
    let crossEntropyWith labelSmoothing (classWeights: float list) =
        Loss.CrossEntropyWith(labelSmoothing, ReadOnlySpan(Array.ofList classWeights))

    /// <summary>Binary cross-entropy with smoothed labels and a weight of positive rows: <c>Loss.binaryCrossEntropyWith 0.1 5.0</c>.</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The smoothing is not in [0, 1), or the weight is not positive and finite.</exception>
    let binaryCrossEntropyWith labelSmoothing positiveWeight =
        Loss.BinaryCrossEntropyWith(labelSmoothing, positiveWeight)

    /// <summary>The same of rows of probabilities, each weighted by Σ w·y.</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The smoothing is not in [0, 1), or a weight is negative or not finite.</exception>
    let crossEntropyOfProbabilitiesWith labelSmoothing (classWeights: float list) =
        Loss.CrossEntropyOfProbabilitiesWith(labelSmoothing, ReadOnlySpan(Array.ofList classWeights))

    /// All losses that have a name of their own.
    let builtIns = List.ofSeq Loss.BuiltIns

    /// <summary>
    /// A loss given as an expression of prediction and target, averaged over rows and elements:
    /// <c>Loss.define "square" (fun p y -> Scalar.square (p - y))</c>.
    /// </summary>
    /// <exception cref="T:System.ArgumentException">The name is empty, or the expression uses other variables.</exception>
    let define name (expression: Scalar -> Scalar -> Scalar) =
        Loss.Define(name, (fun p y -> expression p y))

    /// <summary>
    /// A loss given with its own derivative by the prediction, which is used as given; <c>GradientCheck.Check</c> tells whether it is the
    /// function's: <c>Loss.defineWith "square" (fun p y -> Scalar.square (p - y)) (fun p y -> Scalar.constant 2.0 * (p - y))</c>.
    /// </summary>
    /// <exception cref="T:System.ArgumentException">The name is empty, or an expression uses other variables.</exception>
    let defineWith name (expression: Scalar -> Scalar -> Scalar) (derivative: Scalar -> Scalar -> Scalar) =
        Loss.Define(name, (fun p y -> expression p y), (fun p y -> derivative p y))
