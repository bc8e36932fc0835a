/// Steps and buffers against what planning promises: not only plans that compute the right numbers, but the order and the places that
/// the definitions give.
module PlacementTests

open System
open System.Collections.Generic
open System.Collections.Immutable
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.Buffers
open Functional.Graphs
open Functional.Plans
open Cases
open PlanRuns

let private isIntermediate (placement: Placement) = placement.Region = Region.Intermediates

/// The next multiple of 16, counted up.
let rec private aligned (offset: int64) =
    if offset % 16L = 0L then offset else aligned (offset + 1L)

/// From where and from which step, how many and how many steps, drawn small so that many touch.
let private drawn (offset: int, length: int, first: int, steps: int) =
    let first = abs (first % 8)

    Placement(
        Region.Intermediates,
        int64 (abs (offset % 8)),
        int64 (1 + abs (length % 4)),
        struct (first, first + abs (steps % 4)),
        false
    )

let private elements (placement: Placement) =
    set [ placement.Offset .. placement.Offset + placement.Length - 1L ]

let private stepsOf (placement: Placement) =
    let struct (first, last) = placement.Life
    set [ first..last ]

let private pairs =
    testList
        "two buffers"
        [
            testProperty "overlap if they share an element, live together if they share a step" (fun a b ->
                let a, b = drawn a, drawn b

                let share parts =
                    not (Set.isEmpty (Set.intersect (parts a) (parts b)))

                Expect.equal (a.Overlaps b) (not (Set.isEmpty (Set.intersect (elements a) (elements b)))) "elements"
                Expect.equal (a.LivesWith b) (share stepsOf) "steps")

            testProperty "begin at multiples of 16 elements, feature rows at none of 256" (fun (PositiveInt batch) ->
                for length in [ batch; 16 * batch; 256 * batch ] do
                    Expect.equal (BufferAssignment.Align(int64 length)) (aligned (int64 length)) "aligned"
                    let stride = aligned (int64 length)
                    let stride = if stride % 256L = 0L then stride + 16L else stride
                    Expect.equal (int64 (BufferAssignment.BatchStride length)) stride "between rows")
        ]

/// The first step that writes a value and the last one that reads it, or that writes it if none does.
let private life (plan: ExecutionPlan) (node: Node) =
    let where (values: Step -> Node seq) =
        [
            for i, step in Seq.indexed plan.Steps do
                if values step |> Seq.exists (fun value -> Storage.Of value = node) then
                    i
        ]

    let written = where (fun step -> step.Writes)
    struct (List.head written, List.last (written @ where (fun step -> step.Reads) |> List.sort))

