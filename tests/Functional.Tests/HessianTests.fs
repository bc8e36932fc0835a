module HessianTests

open System
open System.Collections.Generic
open Expecto
open FsCheck.FSharp
open Functional
open Functional.FsCheck
open Functional.Gradients
open Functional.Graphs
open Differences
open Cases
open PlanRuns

let private compile (case: Case) =
    case.Network.CompileHessian<float>(case.Loss, case.Rows, Cases.options case)

/// Normal numbers for every parameter of a model, of length 1 together on average.
let private direction seed (parameters: Parameters<float>) =
    let random = Random(seed)
    let scale = 1.0 / sqrt (float parameters.ElementCount)

    Parameters<float>(
        parameters
        |> Seq.map (fun pair ->
            let numbers = Random.normals random pair.Value.Count |> Array.map ((*) scale)
            KeyValuePair(pair.Key, Tensor<float>(pair.Value.Shape, ReadOnlySpan numbers)))
    )

let private flat (parameters: Parameters<float>) =
    parameters.Values |> Seq.collect doubles |> Array.ofSeq

/// The parameters that training moves.
let private trainable case (model: Model<float>) =
    Parameters<float>(
        (Cases.inferenceOf case).Parameters
        |> Seq.filter _.IsTrainable
        |> Seq.map (fun info -> KeyValuePair(info.Path, model.Parameters[info.Path]))
    )

/// The model with other values of some parameters.
let private withParameters (model: Model<float>) options (parameters: Parameters<float>) =
    let all = (model.Parameters, parameters) ||> Seq.fold (fun all pair -> all.With(pair.Key, pair.Value))

    Model<float>(model.Network, all, options)

/// Parameters of the same shapes with other numbers.
let private withNumbers (numbers: float array) (parameters: Parameters<float>) =
    let starts = parameters.Values |> Seq.scan (fun start tensor -> start + tensor.Count) 0

    Parameters<float>(
        Seq.zip parameters starts
        |> Seq.map (fun (pair, start) ->
            KeyValuePair(
                pair.Key,
                Tensor<float>(pair.Value.Shape, ReadOnlySpan numbers[start .. start + pair.Value.Count - 1])
            ))
    )

let private product (plan: HessianPlan<float>) model values (v: Parameters<float>) =
    plan.Product(model, ReadOnlySpan(Cases.featuresOf values), ReadOnlySpan(Cases.targetsOf values), v)

let private equalsDifferences case =
    let plan = compile case
    let gradient = case.Network.CompileGradient<float>(case.Loss, case.Rows, Cases.options case, input = false)

    let attempt values =
        let model = Cases.modelOf case values
        let start = trainable case model
        let w, v = flat start, direction (int case.Seed) start

        let at t =
            let moved = Array.map2 (fun w v -> w + t * v) w (flat v)
            let moved = withParameters model (Cases.options case) (withNumbers moved start)
            let x, y = Cases.featuresOf values, Cases.targetsOf values
            flat (gradient.Gradient(moved, ReadOnlySpan x, ReadOnlySpan y)).Parameters

        derivativeWithin ToleranceTable.settledSecond at |> Option.map (fun expected -> values, model, v, expected)

    match Cases.retry case attempt with
    | None -> false
    | Some(values, model, v, expected) ->
        expectClose ToleranceTable.secondDifferences (flat (product plan model values v)) expected "H·v"
        true

/// A loss that depends on what it compares, so that the batch has features and targets.
let private hasBatch (values: Values) =
    values.Keys |> Seq.exists (fun source -> source.Kind = SourceKind.Targets)

