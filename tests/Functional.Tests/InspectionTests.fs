module InspectionTests

open System
open Expecto
open FsCheck.FSharp
open Functional
open Functional.Graphs
open Differences
open Cases
open Functional.Execution

let private norm (x: float array) = sqrt (dot x x)

let rec private normalizes (network: Network) =
    network :? Network.BatchNorm || network :? Network.LayerNorm || NetworkWalk.Parts network |> Seq.exists normalizes

let private checkLayer (case: Case) (z: float array) (layer: LayerStatistics) =
    let count = float z.Length
    let mean = Array.average z
    let deviation = sqrt (Array.sumBy (fun z -> (z - mean) * (z - mean)) z / count)
    let units = z.Length / case.Rows
    Expect.equal layer.Output.Count units "units"

    expectClose
        1e-8
        [| layer.Mean; layer.StandardDeviation; layer.Minimum; layer.Maximum |]
        [| mean; deviation; Array.min z; Array.max z |]
        layer.Path

    let zerosWithin limit =
        z |> Array.filter (fun z -> abs z <= limit) |> Array.length

    let deadWithin limit =
        let isDead unit =
            List.forall (fun row -> abs z[row * units + unit] <= limit) [ 0 .. case.Rows - 1 ]

        [ 0 .. units - 1 ] |> List.filter isDead |> List.length

    if normalizes case.Network then
        // What is the same in every row differs from its mean by rounding, if at all.
        Expect.isLessThanOrEqual layer.ZeroShare (float (zerosWithin 1e-9) / count + 1e-12) "zeros"
        Expect.isLessThanOrEqual layer.DeadUnits (deadWithin 1e-9) "dead units"
    else
        Expect.floatClose Accuracy.high layer.ZeroShare (float (zerosWithin 0.0) / count) "zeros"
        Expect.equal layer.DeadUnits (deadWithin 0.0) "dead units"

    Expect.equal layer.Histogram.Counts.Count 7 "bins"
    Expect.equal (Seq.sum layer.Histogram.Counts) z.LongLength "counted"
    Expect.equal layer.NonFiniteCount 0L "all finite"

let private checkParameter
    (model: Model<float>)
    (gradient: Gradient<float>)
    (moved: Parameters<float>)
    (parameter: ParameterStatistics)
    =
    let path = parameter.Path
    let before, after = doubles model.Parameters[path], doubles moved[path]
    let update = norm (Array.map2 (-) after before)

    expectClose
        1e-8
        [| parameter.Norm; parameter.GradientNorm; parameter.UpdateNorm |]
        [| norm before; norm (doubles gradient.Parameters[path]); update |]
        path

    let ratio = if update = 0.0 then 0.0 else update / norm before
    expectClose 1e-8 [| parameter.UpdateRatio |] [| ratio |] "ratio"

let private stepped (plan: TrainingPlan<float>) (model: Model<float>) (x: float array) (y: float array) =
    use session = plan.Start model
    session.Step(ReadOnlySpan x, ReadOnlySpan y) |> ignore
    session.Snapshot().Parameters

let private equalsPlain (case: Case) (optimizer: Optimizer) values =
    let plan = case.Network.CompileTraining<float>(case.Loss, optimizer, case.Rows, Cases.options case)
    let model = Cases.modelOf case values
    let x, y = Cases.featuresOf values, Cases.targetsOf values
    let inspection = plan.Inspect(model, ReadOnlySpan x, ReadOnlySpan y, 7)
    let gradient = plan.Gradient(model, ReadOnlySpan x, ReadOnlySpan y)
    let moved = stepped plan model x y
    let lowered = Lowering.Lower(Cases.inferenceOf case, LayerMode.Training, true)

    let activations =
        ReferenceInterpreter.Evaluate(
            lowered,
            case.Rows,
            Func<Primitive.Source, ReadOnlyMemory<float>>(fun source -> ReadOnlyMemory values[source]),
            RandomKey(0UL, 1UL)
        )

    let places =
        [
            for output in lowered.Outputs do
                if output.Kind = OutputKind.Activation then
                    output.Name
        ]

    expectClose ToleranceTable.planDouble [| inspection.Loss |] [| gradient.Loss |] "loss"
    Expect.equal inspection.RowCount case.Rows "rows"
    Expect.sequenceEqual (inspection.Layers |> Seq.map _.Path) places "layers"

    for layer in inspection.Layers do
        checkLayer case (doubles activations[struct (OutputKind.Activation, layer.Path)]) layer

    let parameters =
        [
            for layer in inspection.Layers do
                yield! List.ofSeq layer.Parameters
        ]

    Expect.sequenceEqual (parameters |> Seq.map _.Path) gradient.Parameters.Keys "parameters"
    List.iter (checkParameter model gradient moved) parameters

let private ofCases =
    law 60 "equals the plain computation" (fun (case: Case) (optimizer: Optimizer) ->
        let values = Cases.values case case.Seed

        (values.Keys |> Seq.exists (fun source -> source.Kind = SourceKind.Targets))
        ==> lazy (equalsPlain case optimizer values))

