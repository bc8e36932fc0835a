module DropoutTests

open System
open System.Threading
open Expecto
open Functional
open Functional.Execution
open Functional.Graphs
open Functional.Plans
open Differences
open ReferenceLayers
open LayerFixtures

let private mse = Loss.MeanSquaredError

/// A model of a network without parameters.
let private ofNothing (network: Network) inputs = modelOf network inputs (Random 1)

let private masks =
    testList
        "keeps"
        [
            testTheory
                "the share 1 − p, divided by it, and the rest is 0"
                [ 0.0; 1e-9; 0.1; 0.25; 0.5; 0.8; 0.99; 0.999999; Math.BitDecrement 1.0 ]
                (fun rate ->
                    let rows, columns = 67, 129
                    let model = ofNothing (Layers.Dropout rate) columns
                    let x = normals (Random 2) rows columns
                    let given = Array.concat x

                    for isSingle in [ false; true ] do
                        let key = RandomKey(5UL, 3UL)
                        let y = (forwardBy key 1 isSingle VectorWidth.Auto model x)[predictionKey]

                        let kept =
                            if isSingle then
                                given |> Array.map (fun x -> float (float32 x * float32 (1.0 / (1.0 - rate))))
                            else
                                given |> Array.map (fun x -> x * (1.0 / (1.0 - rate)))

                        for i in 0 .. y.Length - 1 do
                            if y[i] <> 0.0 then
                                Expect.equal y[i] kept[i] $"element {i} of rate {rate:R}"

                        let dropped = y |> Array.filter ((=) 0.0) |> Array.length |> float
                        let count = float y.Length
                        // Beyond six deviations once in 10⁹; three of what is so rare that it has no deviation.
                        let bound = 6.0 * sqrt (count * rate * (1.0 - rate)) + 3.0
                        Expect.isLessThan (abs (dropped - count * rate)) bound $"{dropped} dropped at {rate:R}")

            testCase "nothing at a rate just below 1, so that only biases learn" (fun () ->
                let network = compose [ Layers.Dropout(Math.BitDecrement 1.0); dense 3 2 ]
                let model = modelOf network 3 (Random 1)
                let plan = network.CompileGradient<float>(mse, 4, options 3)

                let gradient =
                    plan.Gradient(
                        model,
                        ReadOnlySpan(Array.concat (normals (Random 2) 4 3)),
                        ReadOnlySpan(Array.create 8 9.0)
                    )

                Expect.allEqual (doubles gradient.Parameters["dense1/W"]) 0.0 "∂L/∂W"
                Expect.all (doubles gradient.Parameters["dense1/b"]) (fun g -> g < 0.0) "∂L/∂b"
                Expect.isTrue (Double.IsFinite gradient.Loss) "the loss")

            testCase "what it keeps at 0.999999 finite" (fun () ->
                let network = compose [ Layers.Dropout 0.999999; dense 60 1 ]
                let plan = network.CompileTraining<float32>(mse, Optimizer.Sgd 1e-9, 60, options 60)
                let data = normals (Random 2) 300 60
                let targets = Array.create 300 1.0

                let data =
                    Dataset.Create(ReadOnlySpan(Array.concat data), shape [ 60 ], ReadOnlySpan targets, shape [ 1 ])

                let result = plan.Train(data, 3, 1UL)
                Expect.all result.History (fun epoch -> Double.IsFinite epoch.TrainLoss) "the losses")

            testCase "the same at every width, on every number of threads, in both precisions" (fun () ->
                let model = ofNothing (Layers.Dropout 0.4) 300
                let x = Array.create 257 (Array.create 300 1.0)
                let key = RandomKey(7UL, 11UL)
                let isKept = Array.map ((<>) 0.0)

                let run threads isSingle width =
                    (forwardBy key threads isSingle width model x)[predictionKey]

                let expected = run 1 false VectorWidth.Bits512 |> isKept

                for width in Cases.widths do
                    for threads in [ 1; 2; 3 ] do
                        for isSingle in [ false; true ] do
                            Expect.isTrue
                                (isKept (run threads isSingle width) = expected)
                                $"{width}, {threads} threads, single {isSingle}")

            testCase "other elements in another layer, step and training, and the same again" (fun () ->
                let network = concat [ Layers.Dropout 0.5; Layers.Dropout 0.5 ]
                let model = ofNothing network 4000
                let x = [| Array.create 4000 1.0 |]

                let run seed step =
                    let y = (forwardBy (RandomKey(seed, step)) 1 true VectorWidth.Auto model x)[predictionKey]
                    List.ofArray (Array.chunkBySize 4000 y)

                let first = run 1UL 1UL
                Expect.equal (run 1UL 1UL) first "the same again"

                for a, b in List.allPairs [ 0..7 ] [ 0..7 ] |> List.filter (fun (a, b) -> a < b) do
                    let all = first @ run 1UL 2UL @ run 2UL 1UL @ run 2UL 2UL
                    let alike = Array.map2 (=) all[a] all[b] |> Array.filter id |> Array.length
                    Expect.isLessThan (abs (alike - 2000)) 190 $"masks {a} and {b}: {alike} of 4000 alike")
        ]

