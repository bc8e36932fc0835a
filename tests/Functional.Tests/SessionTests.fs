module SessionTests

open System
open Expecto
open Functional
open ModelFixtures

/// Managed bytes that one call allocates, after some that may.
let private bytesOf (f: unit -> unit) =
    for _ in 1..50 do
        f ()

    let before = GC.GetAllocatedBytesForCurrentThread()

    for _ in 1..20 do
        f ()

    GC.GetAllocatedBytesForCurrentThread() - before

let private session =
    [
        testCase "steps on whole rows only, at most the batch size of them" (fun () ->
            use session = plan.Value.Start 1UL

            let step features (targets: float32 array) () =
                session.Step(ReadOnlySpan(values (Random 1) features), ReadOnlySpan targets) |> ignore

            for features, targets in [ 0, 0; 3, 0; 4, 1; 3, 2; 27, 9; 24, 7 ] do
                let text = message<ShapeException>(step features (Array.zeroCreate targets))
                Expect.stringContains text $"got {features} features and {targets} targets" "what came"

            for label in [ -1.0f; 4.0f; 0.5f; nanf ] do
                Expect.stringContains (message<DataException>(step 3 [| label |])) "0 … 3" $"class {label}"

            Expect.equal session.StepCount 0L "no step was taken"
            Expect.equal (session.Snapshot()) (plan.Value.Initialize 1UL) "nothing moved"
            step 24 (Array.zeroCreate 8) ()
            step 3 [| 3.0f |] ()
            Expect.equal session.StepCount 2L "two steps")

        testCase "gives snapshots that later steps leave as they are" (fun () ->
            use session = plan.Value.Start 1UL
            let x, y = values (Random 1) 24, [| 0.0f; 1.0f; 2.0f; 3.0f; 0.0f; 1.0f; 2.0f; 3.0f |]

            let step () =
                session.Step(ReadOnlySpan x, ReadOnlySpan y)

            step () |> ignore
            let snapshot = session.Snapshot()
            let prediction = snapshot.Predict(ReadOnlySpan x)
            let copies = [ for tensor in snapshot.Parameters.Values -> tensor.Data.ToArray() ]

            for _ in 1..5 do
                step () |> ignore

            Expect.equal [ for tensor in snapshot.Parameters.Values -> tensor.Data.ToArray() ] copies "its parameters"
            Expect.equal (snapshot.Predict(ReadOnlySpan x)) prediction "its predictions"
            Expect.notEqual (session.Snapshot()) snapshot "the session went on")

        testCase "returns the loss before its update, which makes it smaller" (fun () ->
            use session = plan.Value.Start 1UL
            let x, y = values (Random 1) 24, [| 0.0f; 1.0f; 2.0f; 3.0f; 0.0f; 1.0f; 2.0f; 3.0f |]
            let before = plan.Value.Gradient(session.Snapshot(), ReadOnlySpan x, ReadOnlySpan y).Loss
            let losses = [ for _ in 1..50 -> session.Step(ReadOnlySpan x, ReadOnlySpan y) ]
            Expect.floatClose Accuracy.medium losses.Head before "the first"
            Expect.isLessThan (List.last losses) (0.9 * losses.Head) "the last")

        testCase "once disposed says so; twice does no harm; the plan and snapshots live on" (fun () ->
            let session = plan.Value.Start 1UL
            let snapshot = session.Snapshot()
            session.Dispose()
            session.Dispose()

            let step () =
                session.Step(ReadOnlySpan(values (Random 1) 3), ReadOnlySpan [| 0.0f |]) |> ignore

            Expect.throwsT<ObjectDisposedException> step "a step"
            Expect.throwsT<ObjectDisposedException> (fun () -> session.Snapshot() |> ignore) "a snapshot"
            Expect.equal (snapshot.Predict(ReadOnlySpan(values (Random 1) 3)).Length) 4 "an earlier one predicts"
            use next = plan.Value.Start 1UL
            Expect.equal (next.Snapshot()) snapshot "the next session begins alike")

        testCase
            "allocates nothing: 0 managed bytes per step, partial ones too, and per prediction into a span"
            (fun () ->
                for fuse in [ true; false ] do
                    let options = CompileOptions(Fuse = fuse)
                    let plan = network.CompileTraining<float32>(Loss.CrossEntropy, Optimizer.Adam 0.01, 8, options)
                    use session = plan.Start 1UL
                    let x, y = values (Random 1) 24, [| 0.0f; 1.0f; 2.0f; 3.0f; 0.0f; 1.0f; 2.0f; 3.0f |]

                    let step rows () =
                        session.Step(ReadOnlySpan(x, 0, 3 * rows), ReadOnlySpan(y, 0, rows)) |> ignore

                    let full, partial = step 8, step 3

                    let alternate () =
                        partial ()
                        full ()

                    Expect.equal (bytesOf full) 0L $"full steps, fused {fuse}"
                    Expect.equal (bytesOf alternate) 0L $"full and partial steps, fused {fuse}"
                    let model = session.Snapshot()
                    let outputs = Array.zeroCreate 32

                    let predict rows () =
                        model.Predict(ReadOnlySpan(x, 0, 3 * rows), Span(outputs, 0, 4 * rows))

                    let alternate () =
                        predict 3 ()
                        predict 8 ()

                    Expect.equal (bytesOf alternate) 0L $"predictions, fused {fuse}")

        testCase "of a partial batch takes the same step as that of a plan of that size" (fun () ->
            let x, y = values (Random 1) 15, [| 0.0f; 1.0f; 2.0f; 3.0f; 0.0f |]
            let smaller = network.CompileTraining<float32>(Loss.CrossEntropy, Optimizer.Adam 0.01, 5)
            use session = plan.Value.Start 1UL
            use other = smaller.Start 1UL
            session.Step(ReadOnlySpan(values (Random 2) 24), ReadOnlySpan(Array.zeroCreate 8)) |> ignore
            use session = plan.Value.Start 1UL

            for _ in 1..3 do
                Expect.equal
                    (session.Step(ReadOnlySpan x, ReadOnlySpan y))
                    (other.Step(ReadOnlySpan x, ReadOnlySpan y))
                    "the loss"

            Expect.equal (session.Snapshot()) (other.Snapshot()) "the parameters")
    ]

