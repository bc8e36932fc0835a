module MetricsTests

open System
open Expecto
open FsCheck
open Functional
open ModelFixtures

/// Classes, and rows of a prediction and a label.
let private rowsOf seed =
    let random = Random(seed: int)
    let classes = random.Next(2, 6)
    // Some classes never occur.
    let least, most = random.Next 2, random.Next(1, classes + 1)

    let draw () =
        if least < most then random.Next(least, most) else 0

    classes, Array.init (random.Next(1, 40)) (fun _ -> draw (), draw ())

let private classify seed =
    let classes, rows = rowsOf seed
    classes, rows, Metrics.Classification(ReadOnlySpan(Array.map fst rows), ReadOnlySpan(Array.map snd rows), classes)

let private count f rows = rows |> Array.filter f |> Array.length

let private ratio a b =
    if b = 0 then 0.0 else float a / float b

/// Precision, recall and F1 of a class, by counting rows.
let private scores rows c =
    let truePositives = rows |> count ((=) (c, c))
    let falsePositives = rows |> count (fun (p, y) -> p = c && y <> c)
    let falseNegatives = rows |> count (fun (p, y) -> p <> c && y = c)

    ClassificationScores(
        ratio truePositives (truePositives + falsePositives),
        ratio truePositives (truePositives + falseNegatives),
        ratio (2 * truePositives) (2 * truePositives + falsePositives + falseNegatives)
    )

let private nearly actual expected what =
    Expect.isLessThanOrEqual (abs (actual - expected)) (1e-12 * max 1.0 (abs expected)) $"{what}: {actual}, {expected}"

let private classification =
    testList
        "of classes"
        [
            testProperty "count as counting row by row does" (fun seed ->
                let classes, rows, report = classify seed
                Expect.equal report.Count rows.Length "the rows"
                Expect.equal report.Accuracy (ratio (rows |> count (fun (p, y) -> p = y)) rows.Length) "accuracy"

                for label in 0 .. classes - 1 do
                    for prediction in 0 .. classes - 1 do
                        Expect.equal
                            report.Confusion[label, prediction]
                            (rows |> count ((=) (prediction, label)))
                            $"{label} predicted as {prediction}"

                    let own = report.Classes[label]
                    Expect.equal own.Scores (scores rows label) $"precision, recall, F1 of {label}"
                    Expect.equal own.Support (rows |> count (fun (_, y) -> y = label)) "its rows"
                    Expect.equal (own.Class, own.Name) (label, string label) "its name")

            testProperty "average over classes that occur, and over rows" (fun seed ->
                let classes, rows, report = classify seed

                let occurring =
                    [ 0 .. classes - 1 ] |> List.filter (fun c -> rows |> Array.exists (fun (p, y) -> p = c || y = c))

                let mean part =
                    occurring |> List.averageBy (scores rows >> part)

                nearly report.Macro.Precision (mean _.Precision) "macro precision"
                nearly report.Macro.Recall (mean _.Recall) "macro recall"
                nearly report.Macro.F1 (mean _.F1) "macro F1"
                let micro = ClassificationScores(report.Accuracy, report.Accuracy, report.Accuracy)
                Expect.equal report.Micro micro "each row has one class")

            testProperty "have F1 the harmonic mean of precision and recall" (fun seed ->
                let _, _, report = classify seed

                for own in report.Classes do
                    let s = own.Scores

                    if s.Precision + s.Recall > 0.0 then
                        nearly s.F1 (2.0 * s.Precision * s.Recall / (s.Precision + s.Recall)) "F1")

            testCase "print as tables" (fun () ->
                let names = ValueList.ToValueList [ "cat"; "horse" ]

                let report =
                    Metrics.Classification(
                        ReadOnlySpan [| 0; 0; 1; 1; 1 |],
                        ReadOnlySpan [| 0; 1; 1; 1; 1 |],
                        2,
                        names
                    )

                let lines (text: obj) =
                    (string text).TrimEnd().Split '\n' |> List.ofArray

                Expect.equal
                    (lines report.Confusion)
                    [ "class  cat  horse"; "cat      1      0"; "horse    1      3" ]
                    "the matrix"

                Expect.equal
                    (lines report)
                    [
                        "class  precision  recall     F1     rows"
                        "cat       0.5000  1.0000  0.6667        1"
                        "horse     1.0000  0.7500  0.8571        4"
                        "macro     0.7500  0.8750  0.7619        5"
                        "micro     0.8000  0.8000  0.8000        5"
                        "accuracy 0.8000"
                    ]
                    "the report"

                let same =
                    Metrics.Classification(
                        ReadOnlySpan [| 0; 0; 1; 1; 1 |],
                        ReadOnlySpan [| 0; 1; 1; 1; 1 |],
                        2,
                        names
                    )

                Expect.equal same report "reports of equal rows are equal")

            testCase "refuse lengths, classes and names that do not fit" (fun () ->
                let says (predictions: int array) (labels: int array) classes names (part: string) =
                    let text =
                        message<DataException>(fun () ->
                            Metrics.Classification(
                                ReadOnlySpan predictions,
                                ReadOnlySpan labels,
                                classes,
                                ValueList.ToValueList(names: string list)
                            )
                            |> ignore)

                    Expect.stringContains text part "the message"

                says [| 0 |] [| 0; 1 |] 2 [] "1 predictions and 2 labels"
                says [| 0; 2 |] [| 0; 1 |] 2 [] "the prediction of row 1 is 2"
                says [| 0; 1 |] [| -1; 1 |] 2 [] "the label of row 0 is -1"
                says [| 0 |] [| 0 |] 1 [] "1 classes"
                says [| 0 |] [| 0 |] 2 [ "a" ] "1 names for 2 classes"
                says [||] [||] 2 [] "no rows"
                let report = Metrics.Classification(ReadOnlySpan [| 0 |], ReadOnlySpan [| 0 |], 2)

                for label, prediction in [ -1, 0; 0, 2 ] do
                    Expect.throwsT<ArgumentOutOfRangeException>
                        (fun () -> report.Confusion[label, prediction] |> ignore)
                        "no such class")
        ]

