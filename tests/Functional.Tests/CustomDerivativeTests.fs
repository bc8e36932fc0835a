/// Activations and losses that are given with their own derivative.
module CustomDerivativeTests

open System
open System.Collections.Generic
open System.Collections.Immutable
open Expecto
open FsCheck.FSharp
open Functional
open Functional.FsCheck
open Functional.Execution
open Functional.Gradients
open Functional.Graphs
open Differences
open Cases
open Generators
open LossFixtures
open PlanRuns

let private number (value: float) = Scalar.Constant value :> Scalar

let private layer (activation: Activation) : Network = Activation.op_Implicit activation

/// A network with every elementwise activation mapped.
let rec private mapActivations (map: Activation.Elementwise -> Activation) (network: Network) : Network =
    let mapped = mapActivations map

    match network with
    | :? Network.Activate as a ->
        match a.Activation with
        | :? Activation.Elementwise as elementwise -> layer (map elementwise)
        | other -> layer other
    | :? Network.Residual as r -> Network.Residual(mapped r.Body)
    | :? Network.Named as n -> Network.Named(n.Name, mapped n.Body)
    | :? Network.Shared as s -> Network.Shared(s.Name, mapped s.Body)
    | :? Network.Concat as c -> Network.Concat(c.Branches |> Seq.map mapped |> ValueList.ToValueList)
    | :? Network.Sequence as s -> Network.Unchecked(s.Parts |> Seq.map mapped)
    | other -> other

let private withoutDerivative (loss: Loss) =
    if isNull loss.Derivative then
        loss
    else
        Loss.Define(loss.Name, fun _ _ -> loss.Expression)

/// A case in which nothing has a derivative of its own.
let private withoutDerivatives (case: Case) =
    { case with
        Network = case.Network |> mapActivations (fun a -> Activation.Define(a.Name, a.Expression))
        Loss = withoutDerivative case.Loss
    }

/// A case in which every activation is given with the derivative that the table has for it.
let private withDerivatives (case: Case) =
    { case with
        Network =
            case.Network
            |> mapActivations (fun a -> Activation.Define(a.Name, a.Expression, Derivatives.byTheTable a.Expression))
    }

/// The case with one function in place of every activation, of probabilities as losses may ask for them, and any derivative.
let private withOwn (KinkedScalar f) (KinkedScalar d) (case: Case) =
    let derivative = Scalar.Sin d

    { case with
        Network = case.Network |> mapActivations (fun _ -> Activation.Define("f", Scalar.Sigmoid f, derivative))
        Loss = withoutDerivative case.Loss
    },
    derivative

let private isCustom (node: Node) =
    node.Primitive :? Primitive.CustomDerivative

/// The gradient by every parameter, not simplified.
let private parameterGradient (case: Case) (objective: Graph) =
    let parameters = Cases.variables case |> List.filter (fun source -> source.Kind = SourceKind.Parameter)

    ReverseMode.Differentiate(objective, objective.Output OutputKind.Loss, nodesOf objective parameters)
    |> Cases.withoutStatistics

let private hessianOf case objective =
    HessianProduct.Derive(parameterGradient case objective)

let private expectSame (expectedGraph: Graph) (actualGraph: Graph) (case: Case) values =
    let values = withStates actualGraph case values |> withStates expectedGraph case

    expectResults
        ToleranceTable.planDouble
        (movement actualGraph case.Rows false values)
        (expected expectedGraph case.Rows values)
        (expected actualGraph case.Rows values)
        "the oracle"

let private asTheTable =
    testList
        "that the table of rules has too"
        [
            law 150 "leaves every gradient as it is" (fun (case: Case) ->
                let plain, given = withoutDerivatives case, withDerivatives case
                let values = Cases.values plain case.Seed

                Cases.isStable (Cases.objective given) case.Rows values
                ==> lazy
                    (expectSame (Cases.derivation plain) (Cases.derivation given) case values
                     expectSame (Cases.plainDerivation plain) (Cases.plainDerivation given) case values))

            law 100 "leaves products with the Hessian as they are" (fun (case: Case) ->
                let plain, given = withoutDerivatives case, withDerivatives case
                let values = Cases.values plain case.Seed

                Cases.isStable (Cases.objective given) case.Rows values
                ==> lazy
                    (expectSame
                        (hessianOf case (Cases.objective plain))
                        (hessianOf case (Cases.objective given))
                        case
                        values))
        ]

