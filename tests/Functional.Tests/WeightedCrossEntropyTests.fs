module WeightedCrossEntropyTests

open System
open System.Collections.Generic
open System.Numerics
open Expecto
open Functional
open LossFixtures

/// Rows of logits with their labels, a smoothing and weights. Logits are multiples of ¼, which both precisions hold.
type private Example =
    {
        Columns: int
        Logits: float array
        Labels: int array
        Smoothing: float
        Weights: float array
    }

    member this.Rows = this.Labels.Length

let private example largest seed =
    let random = Random(seed: int)
    let columns, rows = random.Next(2, 20), random.Next(1, 9)

    {
        Columns = columns
        Logits = Array.init (rows * columns) (fun _ -> float (random.Next(-4 * largest, 4 * largest + 1)) / 4.0)
        Labels = Array.init rows (fun _ -> random.Next columns)
        Smoothing = [| 0.0; 0.1; 0.5; 0.99 |][random.Next 4]
        Weights =
            if random.Next 3 = 0 then
                [||]
            else
                Array.init columns (fun i -> float (i + random.Next 3) / 4.0 + 0.25)
    }

let private ofLabels (example: Example) =
    Loss.CrossEntropyWith(example.Smoothing, ReadOnlySpan example.Weights)

let private ofRows (example: Example) =
    Loss.CrossEntropyOfProbabilitiesWith(example.Smoothing, ReadOnlySpan example.Weights)

let private oneHot columns (labels: int array) =
    labels |> Array.collect (fun label -> Array.init columns (fun j -> if j = label then 1.0 else 0.0))

/// Loss and gradient by the definition: the row's weight times Σ −y′·ln p, and times p − y′.
let private expected (example: Example) =
    let rows = float example.Rows
    let n = float example.Columns

    let perRow =
        Array.map2
            (fun (z: float array) label ->
                let most = Array.max z
                let logSum = most + log (Array.sumBy (fun v -> exp (v - most)) z)
                let weight = if example.Weights.Length = 0 then 1.0 else example.Weights[label]

                let smooth j =
                    (if j = label then 1.0 - example.Smoothing else 0.0) + example.Smoothing / n

                let loss = z |> Array.mapi (fun j v -> weight * smooth j * (logSum - v)) |> Array.sum
                loss / rows, z |> Array.mapi (fun j v -> weight * (exp (v - logSum) - smooth j) / rows))
            (Array.chunkBySize example.Columns example.Logits)
            example.Labels

    Array.sumBy fst perRow, Array.collect snd perRow

let private agreesWith<'T
    when 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    tolerance
    network
    (example: Example)
    =
    let loss, gradient = expected example
    let largest = if example.Weights.Length = 0 then 1.0 else Array.max example.Weights

    for objective, targets in
        [
            ofLabels example, Array.map float example.Labels
            ofRows example, oneHot example.Columns example.Labels
        ] do
        let actualLoss, actualGradient = gradientOf<'T> network objective example.Columns example.Logits targets
        isWithin (tolerance * max largest (abs loss)) actualLoss loss $"{objective}"

        Array.iteri2
            (fun i a e -> isWithin (tolerance * largest / float example.Rows) a e $"gradient {i} of {objective}")
            actualGradient
            gradient

let private law count name (property: int -> unit) =
    testPropertyWithConfig
        { FsCheckConfig.defaultConfig with
            maxTest = ToleranceTable.scaled count
        }
        name
        property

let private message<'e when 'e :> exn> (f: unit -> unit) =
    try
        f ()
        failtest $"Expected a {typeof<'e>.Name}."
    with :? 'e as e ->
        e.Message

