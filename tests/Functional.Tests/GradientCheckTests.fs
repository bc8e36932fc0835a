module GradientCheckTests

open System
open System.Collections.Generic
open System.Threading
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.FsCheck
open Functional.Checking
open Functional.Gradients
open Functional.Graphs
open Cases
open Generators
open GradientFixtures


let private options = GradientCheckOptions.Default

/// Passed, or undecided for a reason that is told.
let private expectNoFailure (result: GradientCheckResult) =
    for item in result.Items do
        if item.Verdict = GradientVerdict.Failed then
            failtest $"{result}"

        Expect.equal (isNull item.Reason) (item.Excluded = 0) "what is excluded has a reason"

    Expect.isEmpty result.Faults "no faults"

let private isSmall case =
    (Cases.objective case).Nodes.Length <= 40

let private passes =
    testList
        "passes"
        [
            law 200 "generated networks, element by element" (fun (case: Case) ->
                checkOf case options |> expectNoFailure)

            ToleranceTable.lawOf
                []
                100
                "small generated networks to 1e-9, element by element"
                (Prop.forAll (CaseArbitraries.Case() |> Arb.filter isSmall) (fun case ->
                    let exact = GradientCheckOptions(RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-9)
                    let result = checkOf case exact
                    Expect.isTrue result.Passed $"{result}"
                    Expect.all result.Items (fun item -> item.Excluded = 0) $"nothing is excluded: {result}"))

            law 100 "generated networks as they predict" (fun (case: Case) ->
                checkOf case (GradientCheckOptions(Mode = LayerMode.Inference)) |> expectNoFailure)

            law 50 "compiled float64 plans, as the gradient under test" (fun (case: Case) ->
                checkOf case (GradientCheckOptions(Gradient = fun point -> point.Compiled())) |> expectNoFailure)

            law 100 "generated networks without kinks and excludes nothing" (fun (SmoothCase case) ->
                let result = checkOf case (GradientCheckOptions(RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-6))
                Expect.isTrue result.Passed $"{result}"
                Expect.all result.Items (fun item -> item.Excluded = 0) $"nothing is excluded: {result}")

            law 30 "large networks along random directions" (fun (SmoothCase case) ->
                let result =
                    GradientCheck.Check(
                        case.Network,
                        case.Loss,
                        GradientCheckOptions(MostElements = 0, Directions = 3, Compilation = Cases.options case)
                    )

                expectNoFailure result

                for item in result.Items do
                    Expect.equal (item.Checked + item.Excluded) 3 "three directions"

                    match item.Worst with
                    | null -> ()
                    | worst -> Expect.stringStarts worst.Where "direction" "by direction")

            law 50 "the same with the same seed" (fun (case: Case) ->
                Expect.equal (checkOf case options) (checkOf case options) "equal results")
        ]


let private kinks =
    let at (network: Network) (values: (string * float list) list) =
        Parameters<float>
            [
                for info in network.Describe() |> Seq.collect _.Parameters do
                    let _, given = values |> List.find (fun (path, _) -> path = info.Path)
                    KeyValuePair(info.Path, Tensor<float>(info.Shape, ReadOnlySpan(Array.ofList given)))
            ]

    let row (value: float) =
        Tensor<float>(Shape(ReadOnlySpan [| 1; 1 |]), ReadOnlySpan [| value |])

    testList
        "at a kink"
        [
            for activation in [ Activation.Relu; Activation.LeakyRelu; Activation.Define("abs", Scalar.Abs) ] do
                testCase $"of {activation.Name} it leaves out what the kink hides, and says so" (fun () ->
                    let network = dense 1 1 >>> Activation.op_Implicit activation

                    let result =
                        GradientCheck.Check(
                            network,
                            mse,
                            GradientCheckOptions(
                                At = at network [ "dense1/W", [ 2.0 ]; "dense1/b", [ -6.0 ] ],
                                Features = row 3.0,
                                Targets = row 1.0
                            )
                        )

                    Expect.isFalse result.Passed "it is not passed"
                    Expect.all result.Items (fun item -> item.Verdict = GradientVerdict.Undecided) "but undecided"
                    let reason = string result.Worst.Reason
                    Expect.stringContains reason "kink" "the reason"
                    Expect.stringContains reason (activation.Name.ToLowerInvariant()) "and the layer")

            testCase "it draws another point, and says how many" (fun () ->
                // Rounded to whole numbers, a point on the kink is likely.
                let results =
                    [
                        for seed in 0UL .. 20UL ->
                            GradientCheck.Check(
                                dense 2 3 >>> Layers.Relu >>> dense 3 1,
                                mse,
                                GradientCheckOptions(Seed = seed, Decimals = 0, Points = 40)
                            )
                    ]

                Expect.all results _.Passed "each is decided in the end"
                let redrawn = results |> List.filter (fun result -> result.Points > 1)
                Expect.isNonEmpty redrawn "some of them elsewhere"
                Expect.all redrawn (fun result -> (string result).Contains $", {result.Points} points") "it is told")

            testCase "a kink that is near, but not reached, does not matter" (fun () ->
                let network = dense 1 1 >>> Layers.Relu

                let result =
                    GradientCheck.Check(
                        network,
                        mse,
                        GradientCheckOptions(
                            At = at network [ "dense1/W", [ 2.0 ]; "dense1/b", [ -5.999 ] ],
                            Features = row 3.0,
                            Targets = row 1.0
                        )
                    )

                Expect.isTrue result.Passed $"{result}")
        ]

