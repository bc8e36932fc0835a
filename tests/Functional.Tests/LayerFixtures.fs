/// Networks of each layer beside their definitions, and what the tests of layers share.
module internal LayerFixtures

open System
open System.Collections.Generic
open Expecto
open Functional
open Functional.Execution
open Functional.Graphs
open Differences
open ReferenceLayers

module R = ReferenceLayers

let compose (layers: Network list) = Network.Compose layers
let shape (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))
let dense (inputs: int) (outputs: int) = Layers.Dense(inputs, outputs)

let unbiased (inputs: int) (outputs: int) =
    Layers.Dense(inputs, outputs, bias = false)

let concat (branches: Network list) =
    Layers.Concat(ReadOnlySpan(Array.ofList branches))

/// A network, how many numbers a row of its input has, and its definition.
type Example =
    {
        Name: string
        Network: Network
        Inputs: int
        Layer: Layer
    }

let private example name inputs layers definitions =
    {
        Name = name
        Network = compose layers
        Inputs = inputs
        Layer = R.sequence definitions
    }

let private norm n = R.batchNorm $"batchnorm{n}" 0.1 1e-5

let private plain n = R.dense $"dense{n}"

/// Every layer, alone and where others change what is around it.
let examples =
    [
        example
            "BatchNorm after a Dense without bias"
            3
            [ unbiased 3 5; Layers.BatchNorm(); Layers.Tanh; dense 5 2 ]
            [ plain 1; norm 1; R.tanh; plain 2 ]

        example
            "BatchNorm after a Dense with a bias, and last"
            4
            [ dense 4 3; Layers.BatchNorm(momentum = 1.0, epsilon = 0.05) ]
            [ plain 1; R.batchNorm "batchnorm1" 1.0 0.05 ]

        example
            "BatchNorm after the activation"
            3
            [ dense 3 4; Layers.Tanh; Layers.BatchNorm(momentum = 0.3, epsilon = 0.5); dense 4 2 ]
            [ plain 1; R.tanh; R.batchNorm "batchnorm1" 0.3 0.5; plain 2 ]

        example
            "BatchNorm without γ and β"
            3
            [ dense 3 4; Layers.BatchNorm(affine = false); Layers.Tanh; dense 4 1 ]
            [ plain 1; norm 1; R.tanh; plain 2 ]

        example "BatchNorm on the input" 3 [ Layers.BatchNorm(); dense 3 2 ] [ norm 1; plain 1 ]
        example "BatchNorm alone" 5 [ Layers.BatchNorm(epsilon = 0.01) ] [ R.batchNorm "batchnorm1" 0.1 0.01 ]

        example
            "BatchNorm twice in a row"
            3
            [ dense 3 4; Layers.BatchNorm(); Layers.BatchNorm(momentum = 0.5); Layers.Tanh ]
            [ plain 1; norm 1; R.batchNorm "batchnorm2" 0.5 1e-5; R.tanh ]

        example
            "BatchNorm after Dropout"
            3
            [ dense 3 6; Layers.Dropout 0.3; Layers.BatchNorm(epsilon = 0.1); Layers.Tanh; dense 6 2 ]
            [ plain 1; R.dropout 0 0.3; R.batchNorm "batchnorm1" 0.1 0.1; R.tanh; plain 2 ]

        example
            "BatchNorm in Residual"
            3
            [
                dense 3 4
                Layers.Residual(compose [ dense 4 4; Layers.BatchNorm() ])
                Layers.Residual(Layers.BatchNorm())
            ]
            [
                plain 1
                R.residual (R.sequence [ R.dense "residual1/dense1"; R.batchNorm "residual1/batchnorm1" 0.1 1e-5 ])
                R.residual (R.batchNorm "residual2/batchnorm1" 0.1 1e-5)
            ]

        example
            "BatchNorm in Concat"
            3
            [
                concat [ compose [ dense 3 4; Layers.BatchNorm() ]; Layers.BatchNorm(); Layers.Identity ]
                dense 10 2
            ]
            [
                R.concat
                    [
                        R.sequence [ R.dense "concat1/1/dense1"; R.batchNorm "concat1/1/batchnorm1" 0.1 1e-5 ]
                        R.batchNorm "concat1/2/batchnorm1" 0.1 1e-5
                        R.identity
                    ]
                plain 1
            ]

        (let tied = Layers.Shared("norm", Layers.BatchNorm(momentum = 0.25))
         let definition = R.batchNorm "norm/batchnorm1" 0.25 1e-5

         example
             "BatchNorm in Shared, twice"
             3
             [ dense 3 4; tied; Layers.Tanh; tied; dense 4 2 ]
             [ plain 1; definition; R.tanh; definition; plain 2 ])

        (let tied = Layers.Shared("block", compose [ dense 4 4; Layers.BatchNorm(); Layers.Tanh ])

         let definition = R.sequence [ R.dense "block/dense1"; R.batchNorm "block/batchnorm1" 0.1 1e-5; R.tanh ]

         example
             "Dense and BatchNorm in Shared, in two branches"
             4
             [ concat [ tied; compose [ Layers.Tanh; tied ] ]; dense 8 2 ]
             [ R.concat [ definition; R.sequence [ R.tanh; definition ] ]; plain 1 ])

        example
            "LayerNorm"
            3
            [ dense 3 5; Layers.LayerNorm(); Layers.Tanh; dense 5 2 ]
            [ plain 1; R.layerNorm "layernorm1" 1e-5; R.tanh; plain 2 ]

        example
            "LayerNorm without γ and β, on the input and last"
            6
            [ Layers.LayerNorm(affine = false); dense 6 3; Layers.LayerNorm(epsilon = 0.2) ]
            [ R.layerNorm "layernorm1" 1e-5; plain 1; R.layerNorm "layernorm2" 0.2 ]

        example
            "LayerNorm of one feature"
            2
            [ dense 2 1; Layers.LayerNorm(); dense 1 2 ]
            [ plain 1; R.layerNorm "layernorm1" 1e-5; plain 2 ]

        example
            "Concat in Concat"
            3
            [ concat [ Layers.Tanh; concat [ dense 3 1; Layers.Identity ]; dense 3 2 ]; dense 9 2 ]
            [
                R.concat
                    [
                        R.tanh
                        R.concat [ R.dense "concat1/2/concat1/1/dense1"; R.identity ]
                        R.dense "concat1/3/dense1"
                    ]
                plain 1
            ]

        example "Embedding" 1 [ Layers.Embedding(5, 3); dense 3 2 ] [ R.embedding "embedding1" 3; plain 1 ]

        example
            "Embedding of several numbers in a row, in two tables"
            3
            [
                concat [ Layers.Embedding(6, 2, columns = 3); Layers.Embedding(7, 1, columns = 3) ]
                Layers.Tanh
                dense 9 2
            ]
            [
                R.concat [ R.embedding "concat1/1/embedding1" 2; R.embedding "concat1/2/embedding1" 1 ]
                R.tanh
                plain 1
            ]

        (let tied = Layers.Shared("tied", dense 4 4)

         example
             "Shared Dense"
             4
             [ tied; Layers.Tanh; tied; Layers.Tanh; Layers.Residual tied; dense 4 2 ]
             [
                 R.dense "tied/dense1"
                 R.tanh
                 R.dense "tied/dense1"
                 R.tanh
                 R.residual (R.dense "tied/dense1")
                 plain 1
             ])

        example
            "Dropout before, between and after"
            7
            [ Layers.Dropout 0.2; dense 7 9; Layers.Tanh; Layers.Dropout 0.5; dense 9 3; Layers.Dropout 0.1 ]
            [ R.dropout 0 0.2; plain 1; R.tanh; R.dropout 1 0.5; plain 2; R.dropout 2 0.1 ]

        example
            "Dropout in Concat, Residual and Shared"
            5
            [
                concat [ Layers.Dropout 0.5; Layers.Dropout 0.5 ]
                Layers.Residual(compose [ dense 10 10; Layers.Dropout 0.3 ])
                Layers.Shared("noise", Layers.Dropout 0.4)
                dense 10 10
                Layers.Shared("noise", Layers.Dropout 0.4)
            ]
            [
                R.concat [ R.dropout 0 0.5; R.dropout 1 0.5 ]
                R.residual (R.sequence [ R.dense "residual1/dense1"; R.dropout 2 0.3 ])
                R.dropout 3 0.4
                plain 1
                R.dropout 4 0.4
            ]
    ]

