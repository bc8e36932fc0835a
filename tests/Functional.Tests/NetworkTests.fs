module NetworkTests

open System
open System.Collections.Generic
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.FsCheck
open Generators

let private compose (networks: Network seq) = Network.Compose networks

let private dense (inputs: int) (outputs: int) = Layers.Dense(inputs, outputs)

let private infer (outputs: int) = Layers.Dense outputs

let private shape (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))

let private row size = shape [ size ]

let private property name law = testPropertyWithConfig config name law

/// The errors of code that must not fit.
let private errorsOf (code: unit -> Network) =
    try
        let network = code ()
        failtestf "Expected a ShapeException, got %O" network
    with :? ShapeException as e ->
        List.ofSeq e.Errors

let private composition =
    testList
        "composition"
        [
            property "is associative" (fun (network: Network) (NonNegativeInt i) (NonNegativeInt j) ->
                let parts = List.ofSeq network.Layers
                let first = i % (parts.Length + 1)
                let second = first + j % (parts.Length - first + 1)
                let a = compose parts[.. first - 1]
                let b = compose parts[first .. second - 1]
                let c = compose parts[second..]
                let left = a.Then(b).Then c
                let right = a.Then(b.Then c)
                Expect.equal left right "(a >> b) >> c = a >> (b >> c)"
                Expect.equal left network "and both are the whole"
                Expect.equal (left.GetHashCode()) (right.GetHashCode()) "equal networks have equal hashes")

            property "has Identity as its unit" (fun (network: Network) ->
                Expect.equal (Network.Identity.Then network) network "Identity >> f = f"
                Expect.equal (network.Then Network.Identity) network "f >> Identity = f"
                Expect.equal (compose [ network ]) network "a composition of one is that one")

            testCase "of nothing is Identity" (fun () ->
                Expect.equal (compose []) Network.Identity "no networks"
                Expect.equal (Network.Identity.Then Network.Identity) Network.Identity "Identity twice"
                Expect.isEmpty (Network.Identity.Describe(row 3)) "it has no layers")

            property "may begin with activations" (fun (first: Activation) (second: Activation) ->
                let composed = Activation.op_RightShift (first, Activation.op_Implicit second)

                Expect.sequenceEqual
                    composed.Layers
                    [ Network.Activate first; Network.Activate second ]
                    "both, in order")
        ]

let private equality =
    testList
        "equality"
        [
            property "is by structure" (fun (network: Network) ->
                let copy = Networks.mapWidths id network
                Expect.isFalse (obj.ReferenceEquals(copy, network)) "built anew"
                Expect.equal copy network "equal structure, equal value"
                Expect.equal (copy.GetHashCode()) (network.GetHashCode()) "equal values, equal hashes")

            property "tells networks apart that print differently" (fun (network: Network) ->
                for other in Networks.shrink Contents.Printable AnyOutput network |> Seq.truncate 50 do
                    if string other <> string network then
                        Expect.notEqual other network "another network")

            testCase "of activations is by function and parameter" (fun () ->
                Expect.equal (Activation.LeakyReluWith 0.01) Activation.LeakyRelu "the default slope"
                Expect.equal (Activation.EluWith 1.0) Activation.Elu "the default scale"
                Expect.notEqual (Activation.LeakyReluWith 0.2) Activation.LeakyRelu "another slope"
                let named (name: string) = Activation.Define(name, fun x -> x * x)
                Expect.equal (named "f") (named "f") "two functions that build the same expression"
                Expect.notEqual (named "f") (named "g") "another name")
        ]

/// Parameters by the sum of the definition: d·e + e per dense layer, without e where there is no bias; and the width after it. Those
/// shared are counted where they are used first.
let rec private countIn (seen: HashSet<string>) (width: int) (network: Network) : int64 * int =
    let count = countIn seen

    match network with
    | :? Network.Embedding as e -> int64 e.Count * int64 e.Size, e.Columns * e.Size
    | :? Network.BatchNorm as n -> (if n.IsAffine then 2L * int64 width else 0L), width
    | :? Network.LayerNorm as n -> (if n.IsAffine then 2L * int64 width else 0L), width
    | :? Network.Shared as s ->
        let own, after = count width s.Body
        (if seen.Add s.Name then own else 0L), after
    | :? Network.Concat as c ->
        let counted = c.Branches |> Seq.map (count width) |> List.ofSeq
        List.sumBy fst counted, List.sumBy snd counted
    | :? Network.Dense as d -> int64 width * int64 d.Outputs + (if d.HasBias then int64 d.Outputs else 0L), d.Outputs
    | :? Network.Residual as r -> count width r.Body
    | :? Network.Named as n -> count width n.Body
    | :? Network.Sequence as s ->
        ((0L, width), s.Parts)
        ||> Seq.fold (fun (total, width) part ->
            let own, width = count width part
            total + own, width)
    | _ -> 0L, width

