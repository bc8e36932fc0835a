/// Plans run on given values, in either precision and any width, with or without poison in every byte that they may not read.
module internal PlanRuns

#nowarn "9" // The poison goes past what the executor shows.

open System
open System.Collections.Generic
open System.Collections.Immutable
open System.Numerics
open System.Reflection
open Microsoft.FSharp.NativeInterop
open Expecto
open Functional
open Functional.FsCheck
open Functional.Buffers
open Functional.Execution
open Functional.Graphs
open Functional.Kernels
open Functional.Plans
open Differences
open Cases

/// A graph as a plan, by the stages of the compiler.
let planOf fuse layout batchSize (graph: Graph) =
    Compiler.Plan(graph, batchSize, CompileOptions(Fuse = fuse, Layout = layout))

let private optionsOf case (variant: Variant) =
    CompileOptions(
        Input = Option.toNullable case.Input,
        Width = variant.Width,
        Fuse = variant.Fuse,
        Layout = variant.Layout
    )

let gradientPlan (case: Case) variant batchSize =
    Compiler.CompileGradient(case.Network, case.Loss, batchSize, optionsOf case variant)

let trainingPlan (case: Case) optimizer variant batchSize =
    Compiler.CompileTraining(case.Network, case.Loss, optimizer, batchSize, optionsOf case variant)

let inferencePlan (case: Case) variant batchSize =
    Compiler.CompileInference(case.Network, null, batchSize, optionsOf case variant)

let private isStepScalar (source: Primitive.Source) = source.Kind = SourceKind.StepScalar

/// Elements of scratch memory behind the arena's values.
let private scratch<'T
    when 'T: unmanaged
    and 'T: (new: unit -> 'T)
    and 'T: struct
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    (plan: ExecutionPlan)
    width
    =
    match VectorWidths.Resolve width with
    | VectorWidth.Bits512 -> Binder<V512<'T>, 'T>.ScratchElements plan
    | VectorWidth.Bits256 -> Binder<V256<'T>, 'T>.ScratchElements plan
    | _ -> Binder<V128<'T>, 'T>.ScratchElements plan

