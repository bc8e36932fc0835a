/// Checks of gradients with Expecto.
module Gradients

open Expecto
open Functional
open Functional.FsCheck
open Functional.FSharp

let private classifier = dense 2 8 --> gelu --> dense 8 3 --> softmax

let private half, one, four = Scalar.constant 0.5, Scalar.constant 1.0, Scalar.constant 4.0
let private root x = Scalar.sqrt (x * x + four)

/// Squareplus (Barron 2021), with its derivative as its author would write it.
let private squareplus =
    Activation.defineWith "squareplus" (fun x -> half * (x + root x)) (fun x -> half * (one + x / root x))

/// The same with a mistake: the inner derivative is left out.
let private mistaken =
    Activation.defineWith "squareplus" (fun x -> half * (x + root x)) (fun x -> half * (one + one / root x))

let tests =
    testList
        "gradients"
        [
            testCase "of our network" (fun () -> (classifier |> GradientCheck.check Loss.crossEntropy).ThrowIfFailed())

            testProperty
                "of our network at any batch"
                (GradientProperties.gradientEqualsCentralDifferenceOf
                    classifier
                    Loss.crossEntropy
                    GradientCheck.defaults)

            testProperty
                "of any network with our activation"
                (GradientProperties.gradientEqualsCentralDifferenceIn
                    (Contents.Kinked.WithActivations squareplus)
                    GradientCheck.defaults)

            testCase "a mistake is found and named" (fun () ->
                let network = dense 2 8 --> activate mistaken --> dense 8 3 --> softmax
                let result = network |> GradientCheck.check Loss.crossEntropy
                Expect.isFalse result.Passed "it is found"
                Expect.equal (Seq.exactlyOne result.Faults).Path "squareplus1" "and named")
        ]

[<EntryPoint>]
let main arguments = runTestsWithCLIArgs [] arguments tests