let private noisy =
    compose
        [
            dense 2 12
            Layers.BatchNorm()
            Layers.Tanh
            Layers.Dropout 0.4
            dense 12 8
            Layers.Dropout 0.2
            Layers.Relu
            dense 8 2
            Layers.Softmax
        ]

let private moons = Datasets.Moons(103, 0.1, 3UL)

let private planOf (network: Network) (optimizer: Optimizer) =
    network.CompileTraining<float32>(Loss.CrossEntropy, optimizer, 10)

let private plan = lazy (planOf noisy (Optimizer.Adam 0.01))

let private x = moons.Features<float32>().Data.ToArray()
let private y = moons.Targets<float32>().Data.ToArray()

/// Some steps on batches of their own; the losses.
let private steps (session: TrainingSession<float32>) numbers =
    [
        for i: int in numbers do
            let start = i * 7 % 93
            session.Step(ReadOnlySpan(x, 2 * start, 20), ReadOnlySpan(y, start, 10))
    ]

let private training =
    testList
        "in training"
        [
            testCase "is the same bits on one, two and three threads" (fun () ->
                let network =
                    compose
                        [
                            Layers.Dropout 0.3
                            dense 300 200
                            Layers.Dropout 0.5
                            Layers.Tanh
                            dense 200 300
                            Layers.Dropout 0.1
                        ]

                let x = normals (Random 1) 257 300 |> singles

                let run threads =
                    let options = CompileOptions(Threads = threads, Input = Nullable(shape [ 300 ]))
                    let plan = network.CompileTraining<float32>(mse, Optimizer.Sgd 0.1, 257, options)
                    use executor = Executor<float32>.Create(plan.Compiled.Plan, VectorWidth.Auto, threads)

                    for step, parts in Seq.zip plan.Compiled.Plan.Steps (PlanRuns.partsOf plan.Compiled.Plan executor) do
                        if step :? Step.Mask then
                            Expect.equal parts threads "masks are drawn in parts"

                    use session = plan.Start 3UL
                    let losses = [ for _ in 1..2 -> session.Step(ReadOnlySpan x, ReadOnlySpan x) ]
                    let last = session.Step(ReadOnlySpan(x, 0, 101 * 300), ReadOnlySpan(x, 0, 101 * 300))
                    last :: losses, session.Snapshot().Parameters

                let expected = run 1
                Expect.isTrue (run 2 = expected) "two"
                Expect.isTrue (run 3 = expected) "three")

            testCase "of rate 0 is as if it were not there, bit for bit" (fun () ->
                let network (rate: float option) =
                    let dropout = [ for rate in Option.toList rate -> Layers.Dropout rate ]
                    compose [ yield! dropout; dense 2 9; yield! dropout; Layers.Tanh; dense 9 2; Layers.Softmax ]

                let train rate =
                    (planOf (network rate) (Optimizer.Adam 0.01)).Train(moons, 2, 5UL).Model.Parameters

                Expect.equal (train (Some 0.0)) (train None) "the parameters"
                Expect.notEqual (train (Some 0.5)) (train None) "but not of another rate")

            testCase "is the same with the same seed, and another with another" (fun () ->
                let plan = plan.Value
                Expect.equal (plan.Train(moons, 2, 5UL)).Model (plan.Train(moons, 2, 5UL)).Model "the same seed"

                let run seed =
                    use session = plan.Start(plan.Initialize 1UL, seed)
                    steps session [ 0..3 ], session.Snapshot()

                Expect.equal (run 5UL) (run 5UL) "a session's, too"
                Expect.notEqual (run 6UL) (run 5UL) "another seed from the same model")

            testCase "drops in a step what the gradient of its seed and number drops" (fun () ->
                let plan = plan.Value
                use session = plan.Start(plan.Initialize 1UL, 5UL)
                let batch = x[..19], y[..9]

                let gradient (seed: uint64) (step: int64) =
                    let features, targets = batch
                    plan.Gradient(session.Snapshot(), ReadOnlySpan features, ReadOnlySpan targets, seed, step)

                for step in 1L .. 4L do
                    let expected = gradient 5UL step
                    Expect.equal (gradient 5UL step).Parameters expected.Parameters "the same again"
                    Expect.notEqual (gradient 6UL step).Parameters expected.Parameters "another seed"
                    Expect.notEqual (gradient 5UL (step + 1L)).Parameters expected.Parameters "another step"
                    let features, targets = batch
                    let loss = session.Step(ReadOnlySpan features, ReadOnlySpan targets)
                    expectClose ToleranceTable.planSingle [| loss |] [| expected.Loss |] $"the loss of step {step}")

            testCase "evaluations, predictions, gradients and inspections in between change nothing" (fun () ->
                let plan = plan.Value

                let run between =
                    use session = plan.Start 5UL
                    let first = steps session [ 0..4 ]

                    if between then
                        let model = session.Snapshot()
                        plan.Evaluate(model, moons) |> ignore
                        model.Evaluate(moons, Loss.CrossEntropy) |> ignore
                        model.Predict(ReadOnlySpan x) |> ignore
                        plan.Gradient(model, ReadOnlySpan(x, 0, 20), ReadOnlySpan(y, 0, 10), 9UL, 9L) |> ignore
                        plan.Inspect(model, ReadOnlySpan(x, 0, 20), ReadOnlySpan(y, 0, 10)) |> ignore

                    first @ steps session [ 5..9 ], session.Snapshot()

                Expect.equal (run true) (run false) "losses, parameters and running statistics"
                let validated = plan.Train(moons, 3, 5UL, validation = moons)
                Expect.equal validated.Model (plan.Train(moons, 3, 5UL)).Model "training with validation")

            testCase "goes on with its masks where it was restored to" (fun () ->
                let plan = plan.Value
                use session = plan.Start 5UL
                steps session [ 0..2 ] |> ignore
                let saved = session.Save()
                let before = session.Snapshot()
                let losses = steps session [ 3..8 ]
                let after = session.Snapshot()
                session.Restore saved
                Expect.equal (session.Snapshot(), session.StepCount) (before, 3L) "back"
                Expect.equal (steps session [ 3..8 ]) losses "the same losses"
                Expect.equal (session.Snapshot()) after "the same parameters and running statistics"
                session.Restore saved
                steps session [ 3..3 ] |> ignore
                Expect.notEqual (steps session [ 3..8 ]) losses "a step later, other masks")

            testCase "cancelled within an epoch is at the last one's end" (fun () ->
                for at in [ 1L; 12L; 17L; 22L; 25L ] do
                    use source = new CancellationTokenSource()

                    let schedule =
                        LearningRateSchedule.By(fun step ->
                            if step = at then
                                source.Cancel()

                            1.0)

                    let plan = planOf noisy ((Optimizer.Adam 0.01).With schedule)
                    let result = plan.Train(moons, 3, 5UL, cancellationToken = source.Token)
                    Expect.equal result.End TrainingEnd.Cancelled "cancelled"
                    // Eleven batches an epoch; the token is looked at before each.
                    let epochs = int (at / 11L)
                    Expect.equal result.History.Count epochs $"epochs before step {at}"

                    let expected =
                        if epochs = 0 then
                            plan.Initialize 5UL
                        else
                            (plan.Train(moons, epochs, 5UL)).Model

                    Expect.equal result.Model.Parameters expected.Parameters $"the model at step {at}")
        ]