let private histograms =
    testList
        "histograms"
        [
            ToleranceTable.lawOf [] 100 "count every number between its edges" (fun seed ->
                let random = Random(seed)
                let bins = random.Next(1, 9)
                let scale = 10.0 ** float (random.Next(-300, 301))
                // With repeats, and numbers on edges.
                let values = Array.init (random.Next(1, 60)) (fun _ -> scale * float (random.Next(-20, 21)) / 4.0)
                let histogram = Histogram.Of(ReadOnlySpan values, bins)
                let edges = Array.ofSeq histogram.Edges
                Expect.equal (edges.Length, histogram.Counts.Count) (bins + 1, bins) "edges and counts"

                if Array.min values < Array.max values then
                    Expect.equal (edges[0], edges[bins]) (Array.min values, Array.max values) "ends"

                for i in 0 .. bins - 1 do
                    let inside =
                        values
                        |> Array.filter (fun x ->
                            edges[i] <= x && (x < edges[i + 1] || i = bins - 1 && x = edges[bins]))

                    Expect.equal histogram.Counts[i] inside.LongLength $"bin {i}"

                    expectClose
                        1e-9
                        [| (edges[i + 1] - edges[i]) * float bins / (edges[bins] - edges[0]) |]
                        [| 1.0 |]
                        "width"

                Expect.equal (string histogram).Length bins "one bar each"
                Expect.equal (Histogram.Of(ReadOnlySpan values, bins)) histogram "by value")

            testCase "of nothing are empty, and as text one bar per bin" (fun () ->
                let none = Histogram.Of(ReadOnlySpan.Empty, 3)
                Expect.equal (none.Edges.Count, none.Counts.Count, string none) (0, 0, "") "of nothing"
                let values = [| 0.0; 0.1; 0.2; 0.3; 0.4; 0.45; 0.47; 0.49; 1.6; 2.0 |]
                Expect.equal (string (Histogram.Of(ReadOnlySpan values, 4))) "█  ▂" "bars"
                let same = Histogram.Of(ReadOnlySpan [| 3.0; 3.0 |], 2)

                Expect.equal
                    (Seq.toList same.Edges, Seq.toList same.Counts)
                    ([ 2.5; 3.0; 3.5 ], [ 0L; 2L ])
                    "equal ones")
        ]

let private examples =
    testCase "tells dead units, infinite ratios and what is not finite, and prints" (fun () ->
        let network = Network.Compose [ Layers.Dense(2, 4); Layers.Relu; Layers.Dense(4, 1) ]
        let plan = network.CompileTraining<float32>(Loss.MeanSquaredError, Optimizer.Sgd 0.1, 3)
        let model = plan.Initialize 1UL
        let bias = Tensor<float32>(Shape(ReadOnlySpan [| 4 |]), ReadOnlySpan [| -100.0f; 100.0f; -100.0f; 100.0f |])
        let model = Model<float32>(network, model.Parameters.With("dense1/b", bias))
        let x, y = [| 1.0f; 2.0f; 3.0f; 4.0f; 5.0f; 6.0f |], [| 1.0f; 2.0f; 3.0f |]
        let inspection = plan.Inspect(model, ReadOnlySpan x, ReadOnlySpan y)
        let relu = inspection.Layers[1]
        Expect.equal (relu.Layer, relu.DeadUnits, relu.ZeroShare) (Layers.Relu, 2, 0.5) "dead units"
        Expect.equal relu.Histogram.Counts.Count 20 "bins"
        let output = inspection.Layers[2].Parameters |> Seq.find (fun parameter -> parameter.Path = "dense2/b")
        Expect.equal (output.Norm, output.UpdateRatio) (0.0, infinity) "a bias that was 0"
        Expect.isGreaterThan output.GradientNorm 0.0 "and moves"
        Expect.equal (plan.Inspect(model, ReadOnlySpan x, ReadOnlySpan y)) inspection "by value"

        let lines = (string inspection).Split(Environment.NewLine)
        Expect.stringStarts lines[0] "3 rows, loss " "heading"
        Expect.stringContains lines[3] "relu1" "a line per layer"
        Expect.stringContains lines[3] "50.0 %  2/4" "its zeros and dead units"
        Expect.stringStarts lines[5] "parameters" "a second table"
        Expect.equal (lines |> Array.filter (fun line -> line.StartsWith "dense1/")).Length 2 "a line per parameter"

        let broken = plan.Inspect(model, ReadOnlySpan [| infinityf; 1.0f |], ReadOnlySpan [| 1.0f |])
        Expect.equal broken.Layers[0].NonFiniteCount 4L "not finite"
        Expect.isTrue (Double.IsNaN broken.Layers[0].Mean) "no mean"
        Expect.stringContains (string broken) "4 not finite" "said so"

        Expect.throwsT<ArgumentOutOfRangeException>
            (fun () -> plan.Inspect(model, ReadOnlySpan x, ReadOnlySpan y, 0) |> ignore)
            "no bins"

        Expect.throwsT<ShapeException>
            (fun () -> plan.Inspect(model, ReadOnlySpan x, ReadOnlySpan x) |> ignore)
            "targets")

let private shared =
    testCase "lists a shared layer wherever it comes, its parameters once, and no running statistics" (fun () ->
        let tied = Layers.Shared("tied", Layers.Dense(2, 2))
        let network = Network.Compose [ tied; Layers.Tanh; tied; Layers.BatchNorm() ]
        let plan = network.CompileTraining<float>(Loss.MeanSquaredError, Optimizer.Sgd 0.1, 4)
        let x = [| 1.0; 2.0; 3.0; 4.0; 5.0; 6.0; 7.0; 9.0 |]
        let inspection = plan.Inspect(plan.Initialize 1UL, ReadOnlySpan x, ReadOnlySpan x)
        let paths = [ for layer in inspection.Layers -> layer.Path ]
        Expect.equal (List.distinct paths) paths "a name for each place"
        Expect.equal paths[2] (paths[0] + "#2") "the second time"

        let parameters = [ for layer in inspection.Layers -> [ for parameter in layer.Parameters -> parameter.Path ] ]
        Expect.equal (parameters |> List.map List.length) [ 2; 0; 0; 2 ] "where parameters come first"
        Expect.equal parameters[3] [ "batchnorm1/gamma"; "batchnorm1/beta" ] "what training moves")

let tests = testList "Inspection" [ ofCases; histograms; examples; shared ]