let tests =
    testList
        "CrossEntropy with smoothing and weights"
        [
            for largest in [ 4; 10_000 ] do
                law 20 $"is its definition at logits up to ±{largest}, of labels and of one-hot rows" (fun seed ->
                    let example = example largest seed

                    for ending in [ Layers.Softmax; Layers.LogSoftmax ] do
                        agreesWith<float> 1e-12 ending example
                        agreesWith<float32> 2e-6 ending example)

            law 20 "has gradients of rows that sum to 0, and finite ones everywhere" (fun seed ->
                let example = example 10_000 seed
                let labels = Array.map float example.Labels

                let _, gradient =
                    gradientOf<float> Layers.Softmax (ofLabels example) example.Columns example.Logits labels

                for row in Array.chunkBySize example.Columns gradient do
                    isWithin 1e-12 (Array.sum row) 0.0 "a shift of all logits changes nothing")

            law 10 "is the mean over rows of the weight of the row's class times its unweighted loss" (fun seed ->
                let example = { example 4 seed with Weights = [||] }

                let weights = Array.init example.Columns (fun i -> float i)

                let loss weights rows =
                    let logits =
                        rows |> Array.collect (fun row -> (Array.chunkBySize example.Columns example.Logits)[row])

                    let labels = rows |> Array.map (fun row -> float example.Labels[row])
                    let objective = Loss.CrossEntropyWith(example.Smoothing, ReadOnlySpan(weights: float array))
                    fst (gradientOf<float> Layers.Softmax objective example.Columns logits labels)

                let all = [| 0 .. example.Rows - 1 |]
                let mean = all |> Array.averageBy (fun row -> weights[example.Labels[row]] * loss [||] [| row |])
                close 1e-12 (loss weights all) mean "not divided by the sum of the weights")

            law 10 "of rows of probabilities weighs each by Σ w·y" (fun seed ->
                let random = Random seed
                let z = Array.init 4 (fun _ -> random.NextDouble())
                let y = Array.init 4 (fun _ -> random.NextDouble())
                let y = y |> Array.map (fun v -> v / Array.sum y)
                let w = [| 0.0; 0.5; 1.0; 4.0 |]

                let loss (weights: float array) =
                    let objective = Loss.CrossEntropyOfProbabilitiesWith(0.2, ReadOnlySpan weights)
                    fst (gradientOf<float> Layers.Softmax objective 4 z y)

                close 1e-12 (loss w) (Array.sum (Array.map2 (*) w y) * loss [||]) "the weighted row")

            testCase "says what it is, is the plain loss without either, and equal where both are" (fun () ->
                Expect.equal (Loss.CrossEntropyWith()) Loss.CrossEntropy "nothing given"

                Expect.equal
                    (Loss.CrossEntropyOfProbabilitiesWith(0.0, ReadOnlySpan [||]))
                    Loss.CrossEntropyOfProbabilities
                    "nothing given"

                let both = Loss.CrossEntropyWith(0.1, ReadOnlySpan [| 1.0; 2.5 |])
                Expect.equal (string both) "CrossEntropy(ε = 0.1, w = [1, 2.5])" "both"
                Expect.equal (string (Loss.CrossEntropyWith 0.1)) "CrossEntropy(ε = 0.1)" "smoothing"
                let many = Loss.CrossEntropyWith(0.0, ReadOnlySpan(Array.create 9 2.0))
                Expect.stringEnds (string many) "w = [2, 2, 2, 2, 2, 2, 2, 2, …])" "the first of many weights"
                Expect.equal both (Loss.CrossEntropyWith(0.1, ReadOnlySpan [| 1.0; 2.5 |])) "equal"
                Expect.notEqual both (Loss.CrossEntropyWith(0.1, ReadOnlySpan [| 1.0; 2.0 |])) "other weights"
                let others = Array.append (Array.create 8 2.0) [| 3.0 |]
                Expect.notEqual many (Loss.CrossEntropyWith(0.0, ReadOnlySpan others)) "others that print the same"

                Expect.notEqual
                    (Loss.CrossEntropyOfProbabilitiesWith(0.1, ReadOnlySpan [| 1.0; 2.5 |]))
                    both
                    "of probabilities")

            testCase "of one probability smooths towards a half and weighs positives, at logits up to ±10⁴" (fun () ->
                let network = (Layers.Dense(1, 1, bias = false)).Then Layers.Sigmoid

                for smoothing, weight in [ 0.0, 1.0; 0.2, 1.0; 0.0, 5.0; 0.1, 0.25 ] do
                    let loss = Loss.BinaryCrossEntropyWith(smoothing, weight)
                    let plan = network.CompileGradient<float>(loss, 1)

                    for z in [ -1e4; -30.0; -1.5; 0.0; 2.0; 40.0; 1e4 ] do
                        for y in [ 0.0; 0.3; 1.0 ] do
                            let model =
                                Model<float>(
                                    network,
                                    Parameters<float>(
                                        [
                                            KeyValuePair(
                                                "dense1/W",
                                                Tensor<float>(Shape(ReadOnlySpan [| 1; 1 |]), ReadOnlySpan [| z |])
                                            )
                                        ]
                                    )
                                )

                            let actual = plan.Gradient(model, ReadOnlySpan [| 1.0 |], ReadOnlySpan [| y |])
                            let softplus x = max x 0.0 + log (1.0 + exp (-abs x))
                            let sigma = 1.0 / (1.0 + exp -z)
                            let y = (1.0 - smoothing) * y + smoothing / 2.0
                            let expected = weight * y * softplus -z + (1.0 - y) * softplus z
                            let slope = (1.0 - y) * sigma - weight * y * (1.0 - sigma)
                            let where = $"ε = {smoothing}, w = {weight}, z = {z}, y′ = {y}"
                            Expect.floatClose Accuracy.veryHigh actual.Loss expected where
                            Expect.floatClose Accuracy.high actual.Parameters["dense1/W"].Data[0] slope where

                Expect.equal (Loss.BinaryCrossEntropyWith()) Loss.BinaryCrossEntropy "without options the plain loss"

                for smoothing, weight in [ 1.0, 1.0; nan, 1.0; 0.0, 0.0; 0.0, infinity ] do
                    Expect.throwsT<ArgumentOutOfRangeException>
                        (fun () -> Loss.BinaryCrossEntropyWith(smoothing, weight) |> ignore)
                        $"ε = {smoothing}, w = {weight}")

            testCase "refuses smoothings and weights that are none, and weights of other classes" (fun () ->
                for smoothing in [ -0.1; 1.0; nan; infinity ] do
                    Expect.throwsT<ArgumentOutOfRangeException>
                        (fun () -> Loss.CrossEntropyWith smoothing |> ignore)
                        $"ε = {smoothing}"

                for weights in [ [| 1.0; -1.0 |]; [| nan; 1.0 |]; [| infinity; 1.0 |]; [| 0.0; 0.0 |] ] do
                    Expect.throwsT<ArgumentOutOfRangeException>
                        (fun () -> Loss.CrossEntropyWith(0.0, ReadOnlySpan weights) |> ignore)
                        $"%A{weights}"

                let compile () =
                    (compose [ Layers.Dense(2, 3); Layers.Softmax ])
                        .CompileTraining<float32>(
                            Loss.CrossEntropyWith(0.0, ReadOnlySpan [| 1.0; 2.0 |]),
                            Optimizer.Sgd 0.1
                        )
                    |> ignore

                let text = message<LossException> compile
                Expect.stringContains text "weighs 2 classes, but the network tells 3 apart" "both numbers")
        ]
