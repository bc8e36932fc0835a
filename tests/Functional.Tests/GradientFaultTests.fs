module GradientFaultTests

open System
open System.Collections.Generic
open Expecto
open FsCheck.FSharp
open Functional
open Functional.FsCheck
open Cases
open GradientFixtures

let private options = GradientCheckOptions.Default

let private wrong rule =
    GradientCheckOptions(Gradient = derivedBy rule)

/// The check fails, and exactly these parts are at fault, by these variables.
let private locates name network loss options (expected: (string * string) list) =
    testCase name (fun () ->
        let result = GradientCheck.Check(network, loss, options)
        Expect.isFalse result.Passed "it fails"
        let faults = result.Faults |> Seq.map (fun fault -> fault.Path, fault.By) |> List.ofSeq
        Expect.equal faults expected $"{result}"

        for fault in result.Faults do
            Expect.equal fault.Worst.Verdict GradientVerdict.Failed "a fault is a failure"

        Expect.throwsT<GradientCheckException> (fun () -> result.ThrowIfFailed()) "it throws"

        for path, by in expected do
            Expect.stringContains (string result) $"wrong: {path} (" "the text names the part"
            Expect.stringContains (string result) $"by {by}," "the text names the variable")

/// The compiled gradient with one element changed, of a parameter by its path in whatever network is asked about.
let private changed path (index: int) =
    GradientCheckOptions(
        Gradient =
            fun point ->
                let right = point.Compiled()
                // As one who writes a gradient for one network would.
                let values = right.Parameters[path].Data.ToArray()
                values[index] <- values[index] + 0.1
                let tensor = Tensor<float>(right.Parameters[path].Shape, ReadOnlySpan values)
                Gradient<float>(right.Loss, right.Parameters.With(path, tensor), right.Input)
    )

/// By a plan, with seed and step as the public interface has them, and the derivative by one parameter halved.
let private halved path =
    GradientFunction(fun point ->
        let options = CompileOptions(Input = point.InputShape)
        let plan = point.Network.CompileGradient<float>(point.Loss, point.Rows, options)

        let model =
            if point.Parameters.Count = 0 then
                plan.Initialize()
            else
                Model<float>(point.Network, point.Parameters)

        let right = plan.Gradient(model, point.Features.Data, point.Targets.Data, point.Seed, 1L)

        if not (right.Parameters.ContainsKey path) then
            right
        else
            let values = Array.map (fun g -> g / 2.0) (right.Parameters[path].Data.ToArray())
            let tensor = Tensor<float>(right.Parameters[path].Shape, ReadOnlySpan values)
            Gradient<float>(right.Loss, right.Parameters.With(path, tensor), right.Input))

let private own =
    let network = dense 2 3 >>> Layers.Tanh >>> dense 3 1

    [
        locates
            "one's own gradient, where a part has the path of another"
            network
            mse
            (changed "dense1/W" 5)
            [ "dense1", "W" ]
        locates "one's own gradient, which no part has" network mse (changed "dense2/W" 2) [ "dense2", "W" ]

        // Of a part behind another dropout it drops other units than the whole.
        for seed in 0UL .. 3UL do
            locates
                $"one's own gradient by a plan, whose dropout is right, seed {seed}"
                (dense 3 4 >>> Layers.Dropout 0.5 >>> dense 4 4 >>> Layers.Dropout 0.5 >>> dense 4 2)
                mse
                (GradientCheckOptions(Gradient = halved "dense1/b", Seed = seed, Rows = 5))
                [ "dense1", "b" ]
    ]

