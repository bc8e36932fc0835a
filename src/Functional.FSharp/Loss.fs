namespace Functional.FSharp

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

    /// All losses that have a name of their own.
    let builtIns = List.ofSeq Loss.BuiltIns

    /// <summary>
    /// A loss given as an expression of prediction and target, averaged over rows and elements:
    /// <c>Loss.define "square" (fun p y -> Scalar.square (p - y))</c>.
    /// </summary>
    /// <exception cref="T:System.ArgumentException">The name is empty, or the expression uses other variables.</exception>
    let define name (expression: Scalar -> Scalar -> Scalar) =
        Loss.Define(name, (fun p y -> expression p y))
