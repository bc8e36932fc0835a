/// Plans of graphs with masks, concatenations, slices, gathered and scattered rows, and statistics, against the oracle.
module PrimitivePlanTests

open System
open System.Collections.Generic
open System.Collections.Immutable
open Expecto
open FsCheck
open Functional
open Functional.FsCheck
open Functional.Buffers
open Functional.Execution
open Functional.Gradients
open Functional.Graphs
open Functional.Plans
open Differences
open Cases
open PlanRuns
open DrawnGraphs

let private isFeatureMajor (plan: ExecutionPlan) (node: Node) = plan.Buffers[node].IsFeatureMajor

let private oracle =
    testList
        "agree with the oracle"
        [
            law 120 "on values, gradients and updates" (fun variant seed (NonNegativeInt more) (NonNegativeInt spare) ->
                let random = Random(seed: int)
                let graph = drawn seed
                let rows = 1 + more % 40
                let simplified = if random.Next 2 = 0 then Simplification.Simplify graph else graph
                let plan = planOf variant.Fuse variant.Layout (rows + spare % 20) simplified
                let values = valuesFor random rows graph
                agreesBy (anyKey random) (1 + random.Next 3) graph plan variant rows values)

            testCase "with every primitive in the steps of its own, and masks along the batch too" (fun () ->
                let plans layout =
                    [ for seed in 1..60 -> planOf true layout 30 (Simplification.Simplify(drawn seed)) ]

                let steps = plans LayoutPolicy.Cheapest |> List.collect (fun plan -> List.ofSeq plan.Steps)
                let computed = steps |> List.collect (fun step -> List.ofSeq step.Computes)

                for primitive in
                    [
                        typeof<Primitive.RandomMask>
                        typeof<Primitive.Concat>
                        typeof<Primitive.Slice>
                        typeof<Primitive.Gather>
                        typeof<Primitive.ScatterSum>
                    ] do
                    Expect.isGreaterThan
                        (computed |> List.filter (fun node -> node.Primitive.GetType() = primitive)).Length
                        5
                        $"{primitive}"

                for layout in [ LayoutPolicy.RowMajor; LayoutPolicy.FeatureMajor ] do
                    let copies =
                        [
                            for plan in plans layout do
                                for step in plan.Steps do
                                    match step with
                                    | :? Step.Transpose as copy when (copy.Source.Primitive :? Primitive.RandomMask) ->
                                        Expect.isTrue (isFeatureMajor plan copy.Target) "a copy lies along the batch"
                                        copy
                                    | _ -> ()
                        ]

                    if layout = LayoutPolicy.RowMajor then
                        Expect.isEmpty copies "no copy without need"
                    else
                        Expect.isGreaterThan copies.Length 5 "masks are copied for programs along the batch")

            law 40 "bit by bit on masks, in any plan" (fun variant seed (PositiveInt rows) (PositiveInt width) ->
                let random = Random(seed: int)
                let g = GraphBuilder()
                let x = g.Source(SourceKind.Features, "x", shape [ B; width; 2 ])
                let mask layer rate = maskLike g x layer rate
                let masks = [ mask 0 0.3; mask 1 0.3; mask 0 1e-12; mask 0 (1.0 - 1e-7) ]

                let graph =
                    Graph.Of
                        [
                            GraphOutput(OutputKind.Prediction, "", g.Product(g.Product(x, masks[0]), masks[1]))
                            for i, node in List.indexed masks do
                                GraphOutput(OutputKind.Activation, $"{i}", node)
                        ]

                let plan = planOf variant.Fuse variant.Layout (rows + random.Next 9) graph
                let values = valuesFor random rows graph
                let key = anyKey random

                for isSingle in [ false; true ] do
                    let actual = runAsBy key 1 isSingle plan variant.Width rows true values
                    let expected = expectedBy key graph rows values

                    for i in 0..3 do
                        let name = OutputKind.Activation, $"{i}"

                        Expect.equal
                            actual[name]
                            (if isSingle then
                                 expected[name] |> Array.map (float32 >> float)
                             else
                                 expected[name])
                            $"mask {i}, float {isSingle}")
        ]

