/// Every layer against its definition, explained and verified.
module LayerTests

open System
open Expecto
open Functional
open Functional.Graphs
open Differences
open ReferenceLayers
open LayerFixtures

let private law name law = ToleranceTable.lawOf [] 6 name law

/// A law of every example, on numbers drawn by a seed.
let private ofExamples name check =
    testList name [ for example in examples -> law example.Name (fun seed -> check example (Random(seed: int))) ]

let private expectPrediction (example: Example) (random: Random) =
    let model = modelOf example.Network example.Inputs random
    let x = rowsFor example.Network example.Inputs random (random.Next(1, 9))
    let expected, _ = example.Layer (contextOf false (RandomKey()) model) x
    let expected = Array.concat expected
    expectClose 1e-12 (model.Predict(ReadOnlySpan(Array.concat x))) expected "float64"
    let actual = (single model example.Inputs).Predict(ReadOnlySpan(singles x))
    expectClose 1e-5 (Array.map float actual) expected "float32"

let private sumsByPath gradients =
    gradients
    |> List.groupBy fst
    |> List.map (fun (path, parts) -> path, parts |> List.map snd |> List.reduce (Array.map2 (+)))

let private expectGradient (example: Example) (random: Random) =
    let model = modelOf example.Network example.Inputs random
    let rows = random.Next(1, 9)
    let x = rowsFor example.Network example.Inputs random rows
    let targets = normals random rows (model.Plan.OutputShape.Count)
    let seed, step = uint64 (random.Next()), int64 (random.Next(1, 9))
    let context = contextOf true (RandomKey(seed, uint64 step)) model
    let loss, dx, gradients = gradient example.Layer context x targets
    let plan = example.Network.CompileGradient<float>(Loss.MeanSquaredError, 9, options example.Inputs)

    let actual = plan.Gradient(model, ReadOnlySpan(Array.concat x), ReadOnlySpan(Array.concat targets), seed, step)

    let tolerance = ToleranceTable.planDouble
    expectClose tolerance [| actual.Loss |] [| loss |] "loss"
    expectClose tolerance (doubles actual.Input) (Array.concat dx) "∂L/∂x"
    let expected = sumsByPath gradients

    Expect.sequenceEqual
        (actual.Parameters.Keys |> Seq.sortWith (fun a b -> String.CompareOrdinal(a, b)))
        (expected |> List.map fst |> List.sortWith (fun a b -> String.CompareOrdinal(a, b)))
        "the parameters, and no running statistics"

    for path, numbers in expected do
        expectClose tolerance (doubles actual.Parameters[path]) numbers $"∂L/∂ {path}"

/// The batches of an epoch, in order.
let private batches seed epoch count size =
    let order = [| 0 .. count - 1 |]
    let mutable random = RandomStream(seed, RandomPurpose.Shuffle, uint64 (epoch: int))
    Philox.Shuffle(order, &random)
    Array.chunkBySize size order

let private expectTraining (example: Example) (random: Random) =
    let model = modelOf example.Network example.Inputs random
    // Batches of five, and a last one of one row, or of three.
    let rows = if random.Next 2 = 0 then 11 else 13
    let x = rowsFor example.Network example.Inputs random rows
    let targets = normals random rows (model.Plan.OutputShape.Count)

    let data =
        Dataset.Create(
            ReadOnlySpan(Array.concat x),
            shape [ example.Inputs ],
            ReadOnlySpan(Array.concat targets),
            model.Plan.OutputShape
        )

    let rate, epochs, seed = 0.02, 2, uint64 (random.Next())
    let context = contextOf true (RandomKey()) model
    let mutable steps = 0UL

    let losses =
        [
            for epoch in 1..epochs do
                let losses =
                    [
                        for order in batches seed epoch rows 5 do
                            steps <- steps + 1UL

                            let context =
                                { context with
                                    Key = RandomKey(seed, steps)
                                }

                            let pick (all: Rows) =
                                order |> Array.map (fun row -> all[row])

                            float order.Length * step example.Layer context rate (pick x) (pick targets)
                    ]

                List.sum losses / float rows
        ]

    let plan =
        example.Network.CompileTraining<float>(Loss.MeanSquaredError, Optimizer.Sgd rate, 5, options example.Inputs)

    let result = plan.Train(data, epochs, seed, start = model)
    let actual = [| for epoch in result.History -> epoch.TrainLoss |]
    expectClose 1e-9 actual (Array.ofList losses) "the epochs' losses"

    for KeyValue(path, tensor) in result.Model.Parameters do
        expectClose 1e-9 (doubles tensor) context.Values[path] path

