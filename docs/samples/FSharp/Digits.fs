/// What two digits sum to, from their numbers alone: embeddings, branches, shared weights, an own rule to stop, frozen parts.
module Digits

open Functional
open Functional.FSharp

let private table answer =
    let rows = List.allPairs [ 0..9 ] [ 0..9 ]

    let numbers =
        [|
            for a, b in rows do
                float a
                float b
        |]

    let labels = [| for a, b in rows -> answer a b |]
    Dataset.createLabelled (shape [ 2 ]) numbers 10 labels

let run () =
    let step = shared "step" (dense 32 32 --> tanh)

    let network =
        named "table" (embedding 10 8 2)
        --> concat [ dense 16 16 --> relu; dense 16 16 --> tanh ]
        --> residual step
        --> residual step
        --> denseTo 10
        --> softmax

    let sums = table (fun a b -> (a + b) % 10)

    let untilKnown =
        { Plan.trainDefaults with
            Validation = Some sums
            OnEpoch =
                Some(fun epoch ->
                    if epoch.Report.ValidationAccuracy = System.Nullable 1.0 then
                        EpochDecision.Stop
                    else
                        EpochDecision.Continue)
        }

    let known =
        network
        |> Network.compileTraining Loss.crossEntropy (Optimizer.adam 0.01) 20
        |> Plan.trainWith untilKnown sums 300 1

    printfn $"every sum known after {known.History.Count} epochs"

    // The same digits for another question: their vectors stay, the rest learns anew, the last layer faster.
    let careful = Optimizer.adam 0.005 |> Optimizer.freeze [ "table" ] |> Optimizer.forLayer "dense1" 0.02

    let other =
        network
        |> Network.compileTraining Loss.crossEntropy careful 20
        |> Plan.trainWith
            { Plan.trainDefaults with
                Start = Some known.Model
            }
            (table (fun a b -> (a - b + 10) % 10))
            200
            2

    let vectors (model: Model<float32>) = model.Parameters["table/embedding1/E"]
    printfn $"2 - 7 = {other.Model |> Model.classify [| 2f; 7f |]} modulo 10"

    known.Model |> Model.classify [| 7f; 8f |] = 5
    && other.Model |> Model.classify [| 2f; 7f |] = 5
    && vectors other.Model = vectors known.Model