let private compilation =
    [
        testCase "takes the input's shape from the options where the network does not state it" (fun () ->
            let network = compose [ Layers.Flatten; Layers.Dense 3; Layers.Softmax ]
            let options = CompileOptions(Input = Nullable(shape [ 4; 5 ]))
            let plan = network.CompileTraining<float32>(Loss.CrossEntropy, Optimizer.Adam 0.01, 4, options)
            Expect.equal plan.ParameterCount 63L "20·3 + 3"
            let x = values (Random 1) (20 * 30)
            let labels = Array.init 30 (fun i -> i % 3)
            let data = Dataset.CreateLabelled(ReadOnlySpan x, shape [ 4; 5 ], ReadOnlySpan labels, 3)
            let model = plan.Train(data, 2).Model
            Expect.equal (model.Predict(tensor [ 30; 4; 5 ] x).Shape) (shape [ 30; 3 ]) "predictions"
            Expect.equal (model.Evaluate(data, Loss.CrossEntropy).Count) 30 "evaluation"
            Expect.isTrue (plan.Verify().Passed) (string (plan.Verify()))

            Expect.throwsT<ShapeException>
                (fun () -> network.CompileTraining<float32>(Loss.CrossEntropy, Optimizer.Adam()) |> ignore)
                "unknown")

        testCase "refuses batch sizes below 1, other number types, and no network" (fun () ->
            let compile size () =
                network.CompileTraining<float32>(Loss.CrossEntropy, Optimizer.Adam(), size) |> ignore

            Expect.throwsT<ArgumentOutOfRangeException> (compile 0) "0"
            Expect.throwsT<ArgumentOutOfRangeException> (compile -1) "-1"

            Expect.throwsT<ArgumentOutOfRangeException>
                (fun () -> network.CompileInference<float32> 0 |> ignore)
                "inference"

            Expect.throwsT<NotSupportedException> (fun () -> network.CompileInference<Half>() |> ignore) "Half"

            Expect.throwsT<ArgumentNullException>
                (fun () -> network.CompileTraining<float32>(Loss.CrossEntropy, Unchecked.defaultof<_>) |> ignore)
                "no optimizer")

        testCase "of huge sizes is a typed error, not an overflow nor a crash" (fun () ->
            let typed f =
                Expect.throwsC f (fun e -> Expect.isTrue (e :? FunctionalException) $"a typed error, not {e}")

            let train (network: Network) batch () =
                let plan = network.CompileTraining<float32>(Loss.MeanSquaredError, Optimizer.Adam(), batch)
                use session = plan.Start()
                ignore session

            typed (train (Layers.Dense(2, 3)) Int32.MaxValue)
            typed (train (compose [ Layers.Dense(2, 1); Layers.Dense(1, 2_000_000_000) ]) 2)
            typed (fun () -> Layers.Dense(100_000, 100_000) |> ignore)
            typed (fun () -> shape [ 100_000; 100_000 ] |> ignore))
    ]

let tests =
    testList
        "Session"
        [
            testSequenced (testList "of a plan" session)
            testList "needs a plan, whose compilation" compilation
        ]