let private plans =
    let planOf (result: GradientCheckResult) =
        result.Plan |> Option.ofObj |> Option.get

    testList
        "a compiled plan"
        [
            law 100 "in float32 agrees, and its zeros are zeros" (fun (case: Case) ->
                let result = checkOf case (GradientCheckOptions(Plan = Precision.Float))
                Expect.isTrue (planOf result).Passed $"{result}")

            law 60 "in float64 agrees" (fun (case: Case) ->
                let result = checkOf case (GradientCheckOptions(Plan = Precision.Double))
                Expect.isTrue (planOf result).Passed $"{result}")

            testCase "in float32 agrees on the loss of a class that is almost certain" (fun () ->
                // x − ln Σeˣ is as small as the rounding of its terms.
                let network = dense 3 2 >>> Layers.Dropout 0.8 >>> dense 2 2 >>> Layers.Softmax

                let result =
                    GradientCheck.Check(
                        network,
                        Loss.CrossEntropy,
                        GradientCheckOptions(Seed = 98309UL, Rows = 1, Plan = Precision.Float)
                    )

                Expect.isTrue result.Passed $"{result}")

            testCase "in float32 is within 1e-5" (fun () ->
                for seed in 0UL .. 9UL do
                    let network =
                        dense 4 8 >>> Layers.Relu >>> dense 8 8 >>> Layers.Gelu >>> dense 8 3 >>> Layers.Softmax

                    let result =
                        GradientCheck.Check(
                            network,
                            Loss.CrossEntropy,
                            GradientCheckOptions(Seed = seed, Plan = Precision.Float)
                        )

                    Expect.isTrue result.Passed $"{result}"
                    Expect.all (planOf result).Items (fun item -> item.Error <= 1e-5 && item.Tolerance < 3e-5) "1e-5")
        ]

let private hessians =
    let twice rule (network: Network) =
        let inference = LayerInference.Complete(network, Nullable())

        let struct (items, _, _) =
            HessianCheck.Run(
                Subject(inference, mse, LayerMode.Training, null),
                options,
                CheckRun(null, CancellationToken.None),
                rule
            )

        items

    testList
        "of the Hessian"
        [
            law 60 "passes generated networks" (fun (SmoothCase case) ->
                let result =
                    GradientCheck.CheckHessian(
                        case.Network,
                        case.Loss,
                        GradientCheckOptions(
                            Seed = uint64 case.Seed,
                            Rows = case.Rows,
                            Directions = 2,
                            RelativeTolerance = 1e-6,
                            AbsoluteTolerance = 1e-6,
                            Compilation = Cases.options case
                        )
                    )

                expectNoFailure result)

            testCase "finds a rule that is wrong in the second differentiation alone" (fun () ->
                let network = dense 2 3 >>> Layers.Tanh >>> dense 3 3
                let isRight (item: GradientCheckItem) = item.Verdict = GradientVerdict.Passed
                Expect.all (twice null network) isRight "right rules"
                Expect.exists (twice swappedTranspose network) (isRight >> not) "a wrong rule")
        ]

