/// Graphs of what networks with dropout, branches, embeddings and running means lower to, drawn with their values.
module internal DrawnGraphs

open System
open System.Collections.Generic
open System.Collections.Immutable
open Functional
open Functional.Gradients
open Functional.Graphs
open Differences

let shape (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))
let B = Shape.Batch
let tableRows = 5
let numbersPerRow = 3

let maskLike (g: GraphBuilder) (x: Node) layer rate =
    g.Add(Primitive.RandomMask(layer, rate, x.Shape), ImmutableArray.Empty)

/// The layers of a network, drawn one after the other on [B, n] values: products, dropout, branches side by side, parts, rows of
/// tables, running means.
type private Drawn(random: Random) =
    let g = GraphBuilder()
    let parameters = List<Node>()
    let statistics = List<string * Node>()
    let numbers = g.Source(SourceKind.Targets, "numbers", shape [ B; numbersPerRow ])
    let values = List [ g.Source(SourceKind.Features, "x", shape [ B; 1 + random.Next 9 ]) ]

    let width (node: Node) = node.Shape[Index.FromEnd 1]

    let parameter sizes =
        let node = g.Source(SourceKind.Parameter, $"w{parameters.Count}", shape sizes)
        parameters.Add node
        node

    /// One of the latest values.
    let pick () =
        values[max 0 (values.Count - 1 - random.Next(1 + random.Next values.Count))]

    let tanh x = g.Unary(UnaryFunction.Tanh, x)

    let product (x: Node) =
        g.MatMul(x, parameter [ width x; 1 + random.Next 20 ])

    let dropped (x: Node) =
        g.Product(x, maskLike g x (random.Next 4) (0.1 + 0.8 * random.NextDouble()))

    let part (x: Node) =
        let start = random.Next(width x)
        g.Slice(x, start, 1 + random.Next(width x - start))

    let rowsOfTable () =
        let columns = 1 + random.Next 6
        let rows = g.Add(Primitive.Gather(), ImmutableArray.Create(parameter [ tableRows; columns ], numbers))
        let rows = if random.Next 3 = 0 then dropped rows else rows
        let rows = if random.Next 3 = 0 && columns > 1 then g.Slice(rows, 1, columns - 1) else rows
        let rows = if random.Next 3 = 0 then g.Concat(rows, tanh rows) else rows
        g.Reshape(rows, shape [ B; numbersPerRow * width rows ])

    /// Away from the batch's mean; the running mean moves towards it.
    let centred (x: Node) =
        let mean = g.Product(g.SumTo(x, shape [ width x ]), g.InverseRows())
        let old = g.Source(SourceKind.Statistic, $"mean{statistics.Count}", shape [ width x ])
        statistics.Add(((sourceOf old).Name, g.Sum(old, g.Product(g.Difference(mean, old), g.Constant 0.1))))
        // What inference would take off, and what training does.
        g.Difference(g.Difference(x, mean), g.Product(old, g.Constant 0.01))

    let weighted (x: Node) =
        let numbers = List.init (width x) (fun _ -> random.NextDouble())
        g.Product(x, g.Add(Primitive.Vector(ValueList.ToValueList numbers), ImmutableArray.Empty))

    /// A layer of its own, or one of those that fuse with a product before and after.
    let layer () =
        let x = pick ()

        match random.Next 12 with
        | 0
        | 1 -> tanh (product x)
        | 2
        | 3 -> dropped (tanh (product x))
        | 4 -> g.Concat(product x, product (pick ()))
        | 5 -> g.Concat(x, pick ())
        | 6 -> product (part x)
        | 7 -> part x
        | 8 -> rowsOfTable ()
        | 9 -> dropped x
        | 10 -> centred x
        | _ -> weighted (g.Add(Primitive.Softmax(), ImmutableArray.Create x))

    /// Loss, some layers' values, every gradient; and perhaps the parameters after a step along it, in their own places.
    member _.Graph layers =
        for _ in 1..layers do
            values.Add(layer ())

        let last = tanh (g.Concat(product (pick ()), pick ()))
        let loss = g.Product(g.SumTo(g.Product(last, last), Shape.Scalar), g.InverseRows())

        let forward =
            Graph.Of
                [
                    GraphOutput(OutputKind.Loss, "", loss)
                    GraphOutput(OutputKind.Prediction, "", last)
                    GraphOutput(OutputKind.Activation, "some", pick ())
                    for name, node in statistics do
                        GraphOutput(OutputKind.UpdatedStatistic, name, node)
                ]

        let wanted =
            forward.Nodes |> Seq.filter (fun node -> parameters.Contains node || node = values[0]) |> List.ofSeq

        let gradient = ReverseMode.Differentiate(forward, loss, wanted)

        if random.Next 2 = 0 then
            gradient
        else
            let g = GraphBuilder.From gradient

            Graph.Of
                [
                    for output in gradient.Outputs do
                        if output.Kind <> OutputKind.Gradient then
                            output

                        elif parameters |> Seq.exists (fun w -> (sourceOf w).Name = output.Name) then
                            let w = parameters |> Seq.find (fun w -> (sourceOf w).Name = output.Name)
                            let updated = g.Difference(w, g.Product(g.Constant 0.1, output.Node))
                            GraphOutput(OutputKind.UpdatedParameter, output.Name, updated)
                ]

let drawn seed =
    let random = Random(seed: int)
    Drawn(random).Graph(2 + random.Next 8)

let valuesFor (random: Random) rows (graph: Graph) : Values =
    let values = Dictionary()

    for source in sources graph do
        let count = source.Shape.ForRows(rows).Count

        values[source] <-
            if source.Kind = SourceKind.Targets then
                Array.init count (fun _ -> float (random.Next tableRows))
            else
                Random.normals random count |> Array.map ((*) 0.5)

    values

let anyKey (random: Random) =
    RandomKey(uint64 (random.NextInt64()), uint64 (random.Next 100_000))