/// The graph with a parabola in place of every function with its own derivative: through its value, with the slope given there and
/// the curvature that the slope's own derivative gives. It needs no rule but the table's.
let private withParabolas (curvature: Scalar) (graph: Graph) rows (values: Values) =
    let extended = GraphBuilder.From graph
    let customs = graph.Nodes |> Seq.filter isCustom |> List.ofSeq

    let curvatures =
        [
            for node in customs ->
                let x = node.Inputs[2]
                extended.Broadcast(extended.Expression(curvature, fun _ -> x), x.Shape)
        ]

    let all =
        evaluateAll
            (Graph.Of
                [
                    yield! graph.Outputs
                    for i, node in List.indexed curvatures do
                        GraphOutput(OutputKind.Activation, $"{i}", node)
                ])
            rows
            values

    let builder = GraphBuilder()
    let copies = Dictionary<Node, Node>()
    let given = Dictionary(values :> seq<KeyValuePair<Primitive.Source, float array>>)

    for node in graph.Nodes do
        let inputs = node.Inputs |> Seq.map (fun input -> copies[input]) |> ImmutableArray.CreateRange

        let at name (numbers: float array) =
            let source = builder.Source(SourceKind.Given, $"{name} {node.Id}", node.Shape)
            given[sourceOf source] <- numbers
            source

        copies[node] <-
            match List.tryFindIndex ((=) node) customs with
            | None -> builder.Add(node.Primitive, inputs)
            | Some i ->
                let distance = builder.Difference(inputs[2], at "x" all[node.Inputs[2]])
                let half = all[curvatures[i]] |> Array.map ((*) 0.5)

                builder.Sum(
                    at "y" all[node],
                    builder.Sum(
                        builder.Product(at "slope" all[node.Inputs[1]], distance),
                        builder.Product(at "curvature" half, builder.Product(distance, distance))
                    )
                )

    Graph.Of [ for output in graph.Outputs -> GraphOutput(output.Kind, output.Name, copies[output.Node]) ],
    (given :> Values)

let private scalarOf (e: Scalar) (variable: string -> float) =
    ScalarWalk.Fold<float>(
        e,
        variable,
        id,
        (fun f x -> ScalarReference.Unary(f, x)),
        (fun f x y -> ScalarReference.Binary(f, x, y)),
        (fun c x y -> if c > 0.0 then x else y)
    )

let private asGiven =
    testList
        "of any kind"
        [
            law
                100
                "is the slope that every derivative takes, and its derivative the curvature"
                (fun (case: Case) f d ->
                    let case, derivative = withOwn f d case
                    let objective = Cases.objective case

                    let parabolas, values =
                        withParabolas
                            (Derivatives.byTheTable derivative)
                            objective
                            case.Rows
                            (Cases.values case case.Seed)

                    Cases.isStable objective case.Rows values
                    ==> lazy
                        (expectSame (parameterGradient case parabolas) (parameterGradient case objective) case values
                         expectSame (hessianOf case parabolas) (hessianOf case objective) case values))

            law
                50
                "of a loss is what its gradient averages"
                (fun (SmoothScalar f) (SmoothScalar d) (numbers: int16 array) ->
                    let p = Array.append [| 0.5 |] (numbers |> Array.map (fun n -> float n / 1e4))
                    let y = p |> Array.map (fun p -> sin (9.0 * p))

                    let loss =
                        Loss.Define(
                            "own",
                            (fun p y -> Expressions.substitute (p * y) f),
                            (fun p y -> Expressions.substitute (p - y) d)
                        )

                    let mean, gradient = gradientOf<float> given loss 1 p y
                    let at e x = scalarOf e (fun _ -> x)
                    let n = float p.Length

                    expectClose
                        ToleranceTable.planDouble
                        [| mean |]
                        [| Array.sum (Array.map2 (fun p y -> at f (p * y)) p y) / n |]
                        "the mean"

                    expectClose
                        ToleranceTable.planDouble
                        gradient
                        (Array.map2 (fun p y -> at d (p - y) / n) p y)
                        "the gradient")

            testCase "goes straight through a sign" (fun () ->
                let through = Activation.Define("through", (fun x -> Scalar.Sign x), (fun _ -> number 1.0))
                let linear = Loss.Define("linear", fun p y -> p * y)
                let random = Random(1)
                let x, y = Random.normals random 12, Random.normals random 8

                let gradient (between: Network) =
                    let network = compose [ Layers.Dense(3, 5); between; Layers.Dense(5, 2) ]
                    let plan = network.CompileGradient<float>(linear, 4)

                    let model =
                        Model<float>(
                            plan.Network,
                            compose([ Layers.Dense(3, 5); Layers.Dense(5, 2) ])
                                .CompileTraining<float>(linear, Optimizer.Sgd 0.1, 4)
                                .Initialize(3UL)
                                .Parameters
                        )

                    (plan.Gradient(model, ReadOnlySpan x, ReadOnlySpan y)).Parameters["dense1/W"].Data.ToArray()

                let actual = gradient (layer through)
                Expect.isTrue (actual |> Array.exists (fun g -> g <> 0.0)) "a gradient arrives"
                Expect.equal actual (gradient (layer (Activation.Define("same", id)))) "that of the identity"

                Expect.equal
                    (gradient (layer (Activation.Define("sign", fun x -> Scalar.Sign x))))
                    (Array.zeroCreate 15)
                    "of a sign alone there is none")

            testCase "stays finite where the function's own is not" (fun () ->
                let root =
                    Activation.Define(
                        "root",
                        (fun x -> Scalar.Sqrt x),
                        (fun x -> number 0.5 / Scalar.Max(Scalar.Sqrt x, number 1e-3))
                    )

                LossFixtures.agrees
                    (layer root)
                    (Loss.Define("sum", fun p _ -> p))
                    1
                    [| 0.0; 4.0 |]
                    [| 0.0; 0.0 |]
                    1.0
                    [| 250.0; 0.125 |])
        ]

