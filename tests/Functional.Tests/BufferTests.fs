module BufferTests

open System
open System.Collections.Generic
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.FsCheck
open Functional.Buffers
open Functional.Execution
open Functional.Graphs
open Functional.Plans
open Differences
open Cases
open PlanRuns

/// Where a value lies and from which step to which it must stay, found from the steps alone; a reshape is what it reshapes.
let private lives (plan: ExecutionPlan) =
    let rec stored (node: Node) =
        match node.Primitive with
        | :? Primitive.Reshape -> stored node.Inputs[0]
        | _ -> node

    let first, last = Dictionary<Node, int>(), Dictionary<Node, int>()

    for i, step in Seq.indexed plan.Steps do
        for node in Seq.map stored step.Reads do
            // What no step has written is there from the start.
            first.TryAdd(node, -1) |> ignore
            last[node] <- i

        for node in step.Writes do
            first.TryAdd(node, i) |> ignore
            last.TryAdd(node, i) |> ignore

    for output in plan.Graph.Outputs do
        let node = stored output.Node
        first.TryAdd(node, -1) |> ignore
        last[node] <- plan.Steps.Count

    // Sources and host scalars outlive the run, for the next one.
    for KeyValue(node, begins) in Dictionary first do
        if begins = -1 then
            last[node] <- plan.Steps.Count

    [
        for KeyValue(node, begins) in first ->
            {|
                Node = node
                First = begins
                Last = last[node]
                Offset = plan.Buffers[node].Offset
                End = plan.Buffers[node].Offset + int64 (node.Shape.ForRows(plan.BatchSize).Count)
            |}
    ]

let private replaces (plan: ExecutionPlan) (updated: Node) (old: Node) =
    match old.Primitive with
    | :? Primitive.Source as source ->
        plan.Graph.Outputs
        |> Seq.exists (fun output ->
            output.Node = updated
            && output.Name = source.Name
            && (output.Kind = OutputKind.UpdatedParameter && source.Kind = SourceKind.Parameter
                || output.Kind = OutputKind.UpdatedState && source.Kind = SourceKind.State
                || output.Kind = OutputKind.UpdatedStatistic && source.Kind = SourceKind.Statistic))
    | _ -> false

let private assignment =
    testList
        "live buffers"
        [
            law 100 "never overlap" (fun (case: Case) variant optimizer ->
                for plan in plansOf case variant optimizer case.Rows do
                    let lives = lives plan

                    for a in lives do
                        Expect.equal (a.Offset % 16L) 0L "begins at 64 bytes"
                        Expect.isLessThanOrEqual a.End plan.Buffers.Length "inside the arena"

                    for i, a in List.indexed lives do
                        for b in List.skip (i + 1) lives do
                            let together = a.First <= b.Last && b.First <= a.Last
                            let overlap = a.Offset < b.End && b.Offset < a.End

                            if together && overlap then
                                // Only a parameter or state and its new value may, once nobody reads the old one.
                                let inTurn (old: Node) (updated: Node) written =
                                    replaces plan updated old
                                    && plan.Steps
                                       |> Seq.skip (written + 1)
                                       |> Seq.forall (fun step -> not (Seq.contains old step.Reads))

                                if not (inTurn a.Node b.Node b.First || inTurn b.Node a.Node a.First) then
                                    failtest $"{a.Node} and {b.Node} overlap in\n{plan}")

            law 30 "and without reuse none at all, which changes no bit" (fun (case: Case) variant optimizer ->
                let plan = (trainingPlan case optimizer variant case.Rows).Plan
                let options = CompileOptions(Fuse = variant.Fuse, Layout = variant.Layout, ReuseBuffers = false)
                let apart = Compiler.Plan(plan.Graph, case.Rows, options)

                let places =
                    apart.Buffers.Placements.Values
                    |> Seq.filter (fun place -> place.Region = Region.Intermediates)
                    |> Seq.sortBy _.Offset

                for before, after in Seq.pairwise places do
                    Expect.isLessThanOrEqual before.End after.Offset "places"

                Expect.isGreaterThanOrEqual apart.Buffers.Length plan.Buffers.Length "the arena"
                let values = withStates plan.Graph case (Cases.values case case.Seed)

                let run (plan: ExecutionPlan) =
                    runAs true plan variant.Width case.Rows true values

                Expect.equal (run apart) (run plan) "bits")

            law 60 "poisoned change nothing" (fun (case: Case) variant optimizer ->

                for plan in plansOf case variant optimizer (case.Rows + 2) do
                    let values = withStates plan.Graph case (Cases.values case case.Seed)

                    for isSingle in [ false; true ] do
                        let run poison =
                            runAs isSingle plan variant.Width case.Rows poison values

                        Expect.equal (run true) (run false) "NaN in everything that is not given")
        ]

