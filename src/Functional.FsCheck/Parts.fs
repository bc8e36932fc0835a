/// What networks are made of, taken apart and put together again.
module internal Functional.FsCheck.Parts

open System
open Functional

/// The networks inside a network, in order of application; none in a layer.
let children (network: Network) : Network list =
    match network with
    | :? Network.Sequence as s -> List.ofSeq s.Parts
    | :? Network.Concat as c -> List.ofSeq c.Branches
    | :? Network.Residual as r -> [ r.Body ]
    | :? Network.Named as n -> [ n.Body ]
    | :? Network.Shared as s -> [ s.Body ]
    | _ -> []

/// The network itself and all inside it.
let rec everything (network: Network) : Network seq =
    seq {
        network
        yield! children network |> Seq.collect everything
    }

let concat (branches: Network seq) =
    Layers.Concat(ReadOnlySpan(Array.ofSeq branches))

/// A network's inside changed.
let rebuild (change: Network -> Network) (network: Network) : Network =
    match network with
    | :? Network.Sequence as s -> Network.Compose(Seq.map change s.Parts)
    | :? Network.Concat as c -> concat (Seq.map change c.Branches)
    | :? Network.Residual as r -> Layers.Residual(change r.Body)
    | :? Network.Named as n -> Layers.Named(n.Name, change n.Body)
    | :? Network.Shared as s -> Layers.Shared(s.Name, change s.Body)
    | other -> other

/// A network, unless its sizes do not fit.
let attempt (build: unit -> Network) : Network option =
    try
        Some(build ())
    with
    | :? ShapeException
    | :? ArgumentException -> None

let dense (inputs: int option) (outputs: int) bias (weights: Initializer option) (biases: Initializer option) =
    match inputs with
    | Some inputs -> Layers.Dense(inputs, outputs, bias, Option.toObj weights, Option.toObj biases)
    | None -> Layers.Dense(outputs, bias, Option.toObj weights, Option.toObj biases)

let activate (activation: Activation) : Network = Activation.op_Implicit activation

/// The same network, built anew, with every width mapped.
let rec mapWidths (map: int -> int) (network: Network) : Network =
    match network with
    | :? Network.Dense as d ->
        let inputs = d.Inputs |> Option.ofNullable |> Option.map map
        dense inputs (map d.Outputs) d.HasBias (Option.ofObj d.Weights) (Option.ofObj d.Biases)
    | :? Network.Embedding as e -> Layers.Embedding(e.Count, map e.Size, e.Columns, e.Weights)
    | :? Network.Activate as a -> activate a.Activation
    | :? Network.BatchNorm as n -> Layers.BatchNorm(n.Momentum, n.Epsilon, n.IsAffine)
    | :? Network.LayerNorm as n -> Layers.LayerNorm(n.Epsilon, n.IsAffine)
    | other -> rebuild (mapWidths map) other

/// The layers whose outputs are the network's; what changes nothing but the shape is passed over.
let rec ends (network: Network) : Network list =
    match network with
    | :? Network.Sequence as s ->
        s.Parts |> Seq.rev |> Seq.map ends |> Seq.tryFind (List.isEmpty >> not) |> Option.defaultValue []
    | :? Network.Concat as c -> c.Branches |> Seq.collect ends |> List.ofSeq
    | :? Network.Named
    | :? Network.Shared -> children network |> List.collect ends
    | :? Network.Flatten -> []
    | other -> [ other ]