let private ranks =
    testList
        "of ranks"
        [
            testProperty
                "count the rows whose class is among the k largest, the first of equals first"
                (fun (seed: int) ->
                    let random = Random seed
                    let classes, rows = random.Next(2, 8), random.Next(1, 20)
                    // Few different values, so that there are equal ones, and NaN.
                    let draw () =
                        match random.Next 6 with
                        | 0 -> nanf
                        | n -> float32 n

                    let outputs = Array.init (rows * classes) (fun _ -> draw ())
                    let labels = Array.init rows (fun _ -> random.Next classes)

                    let ranked =
                        outputs
                        |> Array.chunkBySize classes
                        |> Array.map (fun row ->
                            [ 0 .. classes - 1 ]
                            |> List.sortBy (fun i -> (if Single.IsNaN row[i] then infinityf else -row[i]), i))

                    for k in 1..classes do
                        let right =
                            Array.map2 (fun order label -> List.contains label (List.take k order)) ranked labels

                        let actual = Metrics.TopKAccuracy<float32>(ReadOnlySpan outputs, ReadOnlySpan labels, k)
                        Expect.equal actual (ratio (count id right) rows) $"k = {k}"

                    Expect.equal
                        (Metrics.TopKAccuracy<float32>(ReadOnlySpan outputs, ReadOnlySpan labels, classes))
                        1.0
                        "all are among all")

            testCase "with k = 1 give the accuracy, with NaN among the outputs too" (fun () ->
                let log = Activation.op_Implicit (Activation.Define("log", fun x -> Scalar.Log x))
                let eye = tensor [ 3; 3 ] [| 1.0f; 0.0f; 0.0f; 0.0f; 1.0f; 0.0f; 0.0f; 0.0f; 1.0f |]

                let model =
                    Model<float32>(compose [ Layers.Dense(3, 3, bias = false); log ], parameters [ "dense1/W", eye ])
                // The logarithms of negative numbers are NaN.
                let x = [| -1.0f; 2.0f; 3.0f; -1.0f; 3.0f; 2.0f; 1.0f; -1.0f; -1.0f; -1.0f; -1.0f; -1.0f |]
                let labels = [| 2; 1; 0; 0 |]
                Expect.equal (model.ClassifyAll(ReadOnlySpan x)) labels "the largest number"
                let data = Dataset.CreateLabelled(ReadOnlySpan x, shape [ 3 ], ReadOnlySpan labels, 3)
                Expect.equal (model.TopKAccuracy(data, 1)) 1.0 "the same")

            testCase "refuse k, labels and lengths that do not fit" (fun () ->
                let top (outputs: float array) (labels: int array) k () =
                    Metrics.TopKAccuracy<float>(ReadOnlySpan outputs, ReadOnlySpan labels, k) |> ignore

                for k in [ 0; 3 ] do
                    Expect.throwsT<ArgumentOutOfRangeException> (top [| 1.0; 2.0 |] [| 0 |] k) $"{k} of 2"

                for outputs, labels in
                    [ [||], [||]; [| 1.0; 2.0; 3.0 |], [| 0; 1 |]; [| 1.0 |], [| 0 |]; [| 1.0; 2.0 |], [| 2 |] ] do
                    Expect.throwsT<DataException> (top outputs labels 1) $"%A{outputs} %A{labels}")
        ]

