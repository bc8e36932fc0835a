module LayoutTests

open System.Collections.Generic
open Expecto
open FsCheck
open Functional
open Functional.FsCheck
open Functional.Buffers
open Functional.Graphs
open Functional.Plans
open Cases
open PlanRuns

/// A case with so many rows that chains and registers are full and begun again.
let private withRows case more = { case with Rows = 1 + more % 40 }

let private laidOut layout variant = { variant with Layout = layout }

let private matrix (node: Node) =
    node.Shape.Rank = 2 && node.Shape.HasBatch && node.Shape[System.Index 1] > 1

let private isFeatureMajor (plan: ExecutionPlan) (node: Node) = plan.Buffers[node].IsFeatureMajor

let private isSource (node: Node) = node.Primitive :? Primitive.Source

let private isMask (node: Node) = node.Primitive :? Primitive.RandomMask

/// The plan's own values that could lie either way.
let private intermediates (plan: ExecutionPlan) =
    [
        for KeyValue(node, placement) in plan.Buffers.Placements do
            if placement.Region = Region.Intermediates && matrix node then
                node
    ]

/// A weight's gradient sums over the batch, in one chain per element or in sixteen; all else has one order in every layout.
let private hasOneOrder (graph: Graph) (kind, name) =
    let output = graph.Outputs |> Seq.find (fun output -> output.Kind = kind && output.Name = name)
    kind <> OutputKind.Gradient || output.Node.Shape.Rank <> 2 || output.Node.Shape.HasBatch

let private results =
    testList
        "keeps"
        [
            law
                60
                "the bits of all but the gradients of weights, and agrees with the oracle on those"
                (fun (case: Case) variant (NonNegativeInt more) ->
                    let case = withRows case more
                    let values = Cases.values case case.Seed
                    let derivation = Cases.derivation case

                    for isGradient, compile in [ true, gradientPlan; false, inferencePlan ] do
                        let rowMajorPlan = (compile case (laidOut LayoutPolicy.RowMajor variant) case.Rows).Plan

                        let featureMajorPlan =
                            (compile case (laidOut LayoutPolicy.FeatureMajor variant) case.Rows).Plan

                        let values = withStates rowMajorPlan.Graph case values

                        for isSingle in [ false; true ] do
                            let values = rounded isSingle values

                            let run plan : Results<float> =
                                runAs isSingle plan variant.Width case.Rows false values

                            let rowMajor, featureMajor = run rowMajorPlan, run featureMajorPlan

                            for KeyValue(key, numbers) in rowMajor do
                                if hasOneOrder rowMajorPlan.Graph key then
                                    Expect.equal
                                        featureMajor[key]
                                        numbers
                                        $"%A{key}, {variant.Width}, float {isSingle}"

                            if isGradient then
                                // Against the oracle a float may fall on the other side of a kink; all layouts fall on one.
                                let reference =
                                    if isSingle then rowMajor else PlanRuns.expected derivation case.Rows values

                                expectResults
                                    (if isSingle then ToleranceTable.planSingle else ToleranceTable.planDouble)
                                    (movement derivation case.Rows isSingle values)
                                    reference
                                    featureMajor
                                    $"{variant.Width}, float {isSingle}")

            law
                40
                "the results where everything that no row has is poisoned"
                (fun (case: Case) variant (NonNegativeInt more) (NonNegativeInt spare) ->
                    let case = withRows case more
                    let variant = laidOut LayoutPolicy.FeatureMajor variant
                    let plan = (gradientPlan case variant (case.Rows + spare % 20)).Plan
                    let values = Cases.values case case.Seed

                    for isSingle in [ false; true ] do
                        let run poison =
                            runAs isSingle plan variant.Width case.Rows poison values

                        Expect.equal (run true) (run false) "NaN in everything that is not given")

            testCase "the bits of any number of rows, whatever the capacity" (fun () ->
                let network = Network.Parse "Dense(5, 19) >> Tanh >> Residual(Dense(19, 19) >> Gelu) >> Dense(19, 3)"
                let case = Cases.of' network Loss.MeanSquaredError 37 5

                for width in widths do
                    let variant =
                        {
                            Width = width
                            Fuse = true
                            Layout = LayoutPolicy.FeatureMajor
                        }

                    let large = (gradientPlan case variant case.Rows).Plan

                    for rows in 1 .. case.Rows do
                        let case = { case with Rows = rows }
                        let small = (gradientPlan case variant rows).Plan
                        let values = Cases.values case (uint64 rows)

                        for isSingle in [ false; true ] do
                            Expect.equal
                                (runAs isSingle large width rows true values)
                                (runAs isSingle small width rows false values)
                                $"{rows} rows, {width}, float {isSingle}")
        ]

