/// The chain rule that Explain prints, multiplied out: every factor becomes a matrix, the same one wherever its symbol stands.
module ChainRuleTests

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

/// What a network does at one input, in order of application.
type private Piece =
    /// u = z·W + b, with z and W.
    | Layer of input: float array * weight: float array array
    /// φ by its Jacobian ∂φᵢ/∂uⱼ, in rows of i; activations in a row are one.
    | Activations of jacobian: float array array
    /// Normalization or dropout, by its Jacobian and those by its parameters, by their symbols.
    | Function of jacobian: float array array * byParameter: (string * float array array) list
    /// x + body(x)
    | Fork of body: Piece list
    /// Branches side by side, with the width of each.
    | Branches of (Piece list * int) list

/// What the symbols of a rule stand for.
type private Symbols =
    {
        /// z and W of layer i.
        Layers: Dictionary<int, float array * float array array>
        Jacobians: Dictionary<Factor, float array array>
        /// ∂φ by a parameter, by the parameter's path.
        ByParameter: Dictionary<string, float array array>
        /// The columns of each branch of the one Concat that there is at most.
        Widths: int list
    }

exception private NotDifferentiable

let private timesMatrix (row: float array) (matrix: float array array) =
    Array.init matrix[0].Length (fun j -> Seq.sum (Seq.init row.Length (fun i -> row[i] * matrix[i][j])))

let private transpose (matrix: float array array) = Array.transpose matrix

/// The Jacobian of a function by differences.
let private jacobian (f: float array -> float array) (x: float array) =
    let column j =
        match derivative (fun t -> f (Array.updateAt j (x[j] + t) x)) with
        | Some column -> column
        | None -> raise NotDifferentiable

    Array.init x.Length column |> transpose

/// A layer's value at an input, and at values of its parameters in their order.
let private apply (layer: LayerInfo) (parameters: float array list) (x: float array) =
    let alone = LayerInference.Complete(layer.Layer, Nullable layer.Input)
    let graph = Lowering.Lower(alone, LayerMode.Training)
    let values = Dictionary()
    values[Primitive.Source(SourceKind.Features, Lowering.InputName, layer.Input.WithBatch())] <- x

    for parameter, numbers in Seq.zip alone.Parameters parameters do
        values[Primitive.Source(SourceKind.Parameter, parameter.Path, parameter.Shape)] <- numbers

    let prediction = Graph.Of [ GraphOutput(OutputKind.Prediction, "", graph.Output OutputKind.Prediction) ]
    (evaluate prediction 1 values)[struct (OutputKind.Prediction, "")] |> doubles

let private activate layer x = apply layer [] x

/// The pieces of a network at an input, and its output. Activations are merged with those right before them.
let private trace (inference: Inference) (values: Values) x =
    let places = Queue inference.Layers
    let mutable masks = 0

    let numbersOf (parameter: ParameterInfo) =
        values[Primitive.Source(SourceKind.Parameter, parameter.Path, parameter.Shape)]

    /// `pieces` are those before, last first.
    let rec walk (network: Network) (pieces: Piece list, x: float array) =
        match network with
        | :? Network.Sequence as sequence -> Seq.fold (fun state part -> walk part state) (pieces, x) sequence.Parts
        | :? Network.Named as named -> walk named.Body (pieces, x)
        | :? Network.Residual as residual ->
            let body, y = walk residual.Body ([], x)
            Fork(List.rev body) :: pieces, Array.map2 (+) x y
        | :? Network.Concat as concat ->
            let branches = [ for branch in concat.Branches -> walk branch ([], x) ]

            Branches [ for body, y in branches -> List.rev body, y.Length ] :: pieces,
            Array.concat (List.map snd branches)
        | _ ->
            let place = places.Dequeue()

            match place.Layer with
            | :? Network.Dense ->
                let weight = numbersOf place.Parameters[0] |> Array.chunkBySize place.Parameters[0].Shape[Index 1]
                let u = timesMatrix x weight

                let u =
                    if place.Parameters.Count > 1 then
                        Array.map2 (+) u (numbersOf place.Parameters[1])
                    else
                        u

                Layer(x, weight) :: pieces, u
            | :? Network.Activate ->
                let own = jacobian (activate place) x

                let merged =
                    match pieces with
                    | Activations before :: rest ->
                        Activations(own |> Array.map (fun row -> timesMatrix row before)) :: rest
                    | _ -> Activations own :: pieces

                merged, activate place x
            | :? Network.Dropout as dropout ->
                let mask =
                    if dropout.Rate = 0.0 then
                        Array.create x.Length 1.0
                    else
                        masks <- masks + 1

                        Array.init x.Length (fun i ->
                            if RandomKey().IsDropped(masks - 1, int64 i, dropout.Rate) then
                                0.0
                            else
                                1.0 / (1.0 - dropout.Rate))

                let diagonal =
                    Array.init x.Length (fun i -> Array.init x.Length (fun j -> if i = j then mask[i] else 0.0))

                Function(diagonal, []) :: pieces, Array.map2 (*) x mask
            | :? Network.BatchNorm
            | :? Network.LayerNorm ->
                let trainable = place.Parameters |> Seq.filter _.IsTrainable |> List.ofSeq
                let parameters = trainable |> List.map numbersOf

                let byParameter =
                    [
                        for i in 0 .. parameters.Length - 1 ->
                            trainable[i].Path,
                            jacobian (fun numbers -> apply place (List.updateAt i numbers parameters) x) parameters[i]
                    ]

                Function(jacobian (apply place parameters) x, byParameter) :: pieces, apply place parameters x
            | _ -> pieces, x

    let pieces, output = walk inference.Network ([], x)
    List.rev pieces, output

