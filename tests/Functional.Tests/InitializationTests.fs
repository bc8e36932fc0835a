module InitializationTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.FsCheck
open Generators

let private draw (network: Network) seed =
    ParameterInitialization.Draw(LayerInference.Complete(network, Nullable()).Parameters, seed)

let private weights (inputs: int) (outputs: int) (initializer: Initializer) seed =
    let layer = Layers.Dense(inputs, outputs, weights = initializer)
    let drawn = draw layer seed
    drawn["dense1/W"].Data.ToArray()

/// Five standard errors: a right implementation fails one check in two million.
let private isWithin standardError (actual: float) expected what =
    Expect.isLessThanOrEqual
        (abs (actual - expected))
        (5.0 * standardError)
        $"{what}: expected {expected}, got {actual}"

let private inputs, outputs = 300, 200

type private Distribution =
    | Uniform
    | Normal

/// Mean, variance and the fraction within one standard deviation, which tells the two distributions apart.
let private follows distribution mean variance (values: float array) =
    let n = float values.Length
    let sigma = sqrt variance
    let average = Array.average values
    let spread = values |> Array.averageBy (fun v -> (v - mean) ** 2.0)
    let inside = values |> Array.averageBy (fun v -> if abs (v - mean) <= sigma then 1.0 else 0.0)

    // Var[(v − μ)²] = (kurtosis − 1)·σ⁴ with kurtosis 9/5 or 3; P(|v − μ| ≤ σ) = 1/√3 or erf(1/√2).
    let kurtosis, within =
        match distribution with
        | Uniform -> 1.8, 1.0 / sqrt 3.0
        | Normal -> 3.0, 0.6826894921370859

    isWithin (sigma / sqrt n) average mean "mean"
    isWithin (variance * sqrt ((kurtosis - 1.0) / n)) spread variance "variance"
    isWithin (sqrt (within * (1.0 - within) / n)) inside within "fraction within one standard deviation"

let private draws name initializer distribution mean variance bounds =
    testPropertyWithConfig { config with maxTest = 20 } name (fun (seed: uint64) ->
        let values = weights inputs outputs initializer seed
        follows distribution mean variance values

        match bounds with
        | Some(low, high) ->
            Expect.all values (fun v -> low <= v && v < high) $"within [{low}, {high})"
            // 60,000 values leave less than a thousandth of the range empty at either end, or once in 10²⁶.
            Expect.isLessThan (Array.min values) (low + 0.001 * (high - low)) "down to the lower bound"
            Expect.isGreaterThan (Array.max values) (high - 0.001 * (high - low)) "up to the upper bound"
        | None -> ())

let private fanIn, fanMean = float inputs, float (inputs + outputs) / 2.0

let private symmetric bound = Some(-bound, bound)

