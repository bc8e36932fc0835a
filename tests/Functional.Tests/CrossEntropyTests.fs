module CrossEntropyTests

open System
open Expecto
open Functional
open LossFixtures

let private log1p x =
    if x < 1e-5 then x - x * x / 2.0 else log (1.0 + x)

/// −y·ln σ(x) − (1 − y)·ln(1 − σ(x)) without overflow.
let private bceOfLogit x y =
    max x 0.0 - x * y + log1p (exp (-(abs x)))

let private sigmoid x =
    if x >= 0.0 then 1.0 / (1.0 + exp -x) else exp x / (1.0 + exp x)

let private logits = [| 100.0; -100.0; 0.0; 3.0; -100.0; 100.0; -30.0; 17.0 |]

let private labels = [| 1.0; 0.0; 1.0; 0.0; 1.0; 0.0; 0.25; 1.0 |]

let private logSumExp (row: float array) =
    let most = Array.max row
    most + log (Array.sumBy (fun v -> exp (v - most)) row)

let private classRows =
    [|
        [| 100.0; -100.0; 0.0 |]
        [| -100.0; 100.0; 100.0 |]
        [| 1.0; 2.0; 3.0 |]
        [| 0.0; 0.0; -100.0 |]
    |]

let private classes = [| 1; 1; 0; 2 |]

let private oneHot columns (labels: int array) =
    labels |> Array.collect (fun label -> Array.init columns (fun j -> if j = label then 1.0 else 0.0))

let private crossEntropy =
    let rows = float classRows.Length

    let loss = Array.map2 (fun (row: float array) label -> logSumExp row - row[label]) classRows classes |> Array.sum

    let gradient =
        Array.map2
            (fun (row: float array) label ->
                let sum = logSumExp row
                row |> Array.mapi (fun j x -> (exp (x - sum) - (if j = label then 1.0 else 0.0)) / rows))
            classRows
            classes
        |> Array.concat

    loss / rows, gradient

