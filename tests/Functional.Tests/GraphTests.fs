module GraphTests

open System
open System.Collections.Immutable
open System.Globalization
open System.Reflection
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.FsCheck
open Functional.Graphs
open Differences
open Cases

let private shape (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))
let private B = Shape.Batch

let private infer primitive (inputs: int list list) =
    ShapeInference.Infer(primitive, ReadOnlySpan(inputs |> List.map shape |> Array.ofList))

let private shapes =
    let add = Primitive.Binary BinaryFunction.Add :> Primitive
    let relu = Primitive.Unary UnaryFunction.Relu :> Primitive
    let select = Primitive.Select() :> Primitive
    let custom = Primitive.CustomDerivative() :> Primitive
    let source = Primitive.Source(SourceKind.Given, "s", shape [ B; 2 ]) :> Primitive
    let constant = Primitive.Constant 1.0 :> Primitive
    let rows = Primitive.InverseRows() :> Primitive

    let broadcast sizes =
        Primitive.Broadcast(shape sizes) :> Primitive

    let sum sizes =
        Primitive.SumTo(shape sizes) :> Primitive

    let product left right =
        Primitive.MatMul(left, right) :> Primitive

    let softmax = Primitive.Softmax() :> Primitive
    let logSoftmax = Primitive.LogSoftmax() :> Primitive

    let reshape sizes =
        Primitive.Reshape(shape sizes) :> Primitive

    let oneHot = Primitive.OneHot 3 :> Primitive

    let takes =
        [
            source, [], [ B; 2 ]
            constant, [], []
            rows, [], []
            relu, [ [ B; 2; 3 ] ], [ B; 2; 3 ]
            add, [ [ B; 2 ]; [ B; 2 ] ], [ B; 2 ]
            add, [ []; [] ], []
            select, [ [ 3 ]; [ 3 ]; [ 3 ] ], [ 3 ]
            custom, [ [ B; 2 ]; [ B; 2 ]; [ B; 2 ] ], [ B; 2 ]
            broadcast [ B; 2 ], [ [] ], [ B; 2 ]
            broadcast [ B; 2 ], [ [ 2 ] ], [ B; 2 ]
            broadcast [ B; 2 ], [ [ B; 1 ] ], [ B; 2 ]
            sum [], [ [ B; 2 ] ], []
            sum [ 2 ], [ [ B; 2 ] ], [ 2 ]
            sum [ B; 1 ], [ [ B; 2 ] ], [ B; 1 ]
            product false false, [ [ B; 2 ]; [ 2; 3 ] ], [ B; 3 ]
            product true false, [ [ B; 2 ]; [ B; 3 ] ], [ 2; 3 ]
            product false true, [ [ B; 2 ]; [ 3; 2 ] ], [ B; 3 ]
            product true true, [ [ 2; 4 ]; [ 3; 2 ] ], [ 4; 3 ]
            softmax, [ [ B; 2 ] ], [ B; 2 ]
            logSoftmax, [ [ B; 2; 3 ] ], [ B; 2; 3 ]
            reshape [ B; 6 ], [ [ B; 2; 3 ] ], [ B; 6 ]
            oneHot, [ [ B; 1 ] ], [ B; 3 ]
        ]

    let refuses =
        [
            source, [ [] ]
            constant, [ [] ]
            rows, [ [ 2 ] ]
            relu, []
            relu, [ [ 2 ]; [ 2 ] ]
            add, [ [ 2 ]; [ 3 ] ]
            add, [ [ 2 ] ]
            add, [ [ 1 ]; [] ]
            select, [ [ 2 ]; [ 2 ] ]
            select, [ [ 2 ]; [ 2 ]; [ 3 ] ]
            select, [ []; [ 2 ]; [ 2 ] ]
            custom, [ [ B; 2 ]; []; [ B; 2 ] ]
            custom, [ [ B; 2 ]; [ B; 2 ] ]
            broadcast [ B; 2 ], [ [ 3 ] ]
            broadcast [ B; 2 ], [ [ B ] ]
            broadcast [ 2 ], [ [ B; 2 ] ]
            broadcast [ B; 2 ], [ [ 2; 1 ] ]
            sum [ B; 2 ], [ [ 2 ] ]
            sum [ 3 ], [ [ B; 2 ] ]
            product false false, [ [ B; 2 ]; [ 3; 2 ] ]
            product true false, [ [ B; 2 ]; [ 2; 3 ] ]
            product false true, [ [ B; 2 ]; [ B; 2 ] ]
            product false false, [ [ 2 ]; [ 2; 3 ] ]
            product false false, [ [ B; 2; 3 ]; [ 3; 2 ] ]
            product true true, [ [ 2; 4 ]; [ 2; 3 ] ]
            softmax, [ [] ]
            softmax, [ [ B ] ]
            logSoftmax, [ [ B ] ]
            reshape [ B; 6 ], [ [ B; 5 ] ]
            reshape [ 6 ], [ [ B; 6 ] ]
            oneHot, [ [ B; 2 ] ]
            oneHot, [ [ B ] ]
        ]

    let describe (primitive: Primitive) inputs =
        let inputs = inputs |> List.map (fun sizes -> string (shape sizes))
        $"{primitive} of {inputs}"

    testList
        "shape inference"
        [
            testCase "gives the shape" (fun () ->
                for primitive, inputs, expected in takes do
                    Expect.equal (infer primitive inputs) (Nullable(shape expected)) (describe primitive inputs))

            testCase "refuses what does not fit" (fun () ->
                for primitive, inputs in refuses do
                    Expect.isFalse (infer primitive inputs).HasValue (describe primitive inputs)

                    Expect.throwsT<InternalErrorException>
                        (fun () ->
                            let builder = GraphBuilder()

                            let given =
                                inputs
                                |> List.mapi (fun i sizes -> builder.Source(SourceKind.Given, $"{i}", shape sizes))

                            builder.Add(primitive, ImmutableArray.CreateRange given) |> ignore)
                        $"builder: {describe primitive inputs}")

            law 50 "holds at every node of lowered and derived graphs" (fun (case: Case) ->
                for graph in [ Cases.objective case; Cases.plainDerivation case; Cases.derivation case ] do
                    let values = evaluateAll graph case.Rows (Cases.values case case.Seed)

                    for node in graph.Nodes do
                        Expect.hasLength values[node] (node.Shape.ForRows(case.Rows).Count) (string node))
        ]

