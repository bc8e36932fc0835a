open Functional.FSharp

let network = dense 2 20 --> relu --> dense 20 40 --> relu --> dense 40 20 --> relu --> dense 20 1 --> sigmoid
let plan = network |> Network.compileTraining Loss.binaryCrossEntropy (Optimizer.adam 0.01) 10
let result = plan |> Plan.train (Datasets.moons 1000 0.1 7) 100 42

printfn $"{result}"