let private definitions =
    testList
        "are as defined"
        [
            ofExamples "in predictions, float64 and float32" expectPrediction
            ofExamples "in loss and gradients, masks drawn by seed and step" expectGradient
            ofExamples "in training, through epochs that end in a smaller batch" expectTraining

            testCase "LayerNorm of one feature gives β and passes no gradient on" (fun () ->
                let model = modelOf (Layers.LayerNorm()) 1 (Random 1)
                let beta = (doubles model.Parameters["layernorm1/beta"])[0]
                Expect.allEqual (model.Predict(ReadOnlySpan [| 3.0; -7.0; 0.0 |])) beta "β"
                let plan = model.Network.CompileGradient<float>(Loss.MeanSquaredError, 3, options 1)
                let gradient = plan.Gradient(model, ReadOnlySpan [| 3.0; -7.0 |], ReadOnlySpan [| 1.0; 2.0 |])
                Expect.allEqual (doubles gradient.Input) 0.0 "∂L/∂x"
                Expect.allEqual (doubles gradient.Parameters["layernorm1/gamma"]) 0.0 "∂L/∂γ")

            testCase "Concat keeps the order of branches and of their columns" (fun () ->
                let tripled =
                    Activation.op_Implicit (Activation.Define("tripled", fun x -> Scalar.Constant 3.0 * x)): Network

                let network = concat [ tripled; Layers.Identity; concat [ Layers.Relu; tripled ] ]
                let model = modelOf network 2 (Random 1)

                Expect.sequenceEqual
                    (model.Predict(ReadOnlySpan [| 1.0; -2.0; 5.0; 7.0 |]))
                    [| 3.0; -6.0; 1.0; -2.0; 1.0; 0.0; 3.0; -6.0; 15.0; 21.0; 5.0; 7.0; 5.0; 7.0; 15.0; 21.0 |]
                    "[3x, x, max(x, 0), 3x] of each row")
        ]

/// All of them in one network.
let private everything =
    lazy
        (let tied = Layers.Shared("tied", compose [ dense 8 8; Layers.BatchNorm(); Layers.Relu ])

         compose
             [
                 concat [ Layers.Embedding(9, 3, columns = 2); Layers.Embedding(9, 1, columns = 2) ]
                 Layers.LayerNorm()
                 tied
                 Layers.Dropout 0.2
                 Layers.Residual(compose [ tied; Layers.BatchNorm(momentum = 0.2) ])
                 concat [ Layers.Identity; compose [ Layers.Dropout 0.5; dense 8 3 ] ]
                 dense 11 3
                 Layers.Softmax
             ])

let private explanations =
    testCase "in one network are all explained, by name" (fun () ->
        let network = everything.Value
        let training = network.CompileTraining<float32>(Loss.CrossEntropy, Optimizer.Adam(), 8)

        for text in
            [
                training.Explain()
                (network.CompileInference<float32> 8).Explain()
                (network.CompileGradient<float32>(Loss.CrossEntropy, 8)).Explain()
            ] do
            Expect.stringContains text (string network) "the network"

            for part in
                [
                    "concat1/1/embedding1"
                    "layernorm1"
                    "tied/dense1"
                    "tied/batchnorm1"
                    "residual1/batchnorm1"
                    "concat2/2/dense1"
                ] do
                Expect.stringContains text part "its layers"

        let model = training.Initialize 1UL
        let x = Array.init 16 (fun i -> float32 (i % 9))
        let y = Array.init 8 (fun i -> float32 (i % 3))
        let inspection = string (training.Inspect(model, ReadOnlySpan x, ReadOnlySpan y))

        for path in [ "dropout1"; "concat2/2/dropout1"; "tied/batchnorm1#2" ] do
            Expect.stringContains inspection path "places in the inspection")

let private verifies (network: Network) inputs (loss: Loss) =
    for optimizer, rows in [ Optimizer.Sgd(0.1, momentum = 0.9), 1; Optimizer.Adam 0.01, 7 ] do
        let report = (network.CompileTraining<float>(loss, optimizer, rows, options inputs)).Verify 3UL
        Expect.isTrue report.Passed $"float64, {optimizer}, {rows} rows:\n{report}"
        let report = (network.CompileTraining<float32>(loss, optimizer, rows, options inputs)).Verify 3UL
        Expect.isTrue report.Passed $"float32, {optimizer}, {rows} rows:\n{report}"

let private verification =
    testList
        "agree with the oracle"
        [
            for example in examples do
                testCase example.Name (fun () -> verifies example.Network example.Inputs Loss.MeanSquaredError)

            testCase "all in one" (fun () -> verifies everything.Value 2 Loss.CrossEntropy)
        ]

let tests = testList "Layers" [ definitions; explanations; verification ]
