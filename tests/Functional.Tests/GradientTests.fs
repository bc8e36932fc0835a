module GradientTests

open System
open System.Collections.Generic
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.FsCheck
open Functional.Gradients
open Functional.Graphs
open Differences
open Cases
open Generators

let private lossOf (graph: Graph) rows values =
    (evaluate graph rows values)[struct (OutputKind.Loss, "")] |> doubles

let private gradientsOf (graph: Graph) rows values =
    let outputs = evaluate graph rows values

    [
        for output in graph.Outputs do
            if output.Kind = OutputKind.Gradient then
                output.Name, doubles outputs[struct (output.Kind, output.Name)]
    ]
    |> Map.ofList

/// Numbers that move all elements of a value at once, so that a derivative along them depends on each; on average of length 1.
let private direction (random: Random) (numbers: float array) =
    Random.normals random numbers.Length |> Array.map (fun x -> x / sqrt (float numbers.Length))

let private moved (numbers: float array) (direction: float array) t =
    Array.map2 (fun x d -> x + t * d) numbers direction

/// The derivative of the case's loss along a random direction in every variable; None where one does not settle. The loss is as
/// lowered, or in its stable form where logarithms are clamped.
let private differences case (random: Random) (values: Values) =
    let lowered = Cases.objective case

    let objective =
        if Cases.isStable lowered case.Rows values then
            lowered
        else
            Simplification.Simplify lowered

    let along (source: Primitive.Source) =
        let direction = direction random values[source]

        let loss t =
            lossOf objective case.Rows (replace source (moved values[source] direction t) values)

        derivative loss |> Option.map (fun d -> source, direction, Array.exactlyOne d)

    let all = Cases.variables case |> List.map along
    if List.forall Option.isSome all then Some(List.map Option.get all) else None

/// Every gradient of the case against differences; false if no point was found at which the loss is differentiable.
let private agrees case =
    let random = Random(int case.Seed)

    match Cases.retry case (fun values -> differences case random values |> Option.map (fun d -> values, d)) with
    | None -> false
    | Some(values, differences) ->
        let stages =
            [
                "derived", Cases.derivation case
                if Cases.isStable (Cases.objective case) case.Rows values then
                    "plain", Cases.plainDerivation case
            ]

        for stage, graph in stages do
            let gradients = gradientsOf graph case.Rows values

            Expect.isEmpty
                (Seq.except (gradients |> Map.keys) (differences |> Seq.map (fun (source, _, _) -> source.Name)))
                "every parameter and the input have a gradient"

            for source, direction, expected in differences do
                expectClose
                    ToleranceTable.differences
                    [| dot gradients[source.Name] direction |]
                    [| expected |]
                    $"{stage} ∂L/∂{source.Name} {source.Shape} along a random direction"

        true

let inline private (>>>) (first: Network) (next: Network) = first.Then next

let private case network loss input =
    { Cases.of' network loss 3 0 with
        Input = input
    }

let private holds count name network loss input =
    law count name (fun seed ->
        agrees
            { case network loss input with
                Seed = seed
            }
        ==> true)

let private layers =
    let dense (inputs: int) (outputs: int) = Layers.Dense(inputs, outputs)
    let image = Some(Shape(ReadOnlySpan [| 2; 3 |]))

    testList
        "equal differences"
        [
            law 300 "in generated networks without kinks" (fun (SmoothCase case) -> agrees case ==> true)
            law 300 "in generated networks with kinks" (fun (case: Case) -> agrees case ==> true)

            for activation in Activation.BuiltIns do
                let network = Network.Compose [ dense 3 4; Activation.op_Implicit activation; dense 4 2 ]
                holds 5 $"through {activation}" network Loss.MeanSquaredError None

            for loss in
                [
                    Loss.MeanSquaredError
                    Loss.MeanAbsoluteError
                    Loss.Huber
                    Loss.HuberWith 0.3
                    Loss.Define("defined", fun p y -> Scalar.Softplus(p * y) + Scalar.Abs(p - y))
                ] do
                holds 5 $"of {loss}" (dense 3 2) loss None

            holds 5 "of BinaryCrossEntropy" (dense 3 2 >>> Layers.Sigmoid) Loss.BinaryCrossEntropy None
            holds 5 "of CrossEntropy" (dense 3 4 >>> Layers.Softmax) Loss.CrossEntropy None
            holds 5 "of CrossEntropy of log-softmax" (dense 3 4 >>> Layers.LogSoftmax) Loss.CrossEntropy None

            holds
                5
                "of CrossEntropyOfProbabilities"
                (dense 3 4 >>> Layers.Softmax)
                Loss.CrossEntropyOfProbabilities
                None

            let weights = [| 1.0; 0.5; 3.0; 0.0 |]

            for loss in
                [
                    Loss.CrossEntropyWith 0.1
                    Loss.CrossEntropyWith(0.0, ReadOnlySpan weights)
                    Loss.CrossEntropyWith(0.3, ReadOnlySpan weights)
                    Loss.CrossEntropyOfProbabilitiesWith(0.3, ReadOnlySpan weights)
                ] do
                holds 5 $"of {loss}" (dense 3 4 >>> Layers.Softmax) loss None

            holds 5 "without a bias" (Layers.Dense(3, 2, bias = false)) Loss.MeanSquaredError None
            holds 5 "through Flatten" (Layers.Flatten >>> dense 6 2) Loss.MeanSquaredError image
            holds 5 "through Residual" (Layers.Residual(dense 3 3 >>> Layers.Tanh)) Loss.MeanSquaredError None
            holds 5 "through nothing" Layers.Relu Loss.MeanSquaredError image
            holds 5 "through Softmax over columns" Layers.Softmax Loss.MeanSquaredError image
        ]