let tests =
    testList
        "Initialization"
        [
            draws
                "of XavierUniform is uniform with variance 1/mean fan"
                Initializer.XavierUniform
                Uniform
                0.0
                (1.0 / fanMean)
                (symmetric (sqrt (3.0 / fanMean)))
            draws
                "of XavierNormal is normal with variance 1/mean fan"
                Initializer.XavierNormal
                Normal
                0.0
                (1.0 / fanMean)
                None
            draws
                "of HeUniform is uniform with variance 2/fan-in"
                Initializer.HeUniform
                Uniform
                0.0
                (2.0 / fanIn)
                (symmetric (sqrt (6.0 / fanIn)))
            draws "of HeNormal is normal with variance 2/fan-in" Initializer.HeNormal Normal 0.0 (2.0 / fanIn) None
            draws
                "of ScaledUniform is uniform on ±1/√fan-in"
                Initializer.ScaledUniform
                Uniform
                0.0
                (1.0 / (3.0 * fanIn))
                (symmetric (1.0 / sqrt fanIn))
            draws
                "of Uniform is uniform between its bounds"
                (Initializer.Uniform(-1.0, 3.0))
                Uniform
                1.0
                (16.0 / 12.0)
                (Some(-1.0, 3.0))

            testCase "of Constant and Zeros is that value" (fun () ->
                Expect.allEqual (weights 3 4 (Initializer.Constant 0.3) 1UL) 0.3 "0.3"
                Expect.allEqual (weights 3 4 Initializer.Zeros 1UL) 0.0 "0"

                Expect.allEqual
                    (weights 9 9 (Initializer.Uniform(1.0, Math.BitIncrement 1.0)) 1UL)
                    1.0
                    "the only number in [low, high)")

            testCase "begins weights by what follows them, and biases at 0" (fun () ->
                let network =
                    Network.Compose
                        [
                            Layers.Named("a", Network.Compose [ Layers.Dense(2, 3); Layers.Dense 4; Layers.Flatten ])
                            Layers.Named("b", Network.Compose [ Layers.Relu; Layers.Dense 5 ])
                            Layers.Tanh
                            Layers.Dense(6, weights = Initializer.HeUniform, biases = Initializer.Constant 1.0)
                        ]

                let begins =
                    [
                        for layer in network.Describe() do
                            for p in layer.Parameters -> p.Path, p.Initializer
                    ]

                Expect.equal
                    begins
                    [
                        "a/dense1/W", Initializer.XavierUniform
                        "a/dense1/b", Initializer.Zeros
                        "a/dense2/W", Initializer.HeNormal
                        "a/dense2/b", Initializer.Zeros
                        "b/dense1/W", Initializer.XavierUniform
                        "b/dense1/b", Initializer.Zeros
                        "dense1/W", Initializer.HeUniform
                        "dense1/b", Initializer.Constant 1.0
                    ]
                    "He before Relu, Xavier otherwise")

            testPropertyWithConfig config "repeats its bits for the same seed" (fun (network: Network) seed ->
                Expect.equal (draw network seed) (draw network seed) "the same parameters")

            testPropertyWithConfig
                config
                "has other bits for another seed, in every parameter"
                (fun seed (other: uint64) ->
                    let square (size: int) =
                        Layers.Dense(size, weights = Initializer.Uniform(0.0, 1.0))

                    let network =
                        Network
                            .Compose([ square 3; Layers.Residual(square 3); square 3 ])
                            .WithInput(Shape(ReadOnlySpan [| 3 |]))

                    let first = draw network seed
                    let second = draw network other

                    if seed <> other then
                        for path in first.Keys |> Seq.filter _.EndsWith("/W") do
                            Expect.notEqual first[path] second[path] path

                    let values =
                        [
                            for path in first.Keys do
                                if path.EndsWith "/W" then
                                    yield! first[path].Data.ToArray()
                        ]

                    Expect.equal (List.distinct values) values "no layer repeats another's numbers")

            testPropertyWithConfig
                config
                "of a layer does not depend on the sizes of others"
                (fun seed (PositiveInt width) ->
                    let network (last: int) =
                        Network.Compose [ Layers.Dense(3, 4); Layers.Dense 5; Layers.Dense last ]

                    let first = draw (network width) seed
                    let second = draw (network (width + 1)) seed
                    Expect.equal first["dense2/W"] second["dense2/W"] "a later layer's size changed")

            testCase "refuses values and bounds that are none" (fun () ->
                Expect.throwsT<ArgumentOutOfRangeException> (fun () -> Initializer.Uniform(1.0, 1.0) |> ignore) "empty"

                Expect.throwsT<ArgumentOutOfRangeException>
                    (fun () -> Initializer.Uniform(0.0, infinity) |> ignore)
                    "infinite"

                Expect.throwsT<ArgumentOutOfRangeException>
                    (fun () -> Initializer.Uniform(-1e308, 1e308) |> ignore)
                    "too wide"

                Expect.throwsT<ArgumentOutOfRangeException> (fun () -> Initializer.Constant nan |> ignore) "no number")
        ]
