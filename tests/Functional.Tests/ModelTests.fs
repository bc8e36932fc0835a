module ModelTests

open System
open System.Threading.Tasks
open Expecto
open Functional
open ModelFixtures

/// u = 2x₀ − x₁ + ½, exactly.
let private line =
    let network = Layers.Dense(2, 1)

    Model<float32>(
        network,
        parameters [ "dense1/W", tensor [ 2; 1 ] [| 2.0f; -1.0f |]; "dense1/b", tensor [ 1 ] [| 0.5f |] ]
    )

let private onLine (x: float32 array) =
    x |> Array.chunkBySize 2 |> Array.map (fun row -> 2.0f * row[0] - row[1] + 0.5f)

/// The input itself.
let private identity (columns: int) (extra: Network list) =
    let eye = Array.init (columns * columns) (fun i -> if i / columns = i % columns then 1.0f else 0.0f)
    let network = compose (Layers.Dense(columns, columns, bias = false) :: extra)
    Model<float32>(network, parameters [ "dense1/W", tensor [ columns; columns ] eye ])

let tests =
    testList
        "Model"
        [
            testCase "predicts rows as spans and as tensors, alone or many at once" (fun () ->
                let random = Random 1

                for rows in [ 1; 2; 63; 64; 65; 128; 200 ] do
                    let x = values random (2 * rows)
                    let expected = onLine x
                    Expect.equal (line.Predict(ReadOnlySpan x)) expected $"{rows} rows"
                    let outputs = Array.zeroCreate rows
                    line.Predict(ReadOnlySpan x, outputs.AsSpan())
                    Expect.equal outputs expected $"{rows} rows into a span"

                    Expect.equal
                        (line.Predict(tensor [ rows; 2 ] x))
                        (tensor [ rows; 1 ] expected)
                        $"{rows} rows as a tensor")

            testCase "gives a row the same bits alone as among others" (fun () ->
                let model = plan.Value.Initialize 3UL
                let x = values (Random 2) (3 * 150)
                let together = model.Predict(ReadOnlySpan x)

                for row in 0..149 do
                    Expect.equal
                        (model.Predict(ReadOnlySpan x[3 * row .. 3 * row + 2]))
                        together[4 * row .. 4 * row + 3]
                        $"row {row}")

            testCase "refuses lengths and shapes that are no rows of its own" (fun () ->
                for length in [ 0; 1; 3 ] do
                    let text =
                        message<ShapeException>(fun () ->
                            line.Predict(ReadOnlySpan(values (Random 1) length)) |> ignore)

                    Expect.stringContains text $"got {length} numbers" "what came"

                let intoOne () =
                    line.Predict(ReadOnlySpan [| 1.0f; 2.0f; 3.0f; 4.0f |], (Array.zeroCreate 1).AsSpan())

                Expect.stringContains (message<ShapeException> intoOne) "2 rows give 2 outputs" "room"

                let flat () =
                    line.Predict(tensor [ 2 ] [| 1.0f; 2.0f |]) |> ignore

                Expect.stringContains (message<ShapeException> flat) "[n, …]" "the fix"
                Expect.throwsT<ShapeException> (fun () -> line.Predict(tensor [] [| 1.0f |]) |> ignore) "a scalar"

                Expect.throwsT<ShapeException>
                    (fun () -> line.Classify(ReadOnlySpan(values (Random 1) 4)) |> ignore)
                    "two rows")

            testCase
                "tells a class by the threshold ½, or by the largest of several outputs, the first of equals"
                (fun () ->
                    let one = identity 1 []
                    let classes = [| 0.5f; MathF.BitDecrement 0.5f; -3.0f; 7.0f; nanf |]
                    Expect.equal (one.ClassifyAll(ReadOnlySpan classes)) [| 1; 0; 0; 1; 0 |] "½ is class 1"
                    let three = identity 3 []
                    let rows = [| 1.0f; 2.0f; 3.0f; 5.0f; 5.0f; 4.0f; -1.0f; -3.0f; -2.0f |]
                    let classes = three.ClassifyAll(ReadOnlySpan rows)
                    Expect.equal classes [| 2; 0; 0 |] "largest"

                    for row in 0..2 do
                        let alone = three.Classify(ReadOnlySpan rows[3 * row .. 3 * row + 2])
                        Expect.equal alone classes[row] "alone as among others")

            testCase "evaluates as computed by hand: mean loss over all rows, share of rows classified right" (fun () ->
                let random = Random 4
                let count = 600 // more than one batch of the evaluation, the last one partial
                let x = values random (3 * count)
                let labels = Array.init count (fun _ -> random.Next 4)
                let model = plan.Value.Initialize 3UL
                let data = Dataset.CreateLabelled(ReadOnlySpan x, shape [ 3 ], ReadOnlySpan labels, 4)
                let p = model.Predict(ReadOnlySpan x) |> Array.chunkBySize 4

                let loss =
                    Array.map2 (fun (p: float32 array) label -> -(log (float p[label]))) p labels |> Array.average

                let isRight (p: float32 array) label =
                    Array.findIndex ((=) (Array.max p)) p = label

                let right = Array.map2 (fun p label -> if isRight p label then 1.0 else 0.0) p labels |> Array.average

                for evaluation in [ model.Evaluate(data, Loss.CrossEntropy); plan.Value.Evaluate(model, data) ] do
                    Expect.floatClose Accuracy.medium evaluation.Loss loss "loss"
                    Expect.equal evaluation.Accuracy (Nullable right) "accuracy"
                    Expect.equal evaluation.Count count "rows"

                let numbers =
                    Dataset.Create(ReadOnlySpan x[..5], shape [ 2 ], ReadOnlySpan [| 1.0f; 2.0f; 3.0f |], shape [ 1 ])

                let errors = Array.map2 (fun u y -> float (u - y) ** 2.0) (onLine x[..5]) [| 1.0f; 2.0f; 3.0f |]
                let evaluation = line.Evaluate(numbers, Loss.MeanSquaredError)
                Expect.floatClose Accuracy.medium evaluation.Loss (Array.average errors) "squared error"
                Expect.isFalse evaluation.Accuracy.HasValue "numbers are not right or wrong"

                Expect.throwsT<LossException>
                    (fun () -> line.Evaluate(numbers, Loss.BinaryCrossEntropy) |> ignore)
                    "no probabilities"

                Expect.throwsT<DataException>
                    (fun () -> line.Evaluate(data, Loss.MeanSquaredError) |> ignore)
                    "another shape")

            testCase "gets what is its own from a plan that others use too" (fun () ->
                let plan = plan.Value
                let inference = network.CompileInference<float32> 4
                let x, y = values (Random 5) 12, [| 0.0f; 1.0f; 2.0f; 3.0f |]
                let data = Dataset.CreateLabelled(ReadOnlySpan x, shape [ 3 ], ReadOnlySpan [| 0; 1; 2; 3 |], 4)

                for seed in [ 1UL; 2UL; 1UL ] do
                    let model = plan.Initialize seed
                    let predicted = Array.zeroCreate 16
                    inference.Predict(model.Parameters, ReadOnlySpan x, predicted.AsSpan())
                    Expect.equal predicted (model.Predict(ReadOnlySpan x)) "its predictions"
                    let loss = model.Evaluate(data, Loss.CrossEntropy).Loss
                    Expect.equal (plan.Evaluate(model, data).Loss) loss "its loss"
                    let gradient = plan.Gradient(model, ReadOnlySpan x, ReadOnlySpan y)
                    Expect.floatClose Accuracy.medium gradient.Loss loss "its gradient's loss")

            testCase "predicts the same bits on many threads at once" (fun () ->
                let model = plan.Value.Initialize 3UL
                let inputs = Array.init 40 (fun i -> values (Random i) (3 * (1 + 7 * i)))
                let expected = inputs |> Array.map (fun x -> model.Predict(ReadOnlySpan x))
                let different = ref 0

                Parallel.For(
                    0,
                    400,
                    ParallelOptions(MaxDegreeOfParallelism = 4),
                    fun i ->
                        if model.Predict(ReadOnlySpan inputs[i % 40]) <> expected[i % 40] then
                            Threading.Interlocked.Increment different |> ignore
                )
                |> ignore

                Expect.equal different.Value 0 "predictions that differ")

            testCase "begins alike from every plan that has one, whatever is trained" (fun () ->
                let options = CompileOptions(Input = shape [ 3 ])

                let open_ =
                    compose [ Layers.Dense 5; Layers.BatchNorm(); Layers.Tanh; Layers.Dropout 0.5; Layers.Dense 2 ]

                let mse = Loss.MeanSquaredError
                let training = open_.CompileTraining<float32>(mse, Optimizer.Sgd 0.1, 4, options)
                let gradient = open_.CompileGradient<float32>(mse, 4, options, [ "dense2/b" ], false)
                let hessian = open_.CompileHessian<float32>(mse, 4, options)
                let x, y = values (Random 1) 12, values (Random 2) 8

                for seed in [ 0UL; 1UL; 77UL ] do
                    let model = training.Initialize seed
                    Expect.equal (gradient.Initialize seed) model "a gradient plan's"
                    Expect.equal (hessian.Initialize seed) model "a Hessian plan's"
                    let predicted = (gradient.Initialize seed).Predict(ReadOnlySpan x)
                    Expect.equal predicted (model.Predict(ReadOnlySpan x)) "it predicts"
                    let own = gradient.Gradient(gradient.Initialize seed, ReadOnlySpan x, ReadOnlySpan y)
                    let all = training.Gradient(model, ReadOnlySpan x, ReadOnlySpan y)
                    Expect.equal own.Parameters["dense2/b"] all.Parameters["dense2/b"] "and is differentiated"

                Expect.equal (gradient.Initialize()) (training.Initialize 0UL) "seed 0 when none is given")

            testCase "is a value: equal where network and parameters are" (fun () ->
                let first, second = plan.Value.Initialize 3UL, plan.Value.Initialize 3UL
                Expect.equal first second "the same seed"
                Expect.equal (hash first) (hash second) "the same hash"
                Expect.notEqual (plan.Value.Initialize 4UL) first "another seed"
                let renamed = Layers.Dense(2, 1, weights = Initializer.Zeros)
                Expect.notEqual (Model<float32>(renamed, line.Parameters)) line "another network"
                Expect.equal (string line) "Dense(2, 1), 3 parameters" "its text")

            testCase
                "refuses parameters that are missing, of another shape or of another network, all at once"
                (fun () ->
                    let wrong =
                        parameters
                            [ "dense1/W", tensor [ 1; 2 ] [| 1.0f; 2.0f |]; "dense2/W", tensor [ 1 ] [| 1.0f |] ]

                    let text = message<ShapeException>(fun () -> Model<float32>(Layers.Dense(2, 1), wrong) |> ignore)

                    for part in
                        [
                            "dense1/W: expected shape [2, 1], got [1, 2]"
                            "dense1/b: expected shape [1], got none"
                            "dense2/W"
                        ] do
                        Expect.stringContains text part "the message"

                    Expect.throwsT<ShapeException>
                        (fun () -> Model<float32>(Layers.Dense 1, line.Parameters) |> ignore)
                        "sizes not known")
        ]
