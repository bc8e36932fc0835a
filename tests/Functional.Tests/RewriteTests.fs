/// Simplification of expressions drawn from all that its rules are about, so that a rule that applies where it must not changes a value.
module RewriteTests

open System
open System.Collections.Generic
open System.Collections.Immutable
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.Graphs
open Differences

let private shape (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))

/// Expressions of `rows` rows, which are the batch's or a number of them.
type private Drawn(random: Random, rows: int) =
    let g = GraphBuilder()

    let pick (choices: (unit -> Node) list) = choices[random.Next choices.Length]()

    let named (name: string) sizes =
        g.Source(SourceKind.Given, $"{name}{shape sizes}", shape sizes)

    let number () =
        g.Constant([| -1.0; 0.0; 1.0; 2.0; 0.25 |][random.Next 5])

    let scalar () =
        pick
            [
                number
                fun () -> named $"s{random.Next 2}" []
                fun () -> g.Product(number (), named "s0" [])
                fun () -> g.Unary(UnaryFunction.Negate, named "s1" [])
            ]

    let columns (x: Node) = x.Shape[Index.FromEnd 1]

    let oneHot count =
        g.Add(Primitive.OneHot count, ImmutableArray.Create(named "class" [ rows; 1 ]))

    let softmax (x: Node) =
        g.Add(Primitive.Softmax(), ImmutableArray.Create x)

    /// A logarithm's argument, always above 0.
    let rec positive depth width =
        let x () = expression (depth - 1) width

        pick
            [
                fun () -> softmax (x ())
                fun () -> g.Unary(UnaryFunction.Sigmoid, x ())
                fun () -> g.Difference(g.Constant(1.0, shape [ rows; width ]), g.Unary(UnaryFunction.Sigmoid, x ()))
                fun () -> g.Difference(g.Constant(2.0, shape [ rows; width ]), g.Unary(UnaryFunction.Sigmoid, x ()))
                fun () -> g.Unary(UnaryFunction.Exp, g.Unary(UnaryFunction.Tanh, x ()))
                fun () -> g.Unary(UnaryFunction.Exp, named "a" [ rows; width ])
            ]

    /// Columns taken from something wider, from its beginning, its end or within.
    and part depth width =
        let wider = expression depth (width + random.Next 4)

        let beside () =
            g.Concat(wider, expression depth (1 + random.Next 3))

        let whole = pick [ (fun () -> wider); beside; (fun () -> g.Slice(beside (), 0, columns wider)) ]

        g.Slice(whole, random.Next(columns whole - width + 1), width)

    /// Binary cross-entropy of a sigmoid, and what looks like it.
    and entropy depth width =
        let x, y = expression depth width, expression depth width
        let softplus z = g.Unary(UnaryFunction.Softplus, z)
        let rest = g.Difference(g.Constant((if random.Next 3 = 0 then 2.0 else 1.0), y.Shape), y)
        let other = if random.Next 3 = 0 then expression depth width else x
        let first = g.Product(y, softplus (g.Unary(UnaryFunction.Negate, x)))
        let second = g.Product(rest, softplus other)
        if random.Next 2 = 0 then g.Sum(first, second) else g.Sum(second, first)

    /// Rows' sums, of one-hot rows and smoothed ones too, repeated.
    and summed depth width =
        let size = shape [ rows; width ]
        let scaled by f = g.Product(g.Broadcast(by, size), f)

        let value =
            pick
                [
                    fun () -> expression depth width
                    fun () -> oneHot width
                    fun () -> scaled (scalar ()) (oneHot width)
                    fun () -> g.Sum(scaled (number ()) (oneHot width), g.Broadcast(number (), size))
                ]

        let sum =
            pick
                [
                    fun () -> g.SumTo(value, shape [ rows; 1 ])
                    fun () -> g.SumTo(value, shape [ width ])
                    fun () -> g.SumTo(value, Shape.Scalar)
                    fun () -> g.SumTo(g.SumTo(value, shape [ width ]), Shape.Scalar)
                ]

        g.Broadcast(sum, size)

    and expression depth width : Node =
        let size = shape [ rows; width ]

        if depth <= 0 then
            pick
                [
                    fun () -> named "a" [ rows; width ]
                    fun () -> named "b" [ rows; width ]
                    fun () -> g.Broadcast(scalar (), size)
                    fun () -> g.Broadcast(named "row" [ width ], size)
                ]
        else
            let x () = expression (depth - 1) width

            let scaled () =
                g.Product(g.Broadcast(scalar (), size), x ())

            let either () = pick [ x; scaled ]

            pick
                [
                    fun () -> g.Unary(UnaryFunction.Negate, x ())
                    fun () -> g.Unary(UnaryFunction.Tanh, x ())
                    fun () -> g.Sum(either (), either ())
                    fun () -> g.Difference(either (), either ())
                    fun () -> g.Product(either (), either ())
                    fun () -> g.Quotient(either (), positive depth width)
                    fun () -> g.Quotient(x (), g.Constant(1.0, size))
                    fun () -> g.Unary(UnaryFunction.Log, positive depth width)
                    fun () -> g.Unary(UnaryFunction.SafeLog, positive depth width)
                    fun () -> g.Broadcast(g.Broadcast(scalar (), shape [ width ]), size)
                    fun () -> g.Reshape(g.Reshape(x (), shape [ rows; 1; width ]), size)
                    fun () -> part (depth - 1) width
                    fun () -> entropy (depth - 1) width
                    fun () -> summed (depth - 1) width
                ]

    member _.Expression(depth, width) = expression depth width

let private drawn seed =
    let random = Random(seed: int)
    let rows = [| Shape.Batch; 2; 3 |][random.Next 3]
    let drawn = Drawn(random, rows)
    Graph.Of [ GraphOutput(OutputKind.Prediction, "", drawn.Expression(1 + random.Next 4, 1 + random.Next 4)) ]

let private valuesFor (random: Random) rows (graph: Graph) =
    let values = Dictionary()

    for source in sources graph do
        let isClass = source.Name.StartsWith "class"

        values[source] <-
            Array.init (source.Shape.ForRows(rows).Count) (fun _ ->
                if isClass then 0.0 else 2.0 * random.NextDouble() - 1.0)

    values

let tests =
    testList
        "Rewrites"
        [
            ToleranceTable.lawOf [] 4000 "keep the value of any expression" (fun (seed: int) ->
                let graph = drawn seed
                let values = valuesFor (Random seed) 3 graph

                let value (graph: Graph) =
                    doubles ((evaluate graph 3 values).[struct (OutputKind.Prediction, "")])

                expectClose ToleranceTable.rewriting (value (Simplification.Simplify graph)) (value graph) $"{graph}")

            ToleranceTable.lawOf [] 1000 "leave nothing to rewrite" (fun (seed: int) ->
                let once = Simplification.Simplify(drawn seed)

                let text (graph: Graph) =
                    SimplificationTests.text graph.Outputs[0].Node

                Expect.equal (text (Simplification.Simplify once)) (text once) "twice is once")
        ]
