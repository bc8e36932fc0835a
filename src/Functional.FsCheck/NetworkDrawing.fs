/// Networks that fit by construction, drawn part by part.
module internal Functional.FsCheck.NetworkDrawing

open System
open FsCheck
open FsCheck.FSharp
open Functional
open Parts

let private named =
    [
        Initializer.XavierUniform
        Initializer.XavierNormal
        Initializer.HeUniform
        Initializer.HeNormal
        Initializer.ScaledUniform
        Initializer.Zeros
    ]

let private initializer =
    Gen.oneof
        [
            Gen.elements named
            Gen.choose (-9, 9) |> Gen.map (fun n -> Initializer.Constant(float n / 3.0))
            Gen.choose (-9, 9) |> Gen.map (fun n -> Initializer.Uniform(float n / 7.0, float n / 7.0 + 1e-3))
        ]

let private initializerOr contents =
    if contents.Initializers then
        Gen.frequency [ 2, Gen.constant None; 1, Gen.map Some initializer ]
    else
        Gen.constant None

/// A dense layer; whether it states its inputs is free where they follow from what comes before.
let private denseTo contents width isKnown outputs =
    gen {
        let! isStated = if isKnown then Gen.elements [ true; false ] else Gen.constant true
        let! bias = Gen.frequency [ 3, Gen.constant true; 1, Gen.constant false ]
        let! weights = initializerOr contents
        let! biases = initializerOr contents
        return dense (if isStated then Some width else None) outputs bias weights biases
    }

let private activation contents =
    Activations.generate contents |> Gen.map activate

let private dropout = Gen.choose (1, 9) |> Gen.map (fun tenths -> Layers.Dropout(float tenths / 10.0))

/// With ε so large that derivatives stay tame where a variance is near 0.
let private normalization contents =
    gen {
        let! epsilon = Gen.elements [ 0.05; 0.3; 1.0 ]
        let! affine = Gen.elements [ true; true; false ]
        let! tenths = Gen.choose (1, 10)

        return!
            Gen.elements
                [
                    if contents.BatchNorm then
                        Layers.BatchNorm(float tenths / 10.0, epsilon, affine)
                    Layers.LayerNorm(epsilon, affine)
                ]
    }

/// A network of the contents' own, at a width.
let private own contents index width =
    let place (layer: int -> Network) =
        let network = layer width

        let row = Shape(ReadOnlySpan [| width |])

        if network.WithInput(row).OutputShape <> row then
            invalidArg
                (nameof contents)
                $"Contents.Layers: {network} does not give rows of the width that it takes, {width}. Give networks of equal input and output width."

        // Names in one scope differ.
        if Parts.everything network |> Seq.exists (fun part -> part :? Network.Named) then
            Layers.Named($"own{index}", network)
        else
            network

    Gen.elements contents.Layers |> Gen.map place

/// Parts from one width on, with the width after them; `isKnown` says whether a layer before them has stated it.
let rec private parts contents depth count width isKnown =
    if count = 0 then
        Gen.constant ([], width, isKnown)
    else
        gen {
            let! part, width, isKnown = part contents depth count width isKnown
            let! rest, width, isKnown = parts contents depth (count - 1) width isKnown
            return part :: rest, width, isKnown
        }

and private part contents depth index width isKnown =
    let body = Gen.choose (0, 2) |> Gen.bind (fun count -> parts contents (depth - 1) count width isKnown)

    let toWidth outputs =
        denseTo contents width isKnown outputs |> Gen.map (fun d -> d, outputs, true)

    let residual =
        gen {
            let! inner, after, isKnownAfter = body
            let! last = denseTo contents after isKnownAfter width
            let inner = if after = width then inner else inner @ [ last ]
            return Layers.Residual(Network.Compose inner), width, isKnownAfter || after <> width
        }

    let named =
        gen {
            let! inner, after, isKnownAfter = body
            let! name = Gen.elements [ "encoder"; "head-"; "dense"; "é_." ]
            // The index keeps the names in one scope different.
            return Layers.Named($"{name}{index}", Network.Compose inner), after, isKnownAfter
        }

    let branches =
        gen {
            let! count = Gen.choose (2, 3)
            let! branches = Gen.listOfLength count body
            let inner = branches |> List.map (fun (parts, _, _) -> Network.Compose parts)

            return
                concat inner,
                branches |> List.sumBy (fun (_, after, _) -> after),
                branches |> List.forall (fun (_, _, known) -> known)
        }

    // A layer, something, and the same layer once more.
    let shared =
        gen {
            let tiedDense = dense (Some width) width true None None

            let! last =
                Gen.frequency
                    [
                        2, Gen.constant None
                        1, Gen.map Some (normalization contents)
                        if contents.Dropout then
                            1, Gen.map Some dropout
                    ]

            let inner = Network.Compose(tiedDense :: Option.toList last)
            let! between = activation contents
            let! number = Gen.choose (1, 1_000_000_000)
            let tied = Layers.Shared($"tied{number}", inner)
            return Network.Compose [ tied; between; tied ], width, true
        }

    let kept part =
        part |> Gen.map (fun part -> part, width, isKnown)

    Gen.frequency
        [
            8, Gen.choose (1, contents.LargestWidth) |> Gen.bind toWidth
            8, kept (activation contents)
            1, kept (Gen.constant Layers.Flatten)
            if contents.Dropout then
                1, kept dropout
            2, kept (normalization contents)
            if not contents.Layers.IsEmpty then
                8, kept (own contents index width)
            if depth > 0 then
                4, residual
                2, named

                // Branches in a row would make it three times as wide each time.
                if width <= contents.LargestWidth then
                    2, branches

                1, shared
        ]

/// Networks that fit and state their sizes.
let generate contents ending : Gen<Network> =
    gen {
        let! before = Gen.choose (0, 1)
        let! count = Gen.choose (0, contents.MostParts)
        let! inputs = Gen.choose (1, contents.LargestWidth)
        let! width = Gen.choose (1, contents.LargestWidth)
        let! opening = Gen.listOfLength before (Gen.oneof [ activation contents; Gen.constant Layers.Flatten ])

        let! opening, first =
            Gen.frequency
                [
                    9, denseTo contents inputs false width |> Gen.map (fun first -> opening, [ first ])
                    if contents.Embeddings then
                        1,
                        Gen.choose (2, 5)
                        |> Gen.map (fun count ->
                            [], [ Layers.Embedding(count, inputs, columns = 2); dense None width true None None ])
                ]

        let! middle, width, _ = parts contents 2 count width true

        let! outputs =
            if ending = Distribution then
                Gen.choose (2, max 2 (min 4 contents.LargestWidth))
            else
                Gen.choose (1, min 4 contents.LargestWidth)

        let! last = denseTo contents width true outputs

        let! closing =
            match ending, Endings.activations ending with
            | AnyOutput, _ -> Gen.constant []
            | _, usual :: others ->
                Gen.frequency [ 2, Gen.constant usual; 1, Gen.elements others ]
                |> Gen.map (fun closing -> [ last; activate closing ])
            | _, [] -> Gen.constant [ last ]

        return Network.Compose [ yield! opening; yield! first; yield! middle; yield! closing ]
    }
