/// What `functional train` does beside training: stopping early, and learning curves in files.
module TrainCommandTests

open System.Globalization
open System.IO
open System.Text.Json
open System.Threading
open Expecto
open Functional
open Functional.Cli
open CliFixtures

let private inFolder = DataFixtures.inFolder

/// Moons that are learnt soon, and then by heart.
let private noisy =
    [
        "train"
        "moons"
        "--noise"
        "0.4"
        "--samples"
        "200"
        "--epochs"
        "300"
        "--early-stopping"
        "4"
    ]

let private history folder name args =
    let path = Path.Combine(folder, name)
    args @ [ "--history"; path ], path

let private stopping =
    testList
        "stops early"
        [
            testTheory
                "with the best epoch's model, after so many epochs without a lower validation loss"
                [ "curve.csv", "float"; "curve.JSON", "double" ]
                (fun (name, precision) ->
                    inFolder (fun folder ->
                        let args, path = history folder name (noisy @ [ "--precision"; precision ])
                        let summary = json args
                        let curve = TrainingHistory.Read path
                        let best = (curve.Best EpochMetric.ValidationLoss |> nonNull)
                        Expect.equal (text "end" summary) "earlyStopping" "why it ended"
                        Expect.equal (number "epochs" summary) (float curve.Count) "every epoch is in the file"
                        Expect.isLessThan curve.Count 300 "not all epochs"
                        Expect.equal (number "modelEpoch" summary) (float best.Epoch) "the best"
                        Expect.equal (curve.Count - best.Epoch) 4 "the patience"
                        Expect.equal (number "validationLoss" summary) best.ValidationLoss.Value "its model"
                        Expect.equal (number "validationAccuracy" summary) best.ValidationAccuracy.Value "its model"))

            testCase "on rows of the training set, and leaves the test set alone" (fun () ->
                let outcome = run (noisy @ [ "--no-explain" ])
                Expect.equal (outcome.Code, outcome.Error) (0, "") "success"

                for pattern in
                    [
                        @"(?m)^Training set +180 rows"
                        @"(?m)^Validation set +20 rows.*, held out of the training set"
                        @"(?m)^Test set +1,000 rows"
                        @"(?m)^Training +at most 300 epochs, or until 4 epochs in a row did not lower the validation loss"
                        @"(?m)^epoch +1/300  loss \S+  validation loss \S+  validation accuracy "
                        @"(?m)^validation set +\d+\.\d+ +\d+\.\d+ % +20\r?$"
                        @"(?m)^Stopped early after \d+ of 300 epochs in .*; the model is that of epoch \d+, the best\r?$"
                    ] do
                    Expect.isMatch outcome.Output pattern "told"

                Expect.isFalse (outcome.Output.Contains "test loss") "no epoch saw the test set")

            testCase "in a terminal alike" (fun () ->
                use writer = new StringWriter(CultureInfo.InvariantCulture)
                let code = CommandLine.Run(Array.ofList noisy, Terminal(writer, writer, IsRich = true))
                Expect.equal code 0 "success"

                for part in [ "Validation set"; "validation set"; "Stopped early" ] do
                    Expect.stringContains (writer.ToString()) part "shown")

            testCase "not before the last epoch if patience lasts, with the best model all the same" (fun () ->
                let summary = json [ "train"; "moons"; "--epochs"; "5"; "--early-stopping"; "5" ]
                Expect.equal (text "end" summary, number "epochs" summary) ("allEpochs", 5.0) "all epochs"
                let plain = json [ "train"; "moons"; "--epochs"; "5" ]
                Expect.equal (text "end" plain, number "modelEpoch" plain) ("allEpochs", 5.0) "the last without it"
                Expect.equal (plain.GetProperty("validationLoss").ValueKind) JsonValueKind.Null "nothing held out"
                Expect.equal (plain.GetProperty("validationAccuracy").ValueKind) JsonValueKind.Null "nothing held out")

            testCase "where numbers are predicted" (fun () ->
                inFolder (fun folder ->
                    let csv = Path.Combine(folder, "line.csv")
                    File.WriteAllLines(csv, [ yield "x,y"; yield! [ for i in 1..60 -> $"{i},{i * 3}.5" ] ])
                    let args = [ "train"; csv; "--label"; "y"; "--early-stopping"; "3"; "--epochs"; "30" ]
                    let args, path = history folder "curve.json" args
                    let summary = json args
                    let curve = TrainingHistory.Read path
                    let best = nonNull (curve.Best EpochMetric.ValidationLoss)
                    Expect.equal (number "modelEpoch" summary) (float best.Epoch) "the best"
                    Expect.equal (summary.GetProperty("validationAccuracy").ValueKind) JsonValueKind.Null "no classes"))
        ]