/// The matrix of every symbol: layers counted from the output; activations have the number of the layer they follow and are told
/// apart, from the output on, where several follow one.
let private symbols pieces =
    let layers = Dictionary<int, float array * float array array>()
    let jacobians = Dictionary<Factor, float array array>()
    let byParameter = Dictionary<string, float array array>()
    // Those of the one Concat that there is at most.
    let mutable widths = []

    let rec back pieces (layer, part) =
        match pieces with
        | Layer(input, weight) :: before ->
            layers[layer] <- (input, weight)
            back before (layer + 1, 0)
        | Activations matrix :: before ->
            jacobians[Factor.Jacobian(layer, part, true)] <- matrix
            back before (layer, part + 1)
        | Function(matrix, parameters) :: before ->
            jacobians[Factor.Jacobian(layer, part, false)] <- matrix

            for path, matrix in parameters do
                byParameter[path] <- matrix

            back before (layer, part + 1)
        | Fork body :: before -> back (List.rev body) (layer, part) |> back before
        | Branches branches :: before ->
            widths <- List.map snd branches
            List.foldBack (fun (body, _) place -> back (List.rev body) place) branches (layer, part) |> back before
        | [] -> layer, part

    back (List.rev pieces) (1, 0) |> ignore

    {
        Layers = layers
        Jacobians = jacobians
        ByParameter = byParameter
        Widths = widths
    }

/// The i of ∂gᵢ/∂Wᵢ.
let private numberOf (local: Factor.Local) =
    local.Function[1..] |> String.map (fun digit -> char (int digit - int '₀' + int '0')) |> int

/// The product of factors, from the left, to a parameter.
let rec private multiply outputCotangent (symbols: Symbols) path (row: float array) (factors: Factor seq) =
    let layers, jacobians, byParameter, widths = symbols.Layers, symbols.Jacobians, symbols.ByParameter, symbols.Widths

    let step row (factor: Factor) =
        match factor with
        | :? Factor.OutputCotangent -> outputCotangent
        | :? Factor.Jacobian -> timesMatrix row jacobians[factor]
        | :? Factor.TransposedWeight as w -> timesMatrix row (transpose (snd layers[w.Layer]))
        | :? Factor.Skip as skip -> Array.map2 (+) row (multiply outputCotangent symbols path row skip.Body)
        | :? Factor.Branch as branch ->
            Array.sub row (List.sum (List.take (branch.Number - 1) widths)) widths[branch.Number - 1]
        | :? Factor.Branches as branches ->
            branches.Ways |> Seq.map (multiply outputCotangent symbols path row) |> Seq.reduce (Array.map2 (+))
        | :? Factor.Local as local when local.Function[0] <> 'g' -> timesMatrix row byParameter[path]
        | :? Factor.Local as local when local.Parameter[0] = 'b' -> row
        | :? Factor.Local as local -> fst layers[numberOf local] |> Array.collect (fun z -> row |> Array.map ((*) z))
        | _ -> failwith $"no such factor: {factor}"

    Seq.fold step row factors

/// ∂L/∂z₀ by differences.
let private outputCotangent case (inference: Inference) (values: Values) output =
    let builder = GraphBuilder()
    let z = builder.Source(SourceKind.Features, "z", inference.Output.Value.WithBatch())
    let graph = case.Loss.Append(Graph.Of [ GraphOutput(OutputKind.Prediction, "", z) ])

    let loss z0 =
        (evaluate graph 1 (replace (sourceOf z) z0 values))[struct (OutputKind.Loss, "")] |> doubles

    (jacobian loss output)[0]

/// Every rule of the case, multiplied out; None where a factor has no value at these numbers.
let private products case (values: Values) =
    let inference = Cases.inferenceOf case

    try
        let x = values |> Seq.find (fun (KeyValue(source, _)) -> source.Kind = SourceKind.Features)
        let pieces, output = trace inference values x.Value
        let cotangent = outputCotangent case inference values output
        let symbols = symbols pieces

        Some
            [
                for rule in ChainRule.Derive inference do
                    rule, multiply cotangent symbols rule.Parameter.Path [||] (Seq.exactlyOne rule.Terms)
            ]
    with NotDifferentiable ->
        None

