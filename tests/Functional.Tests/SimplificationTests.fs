module SimplificationTests

open System
open System.Collections.Generic
open System.Collections.Immutable
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
let private matrix = shape [ B; 3 ]

/// A node as one expression, without numbers and origins; equal expressions are equal operations.
let rec text (node: Node) : string =
    let name =
        match node.Primitive with
        | :? Primitive.Source as source -> source.Name
        | :? Primitive.Broadcast
        | :? Primitive.SumTo
        | :? Primitive.Reshape -> $"{GraphPrinter.Print node.Primitive}{node.Shape}"
        | primitive -> GraphPrinter.Print primitive

    if node.Inputs.IsEmpty then
        name
    else
        let inputs = String.Join(", ", node.Inputs |> Seq.map text)
        $"{name}({inputs})"

let private simplified build =
    let g = GraphBuilder()

    let given name sizes =
        g.Source(SourceKind.Given, name, shape sizes)

    let node: Node = build g (given "a" [ B; 3 ]) (given "b" [ B; 3 ]) given
    text (Simplification.Simplify(Graph.Of [ GraphOutput(OutputKind.Prediction, "", node) ]).Outputs[0].Node)

let private rules =
    let unary f (g: GraphBuilder) (x: Node) = g.Unary(f, x)
    let negate = unary UnaryFunction.Negate
    let log = unary UnaryFunction.SafeLog
    let sigmoid = unary UnaryFunction.Sigmoid
    let exp = unary UnaryFunction.Exp
    let one (g: GraphBuilder) = g.Constant(1.0, matrix)
    let repeated (g: GraphBuilder) (x: Node) = g.Broadcast(x, matrix)
    let scale (g: GraphBuilder) s x = g.Product(repeated g s, x)
    let row = shape [ B; 1 ]

    let beside (g: GraphBuilder) (given: string -> int list -> Node) =
        g.Concat(given "r" [ 3; 5 ], given "q" [ 3; 4 ])

    let table: (string * (GraphBuilder -> Node -> Node -> (string -> int list -> Node) -> Node) * string) list =
        [
            "−(−a)", (fun g a _ _ -> negate g (negate g a)), "a"
            "−(a − b)", (fun g a b _ -> negate g (g.Difference(a, b))), "Subtract(b, a)"
            "−2", (fun g a _ _ -> repeated g (negate g (g.Constant 2.0))), "Broadcast[B, 3](-2)"
            "e of a repeated s", (fun g _ _ given -> exp g (repeated g (given "s" []))), "Broadcast[B, 3](Exp(s))"
            "ln eᵃ", (fun g a _ _ -> unary UnaryFunction.Log g (exp g a)), "a"
            "ln softmax a",
            (fun g a _ _ -> log g (g.Add(Primitive.Softmax(), ImmutableArray.Create(a: Node)))),
            "LogSoftmax(a)"
            "ln σ(a)", (fun g a _ _ -> log g (sigmoid g a)), "Negate(Softplus(Negate(a)))"
            "ln (1 − σ(a))", (fun g a _ _ -> log g (g.Difference(one g, sigmoid g a))), "Negate(Softplus(a))"
            "a + 0", (fun g a _ _ -> g.Sum(a, g.Constant(0.0, matrix))), "a"
            "0 + a", (fun g a _ _ -> g.Sum(g.Constant(0.0, matrix), a)), "a"
            "a + a", (fun g a _ _ -> g.Sum(a, a)), "Multiply(Broadcast[B, 3](2), a)"
            "−a + −b", (fun g a b _ -> g.Sum(negate g a, negate g b)), "Negate(Add(a, b))"
            "−a + b", (fun g a b _ -> g.Sum(negate g a, b)), "Subtract(b, a)"
            "a + −b", (fun g a b _ -> g.Sum(a, negate g b)), "Subtract(a, b)"
            "s·a + s·b",
            (fun g a b given -> g.Sum(scale g (given "s" []) a, scale g (given "s" []) b)),
            "Multiply(Broadcast[B, 3](s), Add(a, b))"
            "s·a + t·b",
            (fun g a b given -> g.Sum(scale g (given "s" []) a, scale g (given "t" []) b)),
            "Add(Multiply(Broadcast[B, 3](s), a), Multiply(Broadcast[B, 3](t), b))"
            "b·softplus(−a) + (1 − b)·softplus(a)",
            (fun g a b _ ->
                let softplus = unary UnaryFunction.Softplus g
                g.Sum(g.Product(b, softplus (negate g a)), g.Product(g.Difference(one g, b), softplus a))),
            "Subtract(Softplus(a), Multiply(b, a))"
            "softplus(a)·(1 − b) + softplus(−a)·b",
            (fun g a b _ ->
                let softplus = unary UnaryFunction.Softplus g
                g.Sum(g.Product(softplus a, g.Difference(one g, b)), g.Product(softplus (negate g a), b))),
            "Subtract(Softplus(a), Multiply(b, a))"
            "z·softplus(−a) + (1 − b)·softplus(a)",
            (fun g a b given ->
                let softplus = unary UnaryFunction.Softplus g
                let z = given "z" [ B; 3 ]
                g.Sum(g.Product(z, softplus (negate g a)), g.Product(g.Difference(one g, b), softplus a))),
            "Add(Multiply(z, Softplus(Negate(a))), Multiply(Subtract(Broadcast[B, 3](1), b), Softplus(a)))"
            "b·softplus(−a) + (1 − b)·softplus(z)",
            (fun g a b given ->
                let softplus = unary UnaryFunction.Softplus g
                let z = given "z" [ B; 3 ]
                g.Sum(g.Product(b, softplus (negate g a)), g.Product(g.Difference(one g, b), softplus z))),
            "Add(Multiply(b, Softplus(Negate(a))), Multiply(Subtract(Broadcast[B, 3](1), b), Softplus(z)))"
            "a − 0", (fun g a _ _ -> g.Difference(a, g.Constant(0.0, matrix))), "a"
            "0 − a", (fun g a _ _ -> g.Difference(g.Constant(0.0, matrix), a)), "Negate(a)"
            "a − −b", (fun g a b _ -> g.Difference(a, negate g b)), "Add(a, b)"
            "−a − b", (fun g a b _ -> g.Difference(negate g a, b)), "Negate(Add(a, b))"
            "s·a − s·b",
            (fun g a b given -> g.Difference(scale g (given "s" []) a, scale g (given "s" []) b)),
            "Multiply(Broadcast[B, 3](s), Subtract(a, b))"
            "a·0", (fun g a _ _ -> g.Product(a, g.Constant(0.0, matrix))), "Broadcast[B, 3](0)"
            "0·a", (fun g a _ _ -> g.Product(g.Constant(0.0, matrix), a)), "Broadcast[B, 3](0)"
            "a·1", (fun g a _ _ -> g.Product(a, one g)), "a"
            "1·a", (fun g a _ _ -> g.Product(one g, a)), "a"
            "a·(−1)", (fun g a _ _ -> g.Product(a, g.Constant(-1.0, matrix))), "Negate(a)"
            "−a·b", (fun g a b _ -> g.Product(negate g a, b)), "Negate(Multiply(a, b))"
            "a·−b", (fun g a b _ -> g.Product(a, negate g b)), "Negate(Multiply(a, b))"
            "s·(t·a)",
            (fun g a _ given -> scale g (given "s" []) (scale g (given "t" []) a)),
            "Multiply(Broadcast[B, 3](Multiply(s, t)), a)"
            "(s·a)·b",
            (fun g a b given -> g.Product(scale g (given "s" []) a, b)),
            "Multiply(Broadcast[B, 3](s), Multiply(a, b))"
            "a·(s·b)",
            (fun g a b given -> g.Product(a, scale g (given "s" []) b)),
            "Multiply(Broadcast[B, 3](s), Multiply(a, b))"
            "b + (−2·s)·(½·a)",
            (fun g a b given ->
                let twice = g.Product(g.Constant -2.0, given "s" [])
                g.Sum(b, g.Product(repeated g twice, scale g (g.Constant 0.5) a))),
            "Subtract(b, Multiply(Broadcast[B, 3](s), a))"
            "a·s", (fun g a _ given -> g.Product(a, repeated g (given "s" []))), "Multiply(Broadcast[B, 3](s), a)"
            "a/1", (fun g a _ _ -> g.Quotient(a, one g)), "a"
            "0/a", (fun g a _ _ -> g.Quotient(g.Constant(0.0, matrix), a)), "Broadcast[B, 3](0)"
            "−a/b", (fun g a b _ -> g.Quotient(negate g a, b)), "Negate(Divide(a, b))"
            "2 + 3", (fun g _ _ _ -> repeated g (g.Sum(g.Constant 2.0, g.Constant 3.0))), "Broadcast[B, 3](5)"
            "2 − 3", (fun g _ _ _ -> repeated g (g.Difference(g.Constant 2.0, g.Constant 3.0))), "Broadcast[B, 3](-1)"
            "2·3", (fun g _ _ _ -> repeated g (g.Product(g.Constant 2.0, g.Constant 3.0))), "Broadcast[B, 3](6)"
            "3/2", (fun g _ _ _ -> repeated g (g.Quotient(g.Constant 3.0, g.Constant 2.0))), "Broadcast[B, 3](1.5)"
            "1/0",
            (fun g _ _ _ -> repeated g (g.Quotient(g.Constant 1.0, g.Constant 0.0))),
            "Broadcast[B, 3](Divide(1, 0))"
            "a repeated twice",
            (fun g _ _ given -> g.Broadcast(g.Broadcast(given "s" [], shape [ 3 ]), matrix)),
            "Broadcast[B, 3](s)"
            "−s repeated", (fun g _ _ given -> repeated g (negate g (given "s" []))), "Negate(Broadcast[B, 3](s))"
            "Σ 0", (fun g _ _ _ -> g.SumTo(g.Constant(0.0, matrix), shape [ 3 ])), "Broadcast[3](0)"
            "Σ −a", (fun g a _ _ -> g.SumTo(negate g a, Shape.Scalar)), "Negate(SumTo[](a))"
            "Σ per row s·a",
            (fun g a _ given -> g.SumTo(scale g (given "s" []) a, row)),
            "Multiply(Broadcast[B, 1](s), SumTo[B, 1](a))"
            "Σ Σ a", (fun g a _ _ -> g.SumTo(g.SumTo(a, shape [ 3 ]), Shape.Scalar)), "SumTo[](a)"
            "Σ per row of one-hot rows",
            (fun g _ _ given -> g.SumTo(g.Add(Primitive.OneHot 3, ImmutableArray.Create(given "i" [ B; 1 ])), row)),
            "Broadcast[B, 1](1)"
            "Σ per row of smoothed one-hot rows",
            (fun g _ _ given ->
                let oneHot = g.Add(Primitive.OneHot 3, ImmutableArray.Create(given "i" [ B; 1 ]))
                g.SumTo(g.Sum(scale g (g.Constant 0.25) oneHot, g.Constant(0.25, matrix)), row)),
            "Broadcast[B, 1](1)"
            "Σ over rows of smoothed one-hot rows",
            (fun g _ _ given ->
                let oneHot = g.Add(Primitive.OneHot 3, ImmutableArray.Create(given "i" [ B; 1 ]))
                g.SumTo(g.Sum(scale g (g.Constant 0.25) oneHot, g.Constant(0.25, matrix)), shape [ 3 ])),
            "SumTo[3](Add(Multiply(Broadcast[B, 3](0.25), OneHot 3(i)), Broadcast[B, 3](0.25)))"
            "all columns", (fun g _ _ given -> g.Slice(given "r" [ 3; 5 ], 0, 5)), "r"
            "as many columns as rows", (fun g _ _ given -> g.Slice(given "r" [ 3; 5 ], 0, 3)), "Slice 0, 3 columns(r)"
            "columns of columns",
            (fun g _ _ given -> g.Slice(g.Slice(given "r" [ 3; 5 ], 1, 4), 1, 2)),
            "Slice 2, 2 columns(r)"
            "columns of the first of two", (fun g _ _ given -> g.Slice(beside g given, 1, 4)), "Slice 1, 4 columns(r)"
            "the first of two", (fun g _ _ given -> g.Slice(beside g given, 0, 5)), "r"
            "columns of the second of two", (fun g _ _ given -> g.Slice(beside g given, 6, 2)), "Slice 1, 2 columns(q)"
            "the second of two", (fun g _ _ given -> g.Slice(beside g given, 5, 4)), "q"
            "columns of both of two",
            (fun g _ _ given -> g.Slice(beside g given, 4, 2)),
            "Slice 4, 2 columns(Concat(r, q))"
            "columns of a repeated s",
            (fun g _ _ given -> g.Slice(g.Broadcast(given "s" [], shape [ 2; 5 ]), 1, 3)),
            "Broadcast[2, 3](s)"
            "reshaped twice",
            (fun g _ _ given -> g.Reshape(g.Reshape(given "r" [ B; 6 ], shape [ B; 2; 3 ]), shape [ B; 3; 2 ])),
            "Reshape[B, 3, 2](r)"
            "reshaped and back",
            (fun g _ _ given -> g.Reshape(g.Reshape(given "r" [ B; 6 ], shape [ B; 2; 3 ]), shape [ B; 6 ])),
            "r"
        ]

    testList
        "rewrites"
        [
            for name, build, expected in table do
                testCase name (fun () -> Expect.equal (simplified build) expected name)
        ]

