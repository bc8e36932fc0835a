module BatchNormTests

open System
open Expecto
open FsCheck
open Functional
open Functional.Graphs
open Functional.Plans
open Differences
open ReferenceLayers
open LayerFixtures

module R = ReferenceLayers

let private mse = Loss.MeanSquaredError
let private mean = OutputKind.UpdatedStatistic, "batchnorm1/mean"
let private variance = OutputKind.UpdatedStatistic, "batchnorm1/variance"

/// A batch of rows far from 0 and from spread 1, and a model with running statistics.
let private drawn (random: Random) (network: Network) rows columns =
    let spread = Array.init columns (fun _ -> 0.5 + 3.0 * random.NextDouble())
    let centre = Random.normals random columns

    let x =
        normals random rows columns
        |> Array.map (Array.mapi (fun j value -> float (float32 (centre[j] + spread[j] * value))))

    modelOf network columns random, x

let private batches =
    testList
        "of a batch"
        [
            ToleranceTable.lawOf
                []
                40
                "takes its mean and biased variance, and moves running ones by momentum, the variance unbiased"
                (fun (seed: int) (PositiveInt rows) ->
                    let random = Random seed
                    let columns = random.Next(1, 40)
                    let momentum = [| 0.1; 0.5; 1.0; 0.01 |][random.Next 4]

                    for isSingle, epsilons in [ false, [ 1e-5; 0.3 ]; true, [ 0.05; 1.0 ] ] do
                        for epsilon in epsilons do
                            let affine = random.Next 2 = 0
                            let network = Layers.BatchNorm(momentum, epsilon, affine)
                            let model, x = drawn random network rows columns
                            let context = contextOf true (RandomKey()) model
                            let y, _ = batchNorm "batchnorm1" momentum epsilon context x
                            let actual = forward isSingle model x
                            let tolerance = if isSingle then 1e-4 else ToleranceTable.planDouble
                            expectClose tolerance actual[predictionKey] (Array.concat y) "y"
                            expectClose tolerance actual[mean] context.Values["batchnorm1/mean"] "mean"
                            expectClose tolerance actual[variance] context.Values["batchnorm1/variance"] "variance")

            testCase "of two rows has the formula's numbers" (fun () ->
                let network = Layers.BatchNorm(momentum = 0.25, epsilon = 3.0)
                let model = (network.CompileTraining<float>(mse, Optimizer.Sgd 0.1, 2, options 1)).Initialize()
                // μ = 3,  σ² = 1 biased and 2 unbiased,  √(σ² + ε) = 2
                let actual = forward false model [| [| 2.0 |]; [| 4.0 |] |]
                Expect.equal actual[predictionKey] [| -0.5; 0.5 |] "y"
                Expect.equal actual[mean] [| 0.75 |] "¾·0 + ¼·3"
                Expect.equal actual[variance] [| 1.25 |] "¾·1 + ¼·2")

            testCase
                "of one row gives β, moves the running mean only, and passes a finite gradient on, 0 to x"
                (fun () ->
                    for affine in [ true; false ] do
                        let network = Layers.BatchNorm(momentum = 0.3, affine = affine)
                        let model, x = drawn (Random 1) network 1 5

                        let beta =
                            if affine then
                                doubles model.Parameters["batchnorm1/beta"]
                            else
                                Array.zeroCreate 5

                        for isSingle in [ false; true ] do
                            let actual = forward isSingle model x
                            Expect.equal actual[predictionKey] beta "y = β"
                            let before = doubles model.Parameters["batchnorm1/variance"]
                            Expect.equal actual[variance] before "the variance stays, bit for bit"

                            let moved =
                                Array.map2
                                    (fun r x -> 0.7 * r + 0.3 * x)
                                    (doubles model.Parameters["batchnorm1/mean"])
                                    x[0]

                            expectClose 1e-6 actual[mean] moved "the mean moves"

                        let plan = network.CompileGradient<float>(mse, 4, options 5)
                        let targets = Array.create 5 3.0
                        let gradient = plan.Gradient(model, ReadOnlySpan x[0], ReadOnlySpan targets)
                        Expect.allEqual (doubles gradient.Input) 0.0 "∂L/∂x"

                        if affine then
                            Expect.allEqual (doubles gradient.Parameters["batchnorm1/gamma"]) 0.0 "∂L/∂γ"
                            let expected = beta |> Array.map (fun b -> 2.0 * (b - 3.0) / 5.0)
                            expectClose 1e-12 (doubles gradient.Parameters["batchnorm1/beta"]) expected "∂L/∂β")

            testCase "of equal rows gives β" (fun () ->
                let model, x = drawn (Random 1) (Layers.BatchNorm()) 1 3
                let x = Array.create 4 x[0]

                for isSingle in [ false; true ] do
                    let actual = forward isSingle model x
                    let beta = doubles model.Parameters["batchnorm1/beta"]
                    expectClose 1e-3 actual[predictionKey] (Array.concat (Array.create 4 beta)) "y")
        ]