/// A step of everything, large enough to be shared by threads.
let private large =
    lazy
        (let g = GraphBuilder()
         let x = g.Source(SourceKind.Features, "x", shape [ B; 60 ])
         let numbers = g.Source(SourceKind.Targets, "numbers", shape [ B; numbersPerRow ])

         let parameter name sizes =
             g.Source(SourceKind.Parameter, name, shape sizes)

         let table = parameter "table" [ tableRows; 20 ]
         let rows = g.Add(Primitive.Gather(), ImmutableArray.Create(table, numbers))
         let joined = g.Concat(x, g.Reshape(rows, shape [ B; 20 * numbersPerRow ]))
         let hidden = g.Unary(UnaryFunction.Tanh, g.MatMul(joined, parameter "w1" [ 120; 300 ]))
         let dropped = g.Product(hidden, maskLike g hidden 0 0.5)
         let mean = g.Source(SourceKind.Statistic, "mean", shape [ 300 ])
         let batchMean = g.Product(g.SumTo(dropped, mean.Shape), g.InverseRows())
         let z = g.MatMul(g.Slice(g.Difference(dropped, batchMean), 10, 200), parameter "w2" [ 200; 10 ])
         let loss = g.Product(g.SumTo(g.Product(z, z), Shape.Scalar), g.InverseRows())
         let updated = g.Sum(mean, g.Product(g.Difference(batchMean, mean), g.Constant 0.1))

         let graph =
             Graph.Of
                 [
                     GraphOutput(OutputKind.Loss, "", loss)
                     GraphOutput(OutputKind.UpdatedStatistic, "mean", updated)
                 ]

         let parameters =
             graph.Nodes
             |> Seq.filter (fun node ->
                 match node.Primitive with
                 | :? Primitive.Source as source -> source.Kind = SourceKind.Parameter
                 | _ -> false)
             |> List.ofSeq

         Simplification.Simplify(ReverseMode.Differentiate(graph, loss, parameters)))

let private capacity = 130

let private threads =
    testCase "have the bits of one thread on any number of them" (fun () ->
        let graph = large.Value
        let key = RandomKey(5UL, 6UL)

        for layout in [ LayoutPolicy.Cheapest; LayoutPolicy.RowMajor; LayoutPolicy.FeatureMajor ] do
            let plan = planOf true layout capacity graph

            use executor = Executor<float>.Create(plan, VectorWidth.Auto, 3)

            let shared =
                List.zip (List.ofSeq plan.Steps) (partsOf plan executor) |> List.filter (fun (_, parts) -> parts = 3)

            Expect.exists shared (fun (step, _) -> step :? Step.Mask) "a mask is shared"

            for width in widths do
                for isSingle in [ false; true ] do
                    for rows in [ capacity; 101 ] do
                        let values = valuesFor (Random 1) rows graph

                        let run threads =
                            runAsBy key threads isSingle plan width rows false values

                        let expected = run 1

                        for threads in [ 2; 3; 7 ] do
                            Expect.equal (run threads) expected $"{threads} threads, {width}, {layout}, {rows} rows")

/// The bytes that runs of full and partial batches allocate, each with a key of its own, after three: the least of some measurements,
/// for now and then the runtime takes the rest of a thread's allocation context, and counts it as allocated.
let private bytesOf<'T
    when 'T: unmanaged
    and 'T: (new: unit -> 'T)
    and 'T: struct
    and 'T :> ValueType
    and 'T :> System.Numerics.IBinaryFloatingPointIeee754<'T>>
    (plan: ExecutionPlan)
    width
    threads
    =
    use executor = Executor<'T>.Create(plan, width, threads)
    give plan executor capacity (valuesFor (Random 1) capacity plan.Graph)

    let steps count =
        for i in 1..count do
            executor.SetRandom(RandomKey(7UL, uint64 i))
            executor.Run capacity
            executor.Run 101

    let measured () =
        let before = GC.GetAllocatedBytesForCurrentThread()
        steps 5
        GC.GetAllocatedBytesForCurrentThread() - before

    steps 3
    Seq.init 3 (fun _ -> measured ()) |> Seq.min

let private allocation =
    testCase "allocate nothing" (fun () ->
        for fuse in [ true; false ] do
            for layout in [ LayoutPolicy.Cheapest; LayoutPolicy.RowMajor; LayoutPolicy.FeatureMajor ] do
                let plan = planOf fuse layout capacity large.Value

                for width in widths do
                    for threads in [ 1; 2; 3 ] do
                        Expect.equal (bytesOf<float32> plan width threads) 0L $"{width}, {threads} threads, float"
                        Expect.equal (bytesOf<float> plan width threads) 0L $"{width}, {threads} threads, double")

