module VerificationTests

open System
open System.Text.RegularExpressions
open Expecto
open Functional

let private shape (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))

let private parse (text: string) = Network.Parse text

let private verify (loss: Loss) (optimizer: Optimizer) text seed =
    (parse text).CompileTraining<float>(loss, optimizer, 3).Verify seed

let private names (report: VerificationReport) =
    [ for item in report.Items -> item.Name ]

let private verification =
    testList
        "a verification"
        [
            testCase "passes where a ReLU is dead, and says that the parameter stays" (fun () ->
                let reports =
                    [
                        for seed in 0UL .. 39UL ->
                            (parse "Dense(2, 1) >> Relu")
                                .CompileTraining<float>(Loss.MeanSquaredError, Optimizer.Sgd 0.1, 1)
                                .Verify
                                seed
                    ]

                for report in reports do
                    Expect.isTrue report.Passed (string report)

                let stays (report: VerificationReport) =
                    names report |> List.contains "dense1/W stays: the loss does not depend on it here"

                Expect.isTrue (List.exists stays reports) "some ReLU is dead"
                Expect.isFalse (List.forall stays reports) "some is not")
            testCase "passes where a batch has no variance but rounding" (fun () ->
                for seed in 807359UL .. 807379UL do
                    let report =
                        // A softmax of one is 1 in every row.
                        (parse "Softmax >> Dense(1, 1) >> BatchNorm(momentum: 1, epsilon: 0.05, affine: false)")
                            .CompileTraining<float32>(Loss.MeanSquaredError, Optimizer.Sgd 0.1, 5)
                            .Verify
                            seed

                    Expect.isTrue report.Passed (string report))

            testCase "passes where a step is lost in rounding, and says so" (fun () ->
                let report =
                    (parse "Dense(2, 1)")
                        .CompileTraining<float32>(Loss.MeanSquaredError, Optimizer.Sgd 1e-12, 3)
                        .Verify
                        1UL

                Expect.isTrue report.Passed (string report)

                Expect.contains
                    (names report)
                    "dense1/W stays: the step is smaller than its rounding"
                    "what happened to W")
            testCase "passes where gradients cancel to nothing" (fun () ->
                // By the last two every element moves by η, however small its gradient.
                for optimizer in [ Optimizer.Adam 0.01; Optimizer.Adagrad 0.01; Optimizer.Lion 0.01 ] do
                    for seed in 0UL .. 9UL do
                        for text in
                            [
                                "Dense(3, 20) >> LogSoftmax >> Residual(Dense(20, 20) >> Softmax) >> Dense(20, 1) >> Softmax"
                                "Dense(3, 20) >> Tanh >> Dense(20, 20) >> Softmax >> Dense(20, 4) >> Softmax"
                            ] do
                            let report = verify Loss.MeanAbsoluteError optimizer text seed
                            Expect.isTrue report.Passed $"{optimizer}\n{report}")
            testCase "passes where all of a gradient is rounding, by which some optimizers move" (fun () ->
                // sin² + cos² is 1, whatever the parameters before it.
                let one = Activation.Define("one", fun x -> Scalar.Sin x * Scalar.Sin x + Scalar.Cos x * Scalar.Cos x)

                for optimizer in [ Optimizer.Adam 0.01; Optimizer.Adagrad 0.01; Optimizer.Lion 0.01 ] do
                    for seed in 0UL .. 9UL do
                        for width in [ 3; 20 ] do
                            let network =
                                Network.Compose
                                    [
                                        Layers.Dense(3, width)
                                        Activation.op_Implicit one
                                        Layers.Tanh
                                        Layers.Dense(width, width)
                                        Layers.Gelu
                                        Layers.Dense(width, 2)
                                    ]

                            for report in
                                [
                                    network.CompileTraining<float>(Loss.MeanSquaredError, optimizer, 9).Verify seed
                                    network.CompileTraining<float32>(Loss.MeanSquaredError, optimizer, 9).Verify seed
                                ] do
                                Expect.isTrue report.Passed $"{optimizer}\n{report}")
            testCase "of every parameter that the loss depends on says that it moves" (fun () ->
                let report =
                    verify Loss.CrossEntropy (Optimizer.Adam 0.01) "Dense(4, 6) >> Tanh >> Dense(6, 3) >> Softmax" 2UL

                for path in [ "dense1/W"; "dense1/b"; "dense2/W"; "dense2/b" ] do
                    Expect.contains (names report) $"{path} moves" "moves")
            testCase "fails what is out of tolerance, or moves not" (fun () ->
                let report = VerificationReport(ValueList.ToValueList [ VerificationItem("x", 1e-3, 1e-4) ])
                Expect.isFalse report.Passed "an error above its tolerance"
                Expect.isFalse (VerificationItem("x", nan, 1.0).Passed) "an error that is no number"
                Expect.throwsT<InternalErrorException> report.ThrowIfFailed "a failed report throws")
        ]

