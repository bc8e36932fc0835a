/// The activations that networks end in, so that a loss of probabilities can follow.
module internal Functional.FsCheck.Endings

open Functional

let private one = Scalar.Constant 1.0 :> Scalar

// From 0.0025 to 0.9975: beyond, 1 − p cancels in float32, and differences of logarithms do not settle.
let private logistic (x: Scalar) =
    one / (one + Scalar.Exp(Scalar.Constant -6.0 * Scalar.Tanh x))

/// A sigmoid of one's own: unlike the built-in one it is not rewritten together with the logarithm in a loss.
let definedSigmoid = Activation.Define("sigmoid", logistic)

/// The same with its derivative.
let derivedSigmoid =
    Activation.Define(
        "sigmoid",
        logistic,
        (fun x ->
            let p = logistic x
            Scalar.Constant 6.0 * p * (one - p) * (one - Scalar.Square(Scalar.Tanh x)))
    )

/// The activations of an ending, the simplest first; none where any layer may end a network.
let activations ending =
    match ending with
    | AnyOutput
    | Regression -> []
    | Probability -> [ Activation.Sigmoid; definedSigmoid; derivedSigmoid ]
    | Distribution -> [ Activation.Softmax; Activation.LogSoftmax ]

/// What may stand in an activation's place with the same loss.
let simpler (activation: Activation) =
    [ Probability; Distribution ]
    |> List.collect (fun ending ->
        let all = activations ending

        match List.tryFindIndex ((=) activation) all with
        | Some index -> List.truncate index all
        | None -> [])
