module LbfgsTests

open System
open System.Collections.Generic
open System.Threading
open Expecto
open FsCheck.FSharp
open Functional
open Functional.FsCheck
open Differences
open Cases

let private shape (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))

let private datasetOf featureShape (x: float array) targetShape (y: float array) =
    Dataset.Create(ReadOnlySpan x, featureShape, ReadOnlySpan y, targetShape)

let private gradientPlan (network: Network) loss batch =
    network.CompileGradient<float>(loss, batch, input = false)

let private modelOf (network: Network) (values: (string * int list * float list) list) =
    Model<float>(
        network,
        Parameters<float>(
            values
            |> List.map (fun (path, sizes, numbers) ->
                KeyValuePair(path, Tensor<float>(shape sizes, ReadOnlySpan(Array.ofList numbers))))
        )
    )

let private numbersOf (model: Model<float>) =
    model.Parameters.Values |> Seq.collect doubles |> Array.ofSeq

/// The line search so near exact, and the end so far, that a quadratic's iterations are those of the theory.
let private exact =
    Lbfgs(
        Memory = 30,
        Curvature = 1e-6,
        SufficientDecrease = 1e-7,
        LossTolerance = 0.0,
        GradientTolerance = 1e-7,
        Iterations = 60
    )

/// L = mean (x·w + b − y)² as ½wᵀAw − cᵀw + d, from [x 1].
type private Quadratic =
    {
        Data: Dataset
        A: float[,]
        C: float array
        D: float
    }

let private quadratic seed inputs =
    let random = Random(seed)
    let rows = 3 * (inputs + 1)
    let x = Random.normals random (rows * inputs)
    let y = Random.normals random rows

    let extended row i =
        if i < inputs then x[row * inputs + i] else 1.0

    let mean f =
        Seq.sum [ for row in 0 .. rows - 1 -> f row ] / float rows

    {
        Data = datasetOf (shape [ inputs ]) x (shape [ 1 ]) y
        A = Array2D.init (inputs + 1) (inputs + 1) (fun i j -> 2.0 * mean (fun row -> extended row i * extended row j))
        C = Array.init (inputs + 1) (fun i -> 2.0 * mean (fun row -> extended row i * y[row]))
        D = mean (fun row -> y[row] * y[row])
    }

let private times (a: float[,]) (x: float array) =
    Array.init x.Length (fun i -> dot a[i, *] x)

/// Gaussian elimination with pivoting.
let private solve (a: float[,]) (c: float array) =
    let n = c.Length
    let m = Array.init n (fun i -> Array.append a[i, *] [| c[i] |])

    for k in 0 .. n - 1 do
        let pivot = Seq.maxBy (fun i -> abs (m[i][k])) [ k .. n - 1 ]
        let row = m[pivot]
        m[pivot] <- m[k]
        m[k] <- row

        for i in k + 1 .. n - 1 do
            let factor = m[i][k] / m[k][k]
            m[i] <- Array.map2 (fun x y -> x - factor * y) m[i] m[k]

    let x = Array.zeroCreate n

    for i in n - 1 .. -1 .. 0 do
        x[i] <- (m[i][n] - dot (m[i][.. n - 1]) x) / m[i][i]

    x

/// The losses of conjugate gradients (Hestenes and Stiefel 1952), whose iterates L-BFGS takes on a quadratic with exact line searches.
let private conjugateGradients q start iterations =
    let loss w =
        0.5 * dot w (times q.A w) - dot q.C w + q.D

    let mutable w = start
    let mutable r = Array.map2 (-) q.C (times q.A w)
    let mutable p = r

    [
        loss w

        for _ in 1..iterations do
            let ap = times q.A p
            let step = dot r r / dot p ap
            w <- Array.map2 (fun w p -> w + step * p) w p
            let next = Array.map2 (fun r ap -> r - step * ap) r ap
            let beta = dot next next / dot r r
            p <- Array.map2 (fun r p -> r + beta * p) next p
            r <- next
            loss w
    ]