let private regression =
    testList
        "of numbers"
        [
            testProperty "are their definitions, whatever the columns" (fun (seed: int) ->
                let random = Random seed
                let columns, rows = random.Next(1, 4), random.Next(2, 30)

                let draw () =
                    Array.init (rows * columns) (fun _ -> 10.0 * random.NextDouble() - 3.0)

                let p, y = draw (), draw ()
                let report = Metrics.Regression<float>(ReadOnlySpan p, ReadOnlySpan y, columns)
                let errors = Array.map2 (-) p y
                nearly report.MeanAbsoluteError (errors |> Array.averageBy abs) "MAE"
                nearly report.RootMeanSquaredError (sqrt (errors |> Array.averageBy (fun e -> e * e))) "RMSE"

                let means =
                    [| for c in 0 .. columns - 1 -> Array.average [| for r in 0 .. rows - 1 -> y[r * columns + c] |] |]

                let variation = y |> Array.mapi (fun i v -> (v - means[i % columns]) ** 2.0) |> Array.sum
                nearly report.RSquared.Value (1.0 - (errors |> Array.sumBy (fun e -> e * e)) / variation) "R²"
                Expect.equal report.Count rows "rows"
                let perfect = Metrics.Regression<float>(ReadOnlySpan y, ReadOnlySpan y, columns)
                Expect.equal perfect (RegressionReport(0.0, 0.0, Nullable 1.0, rows)) "perfect"
                let average = Array.init y.Length (fun i -> means[i % columns])

                nearly
                    (Metrics.Regression<float>(ReadOnlySpan average, ReadOnlySpan y, columns).RSquared.Value)
                    0.0
                    "the mean")

            testCase "have no R² where targets do not vary" (fun () ->
                let constant =
                    Metrics.Regression<float>(ReadOnlySpan [| 1.0; 2.0; 3.0 |], ReadOnlySpan [| 0.1; 0.1; 0.1 |])

                Expect.isFalse constant.RSquared.HasValue "undefined"
                Expect.equal (string constant) "MAE 1.9, RMSE 2.06801, R² undefined, 3 rows" "printed"
                let one = Metrics.Regression<float>(ReadOnlySpan [| 1.0; 2.0 |], ReadOnlySpan [| 1.0; 2.0 |], 2)
                Expect.isFalse one.RSquared.HasValue "one row does not vary")

            testCase "refuse lengths that do not fit" (fun () ->
                for predictions, targets, columns in [ 0, 0, 1; 2, 3, 1; 3, 3, 2; 2, 2, 0 ] do
                    let p, y = Array.zeroCreate<float> predictions, Array.zeroCreate<float> targets

                    Expect.throwsT<DataException>
                        (fun () -> Metrics.Regression<float>(ReadOnlySpan p, ReadOnlySpan y, columns) |> ignore)
                        $"{predictions}, {targets}, {columns}")
        ]