let rec private contains<'part> (network: Network) =
    box network :? 'part || NetworkWalk.Parts network |> Seq.exists contains<'part>

let private shapes =
    testList
        "shapes"
        [
            property "count Σ dᵢeᵢ + eᵢ parameters" (fun (network: Network) ->
                let expected, outputs = countIn (HashSet()) network.InputShape[Index 0] network
                Expect.equal network.ParameterCount expected "the sum over the layers"
                Expect.equal network.OutputShape (row outputs) "the last width")

            testCase "count the parameters of 784-128-64-10 and of layers without any" (fun () ->
                let mlp = Layers.Mlp(ReadOnlySpan [| 784; 128; 64; 10 |], Layers.Relu)
                Expect.equal mlp.ParameterCount 109386L "784·128 + 128 + 128·64 + 64 + 64·10 + 10"
                Expect.equal (Layers.Flatten.Then Layers.Relu).ParameterCount 0L "nothing to train"
                Expect.throwsT<ShapeException> (fun () -> (infer 3).ParameterCount |> ignore) "unknown input")

            property "are stated once the input is given" (fun (network: Network) ->
                let stated = network.WithInput network.InputShape
                Expect.equal (stated.WithInput network.InputShape) stated "stating twice is stating once"
                Expect.equal stated.ParameterCount network.ParameterCount "the same parameters"
                Expect.equal stated.OutputShape network.OutputShape "the same output"

                for layer in network.Describe() do
                    match layer.Layer with
                    | :? Network.Dense as d ->
                        Expect.equal (row d.Inputs.Value) layer.Input "stated as it was inferred"
                    | _ -> ())

            property "chain from layer to layer, under paths that differ" (fun (network: Network) ->
                let layers = network.Describe()

                let paths =
                    [
                        for layer in layers do
                            for parameter in layer.Parameters -> parameter.Path
                    ]

                if not (contains<Network.Shared> network) then
                    Expect.equal (List.distinct paths) paths "every parameter has its own path"

                if not (contains<Network.Concat> network) then
                    Expect.equal layers[0].Input network.InputShape "the first takes the input"

                    for before, after in Seq.pairwise layers do
                        Expect.equal after.Input before.Output $"{after.Path} takes what {before.Path} gives")

            testCase "follow from the first dense layer that states them, through what keeps a row" (fun () ->
                Expect.equal (Layers.Flatten.Then(dense 784 10)).InputShape (row 784) "Flatten keeps a row"

                Expect.equal
                    ((Layers.Flatten.Then(dense 784 10)).WithInput(shape [ 28; 28 ]).OutputShape)
                    (row 10)
                    "and makes one"

                Expect.equal (Layers.Residual(infer 20).InputShape) (row 20) "a skip connection takes what it gives"
                let body = compose [ infer 7; Layers.Relu; infer 5 ]

                Expect.equal
                    (Layers.Residual(body).ParameterCount)
                    (5L * 7L + 7L + 7L * 5L + 5L)
                    "and states it inside"

                Expect.equal
                    (compose [ Layers.Residual Layers.Tanh; dense 4 2 ]).InputShape
                    (row 4)
                    "after one without sizes"

                Expect.throwsT<ShapeException>
                    (fun () -> (compose [ infer 3; dense 3 2 ]).InputShape |> ignore)
                    "unknown")

            testCase "give names to parts that have none, avoiding those given" (fun () ->
                let network =
                    compose
                        [
                            dense 2 3
                            Layers.Residual(infer 3)
                            Layers.Named("residual1", infer 3)
                            Layers.Named("encoder", compose [ infer 4; Layers.Relu; infer 5 ])
                        ]

                let weights =
                    [
                        for layer in network.Describe() do
                            for parameter in layer.Parameters do
                                if parameter.Shape.Rank = 2 then
                                    parameter.Path
                    ]

                let expected =
                    [ "dense1/W"; "residual2/dense1/W"; "residual1/dense1/W"; "encoder/dense1/W"; "encoder/dense2/W" ]

                Expect.equal weights expected "paths in order")
        ]