let private refusals =
    let refuses name (expected: string) (options: GradientCheckOptions) =
        testCase name (fun () ->
            let network = dense 2 1

            let message =
                try
                    GradientCheck.Check(network, mse, options) |> ignore
                    failtest "it was accepted"
                with
                | :? ArgumentException as e -> e.Message
                | :? FunctionalException as e -> e.Message

            Expect.stringContains message expected "the message")

    let tensor shape =
        let shape = Shape(ReadOnlySpan(Array.ofList shape))
        Tensor<float>(shape, ReadOnlySpan(Array.zeroCreate<float> shape.Count))

    testList
        "refuses"
        [
            refuses "a negative tolerance" "RelativeTolerance" (GradientCheckOptions(RelativeTolerance = -1.0))
            refuses "a tolerance that is no number" "AbsoluteTolerance" (GradientCheckOptions(AbsoluteTolerance = nan))
            refuses "no rows" "Rows" (GradientCheckOptions(Rows = 0))
            refuses "no directions" "Directions" (GradientCheckOptions(Directions = 0))
            refuses "features without targets" "together" (GradientCheckOptions(Features = tensor [ 1; 2 ]))
            refuses "an unknown mode" "Mode" (GradientCheckOptions(Mode = enum 7))
            refuses "an unknown precision" "Plan" (GradientCheckOptions(Plan = (enum 7: Precision)))
            refuses "threads below 1" "Threads" (GradientCheckOptions(Compilation = CompileOptions(Threads = -1)))

            testCase "a number that is not finite" (fun () ->
                let network =
                    dense 2 1
                    >>> Activation.op_Implicit (Activation.Define("n", (fun x -> x * Scalar.op_Implicit infinity)))

                Expect.throwsT<ArgumentException>
                    (fun () -> GradientCheck.Check(network, mse) |> ignore)
                    "an infinite factor")

            refuses "no points" "Points" (GradientCheckOptions(Points = 0))
            refuses "too many decimals" "Decimals" (GradientCheckOptions(Decimals = 16))
            refuses
                "a parameter that is not there"
                "There are: dense1/W, dense1/b"
                (GradientCheckOptions(Parameters = [| "dense2/W" |]))
            refuses
                "nothing to check"
                "nothing to differentiate by"
                (GradientCheckOptions(Parameters = [||], Input = false))
            refuses
                "a batch of another shape"
                "got [3, 3] and [3, 1]"
                (GradientCheckOptions(Features = tensor [ 3; 3 ], Targets = tensor [ 3; 1 ]))
            refuses
                "fewer targets than features"
                "got [3, 2] and [2, 1]"
                (GradientCheckOptions(Features = tensor [ 3; 2 ], Targets = tensor [ 2; 1 ]))
            refuses
                "other parameters"
                "Parameter dense1/W"
                (GradientCheckOptions(At = Parameters<float> [ KeyValuePair("dense1/b", tensor [ 1 ]) ]))
            refuses
                "a gradient without a parameter"
                "by dense1/b: expected shape [1], got none"
                (GradientCheckOptions(
                    Gradient =
                        fun point ->
                            let right = point.Compiled()

                            Gradient<float>(
                                right.Loss,
                                Parameters<float>
                                    [
                                        for p in right.Parameters do
                                            if p.Key <> "dense1/b" then
                                                p
                                    ],
                                right.Input
                            )
                ))
            refuses
                "a gradient without the input's"
                "by x: expected shape [4, 2], got none"
                (GradientCheckOptions(Gradient = fun point -> Gradient<float>(0.0, point.Compiled().Parameters, null)))

            testCase "a target that is no class" (fun () ->
                Expect.throwsT<DataException>
                    (fun () ->
                        let targets = Tensor<float>(Shape(ReadOnlySpan [| 1; 1 |]), ReadOnlySpan [| 7.0 |])

                        GradientCheck.Check(
                            dense 2 3 >>> Layers.Softmax,
                            Loss.CrossEntropy,
                            GradientCheckOptions(Features = tensor [ 1; 2 ], Targets = targets)
                        )
                        |> ignore)
                    "class 7 of 3")

            testCase "a loss of probabilities without probabilities" (fun () ->
                Expect.throwsT<LossException>
                    (fun () -> GradientCheck.Check(dense 2 3, Loss.CrossEntropy) |> ignore)
                    "no softmax")
        ]

let private large =
    testCase "decides losses of large numbers by larger steps" (fun () ->
        let network = dense 2 3 >>> Layers.LayerNorm() >>> dense 3 1

        let values rows columns scale =
            let random = Random 1

            Tensor<float>(
                Shape(ReadOnlySpan [| rows; columns |]),
                ReadOnlySpan(Array.init (rows * columns) (fun _ -> scale * (0.5 + random.NextDouble())))
            )

        let options = GradientCheckOptions(Features = values 8 2 1.0, Targets = values 8 1 1e3)
        let result = GradientCheck.Check(network, mse, options)
        Expect.isTrue result.Passed $"{result}")

let private zeros =
    testCase "says where every derivative is 0" (fun () ->
        // One row has no deviation from its batch's mean.
        let network = dense 3 4 >>> Layers.BatchNorm() >>> dense 4 1
        let result = GradientCheck.Check(network, mse, GradientCheckOptions(Rows = 1))

        let isZero path =
            (result.Items |> Seq.find (fun item -> item.Path = path)).IsZero

        Expect.isTrue (isZero "dense1/W") "before the normalization"
        Expect.isFalse (isZero "dense2/b") "after it"
        Expect.stringContains (string result) "ok, all 0" "the text")

let private choice =
    testCase "checks the parameters asked for, and the input or not" (fun () ->
        let paths (options: GradientCheckOptions) =
            GradientCheck.Check(dense 2 3 >>> Layers.Tanh >>> dense 3 1, mse, options).Items
            |> Seq.map _.Path
            |> List.ofSeq

        Expect.equal
            (paths (GradientCheckOptions(Parameters = [| "dense2/b" |], Input = false)))
            [ "dense2/b" ]
            "one parameter"

        Expect.equal (paths (GradientCheckOptions(Parameters = [||]))) [ "x" ] "the input alone"
        Expect.equal (paths options) [ "dense1/W"; "dense1/b"; "dense2/W"; "dense2/b"; "x" ] "everything")

let tests = testList "GradientCheck" [ passes; kinks; plans; hessians; refusals; large; zeros; choice ]