let private agrees case =
    let case = { case with Rows = 1 }
    let objective = Cases.objective case

    let attempt values =
        if Cases.isStable objective 1 values then
            products case values |> Option.map (fun products -> values, products)
        else
            None

    match Cases.retry case attempt with
    | None -> false
    | Some(values, products) ->
        let gradients = evaluate (Cases.derivation case) 1 values

        for rule, product in products do
            let gradient = gradients[struct (OutputKind.Gradient, rule.Parameter.Path)]
            expectClose ToleranceTable.jacobianProduct product (doubles gradient) (string rule)

        true

/// Whether every symbol stands for one thing: nothing shared, one pair of branches at most, and numbers that are no indices.
let private hasOneMeaning (network: Network) =
    let rec all (network: Network) =
        network
        :: [
            for part in NetworkWalk.Parts network do
                yield! all part
        ]

    let count (isWanted: Network -> bool) =
        all network |> Seq.filter isWanted |> Seq.length

    count (fun part -> part :? Network.Shared || part :? Network.Embedding) = 0
    && count (fun part -> part :? Network.Concat) <= 1

let private dense (inputs: int) (outputs: int) = Layers.Dense(inputs, outputs)

let private printed (network: Network) =
    [ for rule in ChainRule.Derive(LayerInference.Complete(network, Nullable())) -> string rule ]

let tests =
    testList
        "Chain rule"
        [
            law 300 "multiplied out is the gradient, without kinks" (fun (SmoothCase case) ->
                (hasOneMeaning case.Network && agrees case) ==> true)

            law 100 "multiplied out is the gradient, with kinks" (fun (case: Case) ->
                (hasOneMeaning case.Network && agrees case) ==> true)

            testCase "prints normalizations, dropout and embeddings as functions" (fun () ->
                let network =
                    Network.Compose
                        [ Layers.Embedding(5, 3); Layers.Dropout 0.5; dense 3 4; Layers.BatchNorm(); Layers.Relu ]

                Expect.sequenceEqual
                    (printed network)
                    [
                        "∂L/∂γ₁′ = ∂L/∂z₀ · ∇φ₁ · ∂φ₁′/∂γ₁′"
                        "∂L/∂β₁′ = ∂L/∂z₀ · ∇φ₁ · ∂φ₁′/∂β₁′"
                        "∂L/∂W₁ = ∂L/∂z₀ · ∇φ₁ · ∇φ₁′ · ∂g₁/∂W₁"
                        "∂L/∂b₁ = ∂L/∂z₀ · ∇φ₁ · ∇φ₁′ · ∂g₁/∂b₁"
                        "∂L/∂E₂′ = ∂L/∂z₀ · ∇φ₁ · ∇φ₁′ · W₁ᵀ · ∇φ₂ · ∂φ₂′/∂E₂′"
                    ]
                    "functions with parameters")

            testCase "prints branches as sums of ways, and shared parameters as sums of terms" (fun () ->
                let tied = Layers.Shared("tied", dense 3 3)
                let branches = Layers.Concat(ReadOnlySpan [| tied; Layers.Identity |])

                Expect.equal
                    (List.item 2 (printed (Network.Compose [ tied; branches; dense 6 1 ])))
                    "∂L/∂W₂ = ∂L/∂z₀ · W₁ᵀ · Π₁ · ∂g₂/∂W₂ + ∂L/∂z₀ · W₁ᵀ · (Π₁ · W₂ᵀ + Π₂) · ∂g₂/∂W₂"
                    "two ways and two places")

            testCase "prints as on paper" (fun () ->
                let network = Network.Compose [ dense 3 4; Layers.Relu; dense 4 2; Layers.Sigmoid ]

                Expect.sequenceEqual
                    (printed network)
                    [
                        "∂L/∂W₁ = ∂L/∂z₀ · ∇φ₁ · ∂g₁/∂W₁"
                        "∂L/∂b₁ = ∂L/∂z₀ · ∇φ₁ · ∂g₁/∂b₁"
                        "∂L/∂W₂ = ∂L/∂z₀ · ∇φ₁ · W₁ᵀ · ∇φ₂ · ∂g₂/∂W₂"
                        "∂L/∂b₂ = ∂L/∂z₀ · ∇φ₁ · W₁ᵀ · ∇φ₂ · ∂g₂/∂b₂"
                    ]
                    "the chain of a perceptron")

            testCase "prints skip connections as sums" (fun () ->
                let block = Layers.Residual(Network.Compose [ dense 3 3; Layers.Tanh ])

                let network =
                    Network.Compose [ dense 2 3; Layers.Relu; block; Layers.Sigmoid; Layers.Residual Network.Identity ]

                Expect.equal
                    (List.last (printed network))
                    "∂L/∂b₂ = ∂L/∂z₀ · (I + I) · ∇φ₁ · (I + ∇φ₁′ · W₁ᵀ) · ∇φ₂ · ∂g₂/∂b₂"
                    "the sum of the ways")
        ]
