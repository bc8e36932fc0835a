/// Gradient checks of generated cases, and gradients with a fault planted for tests of what finds faults.
module internal GradientFixtures

open System
open System.Collections.Generic
open Functional
open Functional.FsCheck
open Functional.Execution
open Functional.Gradients
open Functional.Graphs
open Cases

let inline (>>>) (first: Network) (next: Network) = first.Then next

let mse = Loss.MeanSquaredError
let dense (inputs: int) (outputs: int) = Layers.Dense(inputs, outputs)

let checkOf (case: Case) (options: GradientCheckOptions) =
    let options =
        GradientCheckOptions(
            Seed = uint64 case.Seed,
            Rows = case.Rows,
            RelativeTolerance = options.RelativeTolerance,
            AbsoluteTolerance = options.AbsoluteTolerance,
            Mode = options.Mode,
            Plan = options.Plan,
            Gradient = options.Gradient,
            Compilation = Cases.options case
        )

    GradientCheck.Check(case.Network, case.Loss, options)



/// A table of rules that differs from the right one where `fault` says so.
let ruleWith (fault: GraphBuilder -> Node -> Node -> (Node | null) array option) =
    ReverseMode.Rule(fun builder node cotangent ->
        fault builder node cotangent |> Option.defaultWith (fun () -> VjpRules.Pull(builder, node, cotangent)))

/// The gradient that a table of rules derives, by the oracle.
let derivedBy (rule: ReverseMode.Rule) =
    GradientFunction(fun point ->
        let inference = LayerInference.Complete(point.Network, Nullable point.InputShape)
        let trained = inference.Parameters |> Seq.filter _.IsTrainable |> List.ofSeq
        let lowered = point.Loss.Append(Lowering.Lower(inference, point.Mode))
        let objective = Simplification.Simplify lowered
        let builder = GraphBuilder.From objective

        let sources =
            [
                for info in trained do
                    builder.Source(SourceKind.Parameter, info.Path, info.Shape)
                if not inference.IndexLimit.HasValue then
                    builder.Source(SourceKind.Features, Lowering.InputName, inference.Input.Value.WithBatch())
            ]

        let gradient = ReverseMode.Differentiate(objective, objective.Output OutputKind.Loss, sources, rule)

        let values =
            ReferenceInterpreter.Evaluate(gradient, point.Rows, Functional.Checking.Subject.ValuesAt point, point.Key)

        let input =
            if inference.IndexLimit.HasValue then
                null
            else
                values[struct (OutputKind.Gradient, Lowering.InputName)]

        Gradient<float>(
            values[struct (OutputKind.Loss, "")].Data[0],
            Parameters<float>
                [
                    for info in trained do
                        KeyValuePair(info.Path, values[struct (OutputKind.Gradient, info.Path)])
                ],
            input
        ))

let private isParameter (node: Node) =
    match node.Primitive with
    | :? Primitive.Source as source -> source.Kind = SourceKind.Parameter
    | _ -> false

/// y = a·b without the transpose of b in ā = ȳ·bᵀ; sizes hide it unless b is square.
let swappedTranspose =
    ruleWith (fun g y dy ->
        match y.Primitive with
        | :? Primitive.MatMul as product when
            not product.TransposeLeft
            && not product.TransposeRight
            && y.Inputs[1].Shape[Index 0] = y.Inputs[1].Shape[Index 1]
            ->
            Some [| g.MatMul(dy, y.Inputs[1]); g.MatMul(y.Inputs[0], dy, true) |]
        | _ -> None)

/// y = u + b without b̄.
let droppedBias =
    ruleWith (fun _ y dy ->
        match y.Primitive with
        | :? Primitive.Binary as sum when
            sum.Function = BinaryFunction.Add
            && (y.Inputs[0].Primitive :? Primitive.MatMul)
            && (y.Inputs[1].Primitive :? Primitive.Broadcast)
            && isParameter y.Inputs[1].Inputs[0]
            ->
            Some [| dy; null |]
        | _ -> None)

/// Batch normalization as if the batch's variance were a constant.
let forgottenVariance =
    ruleWith (fun _ y _ ->
        match y.Primitive with
        | :? Primitive.Unary as root when root.Function = UnaryFunction.Sqrt && y.Origin.Contains "batchnorm" ->
            Some [| null |]
        | _ -> None)

/// GELU with the derivative that its author would have without the factor 1/√2 of the inner function.
let wrongGelu =
    let half = Scalar.Constant 0.5 :> Scalar
    let one = Scalar.Constant 1.0 :> Scalar
    let inner (x: Scalar) = x * Scalar.op_Implicit (1.0 / sqrt 2.0)
    let cumulative x = half * (one + Scalar.Erf(inner x))

    let density (x: Scalar) =
        Scalar.op_Implicit (1.0 / sqrt Math.PI) * Scalar.Exp(-(Scalar.Square(inner x)))

    Activation.Define("gelu", (fun x -> x * cumulative x), (fun x -> cumulative x + x * density x))
