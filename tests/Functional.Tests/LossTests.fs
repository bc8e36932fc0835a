module LossTests

open System
open Expecto
open Functional
open LossFixtures

let private p = [| 0.25; -1.5; 2.0; 0.5; 3.0; 0.125 |]
let private y = [| 0.5; 1.0; 2.0; -2.0; 0.5; 0.0 |]

/// A loss that averages over rows and elements, by its value and derivative.
let private elementwise (loss: Loss) f derivative =
    testCase
        $"{loss} is the mean over rows and elements of its formula, and its gradient that of its derivative"
        (fun () ->
            let n = float p.Length
            agrees given loss 3 p y (Array.sum (Array.map2 f p y) / n) (Array.map2 (fun p y -> derivative p y / n) p y))

let private huber delta p y =
    let e = abs (p - y)
    if e < delta then 0.5 * e * e else delta * (e - 0.5 * delta)

let private huberDerivative delta p y = max -delta (min delta (p - y))

let private message<'e when 'e :> exn> (f: unit -> unit) =
    try
        f ()
        failtest $"Expected a {typeof<'e>.Name}."
    with :? 'e as e ->
        e.Message

let private compile (network: Network) loss () =
    network.CompileTraining<float32>(loss, Optimizer.Sgd 0.1) |> ignore

let tests =
    testList
        "Loss"
        [
            elementwise Loss.MeanSquaredError (fun p y -> (p - y) ** 2.0) (fun p y -> 2.0 * (p - y))
            elementwise Loss.MeanAbsoluteError (fun p y -> abs (p - y)) (fun p y -> float (sign (p - y)))
            elementwise Loss.Huber (huber 1.0) (huberDerivative 1.0)
            elementwise (Loss.HuberWith 0.5) (huber 0.5) (huberDerivative 0.5)
            elementwise (Loss.HuberWith 2.5) (huber 2.5) (huberDerivative 2.5)
            elementwise
                (Loss.Define(
                    "cosh",
                    fun p y -> Scalar.Log(Scalar.op_Implicit 0.5 * (Scalar.Exp(p - y) + Scalar.Exp(y - p)))
                ))
                (fun p y -> log (cosh (p - y)))
                (fun p y -> tanh (p - y))

            testCase "of probabilities refuses a network that gives none, and says what to append" (fun () ->
                let says network loss (parts: string list) =
                    let text = message<LossException>(compile network loss)

                    for part in parts do
                        Expect.stringContains text part "the message"

                let dense = Layers.Dense(2, 3)
                says dense Loss.BinaryCrossEntropy [ "BinaryCrossEntropy"; "Dense(2, 3)"; "Append Sigmoid" ]
                says (compose [ dense; Layers.Relu ]) Loss.CrossEntropy [ "CrossEntropy"; "Relu"; "Append Softmax" ]
                says (Layers.Named("head", dense)) Loss.CrossEntropyOfProbabilities [ "Append Softmax" ]
                compile (compose [ dense; Layers.Sigmoid ]) Loss.BinaryCrossEntropy ()
                compile (compose [ dense; Layers.Softmax ]) Loss.CrossEntropy ()
                compile (compose [ dense; Layers.LogSoftmax ]) Loss.CrossEntropy ()
                compile (compose [ dense; given ]) Loss.CrossEntropy ())

            testCase "of classes refuses one output, and outputs that are not rows" (fun () ->
                let one = compose [ Layers.Dense(2, 1); Layers.Softmax ]

                Expect.stringContains
                    (message<ShapeException>(compile one Loss.CrossEntropy))
                    "Loss.BinaryCrossEntropy"
                    "the fix"

                let matrix () =
                    Layers.Softmax.CompileTraining<float32>(
                        Loss.CrossEntropy,
                        Optimizer.Sgd 0.1,
                        options = CompileOptions(Input = Nullable(Shape(ReadOnlySpan [| 2; 3 |])))
                    )
                    |> ignore

                Expect.stringContains (message<ShapeException> matrix) "Flatten" "the fix")

            testCase
                "Define refuses an empty name and variables that are not its own; HuberWith a δ that is none"
                (fun () ->
                    Expect.throwsT<ArgumentException> (fun () -> Loss.Define(" ", fun p _ -> p) |> ignore) "no name"

                    let z = Scalar.Variable "z" :> Scalar
                    let text = message<ArgumentException>(fun () -> Loss.Define("mine", fun p _ -> p * z) |> ignore)
                    Expect.stringContains text "got z" "the message"

                    for delta in [ 0.0; -1.0; nan; infinity ] do
                        Expect.throwsT<ArgumentOutOfRangeException>
                            (fun () -> Loss.HuberWith delta |> ignore)
                            $"δ = {delta}")

            testCase "of a constant has no gradient, and needs neither features nor targets" (fun () ->
                agrees
                    given
                    (Loss.Define("constant", fun _ _ -> Scalar.op_Implicit 2.5))
                    2
                    [| 1.0; 2.0 |]
                    [| 3.0; 4.0 |]
                    2.5
                    [| 0.0; 0.0 |])
        ]