let private quadratics =
    testList
        "on a quadratic"
        [
            ToleranceTable.lawOf
                []
                30
                "finds the linear system's solution in as many steps as it has unknowns"
                (fun seed ->
                    let inputs = Random(seed).Next(1, 9)
                    let q = quadratic seed inputs
                    let network = Layers.Dense(inputs, 1)
                    let plan = gradientPlan network Loss.MeanSquaredError q.Data.Count
                    let start = Random.normals (Random seed) (inputs + 1) |> List.ofArray

                    let model =
                        modelOf
                            network
                            [ "dense1/W", [ inputs; 1 ], start[.. inputs - 1]; "dense1/b", [ 1 ], start[inputs..] ]

                    let result = exact.Minimize(plan, model, q.Data)
                    Expect.equal result.Reason LbfgsStop.GradientTolerance "reason"
                    Expect.isLessThanOrEqual result.Losses.Count (inputs + 4) "iterations, and the start"
                    expectClose 1e-6 (numbersOf result.Model) (solve q.A q.C) "solution"

                    let reference = conjugateGradients q (Array.ofList start) (min inputs (result.Losses.Count - 1))

                    for i in 0 .. reference.Length - 1 do
                        expectClose 1e-9 [| result.Losses[i] |] [| reference[i] |] $"loss after {i} iterations")
        ]

/// Rosenbrock's function ½[100(b − a²)² + (1 − a)²] as a network: one layer holds a and b, the fixed rest makes 10(b − a²) and a of
/// squares, since b = ¼[(b + 1)² − (b − 1)²].
let private rosenbrock =
    let square: Network = Activation.op_Implicit (Activation.Define("square", Func<_, _>(fun (x: Scalar) -> x * x)))

    let network =
        Network.Compose
            [ Layers.Dense(1, 2, bias = false); Layers.Dense(2, 5); square; Layers.Dense(5, 2, bias = false) ]

    let start =
        modelOf
            network
            [
                "dense1/W", [ 1; 2 ], [ -1.2; 1.0 ]
                "dense2/W", [ 2; 5 ], [ 1.0; 0.0; 0.0; 1.0; 1.0; 0.0; 1.0; 1.0; 0.0; 0.0 ]
                "dense2/b", [ 5 ], [ 0.0; 1.0; -1.0; 1.0; -1.0 ]
                "dense3/W", [ 5; 2 ], [ -10.0; 0.0; 2.5; 0.0; -2.5; 0.0; 0.0; 0.25; 0.0; -0.25 ]
            ]

    testCase "finds the minimum of Rosenbrock's function, by the parameters it is to move" (fun () ->
        let plan = network.CompileGradient<float>(Loss.MeanSquaredError, 1, parameters = [ "dense1/W" ], input = false)

        let data = datasetOf (shape [ 1 ]) [| 1.0 |] (shape [ 2 ]) [| 0.0; 1.0 |]
        let result = Lbfgs(GradientTolerance = 1e-9, LossTolerance = 0.0).Minimize(plan, start, data)

        Expect.floatClose
            Accuracy.high
            result.Losses[0]
            (0.5 * (100.0 * 0.44 * 0.44 + 2.2 * 2.2))
            "its value at (−1.2, 1)"

        Expect.equal result.Reason LbfgsStop.GradientTolerance "reason"
        Expect.isLessThan result.Losses.Count 61 "iterations"
        expectClose 1e-8 (doubles result.Model.Parameters["dense1/W"]) [| 1.0; 1.0 |] "minimum"

        for path in [ "dense2/W"; "dense2/b"; "dense3/W" ] do
            Expect.equal result.Model.Parameters[path] start.Parameters[path] path)

/// A case as a dataset of all its rows, where its loss has targets.
let private dataOf (case: Case) values =
    let inference = Cases.inferenceOf case
    let x, y = Cases.featuresOf values, Cases.targetsOf values

    match case.Loss.Target with
    | TargetKind.ClassIndex ->
        Dataset.CreateLabelled(
            ReadOnlySpan x,
            inference.Input.Value,
            ReadOnlySpan(Array.map int y),
            inference.Output.Value[Index.FromEnd 1]
        )
    | _ -> datasetOf inference.Input.Value x (case.Loss.TargetShape inference.Output.Value) y