/// The plan with other steps or buffers, unchecked.
let private withSteps (plan: ExecutionPlan) steps =
    ExecutionPlan(plan.Graph, ValueList.ToValueList<Step> steps, plan.Buffers, plan.BatchSize)

let private withPlacements (plan: ExecutionPlan) change length =
    let placements = Dictionary<Node, Placement>()

    for KeyValue(node, placement) in plan.Buffers.Placements do
        placements[node] <- change node placement

    ExecutionPlan(plan.Graph, plan.Steps, BufferAssignment(placements, length), plan.BatchSize)

let private refused (plan: ExecutionPlan) message =
    Expect.throwsT<InternalErrorException> (fun () -> PlanVerifier.Verify plan |> ignore) message

let private matrix (node: Node) =
    node.Shape.Rank = 2 && node.Shape.HasBatch && node.Shape[Index 1] > 1

/// The step as if its values lay the other way, for one that has a choice and a matrix to go through.
let private turned (step: Step) : Step option =
    let other isTransposed (program: FusedProgram) =
        let space = program.Space
        let space = IterationSpace(space.Rows, space.PerBatchRow, space.Columns, isTransposed)
        FusedProgram(program.Code, program.Operands, space, program.Nodes)

    match step with
    | :? Step.Elementwise as step when
        step.Program.Operands |> Seq.exists (fun operand -> operand.Layout = OperandLayout.Full && matrix operand.Value)
        ->
        Some(Step.Elementwise(other (not step.Program.Space.IsTransposed) step.Program))
    | :? Step.MatMul as step when matrix step.Product || step.Product.Shape.HasBatch && not (isNull step.Epilogue) ->
        let way = if step.Way = ProductWay.Rows then ProductWay.Columns else ProductWay.Rows
        Some(Step.MatMul(step.Product, step.Epilogue, way, Left = step.Left, Right = step.Right, Target = step.Target))
    | :? Step.Reduce as step when matrix step.Sum.Inputs[0] ->
        let space = step.Space
        let space = IterationSpace(space.Rows, space.PerBatchRow, space.Columns, not space.IsTransposed)
        Some(Step.Reduce(step.Sum, step.Kind, space, step.Prologue, step.Epilogue))
    | _ -> None