let private afterwards =
    testCase "is not there in predictions and evaluations" (fun () ->
        let rate p =
            if p = 0.0 then [] else [ Layers.Dropout p ]

        let network p =
            compose
                [
                    yield! rate p
                    dense 2 8
                    yield! rate p
                    Layers.Tanh
                    Layers.Residual(compose [ yield! rate p; dense 8 8 ])
                    yield! rate p
                    dense 8 2
                    Layers.Softmax
                ]

        for p in [ 0.5; 0.999 ] do
            let dropping, without = network p, network 0.0
            let plan = planOf dropping (Optimizer.Adam 0.01)
            let model = plan.Initialize 1UL
            let same = Model<float32>(without, model.Parameters)

            for graph in
                [
                    (dropping.CompileInference<float32>()).Compiled.Plan.Graph
                    (Compiler.CompileInference(dropping, Loss.CrossEntropy, 8, CompileOptions.Default)).Plan.Graph
                ] do
                Expect.isFalse
                    (graph.Nodes |> Seq.exists (fun node -> node.Primitive :? Primitive.RandomMask))
                    "no mask"

            let training = plan.Compiled.Plan.Graph.Nodes
            Expect.exists training (fun node -> node.Primitive :? Primitive.RandomMask) "but in training"
            Expect.equal (model.Predict(ReadOnlySpan x)) (same.Predict(ReadOnlySpan x)) "predictions"
            let expected = (planOf without (Optimizer.Adam 0.01)).Evaluate(same, moons)
            Expect.equal (plan.Evaluate(model, moons)) expected "the plan's evaluation"
            Expect.equal (model.Evaluate(moons, Loss.CrossEntropy)) expected "the model's evaluation")

let tests = testList "Dropout" [ masks; training; afterwards ]
