module FusionTests

open System
open System.Collections.Generic
open System.Collections.Immutable
open Expecto
open FsCheck
open Functional
open Functional.FsCheck
open Functional.Buffers
open Functional.Graphs
open Functional.Kernels
open Functional.Plans
open Differences
open Cases
open PlanRuns

let private shape (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))
let private B = Shape.Batch

let private byDefault =
    {
        Width = VectorWidth.Auto
        Fuse = true
        Layout = LayoutPolicy.Cheapest
    }

let inline private (>>>) (first: Network) (next: Network) = first.Then next

/// Any graph over many sources: operations drawn one after the other, each on results of those before.
let private anyGraph (random: Random) count =
    let g = GraphBuilder()

    let shapes =
        [
            for sizes in
                [
                    [ B; 4 ]
                    [ B; 4 ]
                    [ 4 ]
                    [ B; 1 ]
                    []
                    [ 4; 4 ]
                    [ B; 2; 4 ]
                    [ 2; 4 ]
                    [ B; 2; 1 ]
                    [ 2; 1 ]
                    [ B; 8 ]
                ] do
                shape sizes
        ]

    let anyShape () = shapes[random.Next shapes.Length]

    let given = [ for i in 0 .. 4 + random.Next 20 -> g.Source(SourceKind.Given, $"s{i}", anyShape ()) ]

    let nodes = List given
    nodes.Add(g.Constant 0.5)
    nodes.Add(g.InverseRows())

    /// One of the latest that fit, so that chains get long.
    let pick fits =
        let fitting = nodes |> Seq.filter fits |> Array.ofSeq
        fitting[max 0 (fitting.Length - 1 - random.Next(1 + random.Next fitting.Length))]

    let any () = pick (fun _ -> true)

    let has sizes (node: Node) = node.Shape = shape sizes

    let like (node: Node) =
        pick (fun other -> other.Shape = node.Shape)

    for i, sizes in List.indexed shapes do
        nodes.Add(g.Constant(0.1 + 0.1 * float i, sizes))

    let functions =
        [|
            UnaryFunction.Tanh
            UnaryFunction.Sin
            UnaryFunction.Sigmoid
            UnaryFunction.Negate
            UnaryFunction.Erf
        |]

    let bounded (node: Node) = g.Unary(UnaryFunction.Tanh, node)

    for _ in 1..count do
        let node =
            match random.Next 24 with
            | 0
            | 1 -> g.Unary(functions[random.Next functions.Length], any ())
            | 2
            | 3
            | 4 ->
                let x = any ()
                g.Sum(x, like x)
            | 5 ->
                let x = any ()
                g.Product(bounded x, like x)
            | 6 ->
                let x = any ()
                g.Difference(x, like x)
            | 7 ->
                let x = any ()
                g.Select(x, like x, like x)
            | 8
            | 9 ->
                let large = anyShape ()
                g.Broadcast(pick (fun node -> ShapeInference.CanBroadcast(node.Shape, large)), large)
            | 10
            | 11 ->
                let small = anyShape ()
                g.SumTo(bounded (pick (fun node -> ShapeInference.CanBroadcast(small, node.Shape))), small)
            | 16
            | 17
            | 18 ->
                // What chains are made of: a value with a smaller one repeated.
                let x = any ()

                let fits (y: Node) =
                    y.Shape <> x.Shape && y.Shape.Rank > 0 && ShapeInference.CanBroadcast(y.Shape, x.Shape)

                g.Sum(x, (if Seq.exists fits nodes then pick fits else x))
            | 12 -> bounded (g.MatMul(pick (has [ B; 4 ]), pick (has [ 4; 4 ])))
            | 13 -> bounded (g.MatMul(pick (has [ B; 4 ]), pick (has [ B; 4 ]), true, false))
            | 14 -> g.Reshape(pick (has [ B; 8 ]), shape [ B; 2; 4 ])
            | 15 -> g.Reshape(pick (has [ B; 2; 4 ]), shape [ B; 8 ])
            | 19 ->
                let large = [ [ B; 4 ]; [ B; 1 ]; [ B; 2; 4 ]; [ B; 8 ] ][random.Next 4]
                g.Add(Primitive.RandomMask(random.Next 3, 0.3, shape large), ImmutableArray.Empty)
            | 20 -> g.Slice(pick (has [ B; 8 ]), random.Next 5, 4)
            | 21 -> g.Slice(pick (fun node -> node.Shape.Rank > 1 && node.Shape[Index.FromEnd 1] = 4), random.Next 4, 1)
            | 22 ->
                let x = pick (fun node -> node.Shape = shape [ B; 4 ])
                g.Concat(x, like x)
            | _ -> g.Add(Primitive.Softmax(), ImmutableArray.Create(pick (has [ B; 2; 4 ])))

        nodes.Add node

    let last = [ for i in 1 .. 1 + random.Next 3 -> nodes[nodes.Count - i] ] @ [ any (); any () ]

    Graph.Of [ for i, node in List.indexed last -> GraphOutput(OutputKind.Gradient, string i, node) ]