/// A network's loss and derivation, printed with short names.
let private derived (network: Network) loss =
    let case = Cases.of' network loss 1 0

    Simplification.Simplify(Cases.objective case), Cases.derivation case

let private uses primitive (graph: Graph) =
    graph.Nodes |> Seq.exists (fun node -> node.Primitive = primitive)

let private unary f = Primitive.Unary f :> Primitive

let private stable =
    let dense = Layers.Dense(3, 2)
    let u = "Add(MatMul a·b (x, dense1/W), Broadcast[B, 2](dense1/b))"

    testList
        "makes stable"
        [
            testCase "sigmoid and binary cross-entropy: softplus(u) − y·u" (fun () ->
                let objective, gradients = derived (dense.Then Layers.Sigmoid) Loss.BinaryCrossEntropy

                Expect.equal
                    (text (objective.Output OutputKind.Loss))
                    $"Multiply(InverseRows, Multiply(0.5, SumTo[](Subtract(Softplus({u}), Multiply(y, {u})))))"
                    "the loss"

                Expect.equal
                    (text (gradients.Output(OutputKind.Gradient, "dense1/b")))
                    $"SumTo[2](Multiply(Broadcast[B, 2](Multiply(0.5, InverseRows)), Subtract(Sigmoid({u}), y)))"
                    "the joint gradient p − y"

                for f in [ UnaryFunction.SafeLog; UnaryFunction.Log ] do
                    Expect.isFalse (uses (unary f) gradients) "no logarithm of a probability")

            testCase "softmax and cross-entropy: −y·log-softmax(u)" (fun () ->
                for loss, y in [ Loss.CrossEntropy, "OneHot 2(y)"; Loss.CrossEntropyOfProbabilities, "y" ] do
                    let objective, gradients = derived (dense.Then Layers.Softmax) loss

                    Expect.equal
                        (text (objective.Output OutputKind.Loss))
                        $"Negate(Multiply(InverseRows, SumTo[](Multiply({y}, LogSoftmax({u})))))"
                        "the loss"

                    Expect.isFalse (uses (unary UnaryFunction.SafeLog) gradients) "no logarithm of a probability"

                let _, gradients = derived (dense.Then Layers.Softmax) Loss.CrossEntropy

                Expect.equal
                    (text (gradients.Output(OutputKind.Gradient, "dense1/b")))
                    $"SumTo[2](Multiply(Broadcast[B, 2](InverseRows), Subtract(Exp(LogSoftmax({u})), OneHot 2(y))))"
                    "the joint gradient p − y")
        ]

