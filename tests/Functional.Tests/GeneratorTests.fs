/// What the package of generators promises of what it generates and of how that shrinks.
module GeneratorTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.FsCheck

let private children (network: Network) = NetworkWalk.Parts network |> List.ofSeq

let rec private everything (network: Network) : Network list =
    network :: (children network |> List.collect everything)

let private outputs (network: Network) =
    everything network
    |> List.choose (function
        | :? Network.Dense as d -> Some d.Outputs
        | :? Network.Embedding as e -> Some e.Size
        | _ -> None)

/// What no shrink makes larger: layers and what is around them, then widths, then rows.
let private size (case: GradientCase) =
    let features (part: Network) =
        match part with
        | :? Network.Dense as d -> d.Outputs
        | :? Network.Embedding as e -> e.Columns * e.Size
        | _ -> 0

    let all = everything case.Network
    all.Length, List.sumBy features all, case.Rows

/// Contents of generated bounds.
type private Bounded = { Contents: Contents; Text: string }

type private BoundedArbitraries =
    static member Bounded() =
        gen {
            let! parts = Gen.choose (0, 6)
            let! width = Gen.choose (2, 12)
            let! rows = Gen.choose (1, 9)
            let! start = Gen.elements [ Contents.Smooth; Contents.Kinked; Contents.Printable ]

            return
                {
                    Contents = start.WithBounds(parts, width, rows)
                    Text = $"%d{parts} parts, widths to %d{width}, %d{rows} rows"
                }
        }
        |> Arb.fromGen

let private law count name property =
    ToleranceTable.lawOf [ typeof<Arbitraries> ] count name property