let private plans =
    testList
        "in plans"
        [
            law 100 "agrees with the oracle" (fun (case: Case) variant f d ->
                let case, _ = withOwn f d case
                let values = Cases.values case case.Seed
                let plan = (gradientPlan case variant case.Rows).Plan
                Expect.isFalse (plan.Graph.Nodes |> Seq.exists isCustom) "is not planned"

                Cases.isStable (Cases.objective case) case.Rows values
                ==> lazy (agrees (Cases.derivation case) plan variant case.Rows values))

            law 40 "agrees with the oracle on products with the Hessian" (fun (case: Case) variant f d ->
                let case, _ = withOwn f d case

                let options =
                    CompileOptions(
                        Input = Option.toNullable case.Input,
                        Width = variant.Width,
                        Fuse = variant.Fuse,
                        Layout = variant.Layout
                    )

                let compiled = Compiler.CompileHessian(case.Network, case.Loss, case.Rows, options)
                let oracle = HessianProduct.Derive compiled.Derived
                let values = withStates oracle case (Cases.values case case.Seed)

                Cases.isStable (Cases.objective case) case.Rows values
                ==> lazy (agrees oracle compiled.Plan variant case.Rows values))

            law 100 "leaves predictions and evaluations the steps they have without it" (fun (case: Case) f d ->
                for given in [ case; withDerivatives case; fst (withOwn f d case) ] do
                    let plain = withoutDerivatives given

                    let steps (case: Case) loss =
                        let compiled = Compiler.CompileInference(case.Network, loss, case.Rows, Cases.options case)

                        string compiled.Plan, compiled.Plan.Buffers.Length, isNull compiled.Preparation

                    Expect.equal (steps given null) (steps plain null) "prediction"
                    Expect.equal (steps given given.Loss) (steps plain plain.Loss) "with its loss")

            law 100 "is erased without a change of values" (fun (case: Case) f d ->
                let case, _ = withOwn f d case
                let values = Cases.values case case.Seed
                let graph = Cases.plainDerivation case
                let erased = Erasure.Erase graph
                Expect.isFalse (erased.Nodes |> Seq.exists isCustom) "erased"
                Expect.equal (expected erased case.Rows values) (expected graph case.Rows values) "the same numbers"
                Expect.isTrue (obj.ReferenceEquals(Erasure.Erase erased, erased)) "nothing left to erase")

            testCase "is verified and trained with" (fun () ->
                let steep =
                    Activation.Define(
                        "steep",
                        (fun x -> Scalar.Step x),
                        (fun x -> number 4.0 * Scalar.Sigmoid(number 4.0 * x) * Scalar.Sigmoid(number -4.0 * x))
                    )

                let network = compose [ Layers.Dense(2, 16); layer steep; Layers.Dense(16, 1); Layers.Sigmoid ]
                let plan = network.CompileTraining<float32>(Loss.BinaryCrossEntropy, Optimizer.Adam 0.02, 16)
                Expect.isTrue (plan.Verify().Passed) (string (plan.Verify()))
                let data = Datasets.Moons(200, 0.1, 1UL)
                let result = plan.Train(data, 30, 5UL)
                let evaluation = result.Model.Evaluate(data, Loss.BinaryCrossEntropy)
                Expect.isGreaterThan evaluation.Accuracy.Value 0.9 "it learns")
        ]

let tests = testList "A derivative of its own" [ asTheTable; asGiven; plans ]