let options inputs =
    CompileOptions(Input = Nullable(shape [ inputs ]))

let inferenceOf (network: Network) inputs =
    LayerInference.Complete(network, Nullable(shape [ inputs ]))

/// Normal numbers, rounded to float32 so that they are the same in both precisions.
let normals (random: Random) rows columns : Rows =
    Array.init rows (fun _ -> Random.normals random columns |> Array.map (float32 >> float))

/// Rows that a network can take: whole numbers where it begins with an embedding.
let rowsFor network inputs (random: Random) rows : Rows =
    match inferenceOf network inputs |> _.IndexLimit |> Option.ofNullable with
    | Some limit -> Array.init rows (fun _ -> Array.init inputs (fun _ -> float (random.Next limit)))
    | None -> normals random rows inputs

/// A model whose parameters and running statistics are none of them special.
let modelOf (network: Network) inputs (random: Random) =
    let number (path: string) =
        let normal = Random.normal random

        if path.EndsWith "/variance" then 0.3 + normal * normal
        elif path.EndsWith "/gamma" then 1.0 + 0.3 * normal
        else 0.6 * normal

    let parameters =
        [
            for info in (inferenceOf network inputs).Parameters do
                let numbers = Array.init info.Shape.Count (fun _ -> float (float32 (number info.Path)))
                KeyValuePair(info.Path, Tensor<float>(info.Shape, ReadOnlySpan numbers))
        ]

    Model<float>(network, Parameters<float> parameters, options inputs)

/// The same in float32.
let single (model: Model<float>) inputs =
    Model<float32>(model.Network, model.Parameters.Cast<float32>(), options inputs)

let singles (rows: Rows) = Array.concat rows |> Array.map float32

/// A model's numbers, for its definition.
let contextOf isTraining key (model: Model<float>) =
    let values = Dictionary()

    for KeyValue(path, tensor) in model.Parameters do
        values[path] <- doubles tensor

    {
        IsTraining = isTraining
        Values = values
        Key = key
    }

let predictionKey = OutputKind.Prediction, ""

/// What the forward pass of a training step gives: prediction and updated statistics.
let forwardBy key threads isSingle width (model: Model<float>) (x: Rows) =
    let graph = Simplification.Simplify(Lowering.Lower(inferenceOf model.Network x[0].Length, LayerMode.Training))
    let values = Dictionary()

    for source in sources graph do
        values[source] <-
            match source.Kind with
            | SourceKind.Features -> Array.concat x
            | _ -> doubles model.Parameters[source.Name]

    let plan = Compiler.Plan(graph, x.Length, CompileOptions.Default)
    PlanRuns.runAsBy key threads isSingle plan width x.Length true values

let forward isSingle model x =
    forwardBy (RandomKey()) 1 isSingle VectorWidth.Auto model x

/// The message of the error that code must end in.
let errorOf<'e when 'e :> exn> (f: unit -> unit) =
    try
        f ()
        failtest $"Expected a {typeof<'e>.Name}."
    with :? 'e as e ->
        e.Message