let tests =
    testList
        "CrossEntropy"
        [
            testCase "BinaryCrossEntropy after Sigmoid is exact at logits ±100, and its gradient (σ − y)/n" (fun () ->
                let n = float logits.Length

                agrees
                    Layers.Sigmoid
                    Loss.BinaryCrossEntropy
                    2
                    logits
                    labels
                    (Array.sum (Array.map2 bceOfLogit logits labels) / n)
                    (Array.map2 (fun x y -> (sigmoid x - y) / n) logits labels))

            testCase "BinaryCrossEntropy of probabilities 0 and 1 is finite: 0 where right, 100 where wrong" (fun () ->
                let step = activation "step" (fun x -> Scalar.Step x)

                for x, y, expected in
                    [ 1.0, 1.0, 0.0; -1.0, 0.0, 0.0; 1.0, 0.0, 100.0; -1.0, 1.0, 100.0; 1.0, 0.25, 75.0 ] do
                    agrees step Loss.BinaryCrossEntropy 1 [| x |] [| y |] expected [| 0.0 |])

            testCase "the gradient by a probability of 0 or 1 is finite and points the right way" (fun () ->
                for p, y in [ 0.0, 1.0; 1.0, 0.0; 0.0, 0.0; 1.0, 1.0 ] do
                    for gradient in
                        [
                            snd (gradientOf<float> given Loss.BinaryCrossEntropy 1 [| p |] [| y |])
                            snd (gradientOf<float32> given Loss.BinaryCrossEntropy 1 [| p |] [| y |])
                        ] do
                        Expect.isTrue (Double.IsFinite gradient[0]) $"∂L/∂p at p = {p}, y = {y}: {gradient[0]}"

                        if p <> y then
                            close 1e-5 gradient[0] (if y = 1.0 then -1e12 else 1e12) $"∂L/∂p at p = {p}, y = {y}")

            testCase
                "CrossEntropy after Softmax or LogSoftmax is exact at logits ±100, and its gradient (p − y)/B"
                (fun () ->
                    let x = Array.concat classRows
                    let loss, gradient = crossEntropy

                    for ending in [ Layers.Softmax; Layers.LogSoftmax ] do
                        agrees ending Loss.CrossEntropy 3 x (Array.map float classes) loss gradient
                        agrees ending Loss.CrossEntropyOfProbabilities 3 x (oneHot 3 classes) loss gradient)

            testCase "CrossEntropy of probabilities 0 and 1 is finite: 0 where right, 100 where wrong" (fun () ->
                let x = [| 1.0; 0.0; 0.0; 0.0; 1.0; 0.0 |]

                for labels, expected in [ [| 0; 1 |], 0.0; [| 1; 1 |], 50.0; [| 2; 0 |], 100.0 ] do
                    for loss, gradient in
                        [
                            gradientOf<float> given Loss.CrossEntropy 3 x (Array.map float labels)
                            gradientOf<float32> given Loss.CrossEntropy 3 x (Array.map float labels)
                            gradientOf<float> given Loss.CrossEntropyOfProbabilities 3 x (oneHot 3 labels)
                            gradientOf<float32> given Loss.CrossEntropyOfProbabilities 3 x (oneHot 3 labels)
                        ] do
                        close 1e-6 loss expected $"%A{labels}"
                        Expect.all gradient Double.IsFinite "the gradient")

            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 20
                }
                "CrossEntropy of labels is CrossEntropyOfProbabilities of one-hot rows"
                (fun (seed: int) ->
                    let random = Random seed
                    let columns, rows = random.Next(2, 20), random.Next(1, 9)
                    let x = Array.init (rows * columns) (fun _ -> 8.0 * random.NextDouble() - 4.0)
                    let labels = Array.init rows (fun _ -> random.Next columns)

                    let ofLabels =
                        gradientOf<float> Layers.Softmax Loss.CrossEntropy columns x (Array.map float labels)

                    let ofRows =
                        gradientOf<float>
                            Layers.Softmax
                            Loss.CrossEntropyOfProbabilities
                            columns
                            x
                            (oneHot columns labels)

                    close 1e-14 (fst ofLabels) (fst ofRows) "the loss"
                    Array.iter2 (fun a b -> close 1e-13 a b "the gradient") (snd ofLabels) (snd ofRows))

            testCase "CrossEntropyOfProbabilities takes rows that are not one-hot" (fun () ->
                let row, target = [| 0.3; -1.0; 2.0 |], [| 0.2; 0.5; 0.3 |]
                let sum = logSumExp row

                agrees
                    Layers.Softmax
                    Loss.CrossEntropyOfProbabilities
                    3
                    row
                    target
                    (sum - Array.sum (Array.map2 (*) row target))
                    (Array.map2 (fun x y -> exp (x - sum) - y) row target))

            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 20
                }
                "one Dense and Sigmoid is logistic regression: gradients xᵀ(σ(xw + b) − y)/B and Σ(σ − y)/B"
                (fun (seed: int) ->
                    let random = Random seed
                    let inputs, rows = random.Next(1, 9), random.Next(1, 12)
                    let x = Array.init (rows * inputs) (fun _ -> 4.0 * random.NextDouble() - 2.0)
                    let y = Array.init rows (fun _ -> float (random.Next 2))
                    let w = Array.init inputs (fun _ -> 4.0 * random.NextDouble() - 2.0)
                    let b = random.NextDouble()
                    let network = compose [ Layers.Dense(inputs, 1); Layers.Sigmoid ]

                    let parameters =
                        Parameters<float>(
                            [
                                Collections.Generic.KeyValuePair(
                                    "dense1/W",
                                    Tensor(Shape(ReadOnlySpan [| inputs; 1 |]), ReadOnlySpan w)
                                )
                                Collections.Generic.KeyValuePair(
                                    "dense1/b",
                                    Tensor(Shape(ReadOnlySpan [| 1 |]), ReadOnlySpan [| b |])
                                )
                            ]
                        )

                    let plan = network.CompileGradient<float>(Loss.BinaryCrossEntropy, rows)
                    let actual = plan.Gradient(Model(network, parameters), ReadOnlySpan x, ReadOnlySpan y)

                    let u =
                        Array.init rows (fun r ->
                            b + Seq.sum (seq { for i in 0 .. inputs - 1 -> x[r * inputs + i] * w[i] }))

                    let delta = Array.map2 (fun u y -> (sigmoid u - y) / float rows) u y
                    close 1e-12 actual.Loss (Array.sum (Array.map2 bceOfLogit u y) / float rows) "the loss"

                    for i in 0 .. inputs - 1 do
                        let expected = Seq.sum (seq { for r in 0 .. rows - 1 -> x[r * inputs + i] * delta[r] })
                        close 1e-11 actual.Parameters["dense1/W"].Data[i] expected $"∂L/∂w[{i}]"

                    close 1e-11 actual.Parameters["dense1/b"].Data[0] (Array.sum delta) "∂L/∂b"

                    for r in 0 .. rows - 1 do
                        for i in 0 .. inputs - 1 do
                            close 1e-11 actual.Input.Data[r * inputs + i] (delta[r] * w[i]) "∂L/∂x")
        ]