let private explained (network: string) (loss: Loss) =
    (parse network).CompileTraining<float>(loss, Optimizer.Sgd 0.1, 4).Explain()

let private contains (text: string) parts =
    for part: string in parts do
        Expect.stringContains text part "the explanation"

let private explanation =
    testList
        "an explanation"
        [
            testCase "begins with the composite function" (fun () ->
                contains
                    (explained "Dense(2, 20) >> Relu >> Dense(20, 1, bias: false) >> Sigmoid" Loss.BinaryCrossEntropy)
                    [ "f : x ↦ φ₁(φ₂(x·W₂ + b₂)·W₁)"; "φ₂(x) = Relu(x)"; "x [B, 2] ↦ z₀ [B, 1]" ])
            testCase "names activations in a row one function, as the chain rule does" (fun () ->
                contains
                    (explained "Dense(2, 3) >> Tanh >> Softmax" Loss.CrossEntropy)
                    [ "f : x ↦ φ₁(x·W₁ + b₁)"; "φ₁ = Softmax ∘ Tanh"; "∂L/∂W₁ = ∂L/∂z₀ · ∇φ₁ · ∂g₁/∂W₁" ])
            testCase "defines skip connections" (fun () ->
                contains
                    (explained "Dense(2, 3) >> Residual(Dense(3, 3) >> Tanh) >> Dense(3, 1)" Loss.MeanSquaredError)
                    [ "f : x ↦ r₁(x·W₃ + b₃)·W₁ + b₁"; "r₁(z) = z + φ₂(z·W₂ + b₂)"; "(I + ∇φ₂ · W₂ᵀ)" ])
            testCase "puts parentheses where they are needed" (fun () ->
                let cosh =
                    Loss.Define(
                        "cosh",
                        fun p y -> Scalar.Log(Scalar.Constant 0.5 * (Scalar.Exp(p - y) + Scalar.Exp(y - p)))
                    )

                contains
                    (explained "Dense(2, 1)" cosh)
                    [ "Log(0.5 ⊙ (Exp(u₁ − y) + Exp(y − u₁)))"; "/ (0.5 ⊙ (Exp(u₁ − y) + Exp(y − u₁)))" ])
            testCase "of nested skip connections is no longer than the network is deep" (fun () ->
                let activation =
                    Activation.Define(
                        "hump",
                        fun x -> x * Scalar.Sigmoid x + Scalar.Exp(-(x * x)) * Scalar.Tanh(x + Scalar.Sin x)
                    )

                let rec nested depth : Network =
                    let inner: Network = if depth = 1 then Network.Identity else nested (depth - 1)
                    Layers.Residual(Network.Compose [ Activation.op_Implicit activation; inner ])

                // The shallow one first: it fails where the deep one would never end.
                for depth in [ 3; 30 ] do
                    let network = (nested depth).Then(Layers.Dense(4, 4)).Then(nested depth)
                    let plan = network.CompileTraining<float>(Loss.MeanSquaredError, Optimizer.Sgd 0.1, 2)
                    let text = plan.Explain()
                    Expect.isLessThan text.Length (4_000 * depth) $"characters at depth {depth}"

                    let named pattern =
                        [ for name in Regex.Matches(text, pattern) -> name.Groups[1].Value ]

                    let defined = named "(v[₀-₉]+) = "
                    Expect.equal (List.distinct defined) defined "every part is defined once"
                    Expect.containsAll defined (named "(v[₀-₉]+)") "every part that is used is defined")
            testCase "sums the very δ that it defines" (fun () ->
                contains
                    (explained "Dense(2, 1)" Loss.MeanSquaredError)
                    [ "δ₁ = 2 ⊙ 1/B ⊙ (u₁ − y)"; "= Σ over rows δ₁" ])
        ]

