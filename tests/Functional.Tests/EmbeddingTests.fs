module EmbeddingTests

open System
open Expecto
open FsCheck
open Functional
open Differences
open LayerFixtures

let private mse = Loss.MeanSquaredError

let private lookups =
    testList
        "looks up"
        [
            ToleranceTable.lawOf [] 40 "each number's vector, bit for bit, in the order of the row" (fun (seed: int) ->
                let random = Random seed
                let count, size, columns = random.Next(1, 50), random.Next(1, 20), random.Next(1, 5)
                let network = Layers.Embedding(count, size, columns)
                let model = modelOf network columns random
                let x = rowsFor network columns random (random.Next(1, 100))
                let table = doubles model.Parameters["embedding1/E"]

                let expected = Array.concat x |> Array.collect (fun number -> Array.sub table (int number * size) size)

                Expect.equal (model.Predict(ReadOnlySpan(Array.concat x))) expected "float64"
                let actual = (single model columns).Predict(ReadOnlySpan(singles x))
                Expect.equal actual (Array.map float32 expected) "float32")

            testCase "in a table that begins uniformly on ±1, or as it is told" (fun () ->
                let first (network: Network) =
                    doubles
                        ((network.CompileTraining<float>(mse, Optimizer.Sgd 0.1)).Initialize 1UL).Parameters["embedding1/E"]

                let table = first (Layers.Embedding(1000, 4))
                Expect.all table (fun value -> abs value <= 1.0) "±1"
                // The variance of 4000 such numbers is ⅓ within six deviations of √(4/45/4000).
                Expect.isLessThan (abs (Array.averageBy (fun v -> v * v) table - 1.0 / 3.0)) 0.03 "uniformly"
                Expect.isLessThan (abs (Array.average table)) 0.06 "around 0"
                Expect.allEqual (first (Layers.Embedding(9, 2, weights = Initializer.Constant 3.0))) 3.0 "as told")
        ]

let private table = Layers.Embedding(5, 2, columns = 2)
let private tableModel = lazy (modelOf table 2 (Random 1))

let private gradients =
    testList
        "in training"
        [
            testCase "adds the gradients of a number that is repeated" (fun () ->
                let plan = table.CompileGradient<float>(Loss.Define("linear", fun p y -> p * y), 3, input = false)
                // The derivative of a mean of p·y by p is y over the number of elements.
                let x = [| 3.0; 3.0; 1.0; 3.0; 4.0; 1.0 |]
                let y = [| 1.0; 2.0; 10.0; 20.0; 3.0; 5.0; 100.0; 200.0; 7.0; 9.0; 30.0; 50.0 |]
                let gradient = plan.Gradient(tableModel.Value, ReadOnlySpan x, ReadOnlySpan y)

                expectClose
                    1e-14
                    (doubles gradient.Parameters["embedding1/E"] |> Array.map (fun g -> 12.0 * g))
                    [| 0.0; 0.0; 33.0; 55.0; 0.0; 0.0; 111.0; 222.0; 7.0; 9.0 |]
                    "∂L/∂E")

            ToleranceTable.lawOf [] 20 "leaves vectors that no row uses as they are, bit for bit" (fun (seed: int) ->
                let random = Random seed
                let count, columns = random.Next(2, 30), random.Next(1, 4)
                let network = compose [ Layers.Embedding(count, 3, columns); Layers.Tanh; dense (3 * columns) 1 ]
                let used = Array.init (random.Next(1, 4)) (fun _ -> random.Next count)
                let rows = random.Next(1, 9)
                let x = Array.init (rows * columns) (fun _ -> float32 used[random.Next used.Length])
                let plan = network.CompileTraining<float32>(mse, Optimizer.Sgd 0.1, 8)
                use session = plan.Start(uint64 seed)

                let vectors () =
                    session.Snapshot().Parameters["embedding1/E"].Data.ToArray() |> Array.chunkBySize 3

                let before = vectors ()

                for _ in 1..3 do
                    session.Step(ReadOnlySpan x, ReadOnlySpan(Array.create rows 2.0f)) |> ignore

                let after = vectors ()

                for number in 0 .. count - 1 do
                    let isSame = before[number] = after[number]
                    Expect.equal isSame (not (Array.contains (float32 number) x)) $"vector {number}")
        ]