let tests =
    let inner = dense 3 3 >>> Layers.Tanh

    testList
        "GradientCheck finds and locates"
        [
            locates
                "a dropped bias gradient"
                (dense 2 3 >>> Layers.Tanh >>> dense 3 2)
                mse
                (wrong droppedBias)
                [ "dense1", "b"; "dense2", "b" ]

            locates
                "a swapped transpose, in a named part of a skip connection"
                (dense 2 3 >>> Layers.Residual(Layers.Named("inner", inner)) >>> dense 3 1)
                mse
                (wrong swappedTranspose)
                [ "residual1/inner/dense1", "x" ]

            locates
                "a batch normalization that forgets the variance"
                (dense 2 3 >>> Layers.BatchNorm() >>> Layers.Tanh >>> dense 3 1)
                mse
                (wrong forgottenVariance)
                [ "batchnorm1", "x" ]

            locates
                "a wrong derivative of an activation"
                (dense 2 3 >>> Activation.op_Implicit wrongGelu >>> dense 3 1)
                mse
                options
                [ "gelu1", "x" ]

            locates
                "a layer in a branch, and not its neighbours"
                (Layers.Concat(ReadOnlySpan [| dense 2 3; dense 2 2 >>> Activation.op_Implicit wrongGelu |])
                 >>> dense 5 1)
                mse
                options
                [ "concat1/2/gelu1", "x" ]

            // Alone, its dropout would draw what the first one draws.
            locates
                "a layer before the second dropout, whose masks are those of the whole"
                (Layers.Dropout 0.8 >>> Layers.Named("part", dense 1 1 >>> Layers.Dropout 0.8) >>> dense 1 1)
                mse
                (GradientCheckOptions(Gradient = derivedBy droppedBias, Seed = 506067UL, Rows = 1))
                [ "part/dense1", "b"; "dense1", "b" ]

            locates
                "a wrong loss"
                (dense 2 2)
                (Loss.Define("half", (fun p y -> Scalar.Square(p - y)), (fun p y -> p - y)))
                options
                [ "loss", "p" ]

            locates
                "one wrong element among many, along random directions"
                (dense 30 40)
                mse
                (GradientCheckOptions(
                    Gradient =
                        fun point ->
                            let right = point.Compiled()

                            Gradient<float>(
                                right.Loss,
                                Parameters<float>
                                    [
                                        for KeyValue(path, tensor) in right.Parameters do
                                            let values = tensor.Data.ToArray()

                                            if path = "dense1/W" then
                                                values[777] <- values[777] + 1e-3

                                            KeyValuePair(path, Tensor<float>(tensor.Shape, ReadOnlySpan values))
                                    ],
                                right.Input
                            )
                ))
                [ "dense1", "W" ]

            locates
                "a derivative that is 0 where a period is hidden from round steps"
                (Activation.Define(
                    "f",
                    (fun x -> Scalar.Sin(x * Scalar.op_Implicit (64.0 * Math.PI))),
                    (fun _ -> Scalar.op_Implicit 0.0)
                 )
                 |> Activation.op_Implicit
                 >>> dense 2 1)
                mse
                options
                [ "f1", "x" ]

            yield! own

            testCase "what is not a number" (fun () ->
                let gradient (point: GradientPoint) =
                    let right = point.Compiled()

                    let nan (tensor: Tensor<float>) =
                        Tensor<float>(tensor.Shape, ReadOnlySpan(Array.create tensor.Count nan))

                    Gradient<float>(right.Loss, right.Parameters, nan right.Input)

                let result = GradientCheck.Check(dense 2 1, mse, GradientCheckOptions(Gradient = gradient))
                Expect.equal result.Worst.Path "x" "the input's"
                Expect.equal result.Worst.Verdict GradientVerdict.Failed "failed")

            law 50 "a dropped bias in any network that has one" (fun (SmoothCase case) ->
                let hasBias =
                    case.Network.Describe(Option.toNullable case.Input)
                    |> Seq.exists (fun layer ->
                        match layer.Layer with
                        | :? Network.Dense as d -> d.HasBias
                        | _ -> false)

                let result = checkOf case (wrong droppedBias)

                // Where a bias does not matter, as before a normalization, its gradient is 0 rightly.
                (hasBias && not result.Passed)
                ==> lazy
                    (Expect.isNonEmpty result.Faults "faults"
                     Expect.all result.Faults (fun fault -> fault.By = "b") $"{result}"))
        ]