let private products =
    testList
        "times a direction"
        [
            law 60 "by a plan agrees with the oracle" (fun (case: Case) variant ->
                let options =
                    CompileOptions(
                        Input = Option.toNullable case.Input,
                        Width = variant.Width,
                        Fuse = variant.Fuse,
                        Layout = variant.Layout
                    )

                let compiled = Compiler.CompileHessian(case.Network, case.Loss, case.Rows, options)
                let oracle = HessianProduct.Derive compiled.Derived
                let values = Dictionary(Cases.values case case.Seed)
                let random = Random(int case.Seed)

                for source in Cases.variables case do
                    let numbers = Random.normals random source.Shape.Count
                    values[Primitive.Source(SourceKind.Given, source.Name, source.Shape)] <- numbers

                agrees oracle compiled.Plan variant case.Rows values)

            law 60 "equals differences of the gradient" (fun (SmoothCase case) ->
                hasBatch (Cases.values case case.Seed) ==> lazy (equalsDifferences case))

            law 40 "is symmetric: uᵀHv = vᵀHu" (fun (SmoothCase case) ->
                let values = Cases.values case case.Seed

                hasBatch values
                ==> lazy
                    (let plan, model = compile case, Cases.modelOf case values
                     let u, v = direction 1 (trainable case model), direction 2 (trainable case model)
                     let hu, hv = flat (product plan model values u), flat (product plan model values v)
                     let norm x = sqrt (dot x x)
                     let difference = abs (dot (flat u) hv - dot (flat v) hu)
                     let size = norm (flat u) * norm hv + norm (flat v) * norm hu

                     if not (difference <= ToleranceTable.planDouble * (size + ToleranceTable.floor)) then
                         failtest $"differs by {difference:R}, of {size:R}"))
        ]

let private entry (hessian: Hessian) (i: int) (j: int) = hessian.Matrix[ReadOnlySpan [| i; j |]]

/// Linear regression with bias: L = mean (x·W + b − y)², so H = 2/(B·m) · [x 1]ᵀ[x 1] ⊗ I.
let private regression (inputs: int) (outputs: int) rows seed =
    let random = Random(seed)
    let network = Layers.Dense(inputs, outputs)
    let plan = network.CompileHessian<float>(Loss.MeanSquaredError, rows)
    let x = Random.normals random (rows * inputs)
    let y = Random.normals random (rows * outputs)
    let model = network.CompileTraining<float>(Loss.MeanSquaredError, Optimizer.Sgd 0.1, rows).Initialize(uint64 seed)

    let extended row i =
        if i < inputs then x[row * inputs + i] else 1.0

    // Element i of [W; b], row-major, is input i / outputs of output i % outputs.
    let expected i j =
        if i % outputs <> j % outputs then
            0.0
        else
            2.0 / float (rows * outputs)
            * Seq.sum [ for row in 0 .. rows - 1 -> extended row (i / outputs) * extended row (j / outputs) ]

    plan.Hessian(model, ReadOnlySpan x, ReadOnlySpan y), expected