let private assignment =
    testList
        "values"
        [
            law 20 "lie in the first gap of their lives, the longest first" (fun (case: Case) variant optimizer ->
                for plan in plansOf case variant optimizer case.Rows do
                    let intermediates =
                        plan.Buffers.Placements
                        |> Seq.filter (fun entry -> isIntermediate entry.Value)
                        |> Seq.sortBy (fun entry -> -entry.Value.Length, entry.Key.Id)
                        |> List.ofSeq

                    let start =
                        plan.Buffers.Placements.Values
                        |> Seq.filter (isIntermediate >> not)
                        |> Seq.fold (fun start placement -> max start (aligned placement.End)) 0L

                    let placed = List<Placement>()

                    for KeyValue(node, placement) in intermediates do
                        Expect.equal placement.Life (life plan node) $"the life of %%{node.Id} in\n{plan}"

                        let struct (first, last) = placement.Life

                        let beside =
                            [
                                for other in placed do
                                    let struct (itsFirst, itsLast) = other.Life

                                    if first <= itsLast && itsFirst <= last then
                                        other
                            ]

                        let isFree offset =
                            beside
                            |> List.forall (fun other ->
                                offset >= other.Offset + other.Length || offset + placement.Length <= other.Offset)

                        let gaps = start :: [ for other in beside -> aligned (other.Offset + other.Length) ]

                        Expect.equal
                            placement.Offset
                            (gaps |> List.filter isFree |> List.min)
                            $"%%{node.Id} in\n{plan}"

                        placed.Add placement

                    let ends = placed |> Seq.map (fun placement -> aligned (placement.Offset + placement.Length))
                    Expect.equal plan.Buffers.Length (Seq.fold max start ends) "the arena ends where the last one does")

            law 20 "of one kind lie side by side, in the order of the kinds" (fun (case: Case) variant optimizer ->
                for plan in plansOf case variant optimizer case.Rows do
                    let updated = HashSet(Storage.Updates plan.Graph |> Seq.map (fun struct (_, updated) -> updated))

                    let fixedPlaces =
                        plan.Buffers.Placements
                        |> Seq.filter (fun entry -> not (isIntermediate entry.Value || updated.Contains entry.Key))
                        |> Seq.sortBy (fun entry -> entry.Value.Region, entry.Key.Id)
                        |> Seq.map _.Value
                        |> List.ofSeq

                    (0L, fixedPlaces)
                    ||> List.fold (fun offset placement ->
                        Expect.equal placement.Offset offset $"the next place in\n{plan}"
                        Expect.equal placement.Life (struct (0, plan.Steps.Count - 1)) "needed in every step"
                        aligned (offset + placement.Length))
                    |> ignore

                    for struct (source, node) in Storage.Updates plan.Graph do
                        Expect.equal plan.Buffers[node] plan.Buffers[source] "the new value in the old one's place"

                    for region in Enum.GetValues<Region>() do
                        let parts =
                            plan.Buffers.Placements.Values
                            |> Seq.filter (fun placement -> placement.Region = region)
                            |> List.ofSeq

                        let expected =
                            match parts with
                            | [] -> struct (0L, 0L)
                            | _ ->
                                let offset = parts |> List.map _.Offset |> List.min
                                let last = parts |> List.map (fun part -> part.Offset + part.Length) |> List.max
                                struct (offset, last - offset)

                        Expect.equal (plan.Buffers.RangeOf region) expected $"{region}")

            law 20 "of every kind have a place in the part for it" (fun (case: Case) variant optimizer ->
                for plan in plansOf case variant optimizer case.Rows do
                    let outputs = plan.Graph.Outputs |> Seq.map (fun output -> Storage.Of output.Node) |> HashSet
                    let updates = Dictionary()

                    for struct (source, updated) in Storage.Updates plan.Graph do
                        updates[updated] <- source

                    let rec region (node: Node) =
                        match node.Primitive with
                        | _ when Fusion.IsHostScalar node -> Region.Scalars
                        | _ when updates.ContainsKey node -> region updates[node]
                        | :? Primitive.Source as source ->
                            match source.Kind with
                            | SourceKind.Parameter
                            | SourceKind.Statistic
                            | SourceKind.Prepared -> Region.Parameters
                            | SourceKind.State -> Region.States
                            | SourceKind.Targets -> Region.Targets
                            | _ -> Region.Features
                        | _ when outputs.Contains node -> Region.Outputs
                        | _ -> Region.Intermediates

                    let stored =
                        Seq.concat
                            [
                                plan.Steps |> Seq.collect _.Reads
                                plan.Steps |> Seq.collect _.Writes
                                plan.Graph.Outputs |> Seq.map _.Node
                                plan.Graph.Nodes |> Seq.filter (fun node -> node.Primitive :? Primitive.Source)
                            ]
                        |> Seq.map Storage.Of
                        |> HashSet

                    Expect.isTrue (stored.SetEquals plan.Buffers.Placements.Keys) $"the stored values of\n{plan}"

                    for KeyValue(node, placement) in plan.Buffers.Placements do
                        Expect.equal placement.Region (region node) $"%%{node.Id} in\n{plan}")

            law 20 "take a batch's rows, feature by feature at a stride" (fun (case: Case) variant optimizer ->
                for plan in plansOf case variant optimizer case.Rows do
                    for KeyValue(node, placement) in plan.Buffers.Placements do
                        let rows =
                            if not node.Shape.HasBatch then 1
                            elif placement.IsFeatureMajor then BufferAssignment.BatchStride plan.BatchSize
                            else plan.BatchSize

                        Expect.equal placement.Length (int64 node.Shape.Count * int64 rows) $"%%{node.Id} {node.Shape}")

            testCase "that nothing computes have a place too, as outputs" (fun () ->
                let g = GraphBuilder()
                let number = g.Constant 2.0
                let given = g.Source(SourceKind.Given, "s", Shape.Scalar)

                let outputs =
                    [ GraphOutput(OutputKind.Loss, "", number); GraphOutput(OutputKind.Prediction, "", given) ]

                let plan = planOf true LayoutPolicy.Cheapest 4 (Graph.Of outputs)
                Expect.equal plan.Buffers[number].Region Region.Scalars "a number"
                Expect.equal plan.Buffers[given].Region Region.Features "a source")

            testCase "without a place are a bug that is told" (fun () ->
                let plan = Compiler.CompileInference(Network.Parse "Dense(2, 1)", null, 1, CompileOptions.Default).Plan
                let source = Primitive.Source(SourceKind.Given, "s", Shape.Scalar)
                let stranger = Node(10_000, source, ImmutableArray.Empty, Shape.Scalar, "")

                Expect.throwsC (fun () -> plan.Buffers[stranger] |> ignore) (fun e ->
                    Expect.stringContains e.Message "%10000 has no place in the arena" "the message"))
        ]

