/// Activations and losses with their own derivative: as text, as values, in explanations, and what is refused.
module CustomDerivativeTextTests

open System
open Expecto
open Functional
open Functional.FsCheck
open Cases
open Generators
open LossFixtures

let private number (value: float) = Scalar.Constant value :> Scalar

let private layer (activation: Activation) : Network = Activation.op_Implicit activation

let private texts =
    testList
        "as text"
        [
            law 200 "is undone by parsing" (fun (f: Scalar) (d: Scalar) ->
                let activation = Activation.Define("f", f, d)
                Expect.equal (Network.Parse(string activation)) (layer activation) (string activation))

            testCase "is the code that makes it" (fun () ->
                let square =
                    Activation.Define("square", (fun x -> Scalar.Square x), (fun x -> number 2.0 * Scalar.Tanh x))

                let code = "Activation.Define(\"square\", x => x * x, x => 2 * Scalar.Tanh(x))"
                Expect.equal (string square) code "printed"

                for other in
                    [
                        "Define(\"square\", z => z * z, y => 2 * Tanh(y))"
                        "Define(derivative: x => 2 * Tanh(x), name: \"square\", function: x => Square(x))"
                    ] do
                    Expect.equal (Network.Parse other) (layer square) other)

            law 100 "tells activations and losses apart" (fun (f: Scalar) (d: Scalar) (other: Scalar) ->
                let define (d: Scalar) = Activation.Define("f", f, d)
                let isFinite = ScalarWalk.IsFinite d && ScalarWalk.IsFinite other
                Expect.equal (define d) (define d) "the same"
                Expect.notEqual (define d) (Activation.Define("f", f)) "without"

                if isFinite && ScalarWalk.Normalized d <> ScalarWalk.Normalized other then
                    Expect.notEqual (define d) (define other) "another"

                let loss (d: Scalar) =
                    Loss.Define("l", (fun p y -> p - y), (fun p _ -> Expressions.substitute p d))

                Expect.equal (loss d) (loss d) "the same loss"
                Expect.notEqual (loss d) (Loss.Define("l", fun p y -> p - y)) "a loss without")

            testCase "is explained as given, where there are derivatives" (fun () ->
                let own = Activation.Define("own", (fun x -> Scalar.Sign x), (fun x -> Scalar.Cos x + number 0.125))
                let loss = Loss.Define("mine", (fun p y -> Scalar.Abs(p - y)), (fun p y -> Scalar.Tanh(p - y)))

                let network =
                    compose
                        [
                            Layers.Dense(2, 3)
                            layer own
                            Layers.Dense(3, 3)
                            layer own
                            Layers.Tanh
                            Layers.Dense(3, 1)
                        ]

                let text = network.CompileGradient<float>(loss, 4).Explain()

                for line in
                    [
                        "φ₃(x) = Sign(x), derivative given as Cos(x) + 0.125    "
                        "φ₂ = Tanh ∘ own, derivative of own given as Cos(x) + 0.125    "
                        "L = mine(z₀, y): mean over rows of the mean of Abs(p - y), derivative by p given as Tanh(p - y)\n"
                        "(Cos(u₃) + 0.125)"
                        "Tanh(u₁ − y)"
                    ] do
                    Expect.stringContains (text.ReplaceLineEndings "\n") line "the explanation"

                Expect.isFalse
                    (network.CompileInference<float>(4).Explain().Contains "given as")
                    "what predicts has no derivatives")
        ]

let private message<'e when 'e :> exn> (work: unit -> unit) =
    try
        work ()
        failtest $"Expected a {typeof<'e>.Name}."
    with :? 'e as e ->
        e.Message

let private errors =
    testList
        "is refused"
        [
            testCase "with another variable, without an expression, and with one too large" (fun () ->
                let z: Scalar = Scalar.Variable "z"

                let activation (d: Scalar) () =
                    Activation.Define("mine", (fun x -> x), (fun _ -> d)) |> ignore

                let loss (d: Scalar) () =
                    Loss.Define("mine", (fun p _ -> p), (fun _ _ -> d)) |> ignore

                Expect.equal
                    (message<ArgumentException>(activation z))
                    "Activation \"mine\", derivative: the expression may use only its arguments, x; got z."
                    "an activation"

                Expect.equal
                    (message<ArgumentException>(loss z))
                    "Loss \"mine\", derivative: the expression may use only its arguments, p and y; got z."
                    "a loss"

                for define in [ activation; loss ] do
                    Expect.throwsT<ArgumentNullException> (define Unchecked.defaultof<Scalar>) "no expression"
                    let variable: Scalar = Scalar.Variable(if obj.ReferenceEquals(define, loss) then "p" else "x")
                    let long = Seq.fold (fun (sum: Scalar) _ -> sum + variable) variable (seq { 1..501 })
                    Expect.stringContains (message<ArgumentException>(define long)) "too large" "the size")

            testCase "with numbers that are not finite, when a plan is made" (fun () ->
                let network =
                    compose
                        [
                            Layers.Dense(1, 1)
                            layer (Activation.Define("mine", (fun x -> x), (fun x -> number nan * x)))
                        ]

                let says network loss =
                    message<ArgumentException>(fun () -> (network: Network).CompileGradient<float>(loss) |> ignore)

                Expect.stringContains (says network Loss.MeanSquaredError) "not finite" "an activation's"

                Expect.equal
                    (says (Layers.Dense(1, 1)) (Loss.Define("mine", (fun p _ -> p), (fun p _ -> number infinity * p))))
                    "Loss mine: a number in its derivative double.PositiveInfinity * p is not finite. Give finite numbers."
                    "a loss's")

            testTheory
                "in a text, with place and fix"
                [
                    "Define(\"f\", x => x, x => y)", 25, "Unknown variable y. Known: x."
                    "Define(\"f\", x => x, 3)",
                    20,
                    "Define: expected a function, x => expression for the argument derivative, got 3."
                    "Define(\"f\", x => x, null)", 20, "Define: expected a function"
                    "Define(\"f\", x => x, x => 1, x => 1)",
                    28,
                    "Define takes at most 3 arguments: name, function, derivative."
                    "Define(\"f\", derivative: x => 1)",
                    30,
                    "Define: expected a function, x => expression for the argument function, got none."
                ]
                (fun (text, position, what) ->
                    let error =
                        try
                            failtest $"Expected no network, got {Network.Parse text}"
                        with :? NetworkParseException as e ->
                            e

                    Expect.stringStarts error.Message what "what"
                    Expect.equal error.Position position "where")
        ]

let tests = testList "A derivative of its own in text" [ texts; errors ]