let private dense =
    testList
        "as a matrix"
        [
            ToleranceTable.lawOf [] 30 "of linear regression is the known one" (fun seed ->
                let random = Random(seed)
                let inputs, outputs, rows = random.Next(1, 6), random.Next(1, 4), random.Next(1, 9)
                let hessian, expected = regression inputs outputs rows seed
                let n = (inputs + 1) * outputs
                Expect.equal hessian.Matrix.Shape (Shape(ReadOnlySpan [| n; n |])) "shape"

                let starts = [ for part in hessian.Rows -> part.Path, part.Start ]
                Expect.equal starts [ "dense1/W", 0; "dense1/b", inputs * outputs ] "where the parameters are"

                for i in 0 .. n - 1 do
                    for j in 0 .. n - 1 do
                        expectClose ToleranceTable.planDouble [| entry hessian i j |] [| expected i j |] $"[{i}, {j}]")

            law
                30
                "is the mean of the products with unit directions and their transpose, which agree"
                (fun (SmoothCase case) ->
                    let values = Cases.values case case.Seed
                    let model = Cases.modelOf case values
                    let count = (flat (trainable case model)).Length

                    // A product for each: what more parameters would show, other properties do.
                    (hasBatch values && count > 0 && count <= 100)
                    ==> lazy
                        (let plan = compile case
                         let x, y = Cases.featuresOf values, Cases.targetsOf values
                         let hessian = plan.Hessian(model, ReadOnlySpan x, ReadOnlySpan y)
                         let n = int plan.ParameterCount
                         let start = trainable case model

                         // The matrix is made symmetric, so its own elements cannot tell whether the derivation is: products can.
                         let along j =
                             let unit = Array.init n (fun i -> if i = j then 1.0 else 0.0)
                             flat (product plan model values (withNumbers unit start))

                         let products = Array.init n along
                         let size = products |> Seq.collect (Seq.map abs) |> Seq.max

                         for i in 0 .. n - 1 do
                             for j in 0 .. n - 1 do
                                 let one, other = products[i][j], products[j][i]

                                 if not (abs (one - other) <= ToleranceTable.planDouble * (1.0 + size)) then
                                     failtest $"[{i}, {j}]: {one:R} by one product, {other:R} by the other"

                                 Expect.equal (entry hessian i j) ((one + other) / 2.0) $"[{i}, {j}]"))

            testCase "is 0 of a loss that is linear, and its condition number infinite" (fun () ->
                let network = Layers.Dense(2, 1)
                let loss = Loss.Define("linear", fun p y -> Scalar.Constant 3.0 * p - y)
                let plan = network.CompileHessian<float>(loss, 2)
                let model = network.CompileTraining<float>(loss, Optimizer.Sgd 0.1, 2).Initialize()
                let x, y = [| 1.0; 2.0; 3.0; 4.0 |], [| 1.0; 2.0 |]
                let hessian = plan.Hessian(model, ReadOnlySpan x, ReadOnlySpan y)
                Expect.allEqual (doubles hessian.Matrix) 0.0 "H"

                Expect.allEqual
                    (flat (plan.Product(model, ReadOnlySpan x, ReadOnlySpan y, direction 1 model.Parameters)))
                    0.0
                    "H·v"

                Expect.equal hessian.ConditionNumber infinity "condition number")
        ]

/// A symmetric matrix with given eigenvalues: their diagonal, reflected at random hyperplanes.
let private symmetric (random: Random) (eigenvalues: float array) =
    let n = eigenvalues.Length
    let mutable matrix = Array2D.init n n (fun i j -> if i = j then eigenvalues[i] else 0.0)

    for _ in 1..3 do
        let v = Random.normals random n
        let scale = 2.0 / dot v v
        let reflection = Array2D.init n n (fun i j -> (if i = j then 1.0 else 0.0) - scale * v[i] * v[j])

        let multiply (a: float[,]) (b: float[,]) =
            Array2D.init n n (fun i j -> Seq.sum [ for k in 0 .. n - 1 -> a[i, k] * b[k, j] ])

        matrix <- multiply reflection (multiply matrix reflection)

    Tensor<float>(
        Shape(ReadOnlySpan [| n; n |]),
        ReadOnlySpan
            [|
                for i in 0 .. n - 1 do
                    for j in 0 .. n - 1 -> (matrix[i, j] + matrix[j, i]) / 2.0
            |]
    )

let private eigenvalues =
    testList
        "has eigenvalues"
        [
            ToleranceTable.lawOf [] 100 "that are those it was made from" (fun seed ->
                let random = Random(seed)
                let n = random.Next(1, 25)
                let scale = 10.0 ** float (random.Next(-100, 101))

                // Of very different sizes, some equal and some 0.
                let expected =
                    Array.init n (fun i ->
                        match random.Next 5 with
                        | 0 -> 0.0
                        | 1 -> scale
                        | _ -> scale * Random.normal random * 10.0 ** -(8.0 * random.NextDouble()))
                    |> Array.sort

                let actual = SymmetricEigenvalues.Of(symmetric random expected)
                let size = expected |> Array.map abs |> Array.max

                for i in 0 .. n - 1 do
                    if not (abs (actual[i] - expected[i]) <= 1e-13 * float n * size) then
                        failtest $"{i}: {actual[i]:R}, not {expected[i]:R}")

            testCase "and a condition number" (fun () ->
                let hessian, _ = regression 3 1 20 5
                let least, most = hessian.SmallestEigenvalue, hessian.LargestEigenvalue
                Expect.equal (least, most) (hessian.Eigenvalues[0], hessian.Eigenvalues[3]) "ends"
                Expect.isGreaterThan least 0.0 "positive definite"
                Expect.equal hessian.ConditionNumber (most / least) "condition number"
                Expect.stringContains (string hessian) "Hessian [4, 4], eigenvalues " "as text"
                let trace = Seq.sum [ for i in 0..3 -> entry hessian i i ]
                Expect.floatClose Accuracy.high (Seq.sum hessian.Eigenvalues) trace "trace"
                Expect.equal (fst (regression 3 1 20 5)) hessian "by value"
                Expect.notEqual (fst (regression 3 1 20 6)) hessian "by value")
        ]

