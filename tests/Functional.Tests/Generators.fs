/// Generated networks with a shrinker, and the Arbitrary instances of everything generated. Networks fit by construction, state
/// their sizes, and shrink to networks that do.
module Generators

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open ScalarGenerators

/// How a generated network ends, so that a loss can follow.
type Ending =
    | AnyOutput
    /// In a dense layer: for MSE, MAE, Huber.
    | Regression
    /// In a sigmoid: for binary cross-entropy.
    | Probability
    /// In a softmax over at least two classes: for cross-entropy.
    | Distribution

module Networks =
    let private dense inputs (outputs: int) bias weights biases =
        Network.Dense(Option.toNullable inputs, outputs, bias, Option.toObj weights, Option.toObj biases) :> Network

    let private layer (activation: Activation) =
        Activation.op_Implicit activation: Network

    let private initializer =
        Gen.oneof
            [
                Gen.elements (List.ofSeq Initializer.Named)
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
        Activations.generate contents |> Gen.map layer

    let private dropout contents =
        if contents.Random then
            Gen.choose (0, 9) |> Gen.map (fun tenths -> Layers.Dropout(float tenths / 10.0))
        else
            Gen.constant (Layers.Dropout 0.0)

    /// With ε so large that derivatives stay tame where a variance is near 0.
    let private normalization =
        gen {
            let! epsilon = Gen.elements [ 0.05; 0.3; 1.0 ]
            let! affine = Gen.elements [ true; true; false ]
            let! tenths = Gen.choose (1, 10)

            return!
                Gen.elements
                    [ Layers.BatchNorm(float tenths / 10.0, epsilon, affine); Layers.LayerNorm(epsilon, affine) ]
        }

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

        let concat =
            gen {
                let! count = Gen.choose (2, 3)
                let! branches = Gen.listOfLength count body
                let inner = branches |> List.map (fun (parts, _, _) -> Network.Compose parts) |> Array.ofList

                return
                    Layers.Concat(ReadOnlySpan inner),
                    branches |> List.sumBy (fun (_, after, _) -> after),
                    branches |> List.forall (fun (_, _, known) -> known)
            }

        // A layer, something, and the same layer once more.
        let shared =
            gen {
                let tiedDense = dense (Some width) width true None None

                let! last =
                    Gen.frequency
                        [ 2, Gen.constant None; 1, Gen.map Some normalization; 1, Gen.map Some (dropout contents) ]

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
                8, Gen.choose (1, 9) |> Gen.bind toWidth
                8, kept (activation contents)
                1, kept (Gen.constant Layers.Flatten)
                1, kept (dropout contents)
                2, kept normalization
                if depth > 0 then
                    4, residual
                    2, named


                    // Branches in a row would make it three times as wide each time.
                    if width <= 9 then
                        2, concat

                    1, shared
            ]

    /// Networks that fit, state their sizes, have at least one dense layer, widths 1 to 9, and at most seven parts and their ending.
    let generate contents ending =
        gen {
            let! before = Gen.choose (0, 1)
            let! count = Gen.choose (0, 5)
            let! inputs = Gen.choose (1, 9)
            let! width = Gen.choose (1, 9)
            let! opening = Gen.listOfLength before (Gen.oneof [ activation contents; Gen.constant Layers.Flatten ])

            let! opening, first =
                Gen.frequency
                    [
                        9, denseTo contents inputs false width |> Gen.map (fun first -> opening, [ first ])
                        if contents.Indices then
                            1,
                            Gen.choose (2, 5)
                            |> Gen.map (fun count ->
                                [], [ Layers.Embedding(count, inputs, columns = 2); dense None width true None None ])
                    ]

            let! middle, width, _ = parts contents 2 count width true
            let! outputs = Gen.choose ((if ending = Distribution then 2 else 1), 4)
            let! last = denseTo contents width true outputs

            let closing =
                match ending with
                | AnyOutput -> []
                | Regression -> [ last ]
                | Probability -> [ last; Layers.Sigmoid ]
                | Distribution -> [ last; Layers.Softmax ]

            return Network.Compose [ yield! opening; yield! first; yield! middle; yield! closing ]
        }

    /// The same network, built anew, with every width mapped: what fitted still does.
    let rec mapWidths (map: int -> int) (network: Network) : Network =
        match network with
        | :? Network.Dense as d ->
            let inputs = d.Inputs |> Option.ofNullable |> Option.map map
            Network.Dense(Option.toNullable inputs, map d.Outputs, d.HasBias, d.Weights, d.Biases)
        | :? Network.Residual as r -> Network.Residual(mapWidths map r.Body)
        | :? Network.Named as n -> Network.Named(n.Name, mapWidths map n.Body)
        | :? Network.Shared as s -> Network.Shared(s.Name, mapWidths map s.Body)
        | :? Network.Concat as c -> Network.Concat(c.Branches |> Seq.map (mapWidths map) |> ValueList.ToValueList)
        | :? Network.Embedding as e -> Network.Embedding(e.Count, map e.Size, e.Columns, e.Weights)
        | :? Network.Sequence as s -> Network.Unchecked(s.Parts |> Seq.map (mapWidths map))
        | :? Network.Activate as a -> Network.Activate a.Activation
        | :? Network.BatchNorm as n -> Network.BatchNorm(n.Momentum, n.Epsilon, n.IsAffine)
        | other -> other

    let private endsIn ending (network: Network) =
        let layers = List.ofSeq network.Layers

        match ending, List.rev layers with
        | AnyOutput, _ -> true
        | Regression, (:? Network.Dense) :: _ -> true
        | Probability, last :: (:? Network.Dense) :: _ -> last = Layers.Sigmoid
        | Distribution, last :: (:? Network.Dense as d) :: _ -> last = Layers.Softmax && d.Outputs >= 2
        | _ -> false

    /// Whether it fits and could have been generated to end so.
    let isWellFormed ending (network: Network) =
        try
            LayerInference.Complete(network, Nullable()).Layers
            |> Seq.exists (fun layer -> layer.Layer :? Network.Dense)
            && endsIn ending network
        with :? ShapeException ->
            false

    let rec private widths (network: Network) : int seq =
        match network with
        | :? Network.Dense as d -> Seq.append (d.Inputs |> Option.ofNullable |> Option.toList) [ d.Outputs ]
        | :? Network.Embedding as e -> [ e.Size ]
        | _ -> NetworkWalk.Parts network |> Seq.collect widths

    /// A part without its wrapping, with a smaller body, a simpler activation, or nothing left to choose.
    let rec private shrinkPart contents (network: Network) : Network seq =
        seq {
            match network with
            | :? Network.Dense as d ->
                if not (isNull d.Weights) || not (isNull d.Biases) then
                    Network.Dense(d.Inputs, d.Outputs, d.HasBias, null, null)

                if not d.HasBias then
                    Network.Dense(d.Inputs, d.Outputs, true, d.Weights, d.Biases)
            | :? Network.Activate as a -> yield! Activations.shrink contents a.Activation |> Seq.map layer
            | :? Network.Residual as r ->
                r.Body
                yield! shrinkParts contents r.Body |> Seq.map (fun body -> Network.Residual body :> Network)
            | :? Network.Shared as s -> s.Body
            | :? Network.Concat as c ->
                yield! c.Branches

                for i in 0 .. c.Branches.Count - 1 do
                    for smaller in shrinkParts contents c.Branches[i] do
                        Network.Concat(
                            c.Branches |> Seq.mapi (fun j b -> if i = j then smaller else b) |> ValueList.ToValueList
                        )
            | :? Network.Named as n ->
                n.Body
                yield! shrinkParts contents n.Body |> Seq.map (fun body -> Network.Named(n.Name, body) :> Network)
            | _ -> ()
        }

    and private shrinkParts contents (network: Network) : Network seq =
        let parts = List.ofSeq network.Layers

        let replaceAt index (replacement: Network list) =
            parts
            |> List.mapi (fun i part -> if i = index then replacement else [ part ])
            |> List.concat
            |> Seq.collect _.Layers
            |> Network.Unchecked

        seq {
            for i in 0 .. parts.Length - 1 do
                replaceAt i []

            for i in 0 .. parts.Length - 1 do
                for part in shrinkPart contents parts[i] do
                    replaceAt i [ part ]
        }

    /// Without a dense layer, its two widths become one.
    let private dropDense (network: Network) : Network seq =
        seq {
            let parts = List.ofSeq network.Layers

            for i in 0 .. parts.Length - 1 do
                match parts[i] with
                | :? Network.Dense as d when d.Inputs.HasValue && d.Inputs.Value <> d.Outputs ->
                    let inputs = d.Inputs.Value
                    let rest = Network.Unchecked(List.removeAt i parts)
                    mapWidths (fun width -> if width = d.Outputs then inputs else width) rest
                    mapWidths (fun width -> if width = inputs then d.Outputs else width) rest
                | _ -> ()
        }

    let shrink contents ending (network: Network) : Network seq =
        seq {
            yield! shrinkParts contents network
            yield! dropDense network

            for width in widths network |> Seq.distinct |> Seq.sortDescending do
                for smaller in List.distinct [ 1; 2; width - 1 ] do
                    if smaller > 0 && smaller < width then
                        mapWidths (fun w -> if w = width then smaller else w) network
        }
        |> Seq.filter (fun smaller -> smaller <> network && isWellFormed ending smaller)

    let arbitrary contents ending =
        Arb.fromGenShrink (generate contents ending, shrink contents ending)

/// An expression with derivatives of every order everywhere.
type SmoothScalar = SmoothScalar of Scalar

/// An expression that is finite everywhere, with kinks and jumps.
type KinkedScalar = KinkedScalar of Scalar

/// A network with derivatives of every order everywhere.
type SmoothNetwork = SmoothNetwork of Network

/// A network with Relu and its like.
type KinkedNetwork = KinkedNetwork of Network

/// A network that a loss can follow, and which.
type LossNetwork = { Ending: Ending; Network: Network }

/// Expressions, activations and networks of any form under their own types; those to compute with in the types above.
type Arbitraries =
    static member Scalar() =
        Arb.fromGenShrink (Expressions.any, Expressions.shrink)

    static member SmoothScalar() =
        Arb.fromGenShrink (Expressions.tame false, Expressions.shrinkTame false)
        |> Arb.convert SmoothScalar (fun (SmoothScalar e) -> e)

    static member KinkedScalar() =
        Arb.fromGenShrink (Expressions.tame true, Expressions.shrinkTame true)
        |> Arb.convert KinkedScalar (fun (KinkedScalar e) -> e)

    static member Activation() =
        Arb.fromGenShrink (Activations.generate printable, Activations.shrink printable)

    static member Network() = Networks.arbitrary printable AnyOutput

    static member SmoothNetwork() =
        Networks.arbitrary smooth AnyOutput |> Arb.convert SmoothNetwork (fun (SmoothNetwork n) -> n)

    static member KinkedNetwork() =
        Networks.arbitrary kinked AnyOutput |> Arb.convert KinkedNetwork (fun (KinkedNetwork n) -> n)

    static member LossNetwork() =
        let generate =
            gen {
                let! ending = Gen.elements [ Regression; Probability; Distribution ]
                let! network = Networks.generate kinked ending
                return { Ending = ending; Network = network }
            }

        let shrink case =
            Networks.shrink kinked case.Ending case.Network |> Seq.map (fun network -> { case with Network = network })

        Arb.fromGenShrink (generate, shrink)

/// How properties over the types above are tried.
let config =
    { FsCheckConfig.defaultConfig with
        arbitrary = [ typeof<Arbitraries> ]
    }
