namespace Functional.FsCheck

open FsCheck
open FsCheck.FSharp
open Functional

/// Generated networks: they fit, state their sizes, and shrink to networks that do.
[<RequireQualifiedAccess>]
module Networks =
    let private endsIn ending (network: Network) =
        match ending, List.rev (List.ofSeq network.Layers) with
        | AnyOutput, _ -> true
        | Regression, (:? Network.Dense) :: _ -> true
        | (Probability | Distribution), (:? Network.Activate as last) :: (:? Network.Dense as d) :: _ ->
            List.contains last.Activation (Endings.activations ending) && (ending = Probability || d.Outputs >= 2)
        | _ -> false

    /// Whether a network fits, has a dense layer, states its sizes and ends so.
    [<CompiledName "IsWellFormed">]
    let isWellFormed ending (network: Network) =
        try
            network.Describe() |> Seq.exists (fun layer -> layer.Layer :? Network.Dense) && endsIn ending network
        with :? ShapeException ->
            false

    /// <summary>
    /// Networks with at least one dense layer: an opening, parts as contents allow them, and an ending. In them are skip connections,
    /// branches, named and shared networks.
    /// </summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">A bound of the contents is too small for anything.</exception>
    [<CompiledName "Generate">]
    let generate (contents: Contents) ending : Gen<Network> =
        contents.CheckBounds()
        NetworkDrawing.generate contents ending

    /// Smaller networks that end so: first those of fewer layers, then those of narrower ones, then those of simpler ones.
    [<CompiledName "Shrink">]
    let shrink contents ending (network: Network) : Network seq =
        seq {
            yield! NetworkShrinking.fewer network
            yield! NetworkShrinking.narrower network
            yield! NetworkShrinking.simpler contents network
        }
        |> Seq.filter (fun smaller -> smaller <> network && isWellFormed ending smaller)

    /// Generator and shrinker together.
    [<CompiledName "Arbitrary">]
    let arbitrary contents ending =
        Arb.fromGenShrink (generate contents ending, shrink contents ending)

    /// <summary>The same network, built anew, with every stated width mapped, sizes of embeddings included.</summary>
    /// <exception cref="T:Functional.ShapeException">The widths no longer fit.</exception>
    [<CompiledName "MapWidths">]
    let mapWidths (map: int -> int) (network: Network) : Network = Parts.mapWidths map network