let private verifier =
    testList
        "verifier"
        [
            law 100 "refuses a plan without one of its steps" (fun (case: Case) optimizer (NonNegativeInt i) ->
                for plan in
                    plansOf
                        case
                        {
                            Width = VectorWidth.Auto
                            Fuse = true
                            Layout = LayoutPolicy.Cheapest
                        }
                        optimizer
                        case.Rows do
                    if plan.Steps.Count > 0 then
                        let missing = i % plan.Steps.Count
                        refused (withSteps plan (Seq.removeAt missing plan.Steps)) $"without step {missing}")

            law
                60
                "refuses a plan with two steps swapped that depend on each other"
                (fun (case: Case) (NonNegativeInt i) ->
                    let plan =
                        (gradientPlan
                            case
                            {
                                Width = VectorWidth.Auto
                                Fuse = true
                                Layout = LayoutPolicy.Cheapest
                            }
                            case.Rows)
                            .Plan

                    let steps = List.ofSeq plan.Steps

                    let dependent =
                        [
                            for i in 0 .. steps.Length - 1 do
                                for j in i + 1 .. steps.Length - 1 do
                                    if Seq.exists (fun node -> Seq.contains node steps[j].Reads) steps[i].Writes then
                                        i, j
                        ]

                    if not dependent.IsEmpty then
                        let a, b = dependent[i % dependent.Length]
                        let swapped = steps |> List.updateAt a steps[b] |> List.updateAt b steps[a]
                        refused (withSteps plan swapped) $"steps {a} and {b} swapped")

            law 100 "refuses two live buffers in one place" (fun (case: Case) (NonNegativeInt i) ->
                let plan =
                    (gradientPlan
                        case
                        {
                            Width = VectorWidth.Auto
                            Fuse = false
                            Layout = LayoutPolicy.Cheapest
                        }
                        case.Rows)
                        .Plan

                let together =
                    [
                        for KeyValue(a, first) in plan.Buffers.Placements do
                            for KeyValue(b, second) in plan.Buffers.Placements do
                                if a <> b && first.LivesWith second then
                                    a, second.Offset
                    ]

                if not together.IsEmpty then
                    let node, offset = together[i % together.Length]

                    let move other (placement: Placement) =
                        if other = node then
                            Placement(
                                placement.Region,
                                offset,
                                placement.Length,
                                placement.Life,
                                placement.IsFeatureMajor
                            )
                        else
                            placement

                    // In place of another one, inside the arena or beyond its end.
                    refused (withPlacements plan move (plan.Buffers.Length)) $"{node} moved")

            law 100 "refuses a value that lies the other way" (fun (case: Case) variant (NonNegativeInt i) ->
                for plan in plansOf case variant (Optimizer.Sgd 0.1) case.Rows do
                    let matrices =
                        [
                            for KeyValue(node, _) in plan.Buffers.Placements do
                                if matrix node then
                                    node
                        ]

                    if not matrices.IsEmpty then
                        let node = matrices[i % matrices.Length]

                        let turn other (placement: Placement) =
                            if other = node then
                                Placement(
                                    placement.Region,
                                    placement.Offset,
                                    placement.Length,
                                    placement.Life,
                                    not placement.IsFeatureMajor
                                )
                            else
                                placement

                        refused (withPlacements plan turn plan.Buffers.Length) $"{node} turned")

            law 100 "refuses a step that goes the other way" (fun (case: Case) variant (NonNegativeInt i) ->
                for plan in plansOf case variant (Optimizer.Sgd 0.1) case.Rows do
                    let turns =
                        [
                            for i, step in Seq.indexed plan.Steps do
                                match turned step with
                                | Some other -> i, other
                                | None -> ()
                        ]

                    if not turns.IsEmpty then
                        let at, other = turns[i % turns.Length]
                        let steps = plan.Steps |> List.ofSeq |> List.updateAt at other
                        refused (withSteps plan steps) $"{PlanPrinter.Print other} turned")

            testCase "refuses an output that lies feature by feature" (fun () ->
                let network = Network.Parse "Dense(3, 4) >> Tanh >> Dense(4, 2)"
                let options = CompileOptions(Layout = LayoutPolicy.FeatureMajor)
                let plan = Compiler.CompileInference(network, null, 4, options).Plan

                let shown node =
                    let graph = Graph.Of [ GraphOutput(OutputKind.Gradient, "", node) ]
                    ExecutionPlan(graph, plan.Steps, plan.Buffers, plan.BatchSize)

                for KeyValue(node, placement) in plan.Buffers.Placements do
                    if placement.IsFeatureMajor then
                        refused (shown node) $"{node} shown"
                    else
                        PlanVerifier.Verify(shown node) |> ignore)

            testCase "refuses a buffer beyond the arena, a step twice and a late read" (fun () ->
                let network = Network.Parse "Dense(3, 4) >> Tanh >> Dense(2)"

                let compile optimizer =
                    Compiler.CompileTraining(network, Loss.MeanSquaredError, optimizer, 4, CompileOptions.Default).Plan

                let plan = compile (Optimizer.Sgd 0.1)
                let last = plan.Buffers.Placements.Values |> Seq.map _.End |> Seq.max
                refused (withPlacements plan (fun _ placement -> placement) (last - 1L)) "too short an arena"
                refused (withSteps plan (Seq.append plan.Steps [ Seq.last plan.Steps ])) "a step twice"
                let forward = Compiler.CompileInference(network, null, 4, CompileOptions.Default).Plan

                Expect.throwsC
                    (fun () ->
                        PlanVerifier.Verify(withSteps forward [ yield! forward.Steps; forward.Steps[0] ]) |> ignore)
                    (fun e -> Expect.stringContains e.Message "written twice" "a step twice"))

            testCase "refuses a read of an overwritten parameter" (fun () ->
                let network = Network.Parse "Dense(3, 4) >> Tanh >> Dense(2)"

                let plan =
                    Compiler
                        .CompileTraining(network, Loss.MeanSquaredError, Optimizer.Sgd 0.1, 4, CompileOptions.Default)
                        .Plan


                let forward =
                    plan.Steps
                    |> Seq.find (fun step ->
                        step.Computes |> Seq.exists (fun node -> node.Primitive :? Primitive.MatMul))

                // Its writes are new, its reads are not.
                let late =
                    match forward with
                    | :? Step.MatMul as step ->
                        let again = Node(10_000, step.Product.Primitive, step.Product.Inputs, step.Product.Shape, "")
                        Step.MatMul(again, null) :> Step
                    | _ -> failtest "the first product is a product"

                Expect.throwsC
                    (fun () -> PlanVerifier.Verify(withSteps plan (Seq.append plan.Steps [ late ])) |> ignore)
                    (fun e -> Expect.stringContains e.Message "is read after it is overwritten" "the old weight"))
        ]

let tests = testList "Buffers" [ assignment; verifier ]
