/// The oracle's values of graphs, and derivatives by differences of them.
module internal Differences

open System
open System.Collections.Generic
open Expecto
open Functional
open Functional.Execution
open Functional.Graphs

/// The numbers behind every source of a graph.
type Values = IReadOnlyDictionary<Primitive.Source, float array>

/// Values with those of one source replaced.
let replace (source: Primitive.Source) numbers (values: Values) : Values =
    let copy = Dictionary values
    copy[source] <- numbers
    copy

/// A graph's results where masks are drawn by a key.
let evaluateBy key (graph: Graph) rows (values: Values) =
    ReferenceInterpreter.Evaluate(
        graph,
        rows,
        Func<Primitive.Source, ReadOnlyMemory<float>>(fun source -> ReadOnlyMemory values[source]),
        key
    )

let evaluate (graph: Graph) rows (values: Values) =
    evaluateBy (RandomKey()) graph rows values

let evaluateAll (graph: Graph) rows (values: Values) =
    ReferenceInterpreter.EvaluateAll(
        graph,
        rows,
        Func<Primitive.Source, ReadOnlyMemory<float>>(fun source -> ReadOnlyMemory values[source])
    )

let sourceOf (node: Node) =
    match node.Primitive with
    | :? Primitive.Source as source -> source
    | _ -> failwith $"{node} is no source"

let sources (graph: Graph) =
    graph.Nodes
    |> Seq.choose (fun node ->
        match node.Primitive with
        | :? Primitive.Source as source -> Some source
        | _ -> None)
    |> List.ofSeq

/// The nodes of sources, in a graph or beside it.
let nodesOf (graph: Graph) (sources: Primitive.Source list) =
    let builder = GraphBuilder.From graph
    sources |> List.map (fun source -> builder.Source(source.Kind, source.Name, source.Shape))

module Random =
    let normal (random: Random) =
        sqrt (-2.0 * log (1.0 - random.NextDouble())) * cos (2.0 * Math.PI * random.NextDouble())

    let normals (random: Random) count =
        Array.init count (fun _ -> normal random)

/// A derivative by central differences (f(t + h) − f(t − h))/2h, extrapolated from steps h, h/2 and h/4 (of which the first two are
/// the five-point stencil). None where two such agree at no step size, relative to 1 and the function's derivative: next to a kink,
/// or where rounding or higher derivatives prevail. It does not know the derivative it will be compared with.
let derivativeWithin tolerance (f: float -> float array) : float array option =
    let central h =
        Array.map2 (fun above below -> (above - below) / (2.0 * h)) (f h) (f -h)

    let extrapolate (coarse: float array) (fine: float array) weight =
        Array.map2 (fun c d -> d + (d - c) / (weight - 1.0)) coarse fine

    let attempt h =
        let steps = [ h; h / 2.0; h / 4.0; h / 8.0 ] |> List.map central
        let fivePoint = steps |> List.pairwise |> List.map (fun (c, d) -> extrapolate c d 4.0)
        let sevenPoint = fivePoint |> List.pairwise |> List.map (fun (c, d) -> extrapolate c d 16.0)
        let first, second = sevenPoint[0], sevenPoint[1]

        if Array.forall2 (fun a b -> abs (a - b) <= tolerance * (1.0 + abs b)) first second then
            Some second
        else
            None

    [ 1.0 / 32.0; 1.0 / 128.0; 1.0 / 512.0 ] |> Seq.tryPick attempt

let derivative f =
    derivativeWithin ToleranceTable.settled f

/// |actual − expected| ≤ tolerance·(1 + |expected|); NaN is not.
let areClose tolerance (actual: float) (expected: float) =
    abs (actual - expected) <= tolerance * (1.0 + abs expected)

let expectClose tolerance (actual: float array) (expected: float array) message =
    Expect.equal actual.Length expected.Length $"{message}: as many"

    for i in 0 .. actual.Length - 1 do
        if not (areClose tolerance actual[i] expected[i]) then
            failtest $"{message}, element {i}: got {actual[i]:R}, expected {expected[i]:R}"

/// ‖actual − expected‖ / ‖expected‖; 0 where both are 0.
let distance (actual: float array) (expected: float array) =
    let norm = Array.sumBy (fun x -> x * x) >> sqrt
    let difference = norm (Array.map2 (-) actual expected)
    if difference = 0.0 then 0.0 else difference / norm expected

let expectNear tolerance (actual: float array) (expected: float array) message =
    let error = distance actual expected

    if not (error <= tolerance) then
        failtest $"{message}: relative error {error:R} exceeds {tolerance:R}\n got %A{actual}\n expected %A{expected}"

let dot (x: float array) (y: float array) =
    Array.fold2 (fun sum a b -> sum + a * b) 0.0 x y

let doubles (tensor: Tensor<float>) = tensor.Data.ToArray()