let private runs =
    testList
        "of one executor"
        [
            testCase "take a key until the next one" (fun () ->
                let graph = large.Value
                let plan = planOf true LayoutPolicy.Cheapest capacity graph
                let values = valuesFor (Random 1) capacity graph
                use executor = Executor<float>.Create(plan, VectorWidth.Auto, 2)

                let lossBy key =
                    give plan executor capacity values
                    Option.iter executor.SetRandom key
                    executor.Run capacity
                    (resultsOf plan executor capacity)[(OutputKind.Loss, "")] |> Array.exactlyOne

                let zero = lossBy None
                let first = lossBy (Some(RandomKey(1UL, 2UL)))
                Expect.equal (lossBy (Some(RandomKey()))) zero "the key of zeros at first"
                Expect.equal (lossBy (Some(RandomKey(1UL, 2UL)))) first "the same again"
                Expect.equal (lossBy None) first "until the next"

                Expect.hasLength
                    (List.distinct
                        [ zero; first; lossBy (Some(RandomKey(1UL, 3UL))); lossBy (Some(RandomKey(2UL, 2UL))) ])
                    4
                    "others are others")

            law 30 "carry statistics on in their place" (fun variant seed (PositiveInt rows) ->
                let random = Random(seed: int)
                let graph = drawn seed
                let plan = planOf variant.Fuse variant.Layout (rows + 3) graph
                let key = anyKey random
                let mutable values = valuesFor random rows graph
                use executor = Executor<float>.Create(plan, variant.Width)
                give plan executor rows values
                executor.SetRandom key

                for run in 1..3 do
                    executor.Run rows
                    let expected = expectedBy key graph rows values
                    let movement = movementBy key graph rows false values
                    let actual = resultsOf plan executor rows
                    expectResults ToleranceTable.planDouble movement expected actual $"run {run}"

                    for node in graph.Nodes do
                        match node.Primitive with
                        | :? Primitive.Source as source when source.Kind = SourceKind.Statistic ->
                            let updated = actual[(OutputKind.UpdatedStatistic, source.Name)]
                            Expect.equal (executor.Values(node, rows).ToArray()) updated "in the old one's place"
                            values <- replace source updated values
                        | :? Primitive.Source as source when source.Kind = SourceKind.Parameter ->
                            match actual.TryFind((OutputKind.UpdatedParameter, source.Name)) with
                            | Some updated -> values <- replace source updated values
                            | None -> ()
                        | _ -> ())
        ]

let private refused (plan: ExecutionPlan) message =
    Expect.throwsT<InternalErrorException> (fun () -> PlanVerifier.Verify plan |> ignore) message

let private verifier =
    testList
        "are refused"
        [
            law 60 "without a step, or with a value the other way" (fun variant seed (NonNegativeInt i) ->
                let plan = planOf variant.Fuse variant.Layout 7 (drawn seed)
                let without = Seq.removeAt (i % plan.Steps.Count) plan.Steps
                let steps = ValueList.ToValueList<Step> without
                refused (ExecutionPlan(plan.Graph, steps, plan.Buffers, plan.BatchSize)) "without a step"

                let own =
                    plan.Steps
                    |> Seq.filter (fun step -> step :? Step.Mask || step :? Step.Rearrange || step :? Step.ScatterSum)
                    |> Seq.collect (fun step -> Seq.append step.Reads step.Writes)
                    |> Seq.filter (fun node -> node.Shape.Rank = 2 && node.Shape.HasBatch)
                    |> Seq.map Storage.Of
                    |> Seq.distinct
                    |> Array.ofSeq

                if own.Length > 0 then
                    let turned = own[i % own.Length]
                    let placements = Dictionary<Node, Placement>()

                    for KeyValue(node, p) in plan.Buffers.Placements do
                        placements[node] <-
                            Placement(p.Region, p.Offset, p.Length, p.Life, p.IsFeatureMajor <> (node = turned))

                    let buffers = BufferAssignment(placements, plan.Buffers.Length)
                    refused (ExecutionPlan(plan.Graph, plan.Steps, buffers, plan.BatchSize)) $"{turned} turned")

            testCase "where a step overwrites what it still reads, or no step writes an update" (fun () ->
                let g = GraphBuilder()
                let old = g.Source(SourceKind.Statistic, "s", shape [ 4 ])

                let table = g.Reshape(old, shape [ 2; 2 ])

                for updated, rule in
                    [
                        g.Concat(g.Slice(old, 1, 3), g.Slice(old, 0, 1)), None
                        g.Reshape(g.Concat(g.Slice(table, 1, 1), g.Slice(table, 0, 1)), old.Shape),
                        Some "no step writes it"
                        g.Add(Primitive.Softmax(), ImmutableArray.Create old), Some "reads other elements"
                    ] do
                    let graph = Graph.Of [ GraphOutput(OutputKind.UpdatedStatistic, "s", updated) ]

                    match rule with
                    | None -> planOf true LayoutPolicy.Cheapest 1 graph |> ignore
                    | Some rule ->
                        Expect.throwsC (fun () -> planOf true LayoutPolicy.Cheapest 1 graph |> ignore) (fun e ->
                            Expect.stringContains e.Message rule "the rule"))
        ]

let tests =
    testList
        "Plans of masks, columns and rows"
        [ oracle; threads; testSequenced (testList "runs" [ allocation ]); runs; verifier ]