let private ofModels =
    testList
        "of models"
        [
            testCase "are those of the predictions, for more rows than a batch" (fun () ->
                let random = Random 4
                let count = 600
                let x = values random (3 * count)
                let labels = Array.init count (fun _ -> random.Next 4)
                let model = plan.Value.Initialize 3UL
                let data = Dataset.CreateLabelled(ReadOnlySpan x, shape [ 3 ], ReadOnlySpan labels, 4)
                let report = model.ClassificationReport data

                Expect.equal
                    report
                    (Metrics.Classification(ReadOnlySpan(model.ClassifyAll(ReadOnlySpan x)), ReadOnlySpan labels, 4))
                    "classes"

                Expect.equal (Nullable report.Accuracy) (model.Evaluate(data, Loss.CrossEntropy).Accuracy) "accuracy"
                let outputs = model.Predict(ReadOnlySpan x)

                for k in 1..4 do
                    Expect.equal
                        (model.TopKAccuracy(data, k))
                        (Metrics.TopKAccuracy<float32>(ReadOnlySpan outputs, ReadOnlySpan labels, k))
                        $"k = {k}"

                Expect.equal (model.TopKAccuracy(data, 1)) report.Accuracy "the best one is the prediction"
                let targets = values random (4 * count)
                let numbers = Dataset.Create(ReadOnlySpan x, shape [ 3 ], ReadOnlySpan targets, shape [ 4 ])

                Expect.equal
                    (model.RegressionReport numbers)
                    (Metrics.Regression<float32>(ReadOnlySpan outputs, ReadOnlySpan targets, 4))
                    "numbers"

                Expect.throwsT<DataException> (fun () -> model.ClassificationReport numbers |> ignore) "no labels"
                Expect.throwsT<DataException> (fun () -> model.TopKAccuracy(numbers, 1) |> ignore) "no labels"
                Expect.throwsT<DataException> (fun () -> model.RegressionReport data |> ignore) "labels"
                let five = Dataset.CreateLabelled(ReadOnlySpan x, shape [ 3 ], ReadOnlySpan labels, 5)
                Expect.throwsT<DataException> (fun () -> model.ClassificationReport five |> ignore) "a class too many"

                Expect.throwsT<DataException>
                    (fun () -> model.ClassificationReport(Datasets.Moons(9, 0.1, 1UL)) |> ignore)
                    "other features"

                let narrow = Dataset.Create(ReadOnlySpan x, shape [ 3 ], ReadOnlySpan x, shape [ 3 ])
                Expect.throwsT<DataException> (fun () -> model.RegressionReport narrow |> ignore) "other targets")

            testCase "of one output tell two classes, by the dataset's names" (fun () ->
                let network = compose [ Layers.Dense(2, 1); Layers.Sigmoid ]
                let plan = network.CompileTraining<float32>(Loss.BinaryCrossEntropy, Optimizer.Adam 0.1, 10)
                let moons = Datasets.Moons(200, 0.1, 3UL)
                let model = plan.Train(moons, 5).Model
                let report = model.ClassificationReport moons
                Expect.equal (Nullable report.Accuracy) (plan.Evaluate(model, moons).Accuracy) "accuracy"
                Expect.equal report.Confusion.ClassCount 2 "two classes"
                Expect.throwsT<DataException> (fun () -> model.TopKAccuracy(moons, 1) |> ignore) "no ranks")
        ]

let tests = testList "Metrics" [ classification; ranks; regression; ofModels ]
