/// A network against its parts, one applied after the other.
module internal Functional.FsCheck.Composition

open System
open System.Collections.Generic
open Functional

/// Roundings of float64, magnified by what a prediction folds together (a normalization and the layer before it).
let private tolerance = 1e-9

let private compose (networks: Network list) = Network.Compose networks

/// Where composition is not associative, or Identity not its unit, as messages: every way to cut the network into three.
let asValues (network: Network) =
    let layers = List.ofSeq network.Layers

    let equal what (composed: Network) =
        [
            if composed <> network || string composed <> string network then
                $"{what} is {composed}, not {network}"
        ]

    [
        yield! equal "Identity >> network" (Network.Identity.Then network)
        yield! equal "network >> Identity" (network.Then Network.Identity)

        for i in 0 .. layers.Length do
            for j in i .. layers.Length do
                let a, b, c = compose layers[.. i - 1], compose layers[i .. j - 1], compose layers[j..]
                yield! equal $"(a >> b) >> c, cut at {i} and {j}," ((a.Then b).Then c)
                yield! equal $"a >> (b >> c), cut at {i} and {j}," (a.Then(b.Then c))
    ]

let private rowOf (features: Tensor<float>) =
    Shape(ReadOnlySpan(features.Shape.Dimensions.Slice(1).ToArray()))

let private predict (network: Network) (parameters: Parameters<float>) (features: Tensor<float>) =
    let rows = features.Shape[Index 0]
    let input = rowOf features
    let plan = network.CompileInference<float>(rows, CompileOptions(Input = input))
    let outputs = Array.zeroCreate<float>(rows * plan.OutputShape.Count)
    plan.Predict(parameters, features.Data, Span outputs)
    Tensor<float>(plan.OutputShape.WithBatch().ForRows rows, ReadOnlySpan outputs)

/// Where predictions of the whole are not those of its parts one after the other, as messages.
let asPredictions (point: GradientPoint) =
    let whole = point.Network.Describe(Nullable point.InputShape)

    let rec apply parts (places: LayerInfo list) (features: Tensor<float>) =
        match parts with
        | [] -> features
        | (part: Network) :: rest ->
            let own = List.ofSeq (part.Describe(Nullable(rowOf features)))

            // A part's paths are its own; its layers are the whole's, in order.
            let parameters =
                [
                    for layer, place in List.zip own (List.truncate own.Length places) do
                        for parameter, named in Seq.zip layer.Parameters place.Parameters do
                            KeyValuePair(parameter.Path, point.Parameters[named.Path])
                ]
                |> List.distinctBy _.Key

            apply rest (List.skip own.Length places) (predict part (Parameters<float> parameters) features)

    let layers = List.ofSeq point.Network.Layers
    let cut = layers.Length / 2

    let parts = [ layers[.. cut - 1]; layers[cut..] ] |> List.filter (List.isEmpty >> not) |> List.map compose

    let together = (predict point.Network point.Parameters point.Features).Data.ToArray()
    let apart = (apply parts (List.ofSeq whole) point.Features).Data.ToArray()
    let size = together |> Seq.map abs |> Seq.fold max 1.0

    [
        for i in 0 .. together.Length - 1 do
            if not (abs (together[i] - apart[i]) <= size * tolerance) then
                $"prediction {i}: the network gives {together[i]:R}, its parts one after the other give {apart[i]:R}"
    ]