let private behaviour =
    testList
        "on generated networks"
        [
            law 60 "never raises the loss, ends, and gives the model of the last loss" (fun (case: Case) ->
                let values = Cases.values case case.Seed

                (values.Keys |> Seq.exists (fun source -> source.Kind = Graphs.SourceKind.Targets))
                ==> lazy
                    (let plan = case.Network.CompileGradient<float>(case.Loss, case.Rows, Cases.options case)
                     let data = dataOf case values
                     let result = Lbfgs(Iterations = 15).Minimize(plan, Cases.modelOf case values, data)

                     for i in 1 .. result.Losses.Count - 1 do
                         Expect.isLessThanOrEqual result.Losses[i] result.Losses[i - 1] $"loss {i}"

                     Expect.isLessThanOrEqual result.Losses.Count 16 "iterations"
                     Expect.isTrue (result.Reason <> LbfgsStop.Cancelled) "reason"

                     if result.Reason = LbfgsStop.Iterations then
                         Expect.equal result.Losses.Count 16 "iterations done"

                     let x, y = Cases.featuresOf values, Cases.targetsOf values
                     let last = plan.Gradient(result.Model, ReadOnlySpan x, ReadOnlySpan y)

                     expectClose
                         ToleranceTable.reordering
                         [| last.Loss |]
                         [| result.Losses[result.Losses.Count - 1] |]
                         "loss"

                     if result.Reason = LbfgsStop.GradientTolerance then
                         for tensor in last.Parameters.Values do
                             for g in doubles tensor do
                                 Expect.isLessThanOrEqual (abs g) 1.01e-6 "gradient"))

            testCase "moves no running statistics" (fun () ->
                let network =
                    Network.Compose [ Layers.Dense(2, 3); Layers.BatchNorm(); Layers.Tanh; Layers.Dense(3, 1) ]

                let start = network.CompileTraining<float>(Loss.MeanSquaredError, Optimizer.Sgd 0.1).Initialize 1UL
                let moons = Datasets.Moons(50, 0.1, 3UL)

                let result =
                    Lbfgs(Iterations = 5).Minimize(gradientPlan network Loss.MeanSquaredError 50, start, moons)

                Expect.isLessThan result.Losses[5] result.Losses[0] "it learns"

                for path in [ "batchnorm1/mean"; "batchnorm1/variance" ] do
                    Expect.equal result.Model.Parameters[path] start.Parameters[path] path)

            testCase "sums over batches what one batch gives" (fun () ->
                let network = Network.Compose [ Layers.Dense(2, 6); Layers.Tanh; Layers.Dense(6, 1); Layers.Sigmoid ]
                let moons = Datasets.Moons(50, 0.1, 3UL)
                let start = network.CompileTraining<float>(Loss.BinaryCrossEntropy, Optimizer.Sgd 0.1).Initialize 1UL

                let run batch =
                    Lbfgs(Iterations = 10).Minimize(gradientPlan network Loss.BinaryCrossEntropy batch, start, moons)

                let whole, parts = run 50, run 16
                Expect.isLessThan whole.Losses[10] (0.9 * whole.Losses[0]) "it learns"
                expectClose 1e-6 (Array.ofSeq parts.Losses) (Array.ofSeq whole.Losses) "losses"
                let evaluation = whole.Model.Evaluate(moons, Loss.BinaryCrossEntropy)
                expectClose ToleranceTable.reordering [| evaluation.Loss |] [| whole.Losses[10] |] "the mean loss"

                let single =
                    Lbfgs(Iterations = 10)
                        .Minimize(
                            network.CompileGradient<float32>(Loss.BinaryCrossEntropy, 16),
                            Model<float32>(network, start.Parameters.Cast<float32>()),
                            moons
                        )

                expectClose 1e-2 (Array.ofSeq single.Losses) (Array.ofSeq whole.Losses) "in float32")
        ]

let private message<'e, 'a when 'e :> exn> (f: unit -> 'a) =
    try
        f () |> ignore
        failtest $"expected a {typeof<'e>.Name}"
    with :? 'e as e ->
        e.Message