/// Numbers graphs' outputs such that equal expressions, in one graph or several, have equal numbers.
let private numbering () =
    let numbers = Dictionary<Primitive * int list, int>()

    fun (graph: Graph) ->
        let own = Dictionary<Node, int>()

        for node in graph.Nodes do
            let key = node.Primitive, [ for input in node.Inputs -> own[input] ]
            numbers.TryAdd(key, numbers.Count) |> ignore
            own[node] <- numbers[key]

        [ for output in graph.Outputs -> output.Kind, output.Name, own[output.Node] ]

let private values =
    testList
        "keeps values"
        [
            law 200 "of losses and gradients" (fun (case: Case) ->
                let plain = Cases.withoutStatistics (Cases.plainDerivation case)

                let attempt values =
                    if Cases.isStable plain case.Rows values then Some values else None

                match Cases.retry case attempt with
                | None -> false ==> true
                | Some values ->
                    let expected = evaluate plain case.Rows values

                    for stage, graph in
                        [ "simplified", Simplification.Simplify plain; "derived", Cases.derivation case ] do
                        let actual = evaluate graph case.Rows values

                        for output in plain.Outputs |> Seq.filter (fun o -> o.Kind <> OutputKind.Prediction) do
                            let key = struct (output.Kind, output.Name)

                            expectClose
                                ToleranceTable.rewriting
                                (doubles actual[key])
                                (doubles expected[key])
                                $"{stage} {output.Kind} {output.Name}"

                    true ==> true)

            law 100 "of updated parameters" (fun (case: Case) (optimizer: Optimizer) ->

                let isOfInput (output: GraphOutput) =
                    output.Kind = OutputKind.Gradient && output.Name = Lowering.InputName

                let gradients = (Cases.derivation case).Outputs |> Seq.filter (isOfInput >> not) |> Graph.Of
                let plain = optimizer.Append gradients
                let random = Random(int case.Seed)
                let values = Dictionary(Cases.values case case.Seed)

                for source in sources plain do
                    if not (values.ContainsKey source) then
                        values[source] <- Array.init source.Shape.Count (fun _ -> 0.1 + random.NextDouble())

                let expected = evaluate plain case.Rows values
                let actual = evaluate (Simplification.Simplify plain) case.Rows values

                for KeyValue(struct (kind, name), tensor) in expected do
                    expectClose
                        ToleranceTable.rewriting
                        (doubles actual[struct (kind, name)])
                        (doubles tensor)
                        $"{kind} {name}")

            law 100 "and has nothing left to do" (fun (case: Case) ->
                let once = Simplification.Simplify(Cases.plainDerivation case)
                let number = numbering ()
                Expect.sequenceEqual (number (Simplification.Simplify once)) (number once) "twice is once")
        ]

let tests = testList "Simplification" [ rules; stable; values ]
