namespace Functional.FsCheck

open System
open FsCheck
open FsCheck.FSharp
open Functional

/// Generated cases: a network, a loss, a batch's rows, and a seed.
[<RequireQualifiedAccess>]
module GradientCases =
    let private isEmbedding (network: Network) = network :? Network.Embedding

    /// The network behind a Flatten, with the shape of the rows it then takes.
    let private flattened contents (network: Network) =
        gen {
            let! rows = Gen.choose (1, min 3 contents.LargestWidth)
            let! columns = Gen.choose (1, min 4 contents.LargestWidth)
            let! opening = Activations.generate contents

            return
                Network.Compose
                    [
                        Activation.op_Implicit opening
                        Layers.Flatten
                        Layers.Dense(rows * columns, network.InputShape.Count)
                        network
                    ],
                Some(Shape(ReadOnlySpan [| rows; columns |]))
        }

    /// <summary>Networks of every ending with losses that fit.</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">A bound of the contents is too small for anything.</exception>
    [<CompiledName "Generate">]
    let generate (contents: Contents) : Gen<GradientCase> =
        contents.CheckBounds()

        gen {
            let! ending = Gen.elements [ AnyOutput; Regression; Probability; Distribution ]
            let! network = Networks.generate contents ending
            let! loss = Losses.generate contents ending network.OutputShape.Count
            let isPlain = Parts.everything network |> Seq.exists isEmbedding |> not

            let! network, input =
                Gen.frequency
                    [
                        5, Gen.constant (network, None)
                        if isPlain then
                            1, flattened contents network
                    ]

            let! rows = Gen.choose (1, contents.MostRows)
            let! seed = Gen.choose (0, 1_000_000)

            return
                {
                    Network = network
                    Input = input
                    Loss = loss
                    Rows = rows
                    Seed = uint64 seed
                    Decimals = None
                    Check = GradientCheckOptions.Default
                }
        }

    /// Batches of one network and loss, of at most as many rows as the options say, each with a seed.
    [<CompiledName "Of">]
    let of' network loss (options: GradientCheckOptions) : Gen<GradientCase> =
        Gen.map2
            (fun rows (seed: int) ->
                {
                    Network = network
                    Input = Option.ofNullable options.Compilation.Input
                    Loss = loss
                    Rows = rows
                    Seed = uint64 seed
                    Decimals = options.Decimals |> Option.ofNullable
                    Check = options
                })
            (Gen.choose (1, options.Rows))
            (Gen.choose (0, 1_000_000))

    /// Whether sizes fit, something can be trained, and the loss can follow.
    [<CompiledName "IsWellFormed">]
    let isWellFormed (case: GradientCase) =
        let input = Option.toNullable case.Input

        try
            case.Loss.ThrowIfUnfit(case.Network, input)

            case.Network.Describe input |> Seq.exists (fun layer -> layer.ParameterCount > 0L) && case.Rows > 0
        with
        | :? ShapeException
        | :? LossException -> false

    // What gives probabilities must still do so, which nobody knows of an activation by its expression.
    let private keepsProbabilities (case: GradientCase) (smaller: GradientCase) =
        let ends = Parts.ends case.Network

        let allowed =
            ends
            @ [
                for last in ends do
                    match last with
                    | :? Network.Activate as a -> yield! Endings.simpler a.Activation |> List.map Parts.activate
                    | _ -> ()
            ]

        not smaller.Loss.NeedsProbabilities
        || List.forall (fun last -> List.contains last allowed) (Parts.ends smaller.Network)

    let private simplerNumbers case =
        seq {
            match case.Decimals with
            | None -> { case with Decimals = Some 1 }
            | Some decimals when decimals > 1 -> { case with Decimals = Some 1 }
            | Some 1 -> { case with Decimals = Some 0 }
            | Some _ -> ()
        }

    /// Smaller cases: of fewer layers first, then of narrower ones, of fewer rows, of rounder numbers, of simpler layers, and last with a simpler
    /// loss. Of each smaller network there are three, by the case's seed and by the two after it. All are well-formed.
    [<CompiledName "Shrink">]
    let shrink contents (case: GradientCase) : GradientCase seq =
        let withNetwork network = { case with Network = network }
        let drawn = Option.ofNullable case.Check.Decimals

        // At round numbers what is smaller may happen to be right.
        let alsoUnrounded (smaller: GradientCase) =
            if case.Decimals = drawn then
                [ smaller ]
            else
                [ smaller; { smaller with Decimals = drawn } ]

        // A fault in a region of values may be missed by the numbers that one seed draws for a smaller network.
        let atOtherSeeds (smaller: GradientCase) =
            seq {
                for offset in 0UL .. 2UL do
                    yield!
                        alsoUnrounded
                            { smaller with
                                Seed = case.Seed + offset
                            }
            }

        let networks (smaller: Network seq) =
            smaller
            // Another seed alone is nothing smaller.
            |> Seq.filter ((<>) case.Network)
            |> Seq.map withNetwork
            |> Seq.collect atOtherSeeds

        let fewerRows = [ 1; case.Rows - 1 ] |> List.distinct |> List.filter (fun rows -> rows > 0 && rows < case.Rows)

        seq {
            if case.Input.IsSome then
                { case with Input = None }

            yield! networks (NetworkShrinking.fewer case.Network)
            yield! networks (NetworkShrinking.narrower case.Network)
            yield! fewerRows |> Seq.map (fun rows -> { case with Rows = rows }) |> Seq.collect alsoUnrounded
            yield! simplerNumbers case

            yield! networks (NetworkShrinking.simpler contents case.Network)

            yield!
                Losses.shrink case.Loss |> Seq.map (fun loss -> { case with Loss = loss }) |> Seq.collect alsoUnrounded
        }
        |> Seq.filter (fun smaller -> smaller <> case && isWellFormed smaller && keepsProbabilities case smaller)

    /// Generator and shrinker together.
    [<CompiledName "Arbitrary">]
    let arbitrary contents =
        Arb.fromGenShrink (generate contents, shrink contents)

    /// The same for a check of one's own.
    [<CompiledName "ArbitraryFor">]
    let arbitraryFor contents (options: GradientCheckOptions) =
        let generate =
            generate contents
            |> Gen.map (fun case ->
                { case with
                    Check = options
                    Decimals = Option.ofNullable options.Decimals
                })

        Arb.fromGenShrink (generate, shrink contents)