let private ends =
    let network = Network.Compose [ Layers.Dense(1, 3); Layers.Tanh; Layers.Dense(3, 1) ]
    let plan = lazy gradientPlan network Loss.MeanSquaredError 4
    let start = lazy network.CompileTraining<float>(Loss.MeanSquaredError, Optimizer.Sgd 0.1).Initialize 1UL
    let data = datasetOf (shape [ 1 ]) [| -1.0; 0.0; 1.0; 2.0 |] (shape [ 1 ]) [| 1.0; 0.0; 1.0; 4.0 |]

    let reporting report =
        { new IProgress<LbfgsProgress> with
            member _.Report progress = report progress
        }

    testList
        "ends"
        [
            testCase "when cancelled, with the last completed iteration" (fun () ->
                use source = new CancellationTokenSource()
                let reports = ResizeArray()

                let progress =
                    reporting (fun (report: LbfgsProgress) ->
                        reports.Add report

                        if report.Iteration = 3 then
                            source.Cancel())

                let result = Lbfgs().Minimize(plan.Value, start.Value, data, progress, source.Token)
                Expect.equal result.Reason LbfgsStop.Cancelled "reason"
                Expect.sequenceEqual (reports |> Seq.map _.Iteration) [ 1..3 ] "iterations"
                Expect.sequenceEqual (reports |> Seq.map _.Loss) (Seq.tail result.Losses) "losses"
                Expect.equal result.Evaluations reports[2].Evaluations "evaluations"

                let same = Lbfgs(Iterations = 3).Minimize(plan.Value, start.Value, data)
                Expect.equal same.Reason LbfgsStop.Iterations "reason"
                Expect.equal result.Model same.Model "model"

                let none = Lbfgs().Minimize(plan.Value, start.Value, data, cancellationToken = CancellationToken true)
                Expect.equal (none.Model, none.Losses.Count) (start.Value, 0) "cancelled before it began")

            testCase "at once where the gradient is 0" (fun () ->
                let loss = Loss.Define("constant", fun p y -> Scalar.Constant 0.0 * p + y)
                let result = Lbfgs().Minimize(gradientPlan network loss 4, start.Value, data)
                Expect.equal result.Reason LbfgsStop.GradientTolerance "reason"
                Expect.equal (result.Model, result.Losses.Count) (start.Value, 1) "nothing moved")

            testCase "where a step no longer changes the loss" (fun () ->
                let result =
                    Lbfgs(GradientTolerance = 0.0, LossTolerance = 0.5).Minimize(plan.Value, start.Value, data)

                Expect.equal result.Reason LbfgsStop.LossTolerance "by a part of it"
                let last = result.Losses.Count - 1
                Expect.isGreaterThanOrEqual result.Losses[last] (0.5 * result.Losses[last - 1]) "the last decrease"

                // |x| has a kink at its minimum, which a line search finds and cannot leave.
                let kink = gradientPlan network Loss.MeanAbsoluteError 4

                let stuck =
                    Lbfgs(GradientTolerance = 0.0, LossTolerance = 0.0, Iterations = 2000)
                        .Minimize(kink, start.Value, data)

                Expect.isLessThan stuck.Losses.Count 2001 "it ends"
                Expect.isLessThan stuck.Losses[stuck.Losses.Count - 1] stuck.Losses[0] "lower")

            testCase "with an error where the start's loss is not finite" (fun () ->
                let huge = datasetOf (shape [ 1 ]) [| 1.0 |] (shape [ 1 ]) [| 1e200 |]

                Expect.stringContains
                    (message<NonFiniteException, _>(fun () -> Lbfgs().Minimize(plan.Value, start.Value, huge)))
                    "L-BFGS cannot begin: at the start the loss is Infinity"
                    "message"

                let root = Loss.Define("root", fun p y -> Scalar.Sqrt(p - p) + y)

                Expect.stringContains
                    (message<NonFiniteException, _>(fun () ->
                        Lbfgs().Minimize(gradientPlan network root 4, start.Value, data)))
                    "its gradient is not finite"
                    "message")

            testCase "with an error for data, models and options that do not fit" (fun () ->
                let wide = datasetOf (shape [ 2 ]) [| 1.0; 2.0 |] (shape [ 1 ]) [| 1.0 |]
                message<DataException, _>(fun () -> Lbfgs().Minimize(plan.Value, start.Value, wide)) |> ignore
                let other = Layers.Dense(1, 1).CompileTraining<float>(Loss.MeanSquaredError, Optimizer.Sgd 0.1)

                Expect.stringContains
                    (message<ShapeException, _>(fun () -> Lbfgs().Minimize(plan.Value, other.Initialize(), data)))
                    "dense1/W"
                    "message"

                for bad in
                    [
                        fun () -> Lbfgs(Memory = 0)
                        fun () -> Lbfgs(Iterations = 0)
                        fun () -> Lbfgs(Evaluations = 0)
                        fun () -> Lbfgs(GradientTolerance = -1.0)
                        fun () -> Lbfgs(LossTolerance = nan)
                        fun () -> Lbfgs(SufficientDecrease = 0.0)
                        fun () -> Lbfgs(Curvature = 1.0)
                    ] do
                    message<ArgumentOutOfRangeException, _> bad |> ignore

                Expect.stringContains
                    (message<ArgumentException, _>(fun () ->
                        Lbfgs(Curvature = 1e-5).Minimize(plan.Value, start.Value, data)))
                    "SufficientDecrease 0.0001 must be below Curvature 1E-05"
                    "message")
        ]

let tests = testList "L-BFGS" [ quadratics; rosenbrock; behaviour; ends ]
