namespace Functional.FsCheck

open System
open FsCheck
open FsCheck.FSharp
open Functional

/// Generated losses.
[<RequireQualifiedAccess>]
module Losses =
    /// A cross-entropy of so many classes, which may be smoothed, weighted, or both.
    let private crossEntropy classes =
        gen {
            let! smoothing = Gen.elements [ 0.0; 0.1; 0.75 ]

            let! weights =
                Gen.elements [ 0; classes ] |> Gen.bind (fun n -> Gen.listOfLength n (Gen.elements [ 0.25; 1.0; 3.0 ]))

            let! ofLabels = Gen.elements [ true; false ]
            let weights = Array.ofList weights

            return
                if ofLabels then
                    Loss.CrossEntropyWith(smoothing, ReadOnlySpan weights)
                else
                    Loss.CrossEntropyOfProbabilitiesWith(smoothing, ReadOnlySpan weights)
        }

    /// Losses that fit after an ending of so many outputs, some defined by an expression of p − y among them.
    [<CompiledName "Generate">]
    let generate contents ending outputs : Gen<Loss> =
        let values =
            [
                3, Gen.constant Loss.MeanSquaredError
                1,
                Expressions.tame contents.Kinks
                |> Gen.map (fun e -> Loss.Define("defined", fun p y -> Expressions.substitute (p - y) e))
                1,
                Expressions.tame contents.Kinks
                |> Gen.map (fun e ->
                    let d = Derivatives.of' e

                    Loss.Define(
                        "derived",
                        (fun p y -> Expressions.substitute (p - y) e),
                        (fun p y -> Expressions.substitute (p - y) d)
                    ))
                if contents.Kinks then
                    2, Gen.elements [ Loss.MeanAbsoluteError; Loss.Huber ]
                    1, Gen.choose (1, 30) |> Gen.map (fun n -> Loss.HuberWith(float n / 10.0))
            ]

        match ending with
        | Distribution -> crossEntropy outputs
        | Probability ->
            let weighted =
                Gen.elements [ 0.0, 3.0; 0.2, 1.0; 0.5, 0.25 ]
                |> Gen.map (fun (smoothing, weight) -> Loss.BinaryCrossEntropyWith(smoothing, weight))

            Gen.frequency ((8, Gen.constant Loss.BinaryCrossEntropy) :: (2, weighted) :: values)
        | AnyOutput
        | Regression -> Gen.frequency values

    /// Simpler losses: without smoothing, weights or a derivative of their own, and the mean squared error.
    [<CompiledName "Shrink">]
    let shrink (loss: Loss) : Loss seq =
        seq {
            let plain =
                match loss.Target with
                | TargetKind.ClassIndex -> Loss.CrossEntropy
                | TargetKind.Probabilities -> Loss.CrossEntropyOfProbabilities
                | _ when loss.NeedsProbabilities -> Loss.BinaryCrossEntropy
                | _ when not (isNull loss.Derivative) -> Loss.Define(loss.Name, (fun _ _ -> loss.Expression))
                | _ -> loss

            if plain <> loss then
                plain

            if loss <> Loss.MeanSquaredError then
                Loss.MeanSquaredError
        }