/// An executor's values and scratch, as one pointer.
let private memoryOf<'T
    when 'T: unmanaged
    and 'T: (new: unit -> 'T)
    and 'T: struct
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    (executor: Executor<'T>)
    : nativeptr<'T> =
    match typeof<Executor<'T>>.GetField("_values", BindingFlags.Instance ||| BindingFlags.NonPublic) with
    | null -> failwith "the executor's values have another name"
    | field ->
        match field.GetValue executor with
        | :? Pointer as pointer -> NativePtr.ofVoidPtr (Pointer.Unbox pointer)
        | _ -> failwith "the executor's values have another type"

/// An executor's steps, bound.
let stepsOf<'T
    when 'T: unmanaged
    and 'T: (new: unit -> 'T)
    and 'T: struct
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    (executor: Executor<'T>)
    : nativeptr<BoundStep> =
    match typeof<Executor<'T>>.GetField("_steps", BindingFlags.Instance ||| BindingFlags.NonPublic) with
    | null -> failwith "the executor's steps have another name"
    | field ->
        match field.GetValue executor with
        | :? Pointer as pointer -> NativePtr.ofVoidPtr (Pointer.Unbox pointer)
        | _ -> failwith "the executor's steps have another type"

/// In how many parts threads run every step.
let partsOf (plan: ExecutionPlan) executor =
    [ for i in 0 .. plan.Steps.Count - 1 -> (NativePtr.get (stepsOf executor) i).Parts ]

/// The elements that a run with so many rows may read before it writes them, and those that belong to any value.
let private given (plan: ExecutionPlan) rows =
    [
        for KeyValue(node, placement) in plan.Buffers.Placements do
            match placement.Region with
            | Region.Outputs
            | Region.Intermediates -> ()
            | _ -> placement.Offset, placement.Offset + int64 (node.Shape.ForRows(rows).Count)
    ]

let private elements ranges =
    let set = HashSet<int64>()

    for first, after in ranges do
        for i in first .. after - 1L do
            set.Add i |> ignore

    set

/// The arena's elements that no value has: between buffers, and of batches the rows that are not there in what is never shared.
let private gaps (plan: ExecutionPlan) rows =
    let taken =
        elements
            [
                for KeyValue(node, placement) in plan.Buffers.Placements do
                    placement.Offset,
                    if placement.Region = Region.Intermediates then
                        placement.End
                    else
                        placement.Offset + int64 (node.Shape.ForRows(rows).Count)
            ]

    [
        for i in 0L .. plan.Buffers.Length - 1L do
            if not (taken.Contains i) then
                i
    ]

/// A run's results by kind and name.
type Results<'T> = Map<OutputKind * string, 'T array>

/// Gives an executor its values, rounded to the precision.
let give<'T
    when 'T: unmanaged
    and 'T: (new: unit -> 'T)
    and 'T: struct
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    (plan: ExecutionPlan)
    (executor: Executor<'T>)
    rows
    (values: Values)
    =
    for node in plan.Graph.Nodes do
        match node.Primitive with
        | :? Primitive.Source as source when not (isStepScalar source) ->
            let numbers = values[source] |> Array.map 'T.CreateTruncating
            numbers.AsSpan().CopyTo(executor.Values(node, rows))
        | _ -> ()

    for struct (name, index) in executor.StepScalars do
        let source = values.Keys |> Seq.find (fun source -> isStepScalar source && source.Name = name)
        executor.SetStepScalar(index, values[source][0])

/// An executor's results by kind and name.
let resultsOf<'T
    when 'T: unmanaged
    and 'T: (new: unit -> 'T)
    and 'T: struct
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    (plan: ExecutionPlan)
    (executor: Executor<'T>)
    rows
    : Results<'T> =
    Map.ofList
        [
            for output in plan.Graph.Outputs -> (output.Kind, output.Name), executor.Values(output.Node, rows).ToArray()
        ]

/// Runs a plan once on values (float64, rounded to the precision), with masks drawn by a key and on a number of threads. With poison,
/// all that the run is not given begins as NaN, and it fails if anything is written where no value lies.
let runBy<'T
    when 'T: unmanaged
    and 'T: (new: unit -> 'T)
    and 'T: struct
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    (key: RandomKey)
    threads
    (plan: ExecutionPlan)
    width
    rows
    poison
    (values: Values)
    : Results<'T> =
    use executor = Executor<'T>.Create(plan, width, threads)
    let nan = 'T.CreateTruncating Double.NaN

    if poison then
        let memory = memoryOf executor
        let kept = elements (given plan rows)
        // The scratch memory begins at the next 64 bytes.
        let start = (plan.Buffers.Length * int64 sizeof<'T> + 63L) / 64L * 64L / int64 sizeof<'T>

        for i in 0L .. start + scratch<'T> plan width - 1L do
            if not (kept.Contains i) then
                NativePtr.set memory (int i) nan

    give plan executor rows values
    executor.SetRandom key
    executor.Run rows

    if poison then
        let memory = memoryOf executor

        for i in gaps plan rows do
            if not ('T.IsNaN(NativePtr.get memory (int i))) then
                failwith $"element {i} of the arena was written, but no value lies there"

    resultsOf plan executor rows

/// The same in float32 and float64, as float64.
let runAsBy key threads isSingle plan width rows poison values : Results<float> =
    if isSingle then
        runBy<float32> key threads plan width rows poison values |> Map.map (fun _ -> Array.map float)
    else
        runBy<float> key threads plan width rows poison values

/// On one thread, with masks of the key of zeros.
let runAs isSingle plan width rows poison values =
    runAsBy (RandomKey()) 1 isSingle plan width rows poison values

/// Values rounded to float32.
let rounded isSingle (values: Values) : Values =
    if isSingle then
        let copy = Dictionary()

        for KeyValue(source, numbers) in values do
            copy[source] <- if isStepScalar source then numbers else numbers |> Array.map (float32 >> float)

        copy
    else
        values

/// The oracle's results where masks are drawn by a key.
let expectedBy key graph rows values : Results<float> =
    Map.ofSeq
        [
            for KeyValue(struct (kind, name), tensor) in evaluateBy key graph rows values ->
                (kind, name), doubles tensor
        ]

let expected graph rows values =
    expectedBy (RandomKey()) graph rows values

/// What numbers of rows follow from, which are never rounded.
let private numbersOfRows (graph: Graph) =
    let found = HashSet<Node>()

    let rec visit (node: Node) =
        if found.Add node then
            Seq.iter visit node.Inputs

    for node in graph.Nodes do
        match node.Primitive with
        | :? Primitive.Gather -> visit node.Inputs[1]
        | :? Primitive.ScatterSum -> visit node.Inputs[0]
        | _ -> ()

    found

/// The graph with every value that rounds multiplied by a number of its own, and those numbers' sources.
let private roundings (graph: Graph) =
    let builder = GraphBuilder()
    let copies = Dictionary<Node, Node>()
    let factors = List()
    let exact = numbersOfRows graph

    for node in graph.Nodes do
        let copy = builder.Add(node.Primitive, ImmutableArray.CreateRange(node.Inputs |> Seq.map (fun i -> copies[i])))

        copies[node] <-
            match node.Primitive with
            | _ when exact.Contains node -> copy
            | :? Primitive.Source as source when source.Kind = SourceKind.Targets -> copy
            | :? Primitive.OneHot
            | :? Primitive.Broadcast
            | :? Primitive.Reshape -> copy
            | _ ->
                let factor = builder.Source(SourceKind.Given, $"rounding {node.Id}", node.Shape)
                factors.Add(sourceOf factor)
                builder.Product(copy, factor)

    let outputs = [ for output in graph.Outputs -> GraphOutput(output.Kind, output.Name, copies[output.Node]) ]

    Graph.Of outputs, List.ofSeq factors

/// How far the oracle's results move if every value on the way is rounded to the precision: the function's condition.
let movementBy key graph rows isSingle (values: Values) : Map<OutputKind * string, float> =
    let random = Random(rows)

    let epsilon =
        if isSingle then
            float (MathF.BitIncrement 1.0f - 1.0f)
        else
            Double.BitIncrement 1.0 - 1.0

    let still = expectedBy key graph rows values
    let rounding, factors = roundings graph

    let moved () =
        let all = Dictionary values

        for factor in factors do
            all[factor] <- Array.init (factor.Shape.ForRows(rows).Count) (fun _ -> 1.0 + epsilon * Random.normal random)

        expectedBy key rounding rows all

    let norm = Array.sumBy (fun x -> x * x) >> sqrt

    let distances =
        List.init 3 (fun _ -> moved () |> Map.map (fun key numbers -> norm (Array.map2 (-) numbers still[key])))

    still |> Map.map (fun key _ -> distances |> List.map (Map.find key) |> List.max)

let movement graph rows isSingle values =
    movementBy (RandomKey()) graph rows isSingle values

/// Every result within `tolerance` of the expected one, relative to its norm and to 1, or within the oracle's own movement.
let expectResults
    tolerance
    (movement: Map<OutputKind * string, float>)
    (expected: Results<float>)
    (actual: Results<float>)
    label
    =
    let norm = Array.sumBy (fun x -> x * x) >> sqrt

    for KeyValue(key, numbers) in expected do
        let error = norm (Array.map2 (-) actual[key] numbers)
        let bound = tolerance * (norm numbers + ToleranceTable.floor) + ToleranceTable.movements * movement[key]

        if not (error <= bound) then
            failtest
                $"%A{key} ({label}): error {error:R} exceeds {bound:R}\n got %A{actual[key]}\n expected %A{numbers}"

let private tolerance isSingle =
    if isSingle then ToleranceTable.planSingle else ToleranceTable.planDouble

let private precision isSingle = if isSingle then "float" else "double"

/// A plan's results in both precisions against the oracle's on a graph that has the same ones.
let agreesBy key threads (oracle: Graph) (plan: ExecutionPlan) variant rows values =
    for isSingle in [ false; true ] do
        let values = rounded isSingle values

        expectResults
            (tolerance isSingle)
            (movementBy key oracle rows isSingle values)
            (expectedBy key oracle rows values)
            (runAsBy key threads isSingle plan variant.Width rows true values)
            $"{precision isSingle}, {variant.Width}, fuse {variant.Fuse}, {threads} threads"

let agrees oracle plan variant rows values =
    agreesBy (RandomKey()) 1 oracle plan variant rows values

/// Values for the states and step scalars of an optimizer too: as after some steps, so that nothing is divided by 0.
let withStates (graph: Graph) (case: Case) (values: Values) : Values =
    let random = Random(int case.Seed)
    let all = Dictionary values

    for source in sources graph do
        if not (all.ContainsKey source) then
            all[source] <- Array.init source.Shape.Count (fun _ -> 0.1 + random.NextDouble())

    all

/// The plans of a case: training with an optimizer, gradient, prediction.
let plansOf case variant optimizer capacity =
    [
        (trainingPlan case optimizer variant capacity).Plan
        (gradientPlan case variant capacity).Plan
        (inferencePlan case variant capacity).Plan
    ]