let private refusals =
    let network = compose [ Layers.Embedding(5, 2, columns = 2); dense 4 1 ]
    let plan = lazy network.CompileTraining<float32>(mse, Optimizer.Sgd 0.1, 4)
    let gradientPlan = lazy network.CompileGradient<float>(mse, 4)

    let refuses what code number =
        let error = errorOf<DataException> code
        Expect.stringContains error $"is {number}, but" $"{what}: what came"
        Expect.stringContains error "numbers its 5 vectors 0 … 4" $"{what}: what it takes"
        Expect.stringContains error "Give whole numbers in that range, or a larger embedding." $"{what}: the fix"

    testList
        "refuses"
        [
            testTheory
                "numbers that are no index, wherever they come"
                [ 7.5f; 5.0f; -1.0f; 0.25f; -0.5f; 1e6f ]
                (fun wrong ->
                    let x = [| 0.0f; 4.0f; 3.0f; wrong |]
                    let wide = Array.map float x
                    let y, targets = [| 1.0f; 2.0f |], [| 1.0; 2.0 |]
                    use session = plan.Value.Start 1UL
                    let before = session.Snapshot()
                    let model = modelOf network 2 (Random 1)
                    let data = Dataset.Create(ReadOnlySpan x, shape [ 2 ], ReadOnlySpan y, shape [ 1 ])

                    let refuses what code =
                        refuses what (fun () -> code () |> ignore) wrong

                    refuses "Step" (fun () -> session.Step(ReadOnlySpan x, ReadOnlySpan y))
                    Expect.equal (session.Snapshot(), session.StepCount) (before, 0L) "no step was taken"
                    refuses "Train" (fun () -> plan.Value.Train(data, 1))

                    let good =
                        Dataset.Create(
                            ReadOnlySpan [| 0.0f; 1.0f |],
                            shape [ 2 ],
                            ReadOnlySpan [| 1.0f |],
                            shape [ 1 ]
                        )

                    refuses "validation" (fun () -> plan.Value.Train(good, 1, validation = data))
                    refuses "TrainAsync" (fun () -> plan.Value.TrainAsync(data, 1))
                    refuses "Predict" (fun () -> before.Predict(ReadOnlySpan x))

                    refuses "Predict a tensor" (fun () ->
                        before.Predict(Tensor<float32>(shape [ 2; 2 ], ReadOnlySpan x)))

                    refuses "Predict in float64" (fun () -> model.Predict(ReadOnlySpan wide))
                    refuses "Evaluate" (fun () -> before.Evaluate(data, mse))
                    refuses "the plan's Evaluate" (fun () -> plan.Value.Evaluate(before, data))

                    refuses "Gradient" (fun () ->
                        gradientPlan.Value.Gradient(model, ReadOnlySpan wide, ReadOnlySpan targets))

                    refuses "the plan's Gradient" (fun () ->
                        plan.Value.Gradient(before, ReadOnlySpan x, ReadOnlySpan y))

                    refuses "Inspect" (fun () -> plan.Value.Inspect(before, ReadOnlySpan x, ReadOnlySpan y))
                    session.Step(ReadOnlySpan [| 0.0f; 4.0f |], ReadOnlySpan [| 1.0f |]) |> ignore
                    Expect.equal session.StepCount 1L "goes on with numbers that are")

            testCase "NaN and infinity" (fun () ->
                use session = plan.Value.Start 1UL
                let model = session.Snapshot()

                for wrong in [ nanf; infinityf; -infinityf ] do
                    let x = [| 0.0f; wrong |]

                    let refuses what code =
                        errorOf<DataException>(fun () -> code () |> ignore) |> ignore

                    refuses "Step" (fun () -> session.Step(ReadOnlySpan x, ReadOnlySpan [| 1.0f |]))
                    refuses "Predict" (fun () -> model.Predict(ReadOnlySpan x))
                    refuses "Gradient" (fun () -> plan.Value.Gradient(model, ReadOnlySpan x, ReadOnlySpan [| 1.0f |])))

            testCase "a dataset's, with the row" (fun () ->
                let data =
                    Dataset.Create(
                        ReadOnlySpan [| 0.0; 4.0; 1.0; 2.0; 3.0; 7.5 |],
                        shape [ 2 ],
                        ReadOnlySpan [| 1.0; 2.0; 3.0 |],
                        shape [ 1 ]
                    )

                let error = errorOf<DataException>(fun () -> plan.Value.Train(data, 1) |> ignore)
                Expect.stringStarts error "Row 2: feature 1 is 7.5, but" "where")

            testCase "more vectors than float32 has whole numbers" (fun () ->
                let most = 1 <<< 24
                Expect.equal ((Layers.Embedding(most, 1)).CompileInference<float32>().OutputShape) (shape [ 1 ]) "2²⁴"
                let more = Layers.Embedding(most + 1, 1)
                Expect.equal (more.CompileInference<float>().OutputShape) (shape [ 1 ]) "float64 takes more"
                let error = errorOf<ShapeException>(fun () -> more.CompileInference<float32>() |> ignore)
                Expect.stringContains error "16,777,217 vectors" "how many"
                Expect.stringContains error "Compile in double" "the fix")

            testCase "numbers beyond the smaller of two tables" (fun () ->
                let network = concat [ Layers.Embedding(9, 1); Layers.Embedding(3, 1) ]
                let model = modelOf network 1 (Random 1)
                Expect.equal (model.Predict(ReadOnlySpan [| 2.0 |])).Length 2 "in both"
                let error = errorOf<DataException>(fun () -> model.Predict(ReadOnlySpan [| 3.0 |]) |> ignore)
                Expect.stringContains error "0 … 2" "the smaller one's range")

            testTheory
                "to stand where its input is not the network's"
                [
                    "Dense(2, 2) >> Embedding(5, 3, columns: 2)"
                    "Relu >> Embedding(5, 3)"
                    "Dropout(0.5) >> Embedding(5, 3)"
                    "BatchNorm() >> Embedding(5, 3)"
                    "Embedding(5, 1) >> Embedding(5, 3)"
                    "Concat(Identity, Identity) >> Embedding(5, 3, columns: 2)"
                    "Residual(Identity) >> Embedding(5, 3)"
                    "Residual(Flatten) >> Embedding(5, 3)"
                    "Residual(Embedding(5, 1)) >> Embedding(5, 3)"
                    "Concat(Dense(1, 1) >> Embedding(5, 3), Identity)"
                    "Residual(Residual(Identity) >> Embedding(5, 1))"
                    "Shared(\"a\", Tanh) >> Embedding(5, 3)"
                ]
                (fun text ->
                    let error = errorOf<ShapeException>(fun () -> Network.Parse text |> ignore)
                    Expect.stringContains error "it takes whole numbers, which only the network's input has" text
                    Expect.stringContains error "Put it first, or into a branch of Concat that begins with it." text)

            testTheory
                "no place that the input reaches as it is"
                [
                    "Embedding(5, 3)"
                    "Identity >> Embedding(5, 3)"
                    "Flatten >> Embedding(5, 3)"
                    "Named(\"a\", Flatten >> Embedding(5, 3))"
                    "Shared(\"a\", Embedding(5, 3))"
                    "Concat(Identity, Embedding(5, 3))"
                    "Concat(Dense(1, 2), Flatten >> Embedding(5, 3))"
                    "Residual(Embedding(5, 1))"
                ]
                (fun text ->
                    let network = Network.Parse text
                    let output = (modelOf network 1 (Random 1)).Predict(ReadOnlySpan [| 4.0 |])
                    Expect.all output Double.IsFinite text)

            testCase "rows of another width, with the columns to write" (fun () ->
                let error =
                    errorOf<ShapeException>(fun () -> (Layers.Embedding(5, 3)).WithInput(shape [ 4 ]) |> ignore)

                Expect.stringContains error "Write columns: 4" "the fix"

                let rows () =
                    (Layers.Embedding(5, 3, columns = 4)).WithInput(shape [ 2; 2 ]) |> ignore

                Expect.stringContains (errorOf<ShapeException> rows) "Insert Flatten before it" "of another rank")
        ]

let tests = testList "Embedding" [ lookups; gradients; refusals ]
