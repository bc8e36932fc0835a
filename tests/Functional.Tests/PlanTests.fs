module PlanTests

open System
open System.Collections.Generic
open System.Collections.Immutable
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.FsCheck
open Functional.Buffers
open Functional.Graphs
open Functional.Kernels
open Functional.Plans
open Differences
open Cases
open PlanRuns

let private shape (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))
let private B = Shape.Batch

let inline private (>>>) (first: Network) (next: Network) = first.Then next

/// The update of every parameter by the derived gradients, not simplified and not fused.
let private plainStep case (optimizer: Optimizer) =
    let compiled = Compiler.CompileTraining(case.Network, case.Loss, optimizer, case.Rows, Cases.options case)

    optimizer.Append compiled.Derived

/// The optimizer with every third parameter or so frozen, but not all, and every third at another rate.
let private grouped (case: Case) (optimizer: Optimizer) =
    let random = Random(int case.Seed)

    let paths =
        [
            for source in Cases.variables case do
                if source.Kind = SourceKind.Parameter then
                    source.Name
        ]

    let kept = paths[random.Next paths.Length]

    (optimizer, paths)
    ||> List.fold (fun optimizer path ->
        match random.Next 3 with
        | 0 when path <> kept -> optimizer.Freeze path
        | 1 -> optimizer.ForLayer(path, 0.3)
        | _ -> optimizer)

let private oracle =
    testList
        "agree with the oracle"
        [
            law 100 "on loss and gradients" (fun (case: Case) variant ->
                let plan = (gradientPlan case variant case.Rows).Plan
                agrees (Cases.derivation case) plan variant case.Rows (Cases.values case case.Seed))

            law 100 "on updated parameters and states" (fun (case: Case) variant optimizer ->
                let plan = (trainingPlan case optimizer variant case.Rows).Plan
                let plain = plainStep case optimizer
                agrees plain plan variant case.Rows (withStates plain case (Cases.values case case.Seed)))

            law
                100
                "with some parameters frozen and others at a rate of their own"
                (fun (case: Case) variant optimizer ->
                    let optimizer = grouped case optimizer
                    let plan = (trainingPlan case optimizer variant case.Rows).Plan
                    let plain = plainStep case optimizer
                    agrees plain plan variant case.Rows (withStates plain case (Cases.values case case.Seed)))

            law 30 "on predictions" (fun (case: Case) variant ->
                let compiled = inferencePlan case variant case.Rows
                let values = Cases.values case case.Seed

                let values = Dictionary(values)

                match compiled.Preparation with
                | null -> ()
                | preparation ->
                    for KeyValue(struct (_, name), tensor) in evaluate preparation.Graph 1 values do
                        values[Primitive.Source(SourceKind.Prepared, name, tensor.Shape)] <- doubles tensor

                agrees (Cases.trainedPrediction case) compiled.Plan variant case.Rows values)

            testCase "where they have nothing to learn: exactly 0" (fun () ->
                let network = Network.Compose [ Layers.Dense(3, 20); Layers.Relu; Layers.Dense(20, 2) ]

                let case = Cases.of' network Loss.MeanSquaredError 5 1

                let values = Dictionary(Cases.values case 1UL)
                // No unit is ever positive.
                values[Primitive.Source(SourceKind.Parameter, "dense1/b", shape [ 20 ])] <- Array.create 20 -100.0

                for width in widths do
                    for fuse in [ true; false ] do
                        for isSingle in [ true; false ] do
                            let plan =
                                (gradientPlan
                                    case
                                    {
                                        Width = width
                                        Fuse = fuse
                                        Layout = LayoutPolicy.Cheapest
                                    }
                                    5)
                                    .Plan

                            let results = runAs isSingle plan width 5 true values

                            for name in [ "dense1/W"; "dense1/b"; "dense2/W"; "x" ] do
                                Expect.allEqual results[(OutputKind.Gradient, name)] 0.0 name

                            Expect.isGreaterThan
                                (Array.sumBy abs results[(OutputKind.Gradient, "dense2/b")])
                                0.0
                                "but the last bias learns")
        ]

let private equality =
    testList
        "equal networks"
        [
            law 60 "have equal plans and bits" (fun (case: Case) variant optimizer ->

                let compile case =
                    (trainingPlan case optimizer variant case.Rows).Plan

                let plan = compile case

                let copy =
                    compile
                        { case with
                            Network = Functional.FsCheck.Networks.mapWidths id case.Network
                        }

                Expect.equal (string copy) (string plan) "printed"
                let values = withStates plan.Graph case (Cases.values case case.Seed)

                for isSingle in [ false; true ] do
                    let results = runAs isSingle plan variant.Width case.Rows false values
                    Expect.equal (runAs isSingle copy variant.Width case.Rows false values) results "bits")
        ]

let private verification =
    let verify (case: Case) loss (optimizer: Optimizer) compiled =
        TrainingPlan<float>(loss, optimizer, compiled).Verify(case.Seed)

    let variant =
        {
            Width = VectorWidth.Auto
            Fuse = true
            Layout = LayoutPolicy.Cheapest
        }

    let smallCase network =
        Cases.of' network Loss.MeanSquaredError 4 3

    testList
        "Verify"
        [
            law 30 "passes on generated networks" (fun (SmoothCase case) optimizer ->
                let report = verify case case.Loss optimizer (trainingPlan case optimizer variant case.Rows)

                Expect.isTrue report.Passed (string report))

            law 30 "passes with groups of parameters" (fun (SmoothCase case) optimizer ->
                let optimizer = grouped case optimizer
                let report = verify case case.Loss optimizer (trainingPlan case optimizer variant case.Rows)

                Expect.isTrue report.Passed (string report))

            testCase "passes on float32" (fun () ->
                for network in
                    [ "Dense(3, 20) >> Relu >> Dense(2)"; "Dense(3, 5) >> Gelu >> Residual(Dense(5)) >> Dense(2)" ] do
                    let plan =
                        (Network.Parse network).CompileTraining<float32>(Loss.MeanSquaredError, Optimizer.Adam 0.01, 4)

                    Expect.isTrue (plan.Verify().Passed) (string (plan.Verify())))

            testCase "fails if the plan is of another network, optimizer or loss" (fun () ->
                let case = smallCase (Layers.Dense(3, 4) >>> Layers.Tanh >>> Layers.Dense(4, 2))
                let optimizer = Optimizer.Sgd 0.1
                let right = trainingPlan case optimizer variant 4
                Expect.isTrue (verify case case.Loss optimizer right).Passed "untampered"

                let withPlan (other: Compilation) =
                    Compilation(right.Network, right.Derived, other.Plan, right.Options)

                let tampered =
                    [
                        "network",
                        trainingPlan
                            { case with
                                Network = Layers.Dense(3, 4) >>> Layers.Sigmoid >>> Layers.Dense(4, 2)
                            }
                            optimizer
                            variant
                            4
                        "optimizer", trainingPlan case (Optimizer.Sgd 0.11) variant 4
                        "loss", trainingPlan { case with Loss = Loss.Huber } optimizer variant 4
                    ]

                for what, other in tampered do
                    let report = verify case case.Loss optimizer (withPlan other)
                    Expect.isFalse report.Passed $"another {what}"
                    Expect.throwsT<InternalErrorException> report.ThrowIfFailed $"another {what}")
        ]

let tests = testList "Plans" [ oracle; equality; verification ]
