/// The chain rule that Explain prints, multiplied out: every factor becomes a matrix, the same one wherever its symbol stands.
module ChainRuleTests

open System
open System.Collections.Generic
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
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
    /// x + body(x)
    | Fork of body: Piece list

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

let private activate (layer: LayerInfo) (x: float array) =
    let graph = Lowering.Lower(LayerInference.Complete(layer.Layer, Nullable layer.Input), Mode.Training)
    let values = Dictionary()
    values[Primitive.Source(SourceKind.Features, Lowering.InputName, layer.Input.WithBatch())] <- x
    (evaluate graph 1 values)[struct (OutputKind.Prediction, "")] |> doubles

/// The pieces of a network at an input, and its output. Activations are merged with those right before them.
let private trace (inference: Inference) (values: Values) x =
    let places = Queue inference.Layers

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
            | _ -> pieces, x

    let pieces, output = walk inference.Network ([], x)
    List.rev pieces, output

/// The matrix of every symbol: layers counted from the output; activations have the number of the layer they follow and are told
/// apart, from the output on, where several follow one.
let private symbols pieces =
    let layers = Dictionary<int, float array * float array array>()
    let jacobians = Dictionary<Factor, float array array>()

    let rec back pieces (layer, part) =
        match pieces with
        | Layer(input, weight) :: before ->
            layers[layer] <- (input, weight)
            back before (layer + 1, 0)
        | Activations matrix :: before ->
            jacobians[Factor.Jacobian(layer, part, true)] <- matrix
            back before (layer, part + 1)
        | Fork body :: before -> back (List.rev body) (layer, part) |> back before
        | [] -> layer, part

    back (List.rev pieces) (1, 0) |> ignore
    layers, jacobians

/// The i of ∂gᵢ/∂Wᵢ.
let private numberOf (local: Factor.Local) =
    local.Function[1..] |> String.map (fun digit -> char (int digit - int '₀' + int '0')) |> int

/// The product of factors, from the left.
let rec private multiply outputCotangent symbols (row: float array) (factors: Factor seq) =
    let (layers: Dictionary<int, float array * float array array>), (jacobians: Dictionary<Factor, float array array>) =
        symbols

    let step row (factor: Factor) =
        match factor with
        | :? Factor.OutputCotangent -> outputCotangent
        | :? Factor.Jacobian -> timesMatrix row jacobians[factor]
        | :? Factor.TransposedWeight as w -> timesMatrix row (transpose (snd layers[w.Layer]))
        | :? Factor.Skip as skip -> Array.map2 (+) row (multiply outputCotangent symbols row skip.Body)
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
                    rule, multiply cotangent symbols [||] (Seq.exactlyOne rule.Terms)
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

let private dense (inputs: int) (outputs: int) = Layers.Dense(inputs, outputs)

let private printed (network: Network) =
    [ for rule in ChainRule.Derive(LayerInference.Complete(network, Nullable())) -> string rule ]

let tests =
    testList
        "Chain rule"
        [
            law 300 "multiplied out is the gradient, without kinks" (fun (SmoothCase case) -> agrees case ==> true)
            law 100 "multiplied out is the gradient, with kinks" (fun (case: Case) -> agrees case ==> true)

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
