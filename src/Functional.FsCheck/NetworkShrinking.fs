/// Smaller networks: of fewer layers, of narrower ones, of simpler ones. Each is a network, though not yet known to fit whole.
module internal Functional.FsCheck.NetworkShrinking

open System
open Functional
open Parts

/// The network with one of its children replaced.
let private withChild index (replacement: Network) (network: Network) =
    let mutable position = -1

    attempt (fun () ->
        network
        |> rebuild (fun child ->
            position <- position + 1
            if position = index then replacement else child))

/// The network with the body of all that is shared under a name replaced.
let rec private withShared name (body: Network) (network: Network) : Network =
    match network with
    | :? Network.Shared as s when s.Name = name -> Layers.Shared(name, body)
    | other -> rebuild (withShared name body) other

/// What a change of shared bodies makes of the network: everywhere at once, or their shapes would differ.
let private sharedChanged (change: Network -> Network seq) (network: Network) =
    seq {
        for shared in everything network |> Seq.choose tryUnbox<Network.Shared> |> Seq.distinct do
            for smaller in change shared.Body do
                yield! attempt (fun () -> withShared shared.Name smaller network) |> Option.toList
    }

/// What a change of one layer, anywhere but inside what is shared, makes of the network.
let rec private layerChanged (change: Network -> Network seq) (network: Network) : Network seq =
    match network with
    | :? Network.Shared -> Seq.empty
    | _ when children network |> List.isEmpty -> change network
    | _ ->
        children network
        |> Seq.indexed
        |> Seq.collect (fun (i, child) ->
            layerChanged change child |> Seq.choose (fun changed -> withChild i changed network))

let rec private withoutOne (network: Network) : Network seq =
    let parts = List.ofSeq network.Layers

    let replaceAt index (replacement: Network list) =
        attempt (fun () ->
            parts
            |> List.mapi (fun i part -> if i = index then replacement else [ part ])
            |> List.concat
            |> Network.Compose)

    seq {
        for i in 0 .. parts.Length - 1 do
            replaceAt i []

        for i in 0 .. parts.Length - 1 do
            for child in children parts[i] do
                replaceAt i [ child ]

        for i in 0 .. parts.Length - 1 do
            if not (parts[i] :? Network.Shared) then
                for j, child in List.indexed (children parts[i]) do
                    for smaller in withoutOne child do
                        withChild j smaller parts[i] |> Option.bind (fun part -> replaceAt i [ part ])
    }
    |> Seq.choose id

/// Without a dense layer, its two widths become one.
let private withoutDense (network: Network) : Network seq =
    seq {
        let parts = List.ofSeq network.Layers

        let mapped i map =
            attempt (fun () -> parts |> List.removeAt i |> List.map (mapWidths map) |> Network.Compose)

        for i in 0 .. parts.Length - 1 do
            match parts[i] with
            | :? Network.Dense as d when d.Inputs.HasValue && d.Inputs.Value <> d.Outputs ->
                let inputs = d.Inputs.Value
                mapped i (fun width -> if width = d.Outputs then inputs else width)
                mapped i (fun width -> if width = inputs then d.Outputs else width)
            | _ -> ()
    }
    |> Seq.choose id

let private widths (network: Network) =
    everything network
    |> Seq.collect (fun part ->
        match part with
        | :? Network.Dense as d -> Seq.append (d.Inputs |> Option.ofNullable |> Option.toList) [ d.Outputs ]
        | :? Network.Embedding as e -> [ e.Size ]
        | _ -> [])
    |> Seq.distinct
    |> Seq.sortDescending

let rec private unstated (network: Network) : Network =
    match network with
    | :? Network.Dense as d -> dense None d.Outputs d.HasBias (Option.ofObj d.Weights) (Option.ofObj d.Biases)
    | other -> rebuild unstated other

let private isEmbedding (network: Network) = network :? Network.Embedding

/// The network without stated inputs, where they are sums or multiples of other widths and would not follow them.
let private loosened (network: Network) =
    if
        everything network |> Seq.exists (fun part -> part :? Network.Concat || isEmbedding part)
        && everything network
           |> Seq.exists (function
               | :? Network.Dense as d -> d.Inputs.HasValue
               | _ -> false)
    then
        attempt (fun () -> unstated network)
    else
        None

let private inputOf (network: Network) =
    try
        Some network.InputShape
    with :? ShapeException ->
        None

/// What is made of the network, of it with every input stated, so that none is lost with the layer before, and of it without stated
/// inputs, which are then inferred from its own.
let private alsoRestated (make: Network -> Network seq) (input: Shape -> Shape) (network: Network) =
    seq {
        yield! make network

        match inputOf network with
        | None -> ()
        | Some row ->
            let stated = network.WithInput row

            if stated <> network then
                yield! make stated

            for loose in Option.toList (loosened network) do
                for made in make loose do
                    yield! attempt (fun () -> made.WithInput(input row)) |> Option.toList
    }

/// Networks of fewer layers, or with less around them.
let fewer (network: Network) : Network seq =
    network
    |> alsoRestated
        (fun network ->
            seq {
                yield! withoutOne network
                yield! withoutDense network
                yield! sharedChanged withoutOne network
            })
        id

/// Networks with fewer features in every layer of one width.
let narrower (network: Network) : Network seq =
    seq {
        for width in widths network do
            for smaller in List.distinct [ 1; 2; width - 1 ] do
                if smaller > 0 && smaller < width then
                    let map w = if w = width then smaller else w

                    let input (row: Shape) =
                        if row.Rank = 1 && not (everything network |> Seq.exists isEmbedding) then
                            Shape(ReadOnlySpan [| map row.Count |])
                        else
                            row

                    yield!
                        network
                        |> alsoRestated
                            (fun network -> attempt (fun () -> mapWidths map network) |> Option.toList |> Seq.ofList)
                            input
    }

let private simplerLayer contents (layer: Network) : Network seq =
    seq {
        match layer with
        | :? Network.Dense as d ->
            let inputs = Option.ofNullable d.Inputs

            if not (isNull d.Weights) || not (isNull d.Biases) then
                dense inputs d.Outputs d.HasBias None None

            if not d.HasBias then
                dense inputs d.Outputs true (Option.ofObj d.Weights) (Option.ofObj d.Biases)
        | :? Network.Embedding as e ->
            // Any numbers in place of whole ones.
            Layers.Dense(e.Columns, e.Columns * e.Size)

            if not (isNull e.Weights) then
                Layers.Embedding(e.Count, e.Size, e.Columns)
        | :? Network.Activate as a -> yield! Activations.shrink contents a.Activation |> Seq.map activate
        | _ -> ()
    }

/// The name of something shared that was numbered.
let private plainName = "tied"

let rec private renamed oldName (network: Network) : Network =
    match network with
    | :? Network.Shared as s when s.Name = oldName -> Layers.Shared(plainName, renamed oldName s.Body)
    | other -> rebuild (renamed oldName) other

/// Networks with a simpler activation, with default initializers, with a bias, with a plain name.
let simpler contents (network: Network) : Network seq =
    seq {
        yield! layerChanged (simplerLayer contents) network
        yield! sharedChanged (layerChanged (simplerLayer contents)) network

        let names = everything network |> Seq.choose tryUnbox<Network.Shared> |> Seq.map _.Name |> set

        if not (names.Contains plainName) then
            for name in names do
                renamed name network
    }
