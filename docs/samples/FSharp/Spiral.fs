/// Three arms of a spiral: normalization, dropout, a schedule, early stopping, a report by class.
module Spiral

open Functional.FSharp

let run () =
    let training, validation = Datasets.spiral 1500 3 0.02 7 |> Dataset.splitStratified 0.8 7

    let network =
        dense 2 64
        --> batchNorm
        --> relu
        --> dropout 0.1
        --> residual (denseTo 64 --> layerNorm --> gelu)
        --> denseTo 3
        --> softmax

    let epochs = 100
    let steps = int64 (epochs * Dataset.batchCount 32 training)

    let schedule =
        LearningRateSchedule.warmUp 100L |> LearningRateSchedule.andThen (LearningRateSchedule.cosine (steps - 100L))

    let optimizer = Optimizer.adamW 0.01 |> Optimizer.clipNorm 1.0 |> Optimizer.withSchedule schedule

    let options =
        { Plan.trainDefaults with
            Validation = Some validation
            EarlyStopping = Some(EarlyStopping.after 10)
        }

    let result =
        network
        |> Network.compileTraining (Loss.crossEntropyWith 0.05 []) optimizer 32
        |> Plan.trainWith options training epochs 42

    printfn $"{result.End} after {result.History.Count} epochs, the best was {result.ModelEpoch}"
    let report = result.Model |> Model.classificationReport validation
    printfn $"{report}"
    report.Macro.F1 >= 0.9