/// Where a step comes in the graph.
let private place (step: Step) =
    match step with
    | :? Step.MatMul as step -> step.Product.Id
    | :? Step.Reduce as step -> step.Sum.Id
    | _ -> step.Computes |> Seq.map _.Id |> Seq.min

/// Each step comes after what it needs and before what overwrites what it reads; of those that could run, the earliest in the graph runs.
let private isScheduled (graph: Graph) (steps: Step seq) =
    let steps = Array.ofSeq steps
    let updates = Dictionary()

    for struct (source, updated) in Storage.Updates graph do
        updates[source] <- updated

    let reads = steps |> Array.map (fun step -> step.Reads |> Seq.map Storage.Of |> HashSet)
    let writes = steps |> Array.map (fun step -> HashSet step.Writes)

    let isBefore a b =
        a <> b
        && (writes[a].Overlaps reads[b]
            || reads[a]
               |> Seq.exists (fun read ->
                   match updates.TryGetValue read with
                   | true, updated -> writes[b].Contains updated
                   | _ -> false))

    let print = steps |> Seq.map PlanPrinter.Print |> String.concat "\n"

    for i in 0 .. steps.Length - 1 do
        let waiting = [ i .. steps.Length - 1 ]
        let ready = waiting |> List.filter (fun b -> waiting |> List.forall (fun a -> not (isBefore a b)))
        Expect.contains ready i $"step {i} waits for none after it in\n{print}"
        let earliest = ready |> List.map (fun i -> place steps[i]) |> List.min
        Expect.equal (place steps[i]) earliest $"step {i} is the earliest in\n{print}"