let private network = compose [ unbiased 2 8; Layers.BatchNorm(); Layers.Tanh; dense 8 1 ]
let private plan = lazy network.CompileTraining<float>(mse, Optimizer.Sgd 0.1, 4)
let private x = Array.concat (normals (Random 1) 4 2)
let private y = Array.concat (normals (Random 2) 4 1)

let private statistics =
    testList
        "has running statistics"
        [
            testCase "among the parameters, last of its layer, and not among those counted" (fun () ->
                let model = plan.Value.Initialize 1UL

                Expect.sequenceEqual
                    model.Parameters.Keys
                    [
                        "dense1/W"
                        "batchnorm1/gamma"
                        "batchnorm1/beta"
                        "batchnorm1/mean"
                        "batchnorm1/variance"
                        "dense2/W"
                        "dense2/b"
                    ]
                    "the paths"

                Expect.equal network.ParameterCount (16L + 16L + 9L) "trainable ones"
                Expect.allEqual (doubles model.Parameters["batchnorm1/mean"]) 0.0 "the mean begins at 0"
                Expect.allEqual (doubles model.Parameters["batchnorm1/variance"]) 1.0 "the variance begins at 1"
                Expect.allEqual (doubles model.Parameters["batchnorm1/gamma"]) 1.0 "γ begins at 1"
                Expect.allEqual (doubles model.Parameters["batchnorm1/beta"]) 0.0 "β begins at 0"

                let described = network.Describe() |> Seq.find (fun layer -> layer.Path = "batchnorm1")
                Expect.equal described.ParameterCount 16L "of the layer"

                Expect.equal
                    [ for parameter in described.Parameters -> parameter.IsTrainable ]
                    [ true; true; false; false ]
                    "which training moves along their gradient")

            testCase "without γ and β none but those" (fun () ->
                let network = compose [ dense 2 3; Layers.BatchNorm(affine = false) ]

                let paths =
                    [
                        for layer in network.Describe() do
                            for p in layer.Parameters -> p.Path
                    ]

                Expect.equal paths [ "dense1/W"; "dense1/b"; "batchnorm1/mean"; "batchnorm1/variance" ] "the paths"

                Expect.equal network.ParameterCount 9L "trainable ones")

            testCase "that steps give back, and that the snapshot's prediction uses" (fun () ->
                use session = plan.Value.Start 1UL
                let before = session.Snapshot()

                for _ in 1..3 do
                    session.Step(ReadOnlySpan x, ReadOnlySpan y) |> ignore

                let model = session.Snapshot()

                for path in [ "batchnorm1/mean"; "batchnorm1/variance" ] do
                    Expect.notEqual model.Parameters[path] before.Parameters[path] $"{path} moved"

                let definition =
                    R.sequence [ R.dense "dense1"; R.batchNorm "batchnorm1" 0.1 1e-5; R.tanh; R.dense "dense2" ]

                let expected, _ = definition (contextOf false (RandomKey()) model) (Array.chunkBySize 2 x)
                expectClose 1e-12 (model.Predict(ReadOnlySpan x)) (Array.concat expected) "by the snapshot's own"

                let other =
                    model.Parameters.With(
                        "batchnorm1/mean",
                        Tensor<float>(shape [ 8 ], ReadOnlySpan(Array.create 8 1.0))
                    )

                let moved = Model<float>(network, other)

                Expect.notEqual
                    (moved.Predict(ReadOnlySpan x))
                    (model.Predict(ReadOnlySpan x))
                    "and by others otherwise"

                let again = Model<float>(network, model.Parameters)
                Expect.equal again model "the parameters are all there is"
                Expect.equal (again.Predict(ReadOnlySpan x)) (model.Predict(ReadOnlySpan x)) "the same predictions")

            testCase "that a model must have" (fun () ->
                let parameters = (plan.Value.Initialize 1UL).Parameters
                let without = parameters |> Seq.filter (fun pair -> pair.Key <> "batchnorm1/variance")

                let error =
                    errorOf<ShapeException>(fun () -> Model<float>(network, Parameters<float> without) |> ignore)

                Expect.stringContains error "Parameter batchnorm1/variance: expected shape [8], got none" "which")

            testCase "that evaluations use, each row by itself" (fun () ->
                let model = modelOf network 2 (Random 3)
                let rows = Array.concat (normals (Random 4) 30 2)
                let all = model.Predict(ReadOnlySpan rows)

                for row in 0..29 do
                    let alone = model.Predict(ReadOnlySpan(rows, 2 * row, 2))
                    Expect.equal alone all[row..row] $"row {row}")
        ]