let private sample count (generator: Gen<'a>) =
    Gen.sample count generator |> List.ofArray

let private generated =
    testList
        "generated"
        [
            ToleranceTable.lawOf [ typeof<BoundedArbitraries> ] 200 "networks and cases keep to bounds" (fun bounds ->
                let contents = bounds.Contents

                for ending in [ AnyOutput; Regression; Probability; Distribution ] do
                    let network = Gen.sample 1 (Networks.generate contents ending) |> Array.head
                    Expect.isTrue (Networks.isWellFormed ending network) (string network)

                let case = Gen.sample 1 (GradientCases.generate { contents with AnyExpressions = false }) |> Array.head
                Expect.isTrue (GradientCases.isWellFormed case) (string case)
                Expect.isLessThanOrEqual case.Rows contents.MostRows "rows"

                // A Flatten's rows and columns become its dense layer's inputs, an embedding's columns the next one's.
                let isConcat (part: Network) = part :? Network.Concat
                // Three branches, of which each may end in three.
                let times = if List.exists isConcat (everything case.Network) then 9 else 1

                for width in outputs case.Network do
                    Expect.isLessThanOrEqual width (times * contents.LargestWidth) $"{bounds.Text}: {case.Network}"

                // An opening, Flatten and its dense layer, three parts where something is shared, an ending.
                Expect.isLessThanOrEqual case.Network.Layers.Count (8 + 3 * contents.MostParts) "parts")

            testCase "networks have every layer, activation and initializer" (fun () ->
                let all = sample 600 (Networks.generate Contents.Printable AnyOutput) |> List.collect everything
                let kinds = all |> List.map (fun part -> part.GetType()) |> System.Collections.Generic.HashSet

                for kind in typeof<Network>.GetNestedTypes() |> Array.filter (fun t -> t.BaseType = typeof<Network>) do
                    Expect.isTrue (kinds.Contains kind) $"{kind.Name} occurs"

                let activations =
                    all
                    |> List.choose (function
                        | :? Network.Activate as a -> Some a.Activation
                        | _ -> None)

                for activation in Activation.BuiltIns do
                    Expect.contains activations activation "every activation occurs"

                Expect.exists activations (fun a -> string a |> fun text -> text.Contains "With(") "with parameters"
                Expect.exists activations (fun a -> string a |> fun text -> text.Contains "Define(") "defined ones"

                let initializers =
                    all
                    |> List.choose (function
                        | :? Network.Dense as d -> Option.ofObj d.Weights
                        | _ -> None)

                for initializer in Initializer.Named do
                    Expect.contains initializers initializer "every initializer occurs")

            testCase "cases have every loss, and inputs of two dimensions" (fun () ->
                let cases = sample 1000 (GradientCases.generate Contents.Kinked)
                let losses = cases |> List.map _.Loss

                for loss in Loss.BuiltIns do
                    Expect.contains losses loss "every loss occurs"

                for name in
                    [ "Huber(δ"; "BinaryCrossEntropy("; "CrossEntropy("; "CrossEntropyOfProbabilities("; "defined" ] do
                    Expect.exists losses (fun loss -> loss.Name.StartsWith name) name

                Expect.exists cases (fun case -> case.Input.IsSome && case.Input.Value.Rank = 2) "two dimensions")

            testCase "probabilities come from sigmoids and softmaxes, built-in and not" (fun () ->
                let lasts ending =
                    sample 200 (Networks.generate Contents.Kinked ending)
                    |> List.map (fun network -> Seq.last network.Layers)
                    |> List.distinct

                let isDefined derived (layer: Network) =
                    match layer with
                    | :? Network.Activate as a ->
                        match a.Activation with
                        | :? Activation.Elementwise as defined ->
                            not defined.IsBuiltIn && isNull defined.Derivative <> derived
                        | _ -> false
                    | _ -> false

                let sigmoids = lasts Probability
                Expect.equal sigmoids.Length 3 $"%A{sigmoids}"
                Expect.contains sigmoids Layers.Sigmoid "the built-in one"
                Expect.exists sigmoids (isDefined false) "by its formula"
                Expect.exists sigmoids (isDefined true) "with its derivative"
                Expect.containsAll (lasts Distribution) [ Layers.Softmax; Layers.LogSoftmax ] "with its logarithm"

                let check = GradientCheckOptions(Seed = 3UL)

                // As long as the loss needs probabilities, its ending becomes the built-in one.
                for ending, loss, simplest in
                    [
                        Probability, Loss.BinaryCrossEntropy, Layers.Sigmoid
                        Distribution, Loss.CrossEntropy, Layers.Softmax
                    ] do
                    for last in lasts ending do
                        let rec walk (case: GradientCase) =
                            match
                                GradientCases.shrink Contents.Kinked case
                                |> Seq.tryFind (fun smaller -> smaller.Loss = loss)
                            with
                            | Some smaller -> walk smaller
                            | None -> case

                        let smallest =
                            walk
                                {
                                    Network = Network.Parse("Dense(3, 2)").Then last
                                    Input = None
                                    Loss = loss
                                    Rows = 3
                                    Seed = 3UL
                                    Decimals = None
                                    Check = check
                                }

                        Expect.equal (Seq.last smallest.Network.Layers) simplest $"{last}")

            testCase "networks without kinks, dropout, batch normalization or embeddings have none" (fun () ->
                let contents =
                    { Contents.Smooth with
                        Dropout = false
                        BatchNorm = false
                        Embeddings = false
                        Softmax = false
                    }

                for network in sample 300 (Networks.generate contents AnyOutput) do
                    for part in everything network do
                        match part with
                        | :? Network.Dropout
                        | :? Network.BatchNorm
                        | :? Network.Embedding -> failtest $"{part} in {network}"
                        | :? Network.Activate as a when
                            List.contains a.Activation [ Activation.Relu; Activation.LeakyRelu; Activation.Softmax ]
                            ->
                            failtest $"{part} in {network}"
                        | _ -> ())

            testCase "contents refuse bounds that nothing can keep" (fun () ->
                for contents in
                    [
                        Contents.Smooth.WithBounds(-1, 3, 3)
                        Contents.Smooth.WithBounds(1, 0, 3)
                        Contents.Smooth.WithBounds(1, 3, 0)
                    ] do
                    Expect.throwsT<ArgumentOutOfRangeException>
                        (fun () -> GradientCases.generate contents |> ignore)
                        "a bound")

            law 60 "derivatives are those of their expressions" (fun (e: Scalar) ->
                let network =
                    Layers.Dense(1, 1).Then(Activation.op_Implicit (Activations.defineWith "f" e (Derivatives.of' e)))

                let result = GradientCheck.Check(network, Loss.MeanSquaredError)
                // A kink at every point tried leaves it undecided.
                Expect.all result.Items (fun item -> item.Verdict <> GradientVerdict.Failed) $"{result}")

            law 100 "shapes shrink to fewer or smaller dimensions" (fun (shape: Shape) ->
                for smaller in Shapes.shrink shape do
                    Expect.isTrue (smaller.Rank < shape.Rank || smaller.Count < shape.Count) $"{shape} → {smaller}")
        ]

let private own =
    let mine = Activation.Define("mine", (fun x -> x * Scalar.Sigmoid(x + x)))

    let layer (width: int) =
        Layers.Dense(width, width).Then(Activation.op_Implicit mine: Network)

    testList
        "of one's own"
        [
            testCase "are drawn" (fun () ->
                let contents = Contents.Kinked.WithActivations(mine).WithLayers(Func<int, Network> layer)
                let networks = sample 200 (Networks.generate contents Regression)
                let contains part (network: Network) = List.contains part (everything network)
                let activate: Network = Activation.op_Implicit mine
                Expect.exists networks (contains activate) "the activation"

                Expect.exists
                    networks
                    (fun network ->
                        let layers = List.ofSeq network.Layers |> List.map string
                        List.pairwise layers |> List.exists (fun (a, b) -> a.StartsWith "Dense" && b = string mine))
                    "the layer"

                for network in networks do
                    Expect.isTrue (Networks.isWellFormed Regression network) (string network))

            testCase "activations stay as they are or become Tanh" (fun () ->
                let contents = Contents.Kinked.WithActivations mine
                Expect.equal (List.ofSeq (Activations.shrink contents mine)) [ Activation.Tanh ] "only Tanh"

                Expect.isGreaterThan
                    (Seq.length (Activations.shrink Contents.Kinked mine))
                    1
                    "others shrink their expression")

            testCase "layers must give the width they take" (fun () ->
                let contents =
                    { Contents.Kinked with
                        Layers = [ fun width -> Layers.Dense(width, width + 1) ]
                    }

                Expect.throwsT<ArgumentException>
                    (fun () -> sample 100 (Networks.generate contents AnyOutput) |> ignore)
                    "another width")

            testCase "named layers may occur several times" (fun () ->
                let named (width: int) = Layers.Named("block", layer width)

                let contents =
                    { Contents.Kinked with
                        Layers = [ named ]
                    }

                for network in sample 200 (Networks.generate contents AnyOutput) do
                    Expect.isTrue (Networks.isWellFormed AnyOutput network) (string network))
        ]

let private shrinking =
    testList
        "shrinking"
        [
            law 60 "gives cases that are smaller, different and well-formed" (fun (case: GradientCase) ->
                for smaller in GradientCases.shrink Contents.Kinked case |> Seq.truncate 60 do
                    Expect.notEqual smaller case "another case"
                    Expect.isTrue (GradientCases.isWellFormed smaller) $"well-formed:\n{smaller}"
                    Expect.isTrue (size smaller <= size case) $"{size case} → {size smaller}:\n{case}\n→\n{smaller}")

            law 40 "ends, whichever way is taken" (fun (case: GradientCase) seed ->
                let random = Random(seed)

                let rec walk steps case =
                    if steps > 2000 then
                        failtest $"Still shrinking:\n{case}"

                    match
                        GradientCases.shrink Contents.Kinked case |> Seq.truncate (1 + random.Next 30) |> List.ofSeq
                    with
                    | [] -> ()
                    | smaller -> walk (steps + 1) (List.last smaller)

                walk 0 case)

            law 40 "ends at one dense layer of one weight" (fun (case: GradientCase) ->
                let rec first (case: GradientCase) =
                    match GradientCases.shrink Contents.Kinked case |> Seq.tryHead with
                    | Some smaller -> first smaller
                    | None -> case

                let smallest = first case
                Expect.isLessThanOrEqual (everything smallest.Network).Length 3 (string smallest)
                Expect.equal smallest.Rows 1 "one row"
                Expect.equal smallest.Decimals (Some 0) "round numbers"
                Expect.equal smallest.Loss Loss.MeanSquaredError "the simplest loss")

            testProperty "of expressions ends" (fun seed ->
                let random = Random(seed)

                let rec walk steps (e: Scalar) =
                    if steps > 500 then
                        failtest $"Still shrinking: {e}"

                    match Expressions.shrink e |> Seq.truncate 20 |> Array.ofSeq with
                    | [||] -> ()
                    | smaller -> walk (steps + 1) smaller[random.Next smaller.Length]

                walk 0 (Gen.sample 1 Expressions.any |> Array.head))

            testCase "narrows what branches make wide" (fun () ->
                let network = Network.Parse "Dense(3, 5) >> Concat(Dense(5, 4), Tanh) >> Dense(9, 2)"
                let narrowed = Networks.shrink Contents.Kinked Regression network |> Seq.map outputs |> List.ofSeq

                Expect.exists
                    narrowed
                    (fun widths -> widths.Length = 3 && widths[0] < 5)
                    "the width before the branches"

                Expect.exists narrowed (fun widths -> widths.Length = 3 && widths[1] < 4) "a branch's width")

            testCase "changes what is shared everywhere at once" (fun () ->
                let network =
                    Network.Parse
                        "Dense(2, 3) >> Shared(\"tied7\", Dense(3, 3) >> Relu) >> Tanh >> Shared(\"tied7\", Dense(3, 3) >> Relu) >> Dense(3, 1)"

                let smaller = Networks.shrink Contents.Kinked Regression network |> Seq.map string |> List.ofSeq

                Expect.contains
                    smaller
                    "Dense(2, 3) >> Shared(\"tied7\", Dense(3, 3)) >> Tanh >> Shared(\"tied7\", Dense(3, 3)) >> Dense(3, 1)"
                    "without Relu"

                Expect.contains
                    smaller
                    "Dense(2, 3) >> Shared(\"tied\", Dense(3, 3) >> Relu) >> Tanh >> Shared(\"tied\", Dense(3, 3) >> Relu) >> Dense(3, 1)"
                    "by a plain name")
        ]

let tests = testList "FsCheck generators" [ generated; own; shrinking ]