let private sharing =
    testList
        "equal operations"
        [
            testCase "are one node" (fun () ->
                let builder = GraphBuilder()
                let x = builder.Source(SourceKind.Features, "x", shape [ B; 2 ])
                let relu = builder.Unary(UnaryFunction.Relu, x)
                Expect.isTrue (obj.ReferenceEquals(relu, builder.Unary(UnaryFunction.Relu, x))) "of the same input"

                Expect.isTrue
                    (obj.ReferenceEquals(x, builder.Source(SourceKind.Features, "x", shape [ B; 2 ])))
                    "sources of one name"

                Expect.isFalse (obj.ReferenceEquals(relu, builder.Unary(UnaryFunction.Step, x))) "not another function"

                Expect.isFalse
                    (obj.ReferenceEquals(relu, builder.Unary(UnaryFunction.Relu, relu)))
                    "not of another input"

                let other = builder.Source(SourceKind.Features, "x2", shape [ B; 2 ])
                let a, b = builder.Difference(x, other), builder.Difference(other, x)
                Expect.isFalse (obj.ReferenceEquals(a, b)) "not in another order"
                let graph = Graph.Of [ GraphOutput(OutputKind.Prediction, "", relu) ]
                let again = GraphBuilder.From(graph)
                Expect.isTrue (obj.ReferenceEquals(relu, again.Unary(UnaryFunction.Relu, x))) "also where one goes on"
                Expect.isGreaterThan (again.Unary(UnaryFunction.Exp, x)).Id relu.Id "with new numbers")

            law 50 "are one node in every graph of a compilation" (fun (case: Case) ->
                for graph in [ Cases.objective case; Cases.plainDerivation case; Cases.derivation case ] do
                    let keys = graph.Nodes |> Seq.map (fun node -> node.Primitive, [ for i in node.Inputs -> i.Id ])
                    Expect.hasLength (Seq.distinct keys) graph.Nodes.Length "no node twice")
        ]

/// A graph of any nodes and outputs, unchecked.
let private graphOf (nodes: Node seq) (outputs: GraphOutput seq) =
    let create = typeof<Graph>.GetConstructors(BindingFlags.Instance ||| BindingFlags.NonPublic) |> Array.exactlyOne

    create.Invoke [| ImmutableArray.CreateRange nodes; ImmutableArray.CreateRange outputs |] :?> Graph

let private refuses (rule: string) nodes outputs =
    Expect.throwsC (fun () -> GraphVerifier.Verify(graphOf nodes outputs) |> ignore) (fun e ->
        Expect.equal (e.GetType()) typeof<InternalErrorException> "an internal error"
        Expect.stringContains e.Message rule "the rule that is broken")