let private mismatches =
    let says (code: unit -> Network) expected =
        Expect.equal (errorsOf code) expected "the message"

    testList
        "a mismatch"
        [
            testCase "names the layer, both shapes and a fix" (fun () ->
                says
                    (fun () -> compose [ dense 2 20; Layers.Relu; dense 30 5 ])
                    [
                        "Layer 3 of 3 (Dense 30→5): the input's last dimension must be 30, got [20]. Write Dense(20, 5), or Dense(5) to infer it."
                    ]

                let images = compose [ Layers.Relu; dense 784 128 ]

                says
                    (fun () -> images.WithInput(shape [ 28; 28 ]))
                    [
                        "Layer 2 of 2 (Dense 784→128): the input's last dimension must be 784, got [28, 28]. Insert Flatten before it."
                    ]

                says
                    (fun () -> (infer 10).WithInput(shape [ 5; 4 ]))
                    [
                        "The layer (Dense 10): the input must be one row of features, got [5, 4]. Insert Flatten before it."
                    ]

                says
                    (fun () -> (dense 8 2).WithInput(shape [ 5; 4 ]))
                    [
                        "The layer (Dense 8→2): the input's last dimension must be 8, got [5, 4]. Insert Flatten before it and write Dense(20, 2)."
                    ]

                says
                    (fun () -> compose [ dense 3 4; Layers.Residual(compose [ infer 5; infer 6 ]) ])
                    [
                        "Layer 2 of 3 (Residual): the body's output must have the input's shape [4], got [6]. End the body with Dense(4), or map the input to the output's shape before it."
                    ]

                says
                    (fun () -> Layers.Residual Layers.Flatten |> _.WithInput(shape [ 5; 4 ]))
                    [
                        "The layer (Residual): the body's output must have the input's shape [5, 4], got [20]. Insert Flatten before it."
                    ])

            property "is reported with all others" (fun (sizes: (PositiveInt * PositiveInt) list) ->
                let sizes = [ for PositiveInt inputs, PositiveInt outputs in sizes -> inputs, outputs ]

                let broken =
                    Seq.pairwise sizes |> Seq.indexed |> Seq.filter (fun (_, ((_, a), (b, _))) -> a <> b) |> List.ofSeq

                let network () =
                    compose [ for inputs, outputs in sizes -> dense inputs outputs ]

                if broken.IsEmpty then
                    Expect.equal (network().Layers.Count) sizes.Length "it fits"
                else
                    let places = [ for index, _ in broken -> $"Layer {index + 2} of {sizes.Length} " ]
                    let errors = errorsOf network
                    Expect.equal errors.Length places.Length "one error per mismatch"

                    for error, place in List.zip errors places do
                        Expect.stringStarts error place "in layer order")

            testCase "of a name that occurs twice is an error in one scope, not in two" (fun () ->
                let named (network: Network) = Layers.Named("a", network)

                says
                    (fun () -> compose [ named (dense 1 1); named (dense 1 1) ])
                    [ "Named(\"a\", …): the name occurs twice in the network. Give each part its own name." ]

                let nested = compose [ named (named (dense 1 1)); Layers.Residual(named (dense 1 1)) ]
                Expect.equal nested.ParameterCount 4L "different paths")

            testCase "of a size that no array can hold is an error" (fun () ->
                let tooMany (code: unit -> Network) =
                    match errorsOf code with
                    | [ error ] ->
                        Expect.stringContains error "10,000,000,000 elements, more than 2,147,483,647" "how many"
                    | errors -> failtestf "Expected one error, got %A" errors

                tooMany (fun () -> dense 100_000 100_000)
                tooMany (fun () -> compose [ dense 1 100_000; infer 100_000 ])
                Expect.throwsT<ShapeException> (fun () -> dense 0 3 |> ignore) "no inputs"
                Expect.throwsT<ShapeException> (fun () -> infer -1 |> ignore) "less than no outputs")

            testCase "of a scalar or a batch as input is an error" (fun () ->
                Expect.throwsT<ShapeException>
                    (fun () -> Layers.Softmax.WithInput Shape.Scalar |> ignore)
                    "softmax of one number"

                Expect.throwsT<ShapeException>
                    (fun () -> Layers.Residual(infer 3).WithInput Shape.Scalar |> ignore)
                    "dense of it"

                Expect.throwsT<ShapeException>
                    (fun () -> Layers.Relu.WithInput(shape [ Shape.Batch; 3 ]) |> ignore)
                    "a batch"

                Expect.equal
                    ((Layers.Softmax.WithInput(shape [ 2; 3 ])).ToString())
                    "Softmax"
                    "over the last of two dimensions")
        ]

let tests = testList "Networks" [ composition; equality; shapes; mismatches ]