let private inference =
    /// How many steps compute something with every batch, and how many operations that is; none reads a running statistic.
    let costOf (layers: Network list) inputs =
        let compiled = ((compose layers).CompileInference<float32>(8, options inputs)).Compiled
        let graph = compiled.Plan.Graph

        for source in sources graph do
            if source.Kind = SourceKind.Statistic then
                failtest $"{source.Name} is read with every batch"

        // Copies to another layout are as many as pay.
        let steps = compiled.Plan.Steps |> Seq.filter (fun step -> not (step :? Step.Transpose))
        Seq.length steps, compiled.Plan.FlopCount

    let norm = Layers.BatchNorm()
    let bare = Layers.BatchNorm(affine = false)

    testList
        "in inference"
        [
            testTheory
                "is folded into the Dense before it"
                [
                    "after Dense", [ dense 3 4; norm ], [ dense 3 4 ]
                    "after Dense without bias", [ unbiased 3 4; norm; Layers.Relu ], [ dense 3 4; Layers.Relu ]
                    "without γ and β", [ dense 3 4; bare; Layers.Relu ], [ dense 3 4; Layers.Relu ]
                    "twice in a row", [ dense 3 4; norm; bare; norm; Layers.Tanh ], [ dense 3 4; Layers.Tanh ]
                    "after Dropout", [ dense 3 4; Layers.Dropout 0.5; norm; Layers.Relu ], [ dense 3 4; Layers.Relu ]
                    "after Named",
                    [ Layers.Named("first", dense 3 4); norm; Layers.Relu; dense 4 2; norm; Layers.Softmax ],
                    [ dense 3 4; Layers.Relu; dense 4 2; Layers.Softmax ]
                    "in Residual",
                    [ Layers.Residual(compose [ dense 4 4; norm; Layers.Relu; dense 4 4; norm ]) ],
                    [ Layers.Residual(compose [ dense 4 4; Layers.Relu; dense 4 4 ]) ]
                    "in Concat",
                    [ concat [ compose [ dense 3 4; norm ]; compose [ dense 3 2; norm; Layers.Tanh ] ] ],
                    [ concat [ dense 3 4; compose [ dense 3 2; Layers.Tanh ] ] ]
                    "in Shared, twice",
                    (let tied = Layers.Shared("tied", compose [ dense 4 4; norm; Layers.Relu ]) in [ tied; tied ]),
                    (let tied = Layers.Shared("tied", compose [ dense 4 4; Layers.Relu ]) in [ tied; tied ])
                ]
                (fun (name, layers, without) ->
                    let inputs = (compose layers).InputShape.Count

                    Expect.equal
                        (costOf layers inputs)
                        (costOf without inputs)
                        $"{name}: as many steps and operations as without it")

            testTheory
                "is prepared once where no Dense is before it"
                [
                    "on the input", [ norm; dense 3 2 ], 2
                    "after the activation", [ dense 3 4; Layers.Tanh; norm; dense 4 2 ], 2
                    "alone", [ norm ], 1
                ]
                (fun (name, layers, most) ->
                    Expect.isLessThanOrEqual (fst (costOf layers 3)) most $"{name}: a multiply-add beside the products")

            Cases.law 60 "simplifies again only what folding changed" (fun (case: Cases.Case) ->
                let simplified = Compiler.CompileInference(case.Network, null, 4, Cases.Cases.options case).Derived
                let again = ResizeArray<Graph>()

                let folded =
                    Folding.Fold(
                        simplified,
                        fun graph ->
                            again.Add graph
                            Simplification.Simplify graph
                    )

                let hasStatistics = sources simplified |> Seq.exists (fun source -> source.Kind = SourceKind.Statistic)

                Expect.isTrue (again.Count = 0 || hasStatistics && again.Count = 1) "only with normalization, and once"

                if again.Count = 0 && isNull folded.Preparation then
                    Expect.isTrue (obj.ReferenceEquals(folded.Main, simplified)) "the graph as it was")

            testTheory
                "changes what it folds, and nothing else"
                [
                    "after Dense", compose [ dense 3 4; norm; Layers.Tanh ], 1
                    "two of them", compose [ dense 3 4; norm; Layers.Relu; dense 4 2; norm ], 1
                    "after Tanh", compose [ dense 3 4; Layers.Tanh; norm ], 0
                    "none", compose [ dense 3 4; Layers.Tanh; dense 4 2; Layers.Softmax ], 0
                ]
                (fun (name, network, expected) ->
                    for simplify in [ true; false ] do
                        let options = CompileOptions(Input = shape [ 3 ], Simplify = simplify)
                        let graph = Compiler.CompileInference(network, null, 4, options).Derived
                        let mutable count = 0

                        Folding.Fold(
                            graph,
                            fun graph ->
                                count <- count + 1
                                graph
                        )
                        |> ignore

                        Expect.equal count expected $"{name}: how often, simplified {simplify}")

            testCase "is explained so" (fun () ->
                let text = (network.CompileInference<float32> 8).Explain()

                Expect.stringContains
                    text
                    "Prepared once for each set of parameters"
                    "what is not done with every batch"

                let text = ((compose [ dense 2 2; Layers.Tanh ]).CompileInference<float32> 8).Explain()
                Expect.isFalse (text.Contains "Prepared once") "which nothing is without it")
        ]