let private refusals =
    testList
        "what is refused"
        [
            testCase "is a loss of probabilities after layers that pass logits on" (fun () ->
                for tail in [ ""; " >> Flatten"; " >> Named(\"x\", Identity)"; " >> Named(\"x\", Flatten) >> Flatten" ] do
                    Expect.throwsT<LossException>
                        (fun () ->
                            (parse $"Dense(2, 2){tail}").CompileTraining<float>(Loss.CrossEntropy, Optimizer.Sgd 0.1)
                            |> ignore)
                        tail)
            testCase "are targets that are no probabilities" (fun () ->
                let plan =
                    (parse "Dense(2, 1) >> Sigmoid").CompileTraining<float>(Loss.BinaryCrossEntropy, Optimizer.Sgd 0.1)

                use session = plan.Start 0UL

                for target in [ -0.01; 1.01; nan ] do
                    Expect.throwsT<DataException>
                        (fun () -> session.Step(ReadOnlySpan [| 1.0; 2.0 |], ReadOnlySpan [| target |]) |> ignore)
                        $"{target}"

                let data =
                    Dataset.Create(
                        ReadOnlySpan [| 1.0; 2.0; 3.0; 4.0 |],
                        shape [ 2 ],
                        ReadOnlySpan [| 3.0; -2.0 |],
                        shape [ 1 ]
                    )

                Expect.throwsT<DataException> (fun () -> plan.Train(data, 1) |> ignore) "a dataset of them")
            testCase "are numbers that are not finite, in activations and losses" (fun () ->
                let infinite = Activation.Define("o", fun x -> x * Scalar.Constant infinity)

                Expect.throwsT<ArgumentException>
                    (fun () ->
                        ((parse "Dense(2, 1)").Then(Activation.op_Implicit infinite))
                            .CompileTraining<float>(Loss.MeanSquaredError, Optimizer.Sgd 0.1)
                        |> ignore)
                    "an infinite factor")
            testCase "are expressions that are too large" (fun () ->
                let deep x =
                    Seq.fold (fun y _ -> Scalar.Sin y) x (seq { 1..20_000 })

                let wide x =
                    Seq.fold (fun y _ -> y * Scalar.Sigmoid y) x (seq { 1..60 })

                for define in [ deep; wide ] do
                    Expect.throwsT<ArgumentException>
                        (fun () -> Activation.Define("large", Func<_, _> define) |> ignore)
                        "too large")
        ]

let private gradients =
    testList
        "a gradient plan"
        [
            testCase "computes the gradients asked for, with the values of all" (fun () ->
                let network = parse "Dense(2, 3) >> Tanh >> Dense(3, 1)"
                let all = network.CompileGradient<float>(Loss.MeanSquaredError, 2)

                let some =
                    network.CompileGradient<float>(
                        Loss.MeanSquaredError,
                        2,
                        parameters = [ "dense2/W"; "dense1/b" ],
                        input = false
                    )

                let model = network.CompileTraining<float>(Loss.MeanSquaredError, Optimizer.Sgd 0.1).Initialize 4UL

                let gradient (plan: GradientPlan<float>) =
                    plan.Gradient(model, ReadOnlySpan [| 1.0; 2.0; 3.0; 4.0 |], ReadOnlySpan [| 0.5; -1.0 |])

                let expected, actual = gradient all, gradient some
                Expect.sequenceEqual (List.ofSeq actual.Parameters.Keys) [ "dense1/b"; "dense2/W" ] "the paths"

                for path in actual.Parameters.Keys do
                    Expect.equal actual.Parameters[path] expected.Parameters[path] path

                Expect.equal actual.Loss expected.Loss "the loss"
                Expect.throwsT<InvalidOperationException> (fun () -> actual.Input |> ignore) "no ∂L/∂x"
                Expect.stringContains (some.Explain()) "dense1/W\n        is not computed" "what it explains")
            testCase "refuses a path that the network does not have" (fun () ->
                Expect.throwsC
                    (fun () ->
                        (parse "Dense(2, 3)")
                            .CompileGradient<float>(Loss.MeanSquaredError, parameters = [ "dense2/W" ])
                        |> ignore)
                    (function
                     | :? ArgumentException as e ->
                         Expect.equal e.ParamName "parameters" "the argument"

                         Expect.stringStarts
                             e.Message
                             "The network has no parameter dense2/W. There are: dense1/W, dense1/b."
                             "what there is"
                     | e -> failtest $"{e}"))
        ]

let private flattened =
    testCase "A network that begins with Flatten takes rows of any shape" (fun () ->
        let plan = (parse "Flatten >> Dense(4, 1)").CompileTraining<float>(Loss.MeanSquaredError, Optimizer.Sgd 0.1, 2)

        let features = [| 1.0 .. 8.0 |]

        let data = Dataset.Create(ReadOnlySpan features, shape [ 2; 2 ], ReadOnlySpan [| 1.0; 2.0 |], shape [ 1 ])

        let model = plan.Train(data, 1).Model
        let images = Tensor<float>(shape [ 2; 2; 2 ], ReadOnlySpan features)
        let rows = Tensor<float>(shape [ 2; 4 ], ReadOnlySpan features)
        Expect.equal (model.Predict images) (model.Predict rows) "the predictions"

        let rebuilt = Model<float>(model.Network, model.Parameters)
        Expect.equal (rebuilt.Predict images) (model.Predict images) "an equal model's predictions")

let tests = testList "Verification" [ verification; explanation; refusals; gradients; flattened ]
