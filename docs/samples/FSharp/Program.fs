open Functional.FSharp

let network = dense 2 20 --> relu --> dense 20 40 --> relu --> dense 40 20 --> relu --> dense 20 1 --> sigmoid
let plan = network |> Network.compileTraining Loss.binaryCrossEntropy (Optimizer.adam 0.01) 10
let result = plan |> Plan.train (Datasets.moons 1000 0.1 7) 100 42

printfn $"{plan |> Plan.explain}" // the derived chain rule, shapes, costs, fused kernels, buffers

for epoch in result.History do
    if epoch.Epoch % 20 = 0 then
        printfn $"epoch %3d{epoch.Epoch}   loss %.5f{epoch.TrainLoss}"

printfn $"%d{result.SampleCount} rows learnt in %.2f{result.Elapsed.TotalSeconds} s"

// What the model says of the plane: x from -1.5 to 2.5, y from 1.5 down to -1, '#' where it sees the second moon.
let columns, rows = 64, 20

let plane =
    [|
        for row in 0 .. rows - 1 do
            for column in 0 .. columns - 1 do
                -1.5f + 4.0f * float32 column / float32 (columns - 1)
                1.5f - 2.5f * float32 row / float32 (rows - 1)
    |]

for line in result.Model |> Model.classifyAll plane |> Array.chunkBySize columns do
    line |> Array.map (fun moon -> if moon = 1 then '#' else '.') |> System.String |> printfn "%s"

let unseen = result.Model |> Model.evaluate Loss.binaryCrossEntropy (Datasets.moons 1000 0.1 8)
printfn $"accuracy on %d{unseen.Count} new rows: %.3f{unseen.Accuracy.Value}"

let isGood = [ unseen.Accuracy.Value >= 0.97; Spiral.run (); Digits.run (); Curve.run () ] |> List.forall id

exit (if isGood then 0 else 1) // CI runs this sample: a poor model is a failure