/// Every layout that a plan may not choose, in its own words.
let private checkLayouts (plan: ExecutionPlan) =
    let isFeatureMajor = isFeatureMajor plan

    for output in plan.Graph.Outputs do
        Expect.isFalse (isFeatureMajor output.Node) $"output {output.Kind} {output.Name}"

    let transposes = plan.Steps |> Seq.choose (tryUnbox<Step.Transpose>: Step -> _) |> List.ofSeq

    let fromSources, toOutputs = transposes |> List.partition (fun step -> isSource step.Source || isMask step.Source)

    for values in [ fromSources |> List.map _.Source; toOutputs |> List.map _.Target ] do
        Expect.equal (List.distinct values) values "a value is copied once"

    for copy in fromSources do
        Expect.isTrue
            (isFeatureMajor copy.Target && not (isFeatureMajor copy.Source))
            "a source's or mask's copy is feature-major"

        let reads (step: Step) = Seq.contains copy.Target step.Reads
        Expect.exists plan.Steps reads $"a copy is read, {copy.Source}"

    for copy in toOutputs do
        Expect.isTrue (isFeatureMajor copy.Source && not (isFeatureMajor copy.Target)) "an output is row-major"

        Expect.exists
            plan.Graph.Outputs
            (fun output -> output.Node = copy.Target)
            $"only outputs are copied, {copy.Target}"

    for step in plan.Steps do
        match step with
        | :? Step.Softmax as softmax ->
            Expect.isFalse (isFeatureMajor softmax.Result || isFeatureMajor softmax.Result.Inputs[0]) "a softmax"
        | _ -> ()

        for program in PlanVerifier.Programs step do
            let full = program.Operands |> Seq.filter (fun operand -> operand.Layout = OperandLayout.Full)
            let isOneHot = program.Nodes |> Seq.exists (fun node -> node.Primitive :? Primitive.OneHot)

            for operand in full do
                let node = operand.Value

                if matrix node && plan.Buffers.Placements.ContainsKey(Storage.Of node) then
                    Expect.equal (isFeatureMajor node) program.Space.IsTransposed $"{node} in {PlanPrinter.Print step}"

            if isOneHot then
                Expect.isFalse program.Space.IsTransposed "a program with one-hot rows"

let private choice =
    let hidden sizes loss rows =
        let network =
            Layers.Mlp(
                System.ReadOnlySpan(Array.ofList sizes),
                Layers.Relu,
                (if loss = Loss.CrossEntropy then Layers.Softmax else Layers.Sigmoid)
            )

        let plan = Compiler.CompileTraining(network, loss, Optimizer.Adam 0.001, rows, CompileOptions.Default).Plan
        plan, intermediates plan

    testList
        "chooses"
        [
            law
                60
                "what callers and softmax see row-major, one orientation for all that a program goes through, and the fewest copies"
                (fun (case: Case) variant optimizer (NonNegativeInt more) ->
                    for capacity in [ 1 + more % 40; 1000 ] do
                        for plan in plansOf case variant optimizer capacity do
                            checkLayouts plan)

            testCase "row-major for all if told so, and feature-major for all that may be" (fun () ->
                let network = Network.Parse "Dense(5, 19) >> Tanh >> Dense(19, 7) >> Relu >> Dense(7, 3) >> Softmax"

                let own layout =
                    let options = CompileOptions(Layout = layout)
                    let plan = Compiler.CompileGradient(network, Loss.CrossEntropy, 10, options).Plan
                    checkLayouts plan
                    intermediates plan |> List.partition (isFeatureMajor plan)

                let none, all = own LayoutPolicy.RowMajor
                Expect.isEmpty none "none"
                Expect.isNonEmpty all "hidden layers and their cotangents"
                let most, rest = own LayoutPolicy.FeatureMajor

                Expect.allEqual
                    (rest |> List.map (fun node -> node.Shape[System.Index 1]))
                    3
                    "only what the softmax takes stays row-major"

                Expect.containsAll
                    (most |> List.map (fun node -> node.Shape[System.Index 1]))
                    [ 5; 19; 7 ]
                    "the input's copy and the hidden layers")

            testCase "feature-major for narrow layers and a large batch" (fun () ->
                let plan, hidden = hidden [ 2; 20; 40; 20; 1 ] Loss.BinaryCrossEntropy 1000
                Expect.isGreaterThan hidden.Length 5 "three layers and their cotangents"
                Expect.all hidden (isFeatureMajor plan) "all hidden layers")

            testCase "feature-major where only several layers together gain by it" (fun () ->
                let plan, hidden = hidden [ 1; 40; 40; 3 ] Loss.CrossEntropy 1000
                let wide = hidden |> List.filter (fun node -> node.Shape[System.Index 1] = 40)
                Expect.isGreaterThan wide.Length 3 "two layers and their cotangents"
                Expect.all wide (isFeatureMajor plan) "both layers")

            testCase "row-major for wide layers" (fun () ->
                let plan, hidden = hidden [ 784; 512; 256; 10 ] Loss.CrossEntropy 128
                Expect.isGreaterThan hidden.Length 3 "two layers and their cotangents"
                Expect.all hidden (isFeatureMajor plan >> not) "no layer")
        ]

let tests = testList "Layouts" [ results; choice ]