let private message<'e, 'a when 'e :> exn> (f: unit -> 'a) =
    try
        f () |> ignore
        failtest $"expected a {typeof<'e>.Name}"
    with :? 'e as e ->
        e.Message

let private errors =
    let plan = Layers.Dense(2, 3).CompileHessian<float>(Loss.MeanSquaredError, 4)
    let model = Layers.Dense(2, 3).CompileTraining<float>(Loss.MeanSquaredError, Optimizer.Sgd 0.1, 4).Initialize()
    let x, y = [| 1.0; 2.0 |], [| 1.0; 2.0; 3.0 |]

    testList
        "refuses"
        [
            testCase "a direction of other parameters" (fun () ->
                let times (direction: (string * int list) list) () =
                    let direction =
                        Parameters<float>(
                            direction
                            |> List.map (fun (path, sizes) ->
                                let shape = Shape(ReadOnlySpan(Array.ofList sizes))

                                KeyValuePair(
                                    path,
                                    Tensor<float>(shape, ReadOnlySpan(Array.zeroCreate<float> shape.Count))
                                ))
                        )

                    plan.Product(model, ReadOnlySpan x, ReadOnlySpan y, direction)

                Expect.stringContains
                    (message<ShapeException, _>(times [ "dense1/W", [ 2; 3 ] ]))
                    "Direction dense1/b: expected shape [3], got none."
                    "missing"

                Expect.stringContains
                    (message<ShapeException, _>(times [ "dense1/W", [ 3; 2 ]; "dense1/b", [ 3 ] ]))
                    "Direction dense1/W: expected shape [2, 3], got [3, 2]."
                    "another shape"

                Expect.stringContains
                    (message<ShapeException, _>(times [ "dense1/W", [ 2; 3 ]; "dense1/b", [ 3 ]; "c", [ 1 ] ]))
                    "Direction c: the network has no trainable parameter of that path."
                    "unknown"

                times [ "dense1/b", [ 3 ]; "dense1/W", [ 2; 3 ] ] () |> ignore)

            testCase "a matrix of too many parameters, but no product" (fun () ->
                let network = Layers.Dense(40, 40)
                let plan = network.CompileHessian<float>(Loss.MeanSquaredError, 1)
                let model = network.CompileTraining<float>(Loss.MeanSquaredError, Optimizer.Sgd 0.1, 1).Initialize()
                let x = Array.zeroCreate<float> 40
                let text = message<ShapeException, _>(fun () -> plan.Hessian(model, ReadOnlySpan x, ReadOnlySpan x))
                Expect.stringContains text "1,640 parameters, but a dense Hessian is for at most 1,024" "message"
                plan.Product(model, ReadOnlySpan x, ReadOnlySpan x, model.Parameters) |> ignore)

            testCase "a network without parameters" (fun () ->
                let compile () =
                    Layers.Tanh.CompileHessian<float>(
                        Loss.MeanSquaredError,
                        1,
                        CompileOptions(Input = Nullable(Shape(ReadOnlySpan [| 2 |])))
                    )

                Expect.stringContains (message<ArgumentException, _> compile) "has no parameters" "message")

            testCase "second derivatives that are not finite" (fun () ->
                let text =
                    message<NonFiniteException, _>(fun () ->
                        plan.Hessian(model, ReadOnlySpan [| nan; 1.0 |], ReadOnlySpan y))

                Expect.stringContains text "by dense1/W and dense1/W is NaN" "message")
        ]

let tests = testList "Hessians" [ products; dense; eigenvalues; errors ]