/// ⟨∂L/∂ all variables, given directions⟩ of a gradient graph.
let private alongGiven (gradients: Graph) (variables: Primitive.Source list) =
    let builder = GraphBuilder.From gradients

    let terms =
        [
            for source in variables do
                let direction = builder.Source(SourceKind.Given, source.Name, source.Shape)
                let product = builder.Product(gradients.Output(OutputKind.Gradient, source.Name), direction)
                builder.SumTo(product, Shape.Scalar)
        ]

    let sum = Seq.fold (fun a b -> builder.Sum(a, b)) (builder.Constant 0.0) terms
    Graph.Of [ GraphOutput(OutputKind.Loss, "", sum) ]

let private hessian case =
    let random = Random(int case.Seed)
    let gradients = Cases.derivation case
    let variables = Cases.variables case
    let product = alongGiven gradients variables
    let second = ReverseMode.Differentiate(product, product.Output OutputKind.Loss, nodesOf product variables)
    let simplified = Simplification.Simplify second

    let concatenated (gradients: Map<string, float array>) =
        variables |> List.toArray |> Array.collect (fun source -> gradients[source.Name])

    let attempt (values: Values) =
        let directions = variables |> List.map (fun source -> source, direction random values[source])

        let gradient t =
            directions
            |> List.fold (fun (at: Values) (source, d) -> replace source (moved values[source] d t) at) values
            |> gradientsOf gradients case.Rows
            |> concatenated

        derivativeWithin ToleranceTable.settledSecond gradient
        |> Option.map (fun expected -> values, directions, expected)

    match Cases.retry case attempt with
    | None -> false
    | Some(values, directions, expected) ->
        let all = Dictionary values

        for source, direction in directions do
            all[Primitive.Source(SourceKind.Given, source.Name, source.Shape)] <- direction

        for graph in [ second; simplified ] do
            let actual = gradientsOf graph case.Rows all |> concatenated
            expectClose ToleranceTable.secondDifferences actual expected "the Hessian along a random direction"

        true

/// The numbers of one row of a batch.
let private rowOf rows row (numbers: float array) =
    Array.sub numbers (row * numbers.Length / rows) (numbers.Length / rows)

let private sumsRows (case: Case) =
    let graph = Cases.derivation case
    let values = Cases.values case case.Seed
    let batch = gradientsOf graph case.Rows values

    let single =
        [
            for row in 0 .. case.Rows - 1 do
                let own =
                    [
                        for KeyValue(source, numbers) in values do
                            source, (if source.Shape.HasBatch then rowOf case.Rows row numbers else numbers)
                    ]

                gradientsOf graph 1 (dict own |> Dictionary)
        ]

    for KeyValue(name, actual) in batch do
        let parts = single |> List.map (fun gradients -> gradients[name])

        let expected = if name = "x" then Array.concat parts else parts |> List.reduce (Array.map2 (+))

        let expected = expected |> Array.map (fun g -> g / float case.Rows)
        let size = parts |> Seq.collect id |> Seq.map abs |> Seq.fold max 1.0

        for i in 0 .. actual.Length - 1 do
            if not (abs (actual[i] - expected[i]) <= size * ToleranceTable.reordering) then
                failtest $"∂L/∂{name}, element {i}: got {actual[i]:R}, the rows give {expected[i]:R}"

let private sums =
    law 100 "of a batch's mean loss is the mean of single rows' gradients" (fun (case: Case) ->
        Cases.isRowwise case.Network ==> lazy (sumsRows case))


let tests =
    testList
        "Gradients"
        [
            layers
            testList
                "of gradients"
                [ law 100 "equal differences of gradients" (fun (SmoothCase case) -> hessian case ==> true) ]
            sums
        ]
