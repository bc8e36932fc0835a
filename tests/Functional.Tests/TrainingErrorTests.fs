module TrainingErrorTests

open System
open Expecto
open Functional
open TrainingFixtures

let private isFinite (model: Model<float32>) =
    model.Parameters.Values |> Seq.forall (fun tensor -> tensor.Data.ToArray() |> Array.forall Single.IsFinite)

let private diverge (plan: TrainingPlan<'T>) (data: Dataset) epochs seed =
    try
        plan.Train(data, epochs, seed) |> ignore
        failtest "Expected training to diverge."
    with :? TrainingDivergedException<'T> as e ->
        e

/// A diverging training against its own steps, done one by one.
let private diverging name (optimizer: Optimizer) (isLate: TrainingDivergedException<float32> -> bool) =
    testCase $"that diverges {name} stops with step, layer and the model before that step" (fun () ->
        let network = compose [ Layers.Dense(2, 8); Layers.Tanh; Layers.Named("head", Layers.Dense(8, 1)) ]
        let plan = network.CompileTraining<float32>(Loss.MeanSquaredError, optimizer, 10)
        let e = diverge plan moons 200 5UL
        Expect.isTrue (isLate e) $"{name}: step {e.Step}, epoch {e.Epoch}"
        Expect.equal e.Epoch (int ((e.Step - 1L) / 11L) + 1) "the step's epoch"
        Expect.isTrue (isFinite e.LastGoodModel) "the last good model is finite"
        Expect.equal e.LastGoodModel (replay plan moons 5UL (int e.Step - 1)) "the steps before it"
        let bad = replay plan moons 5UL (int e.Step)
        Expect.isFalse (isFinite bad && Double.IsFinite e.Loss) "and with it the loss or a parameter is not"
        let paths = [ "dense1"; "tanh"; "MeanSquaredError"; "Sgd" ]
        Expect.exists paths e.Layer.Contains $"a layer or stage of this plan: {e.Layer}"

        for part in [ $"step {e.Step} (epoch {e.Epoch})"; e.Layer; "LastGoodModel"; "learning rate" ] do
            Expect.stringContains e.Message part "the message")

let tests =
    testList
        "Training errors"
        [
            diverging "at once" (Optimizer.Sgd 30.0) (fun e -> e.Step > 1L)
            // Then the momentum at the epoch's start matters too.
            diverging "in a later epoch" (Optimizer.Sgd(0.5, momentum = 0.9)) (fun e -> e.Epoch > 1)

            testCase
                "that diverges keeps the epochs before, and the best one's model where that was to be restored"
                (fun () ->
                    let network = compose [ Layers.Dense(2, 8); Layers.Tanh; Layers.Dense(8, 1) ]

                    let plan =
                        network.CompileTraining<float32>(Loss.MeanSquaredError, Optimizer.Sgd(0.5, momentum = 0.9), 10)

                    let models = ResizeArray<Model<float32>>()

                    let onEpoch (result: EpochResult<float32>) =
                        models.Add result.Model
                        EpochDecision.Continue

                    let options =
                        TrainingLoopOptions(
                            OnEpoch = onEpoch,
                            EarlyStopping = EarlyStopping(1000, monitor = EpochMetric.TrainLoss)
                        )

                    try
                        plan.Train(moons, 200, 5UL, options) |> ignore
                        failtest "Expected training to diverge."
                    with :? TrainingDivergedException<float32> as e ->
                        Expect.equal (Seq.length e.History) (e.Epoch - 1) "the completed epochs"
                        let best = e.History |> Seq.mapi (fun i report -> report.TrainLoss, i) |> Seq.min |> snd
                        Expect.equal e.BestModel models[best] "the best one's model"
                        let plain = diverge plan moons 200 5UL
                        Expect.equal plain.History.Count e.History.Count "as many without early stopping"
                        Expect.isTrue (isNull (box plain.BestModel)) "and then no best model")

            testCase "that overflows at once names the layer where it did" (fun () ->
                let network =
                    compose [ Layers.Dense(1, 1); Layers.Named("middle", Layers.Dense(1, 1)); Layers.Dense 1 ]

                let plan = network.CompileTraining<float32>(Loss.MeanSquaredError, Optimizer.Sgd 0.1, 4)
                let data = Dataset.Create(ReadOnlySpan [| 1.0f |], shape [ 1 ], ReadOnlySpan [| 1.0f |], shape [ 1 ])
                let huge = Tensor<float32>(shape [ 1; 1 ], ReadOnlySpan [| 1e30f |])
                let start = plan.Initialize(1UL)
                let parameters = start.Parameters.With("dense1/W", huge).With("middle/dense1/W", huge)

                try
                    plan.Train(data, 1, start = Model(start.Network, parameters)) |> ignore
                    failtest "Expected training to diverge."
                with :? TrainingDivergedException<float32> as e ->
                    Expect.equal (e.Step, e.Epoch) (1L, 1) "the first step"
                    Expect.stringContains e.Layer "middle" "where 10³⁰·10³⁰ is not a float"
                    Expect.equal e.LastGoodModel.Parameters parameters "what it began with")

            testCase "refuses arguments that are none, and data of other shapes or classes" (fun () ->
                let plan = planOf adam 10
                Expect.throwsT<ArgumentOutOfRangeException> (fun () -> train plan 0 1UL |> ignore) "no epochs"

                Expect.throwsT<ArgumentNullException>
                    (fun () -> plan.Train(Unchecked.defaultof<_>, 1) |> ignore)
                    "no data"

                let refuses (plan: TrainingPlan<float32>) (data: Dataset) fix =
                    Expect.throwsC (fun () -> plan.Train(data, 1) |> ignore) (fun e ->
                        Expect.equal (e.GetType()) typeof<DataException> "its type"
                        Expect.stringContains e.Message fix "the fix")

                    Expect.throwsT<DataException>
                        (fun () -> plan.Train(moons, 1, validation = data) |> ignore)
                        "validation"

                refuses plan (Datasets.Blobs(30, 2, 1.0, 1UL, 3)) "[3], but the network takes [2]"
                refuses plan (Datasets.Blobs(30, 3)) "Softmax"

                let numbers =
                    Dataset.Create(
                        ReadOnlySpan [| 1.0f; 2.0f |],
                        shape [ 2 ],
                        ReadOnlySpan [| 1.0f; 2.0f |],
                        shape [ 2 ]
                    )

                refuses plan numbers "[2]"
                let classes = compose [ Layers.Dense(2, 2); Layers.Softmax ]
                let plan = classes.CompileTraining<float32>(Loss.CrossEntropy, adam, 10)

                let unlabelled =
                    Dataset.Create(ReadOnlySpan [| 1.0f; 2.0f |], shape [ 2 ], ReadOnlySpan [| 1.0f |], shape [ 1 ])

                refuses plan unlabelled "CreateLabelled"
                refuses plan (Datasets.Blobs(30, 3)) "3 classes"
                let other = compose [ Layers.Dense(2, 3); Layers.Softmax ]
                let model = other.CompileTraining<float32>(Loss.CrossEntropy, adam).Initialize()

                Expect.throwsT<ShapeException>
                    (fun () -> plan.Train(moons, 1, start = model) |> ignore)
                    "another network's model")
        ]
