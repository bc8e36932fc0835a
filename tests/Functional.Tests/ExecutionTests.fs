module ExecutionTests

open System
open System.Collections.Generic
open Expecto
open FsCheck
open Functional
open Functional.FsCheck
open Functional.Graphs
open Functional.Plans
open Differences
open Cases
open PlanRuns

let private rowsOf first count rows (numbers: float array) =
    let width = numbers.Length / rows
    Array.sub numbers (first * width) (count * width)

/// Some rows of a batch.
let private slice first count rows (values: Values) : Values =
    let copy = Dictionary()

    for KeyValue(source, numbers) in values do
        copy[source] <- if source.Shape.HasBatch then rowsOf first count rows numbers else numbers

    copy

let private capacity =
    testList
        "batch size is a capacity"
        [
            // The cheapest layouts may differ with the size, and with them the order of sums over the batch.
            law 60 "partial batches equal smaller plans" (fun (case: Case) variant optimizer (NonNegativeInt more) ->
                let variant =
                    if variant.Layout = LayoutPolicy.Cheapest then
                        { variant with
                            Layout = LayoutPolicy.RowMajor
                        }
                    else
                        variant

                let plans capacity = plansOf case variant optimizer capacity

                // 60: several blocks of any kernel's rows.
                for large, small in List.zip (plans (case.Rows + 1 + more % 60)) (plans case.Rows) do
                    let values = withStates small.Graph case (Cases.values case case.Seed)

                    for isSingle in [ false; true ] do
                        Expect.equal
                            (runAs isSingle large variant.Width case.Rows true values)
                            (runAs isSingle small variant.Width case.Rows false values)
                            $"{large.BatchSize} rows of capacity for {small.BatchSize}")

            law 60 "a row gives the same bits in any batch" (fun (case: Case) variant (NonNegativeInt more) ->
                let case = { case with Rows = 1 + more % 40 }
                let plan = (inferencePlan case variant case.Rows).Plan
                let alone = (inferencePlan case variant 1).Plan
                let values = withStates plan.Graph case (Cases.values case case.Seed)
                let prediction = OutputKind.Prediction, ""

                for isSingle in [ false; true ] do
                    let batch = (runAs isSingle plan variant.Width case.Rows false values)[prediction]

                    for row in 0 .. case.Rows - 1 do
                        let own = slice row 1 case.Rows values

                        let single = (runAs isSingle alone variant.Width 1 false own)[prediction]
                        Expect.equal single (rowsOf row 1 case.Rows batch) $"row {row} of {case.Rows}")

            testCase "one executor runs any number of rows in turn" (fun () ->
                let network = Network.Parse "Dense(5, 33) >> Tanh >> Dense(4) >> Softmax"
                let plan = network.CompileGradient<float32>(Loss.CrossEntropy, 70)
                let model = network.CompileTraining<float32>(Loss.CrossEntropy, Optimizer.Sgd 0.1, 70).Initialize 1UL
                let random = Random 1

                let batch =
                    [
                        for rows in [ 70; 1; 64; 3; 70; 2 ] ->
                            Array.init (rows * 5) (fun _ -> float32 (Random.normal random)),
                            Array.init rows (fun _ -> float32 (random.Next 4))
                    ]

                for features, targets in batch @ batch do
                    let fresh = network.CompileGradient<float32>(Loss.CrossEntropy, targets.Length)

                    Expect.equal
                        (plan.Gradient(model, features, targets))
                        (fresh.Gradient(model, features, targets))
                        $"{targets.Length} rows")
        ]

let private allocation =
    /// The bytes that a hundred steps allocate, after three.
    let bytesOf (plan: TrainingPlan<'T>) (features: 'T array) (targets: 'T array) =
        use session = plan.Start 1UL
        let partial = features.AsMemory(0, features.Length / 2), targets.AsMemory(0, targets.Length / 2)

        let steps count =
            for _ in 1..count do
                session.Step(ReadOnlySpan features, ReadOnlySpan targets) |> ignore
                let features, targets = partial
                session.Step(features.Span, targets.Span) |> ignore

        steps 3
        let before = GC.GetAllocatedBytesForCurrentThread()
        steps 100
        GC.GetAllocatedBytesForCurrentThread() - before

    testList
        "steps allocate nothing"
        [
            for text, loss, classes in
                [
                    "Dense(6, 8) >> Relu >> Dense(1) >> Sigmoid", Loss.BinaryCrossEntropy, 2
                    "Dense(6, 70) >> Gelu >> Residual(Dense(70) >> Tanh) >> Dense(4) >> Softmax", Loss.CrossEntropy, 4
                    "Dense(6, 3) >> Elu >> Dense(1)", Loss.Huber, 2
                ] do
                testCase text (fun () ->
                    let network = Network.Parse text
                    let random = Random 1
                    let features = Random.normals random (16 * 6)
                    let targets = Array.init 16 (fun _ -> float (random.Next classes))

                    for optimizer in Functional.FsCheck.Optimizers.all do
                        let double = network.CompileTraining<float>(loss, optimizer, 16)
                        Expect.equal (bytesOf double features targets) 0L $"{optimizer}, double"
                        let single = network.CompileTraining<float32>(loss, optimizer, 16)
                        let bytes = bytesOf single (Array.map float32 features) (Array.map float32 targets)
                        Expect.equal bytes 0L $"{optimizer}, float")
        ]

let tests = testList "Execution" [ capacity; allocation ]
