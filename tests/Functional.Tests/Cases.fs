/// Generated networks with a loss and numbers to evaluate them on.
module internal Cases

open System
open System.Collections.Generic
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.FsCheck
open Functional.Gradients
open Functional.Graphs
open Functional.Plans
open Differences
open Generators

/// A network, a loss that fits it, and what to evaluate them on.
type Case = GradientCase

/// How a plan is made and run.
type Variant =
    {
        Width: VectorWidth
        Fuse: bool
        Layout: LayoutPolicy
    }


let widths = [ VectorWidth.Bits512; VectorWidth.Bits256; VectorWidth.Bits128 ]

/// A case without kinks.
type SmoothCase = SmoothCase of Case

module Cases =
    /// A case with nothing special about it.
    let of' network loss rows (seed: int) : Case =
        {
            Network = network
            Input = None
            Loss = loss
            Rows = rows
            Seed = uint64 seed
            Decimals = None
            Check = GradientCheckOptions.Default
        }

    let options (case: Case) =
        CompileOptions(Input = Option.toNullable case.Input)

    let inferenceOf (case: Case) =
        LayerInference.Complete(case.Network, Option.toNullable case.Input)

    /// Every parameter and the input: what gradients are taken by.
    let variables case =
        let inference = inferenceOf case

        [
            for parameter in inference.Parameters do
                if parameter.IsTrainable then
                    Primitive.Source(SourceKind.Parameter, parameter.Path, parameter.Shape)
            if not inference.IndexLimit.HasValue then
                Primitive.Source(SourceKind.Features, Lowering.InputName, inference.Input.Value.WithBatch())
        ]

    let prediction case =
        Lowering.Lower(inferenceOf case, LayerMode.Training)

    /// What a trained network predicts.
    let trainedPrediction case =
        Lowering.Lower(inferenceOf case, LayerMode.Inference)

    /// The loss of the prediction, as lowered: the function whose derivatives are in question.
    let objective case = case.Loss.Append(prediction case)

    /// The derivation as the compiler makes it: loss, and the gradient by every parameter and the input.
    let derivation case =
        Compiler.CompileGradient(case.Network, case.Loss, case.Rows, options case).Derived

    /// The same without any simplification.
    let plainDerivation case =
        let objective = objective case
        ReverseMode.Differentiate(objective, objective.Output OutputKind.Loss, nodesOf objective (variables case))

    /// A graph that leaves running statistics as they are.
    let withoutStatistics (graph: Graph) =
        Graph.Of(graph.Outputs |> Seq.filter (fun output -> output.Kind <> OutputKind.UpdatedStatistic))

    /// Whether what becomes of a row depends on no other row, and not on which it is.
    let rec isRowwise (network: Network) =
        match network with
        | :? Network.BatchNorm -> false
        | :? Network.Dropout as dropout -> dropout.Rate = 0.0
        | _ -> NetworkWalk.Parts network |> Seq.forall isRowwise

    let private target (loss: Loss) (shape: Shape) (random: Random) rows =
        let width = shape[Index.FromEnd 1]

        match loss.Target with
        | TargetKind.ClassIndex -> Array.init rows (fun _ -> float (random.Next width))
        | TargetKind.Probabilities ->
            [|
                for _ in 1..rows do
                    let weights = Array.init width (fun _ -> random.NextDouble())
                    yield! weights |> Array.map (fun w -> w / Array.sum weights)
            |]
        | _ when loss.NeedsProbabilities ->
            Array.init (rows * shape.Count) (fun _ ->
                match random.Next 4 with
                | 0 -> random.NextDouble()
                | n -> float (n % 2))
        | _ -> Random.normals random (rows * shape.Count)

    /// Numbers for every source, none of them special: normal features, weights scaled to their fan-in, small biases.
    let values (case: Case) (seed: uint64) : Values =
        let random = Random(int seed)
        let values = Dictionary()
        let scale = 0.5 + random.NextDouble()

        // A loss need not depend on everything.
        for source in List.distinct (variables case @ Lowering.Input(inferenceOf case) :: sources (objective case)) do
            let count = source.Shape.Count

            values[source] <-
                match source.Kind with
                | SourceKind.Targets -> target case.Loss (inferenceOf case).Output.Value random case.Rows
                | SourceKind.Features ->
                    match Option.ofNullable (inferenceOf case).IndexLimit with
                    | Some limit -> Array.init (case.Rows * count) (fun _ -> float (random.Next limit))
                    | None -> Random.normals random (case.Rows * count)
                // Running variances are positive.
                | SourceKind.Statistic -> Array.init count (fun _ -> 0.5 + random.NextDouble())
                | _ when source.Shape.Rank = 2 ->
                    Random.normals random count |> Array.map (fun w -> scale * w / sqrt (float source.Shape[0]))
                | _ -> Random.normals random count |> Array.map ((*) 0.3)

        values

    /// The model that values stand for.
    let modelOf (case: Case) (values: Values) =
        let parameters =
            [
                for info in (inferenceOf case).Parameters do
                    let kind = if info.IsTrainable then SourceKind.Parameter else SourceKind.Statistic

                    let numbers =
                        match values.TryGetValue(Primitive.Source(kind, info.Path, info.Shape)) with
                        | true, numbers -> numbers
                        // A statistic that training does not read.
                        | _ -> Array.create info.Shape.Count 1.0

                    KeyValuePair(info.Path, Tensor<float>(info.Shape, ReadOnlySpan numbers))
            ]

        Model<float>((inferenceOf case).Network, Parameters<float> parameters, options case)

    let private numbersOf kind (values: Values) =
        values.Keys |> Seq.filter (fun source -> source.Kind = kind) |> Seq.map (fun source -> values[source])

    let featuresOf values =
        numbersOf SourceKind.Features values |> Seq.exactlyOne

    let targetsOf values =
        numbersOf SourceKind.Targets values |> Seq.exactlyOne

    /// The first values, of several drawn by the case's seed, for which an attempt succeeds; the case is rejected if none is.
    let retry (case: Case) (attempt: Values -> 'a option) : 'a option =
        seq { 0..9 } |> Seq.tryPick (fun i -> attempt (values case (case.Seed + 7919UL * uint64 i)))

    /// Whether a graph as lowered is evaluated where it is stable: no logarithm of a probability near 0.
    let isStable (graph: Graph) rows values =
        let all = evaluateAll graph rows values

        graph.Nodes
        |> Seq.forall (fun node ->
            match node.Primitive with
            | :? Primitive.Unary as unary when unary.Function = UnaryFunction.SafeLog ->
                all[node.Inputs[0]] |> Array.forall (fun p -> p >= ToleranceTable.saturation)
            | _ -> true)

type CaseArbitraries =
    static member Case() = GradientCases.arbitrary Contents.Kinked

    static member SmoothCase() =
        GradientCases.arbitrary Contents.Smooth |> Arb.convert SmoothCase (fun (SmoothCase case) -> case)

    static member Variant() =
        gen {
            let! width = Gen.elements widths
            let! fuse = Gen.elements [ true; false ]
            let! layout = Gen.elements [ LayoutPolicy.Cheapest; LayoutPolicy.RowMajor; LayoutPolicy.FeatureMajor ]

            return
                {
                    Width = width
                    Fuse = fuse
                    Layout = layout
                }
        }
        |> Arb.fromGen

    static member Optimizer() = Arb.fromGen Optimizers.generate

/// A law over cases and all that is generated of networks.
let law count name (property: 'a -> 'b) =
    ToleranceTable.lawOf [ typeof<CaseArbitraries>; typeof<Arbitraries> ] count name property