let private curves =
    testList
        "writes a learning curve"
        [
            testCase "of every epoch, over an older file" (fun () ->
                inFolder (fun folder ->
                    let args, path =
                        history folder "curve.csv" [ "train"; "moons"; "--epochs"; "3"; "--no-explain"; "--validate" ]

                    File.WriteAllText(path, String.replicate 10000 "old")
                    let outcome = run args
                    Expect.equal (outcome.Code, outcome.Error) (0, "") "success"
                    Expect.isMatch outcome.Output @"(?m)^Learning curve +\S*curve\.csv" "where it goes"
                    let curve = TrainingHistory.Read path
                    Expect.sequenceEqual (curve |> Seq.map _.Epoch) [ 1; 2; 3 ] "epochs"
                    Expect.isTrue (curve |> Seq.forall _.ValidationLoss.HasValue) "evaluated on the test set"))

            testCase "of the epochs before training diverged" (fun () ->
                inFolder (fun folder ->
                    let args, path =
                        history
                            folder
                            "curve.json"
                            [ "train"; "moons"; "--json"; "--optimizer"; "sgd"; "--lr"; "1e30" ]

                    let outcome = run args
                    Expect.equal outcome.Code 1 "failure"
                    Expect.stringContains outcome.Error "diverged" "why"
                    Expect.isLessThan (TrainingHistory.Read path).Count 100 "not all epochs"))

            testCase "of the epochs before Ctrl-C" (fun () ->
                inFolder (fun folder ->
                    let args, path = history folder "curve.csv" [ "train"; "moons"; "--json" ]
                    let outcome = runUntil (CancellationToken true) args
                    Expect.equal outcome.Code 130 "interrupted"
                    Expect.equal (text "end" (JsonDocument.Parse(outcome.Output).RootElement)) "cancelled" "why"
                    Expect.equal (TrainingHistory.Read path).Count 0 "none"))

            testCase "nowhere else than it can, and says so before training" (fun () ->
                inFolder (fun folder ->
                    let folderLike = Directory.CreateDirectory(Path.Combine(folder, "curve.csv")).FullName

                    for path, part in
                        [
                            folderLike, "is a folder. Give --history the name of a file"
                            Path.Combine(folder, "absent", "curve.csv"), "there is no folder"
                        ] do
                        let outcome = run [ "train"; "moons"; "--history"; path ]
                        Expect.equal (outcome.Code, outcome.Output) (1, "") "failure, and nothing trained"
                        Expect.stringStarts outcome.Error "error: " "an error"
                        Expect.stringContains outcome.Error part "which"))
        ]

let private usage =
    testList
        "refuses"
        [
            refuses
                2
                [ "train"; "moons"; "--early-stopping"; "0" ]
                [ "--early-stopping must be a whole number from 1"; "'0'" ]
            refuses
                2
                [ "train"; "moons"; "--early-stopping"; "3"; "--validate" ]
                [ "--validate and --early-stopping exclude each other" ]
            refuses
                2
                [ "train"; "moons"; "--history"; "curve.txt" ]
                [ "--history must be a file that ends with .csv or .json, got 'curve.txt'" ]

        ]

let tests = testList "functional train" [ stopping; curves; usage ]
