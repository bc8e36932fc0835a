/// What the tests of models and sessions share.
module ModelFixtures

open System
open System.Collections.Generic
open Expecto
open Functional

let compose (layers: Network list) = Network.Compose layers
let shape (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))

let tensor (sizes: int list) (values: float32 array) =
    Tensor<float32>(shape sizes, ReadOnlySpan values)

let parameters (values: (string * Tensor<float32>) list) =
    Parameters<float32>(values |> List.map KeyValuePair)

let network = compose [ Layers.Dense(3, 17); Layers.Tanh; Layers.Dense(17, 4); Layers.Softmax ]
let plan = lazy network.CompileTraining<float32>(Loss.CrossEntropy, Optimizer.Adam 0.01, 8)

let values (random: Random) count =
    Array.init count (fun _ -> float32 (2.0 * random.NextDouble() - 1.0))

let message<'e when 'e :> exn> (f: unit -> unit) =
    try
        f ()
        failtest $"Expected a {typeof<'e>.Name}."
    with :? 'e as e ->
        e.Message