let private schedule =
    testList
        "steps"
        [
            law
                40
                "run as early in the graph as what they need allows, however they are given"
                (fun case variant optimizer ->
                    // Copies to another layout come later, where they are needed.
                    let variant =
                        { variant with
                            Layout = LayoutPolicy.RowMajor
                        }

                    for plan in plansOf (case: Case) variant optimizer case.Rows do
                        let shuffled = Array.ofSeq plan.Steps
                        Random(int case.Seed).Shuffle shuffled
                        let ordered = Scheduling.Order(plan.Graph, ValueList.ToValueList<Step> shuffled)
                        Expect.equal ordered.Count plan.Steps.Count "every step, once"
                        isScheduled plan.Graph plan.Steps
                        isScheduled plan.Graph ordered)

            testCase "that overwrite a parameter wait for those that read it, wherever they are in the graph" (fun () ->
                let g = GraphBuilder()
                let shape (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))
                let w = g.Source(SourceKind.Parameter, "w", shape [ 3 ])
                let x = g.Source(SourceKind.Features, "x", shape [ Shape.Batch; 3 ])
                let updated = g.Difference(w, g.SumTo(x, w.Shape))
                let shown = g.Unary(UnaryFunction.Tanh, g.Product(x, g.Broadcast(w, x.Shape)))

                let graph =
                    Graph.Of
                        [
                            GraphOutput(OutputKind.UpdatedParameter, "w", updated)
                            GraphOutput(OutputKind.Prediction, "", shown)
                        ]

                for fuse in [ false; true ] do
                    let steps = (planOf fuse LayoutPolicy.RowMajor 4 graph).Steps
                    let where holds = steps |> Seq.findIndex holds
                    let written = graph.Output(OutputKind.UpdatedParameter, "w")
                    let overwriter = where (fun step -> Seq.contains written step.Writes)

                    let reader =
                        where (fun step -> Seq.contains w step.Reads && not (Seq.contains written step.Writes))

                    Expect.isLessThan reader overwriter "the reader first"
                    isScheduled graph steps)

            testCase "that wait for each other are a bug that is told" (fun () ->
                let g = GraphBuilder()

                let parameter name =
                    g.Source(SourceKind.Parameter, name, Shape.Scalar)

                let a, b = parameter "a", parameter "b"

                // Each must read the other's old value before that is overwritten.
                let exchanged =
                    Graph.Of
                        [
                            GraphOutput(OutputKind.UpdatedParameter, "a", g.Unary(UnaryFunction.Tanh, b))
                            GraphOutput(OutputKind.UpdatedParameter, "b", g.Unary(UnaryFunction.Sin, a))
                        ]

                Expect.throwsC (fun () -> planOf false LayoutPolicy.RowMajor 4 exchanged |> ignore) (fun e ->
                    Expect.isTrue (e :? InternalErrorException) $"{e}"
                    Expect.stringContains e.Message "steps wait for each other" "the message"))

            testCase "wait for what they read under another shape" (fun () ->
                let g = GraphBuilder()

                let given name sizes =
                    g.Source(SourceKind.Given, name, Shape(ReadOnlySpan(Array.ofList sizes)))

                let product = g.MatMul(given "x" [ Shape.Batch; 2 ], given "w" [ 2; 6 ])
                let softmax = g.Add(Primitive.Softmax(), ImmutableArray.Create(given "z" [ Shape.Batch; 2; 3 ]))
                let sum = g.Sum(product, g.Reshape(softmax, product.Shape))
                let graph = Graph.Of [ GraphOutput(OutputKind.Prediction, "", sum) ]
                let steps = (planOf true LayoutPolicy.RowMajor 4 graph).Steps
                Expect.equal [ for step in steps -> place step ] [ softmax.Id; product.Id ] "the softmax first"
                isScheduled graph steps)

            testCase "are where their product or sum is, whatever was fused to it" (fun () ->
                let g = GraphBuilder()

                let given name sizes =
                    g.Source(SourceKind.Given, name, Shape(ReadOnlySpan(Array.ofList sizes)))

                let tanh x = g.Unary(UnaryFunction.Tanh, x)
                let early, late = tanh (given "a" [ Shape.Batch; 3 ]), tanh (given "b" [ Shape.Batch; 3 ])
                let first, second = given "x" [ Shape.Batch; 2 ], given "w" [ 2; 3 ]
                let lateProduct = g.MatMul(first, second)
                let earlyProduct = g.MatMul(given "y" [ Shape.Batch; 2 ], second)
                let forSums = tanh (given "c" [ Shape.Batch; 4 ]), tanh (given "d" [ Shape.Batch; 4 ])
                let lateSum = g.SumTo(snd forSums, Shape.Scalar)
                let earlySum = g.SumTo(fst forSums, Shape.Scalar)

                let graph =
                    Graph.Of
                        [
                            GraphOutput(OutputKind.Activation, "1", g.Sum(lateProduct, late))
                            GraphOutput(OutputKind.Activation, "2", g.Sum(earlyProduct, early))
                            GraphOutput(OutputKind.Activation, "3", lateSum)
                            GraphOutput(OutputKind.Activation, "4", earlySum)
                        ]

                let steps = (planOf true LayoutPolicy.RowMajor 4 graph).Steps

                Expect.equal
                    [ for step in steps -> place step ]
                    [ lateProduct.Id; earlyProduct.Id; lateSum.Id; earlySum.Id ]
                    "by their products and sums"

                for step in steps do
                    Expect.isLessThan (step.Computes |> Seq.map _.Id |> Seq.min) (place step) "an earlier one is fused")
        ]

let tests = testList "Placement" [ pairs; assignment; schedule ]