let private verifier =
    let node id primitive (inputs: Node list) sizes =
        Node(id, primitive, ImmutableArray.CreateRange inputs, shape sizes, "")

    let source id name =
        node id (Primitive.Source(SourceKind.Given, name, shape [ B; 2 ])) [] [ B; 2 ]

    let relu = Primitive.Unary UnaryFunction.Relu

    let output node =
        GraphOutput(OutputKind.Prediction, "", node)

    testList
        "verifier"
        [
            law 50 "takes every graph of a compilation" (fun (case: Case) ->
                for graph in [ Cases.prediction case; Cases.objective case; Cases.plainDerivation case ] do
                    Expect.equal (GraphVerifier.Verify graph) graph "the same graph")

            testCase "refuses numbers that do not increase" (fun () ->
                refuses "ids increase" [ source 1 "a"; source 1 "b" ] []
                refuses "ids increase" [ source 2 "a"; source 1 "b" ] [])

            testCase "refuses a use before the definition" (fun () ->
                let later = source 2 "a"
                refuses "does not precede" [ node 1 relu [ later ] [ B; 2 ]; later ] [])

            testCase "refuses an input from elsewhere" (fun () ->
                refuses "does not precede" [ node 3 relu [ source 1 "a" ] [ B; 2 ] ] [])

            testCase "refuses a wrong shape" (fun () ->
                let x = source 1 "a"
                refuses "has a shape" [ x; node 2 relu [ x ] [ B; 3 ] ] []
                refuses "has a shape" [ x; node 2 relu [ x; x ] [ B; 2 ] ] [])

            testCase "refuses a repetition" (fun () ->
                let x = source 1 "a"
                refuses "repeats" [ x; node 2 relu [ x ] [ B; 2 ]; node 3 relu [ x ] [ B; 2 ] ] [])

            testCase "refuses numbers that are not finite" (fun () ->
                for value in [ nan; infinity; -infinity ] do
                    refuses "not finite" [ node 1 (Primitive.Constant value) [] [] ] [])

            testCase "refuses outputs that are missing or twice" (fun () ->
                let x = source 1 "a"
                refuses "is not in the graph" [ x ] [ output (source 2 "b") ]
                refuses "occurs twice" [ x ] [ output x; output x ])

            law 50 "refuses generated graphs without one of their nodes" (fun (case: Case) (NonNegativeInt i) ->
                let graph = Cases.plainDerivation case
                let missing = graph.Nodes[i % graph.Nodes.Length]
                // Every node is needed, by another or as an output.
                refuses "" (Seq.filter ((<>) missing) graph.Nodes) graph.Outputs)

            testCase "differentiates scalars only" (fun () ->
                let x = source 1 "a"

                Expect.throwsT<InternalErrorException>
                    (fun () -> Gradients.ReverseMode.Differentiate(graphOf [ x ] [ output x ], x, [ x ]) |> ignore)
                    "no derivative of a matrix")
        ]

let private printer =
    let under culture f =
        let before = CultureInfo.CurrentCulture

        try
            CultureInfo.CurrentCulture <- CultureInfo.GetCultureInfo(culture: string)
            f ()
        finally
            CultureInfo.CurrentCulture <- before

    testList
        "printer"
        [
            law 50 "gives equal text for equal networks" (fun (case: Case) ->
                let copy =
                    { case with
                        Network = Functional.FsCheck.Networks.mapWidths id case.Network
                    }

                Expect.equal (string (Cases.derivation case)) (string (Cases.derivation copy)) "compiled twice"

                Expect.equal
                    (under "de-DE" (fun () -> string (Cases.derivation case)))
                    (string (Cases.derivation case))
                    "in any culture")

            law 50 "has a line for every node and output" (fun (case: Case) ->
                let graph = Cases.derivation case
                let lines = (string graph).TrimEnd().Split '\n'
                Expect.hasLength lines (graph.Nodes.Length + graph.Outputs.Length) "lines"

                for node, line in Seq.zip graph.Nodes lines do
                    Expect.stringStarts line $"%%{node.Id}: {node.Shape} = " "number and shape")

            testCase "prints as documented" (fun () ->
                let builder = GraphBuilder(Origin = "dense1")
                let x = builder.Source(SourceKind.Features, "x", shape [ B; 2 ])
                let w = builder.Source(SourceKind.Parameter, "dense1/W", shape [ 3; 2 ])
                let y = builder.Unary(UnaryFunction.Relu, builder.MatMul(x, w, false, true))
                let graph = Graph.Of [ GraphOutput(OutputKind.Prediction, "", y) ]

                Expect.sequenceEqual
                    ((string graph).Split('\n', StringSplitOptions.RemoveEmptyEntries) |> Seq.map _.Trim())
                    [
                        "%0: [B, 2] = Features x    # dense1"
                        "%1: [3, 2] = Parameter dense1/W    # dense1"
                        "%2: [B, 3] = MatMul a·bᵀ (%0, %1)    # dense1"
                        "%3: [B, 3] = Relu(%2)    # dense1"
                        "→ Prediction = %3"
                    ]
                    "one line for each")
        ]

let tests = testList "Graphs" [ shapes; sharing; verifier; printer ]