let private numbersFor (random: Random) rows (graph: Graph) : Values =
    let values = Dictionary()

    for source in sources graph do
        values[source] <- Random.normals random (source.Shape.ForRows(rows).Count)

    values

let private programs (plan: ExecutionPlan) =
    plan.Steps |> Seq.collect PlanVerifier.Programs |> List.ofSeq

let tests =
    testList
        "Fusion"
        [
            law 100 "keeps the results" (fun (case: Case) variant ->
                let values = Cases.values case case.Seed
                let fused = (gradientPlan case { variant with Fuse = true } case.Rows).Plan
                let unfused = (gradientPlan case { variant with Fuse = false } case.Rows).Plan
                Expect.isLessThanOrEqual fused.Steps.Count unfused.Steps.Count "no more steps"

                expectResults
                    ToleranceTable.fusion
                    (movement (Cases.derivation case) case.Rows false values)
                    (runAs false unfused variant.Width case.Rows false values)
                    (runAs false fused variant.Width case.Rows false values)
                    "fused against unfused")

            law 100 "keeps every bit where products are rounded too" (fun (case: Case) variant isSingle ->
                let graph = Cases.derivation case
                let values = Cases.values case case.Seed |> rounded isSingle

                let results fuse =
                    let options =
                        CompileOptions(
                            Input = Option.toNullable case.Input,
                            Width = variant.Width,
                            Layout = variant.Layout,
                            Fuse = fuse,
                            Contract = false
                        )

                    runAs isSingle (Compiler.Plan(graph, case.Rows, options)) variant.Width case.Rows false values

                Expect.equal (results true) (results false) "fused and unfused")

            law 200 "of any graph agrees with the oracle" (fun seed variant (PositiveInt size) ->
                let random = Random(seed: int)
                let graph = anyGraph random (5 + size % 60)
                let rows = 1 + random.Next 6
                let values = numbersFor random rows graph
                let still = expected graph rows values
                let moves = movement graph rows false values

                for graph in [ graph; Simplification.Simplify graph ] do
                    let plan = planOf variant.Fuse variant.Layout (rows + random.Next 3) graph

                    for program in programs plan do
                        Expect.isLessThanOrEqual program.Operands.Count KernelLimits.Operands "operands of a program"

                    runAs false plan variant.Width rows true values
                    |> fun actual -> expectResults ToleranceTable.planDouble moves still actual $"%A{variant}")

            testCase "splits programs of too many operands" (fun () ->
                let g = GraphBuilder()
                let sources = [ for i in 0..40 -> g.Source(SourceKind.Given, $"s{i}", shape [ B; 7 ]) ]
                let sum = sources |> List.reduce (fun a b -> g.Sum(a, g.Unary(UnaryFunction.Tanh, b)))
                let graph = Graph.Of [ GraphOutput(OutputKind.Prediction, "", sum) ]
                let plan = planOf true LayoutPolicy.Cheapest 3 graph
                Expect.isGreaterThan plan.Steps.Count 2 "several steps"
                Expect.isLessThan plan.Steps.Count 10 "but few"

                for program in programs plan do
                    Expect.isLessThanOrEqual program.Operands.Count KernelLimits.Operands "operands of a program"

                agrees graph plan byDefault 3 (numbersFor (Random 1) 3 graph))

            testCase "splits epilogues of too many values" (fun () ->
                for count in 1..30 do
                    let g = GraphBuilder()
                    let x = g.Source(SourceKind.Given, "x", shape [ B; 4 ])
                    let w = g.Source(SourceKind.Given, "w", shape [ 4; 4 ])
                    let product = g.MatMul(x, w)
                    let functions = Seq.replicate count (fun y -> g.Unary(UnaryFunction.Sin, y))
                    let values = functions |> Seq.scan (|>) product |> List.ofSeq
                    // Every value is kept, the product's too.
                    let graph =
                        Graph.Of
                            [ for i, node in List.indexed values -> GraphOutput(OutputKind.Gradient, $"{i}", node) ]

                    agrees
                        graph
                        (planOf true LayoutPolicy.Cheapest 3 graph)
                        byDefault
                        3
                        (numbersFor (Random 1) 3 graph))

            testCase "stores what repeats under other columns than its reader" (fun () ->
                let g = GraphBuilder()
                let long = g.Broadcast(g.Source(SourceKind.Given, "a", shape [ 2; 4 ]), shape [ B; 2; 4 ])
                let short = g.Broadcast(g.Source(SourceKind.Given, "b", shape [ 4 ]), shape [ B; 2; 4 ])
                let graph = Graph.Of [ GraphOutput(OutputKind.Gradient, "0", g.Sum(long, short)) ]
                let plan = planOf true LayoutPolicy.Cheapest 3 graph
                Expect.equal plan.Steps.Count 2 "one step to store, one to add"

                agrees graph plan byDefault 3 (numbersFor (Random 1) 3 graph))

            testCase "reads a column sum's operands as rows of its shape" (fun () ->
                for repeated in [ [ 2; 1 ]; [ 4 ] ] do
                    let g = GraphBuilder()
                    let sum = g.SumTo(g.Source(SourceKind.Given, "x", shape [ B; 2; 4 ]), shape [ 2; 4 ])
                    let other = g.Source(SourceKind.Given, "y", shape repeated)
                    let graph = Graph.Of [ GraphOutput(OutputKind.Prediction, "", g.Sum(sum, other)) ]

                    agrees
                        graph
                        (planOf true LayoutPolicy.Cheapest 3 graph)
                        byDefault
                        3
                        (numbersFor (Random 1) 3 graph))

            testCase "compiles equal programs once" (fun () ->
                let network = Network.Compose [ for _ in 1..4 -> Layers.Dense(8, 8) >>> Layers.Tanh ]
                let compiled = Compiler.CompileInference(network, null, 4, CompileOptions.Default)
                let codes = programs compiled.Plan |> List.map _.Code
                Expect.hasLength codes 4 "one epilogue for each layer"
                Expect.hasLength (List.distinct codes) 1 "all the same"
                let kernels = codes |> List.map ProgramCompiler.Compile<V256<float>, float>
                Expect.hasLength (List.distinct kernels) 1 "one kernel"

                Expect.notEqual
                    (ProgramCompiler.Compile<V128<float>, float> codes[0])
                    kernels[0]
                    "another for another width"

                let other =
                    Compiler.CompileInference(Layers.Dense(8, 8) >>> Layers.Sigmoid, null, 4, CompileOptions.Default)

                let code = (programs other.Plan |> List.exactlyOne).Code

                Expect.notEqual
                    (ProgramCompiler.Compile<V256<float>, float> code)
                    kernels[0]
                    "another for another function")

            testCase "needs one step per layer forward, and no gradient in memory" (fun () ->
                let network = Layers.Dense(2, 20) >>> Layers.Relu >>> Layers.Dense(20, 1) >>> Layers.Sigmoid
                let inference = Compiler.CompileInference(network, null, 4, CompileOptions.Default)
                Expect.hasLength inference.Plan.Steps 2 "one product each"

                let step =
                    Compiler.CompileTraining(
                        network,
                        Loss.BinaryCrossEntropy,
                        Optimizer.Sgd 0.1,
                        4,
                        CompileOptions.Default
                    )

                let writers =
                    step.Plan.Steps
                    |> Seq.filter (fun s -> s.Writes |> Seq.exists (fun node -> node.Shape = shape [ 2; 20 ]))

                Expect.hasLength writers 1 "the weight's gradient is consumed by its update")
        ]
