/// What the tests of training share.
module TrainingFixtures

open System
open Functional

let compose (layers: Network list) = Network.Compose layers
let shape (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))

let small = compose [ Layers.Dense(2, 8); Layers.Tanh; Layers.Dense(8, 1); Layers.Sigmoid ]

let planOf (optimizer: Optimizer) batch =
    small.CompileTraining<float32>(Loss.BinaryCrossEntropy, optimizer, batch)

let adam = Optimizer.Adam 0.01
let moons = Datasets.Moons(103, 0.1, 3UL)

let train (plan: TrainingPlan<float32>) epochs seed = plan.Train(moons, epochs, seed)

/// Rows in order, as one batch of the plan or several.
let rowsOf (data: Dataset) =
    data.Features<float32>().Data.ToArray(), data.Targets<float32>().Data.ToArray()

/// The batches of a training, by the rule of its documentation: Philox's shuffle of every epoch by its number.
let replay (plan: TrainingPlan<float32>) (data: Dataset) seed steps =
    let x, y = rowsOf data
    let width = data.FeatureShape.Count
    use session = plan.Start(seed: uint64)

    let rec epoch number remaining =
        if remaining > 0 then
            let order = [| 0 .. data.Count - 1 |]
            let mutable random = RandomStream(seed, RandomPurpose.Shuffle, uint64 number)
            Philox.Shuffle(order, &random)
            let batches = order |> Array.chunkBySize plan.BatchSize |> Array.truncate remaining

            for rows in batches do
                let features = rows |> Array.collect (fun row -> x[row * width .. (row + 1) * width - 1])
                session.Step(ReadOnlySpan features, ReadOnlySpan(rows |> Array.map (fun row -> y[row]))) |> ignore

            epoch (number + 1) (remaining - batches.Length)

    epoch 1 steps
    session.Snapshot()