let private shared =
    testCase "shared and used twice moves its statistics twice, in order" (fun () ->
        let tied = Layers.Shared("norm", Layers.BatchNorm(momentum = 0.25))
        let shifted = Activation.op_Implicit (Activation.Define("shifted", fun x -> x + Scalar.Constant 8.0)): Network
        let network = compose [ tied; shifted; tied ]
        let plan = network.CompileTraining<float>(mse, Optimizer.Sgd 1e-300, 2, options 1)
        use session = plan.Start()
        session.Step(ReadOnlySpan [| 2.0; 6.0 |], ReadOnlySpan [| 0.0; 0.0 |]) |> ignore
        let parameters = session.Snapshot().Parameters
        // First μ = 4, then y + 8 with mean 8;  ¾·(¾·0 + ¼·4) + ¼·8
        expectClose 1e-12 (doubles parameters["norm/batchnorm1/mean"]) [| 0.75 + 2.0 |] "the mean"
        // σ² = 4, unbiased 8; then the normalized 4/(4 + ε), unbiased twice that
        let second = 2.0 * 4.0 / (4.0 + 1e-5)
        let expected = 0.75 * (0.75 + 0.25 * 8.0) + 0.25 * second
        expectClose 1e-12 (doubles parameters["norm/batchnorm1/variance"]) [| expected |] "the variance"
        Expect.equal parameters.Count 4 "one set")

let tests = testList "BatchNorm" [ batches; statistics; inference; shared ]
