module HistoryTests

open System
open System.Globalization
open System.IO
open System.Threading
open Expecto
open FsCheck
open Functional

type private Row = int * float * float option * float option * int64

let private report ((epoch, train, loss, accuracy, ticks): Row) =
    EpochReport(epoch, train, Option.toNullable loss, Option.toNullable accuracy, TimeSpan ticks)

let private history rows =
    TrainingHistory(ValueList.ToValueList(rows |> Seq.map report))

/// Numbers by their bits: −0 is not 0.
let private bits (history: TrainingHistory) =
    [
        for report in history ->
            report.Epoch,
            BitConverter.DoubleToInt64Bits report.TrainLoss,
            report.ValidationLoss |> Option.ofNullable |> Option.map BitConverter.DoubleToInt64Bits,
            report.ValidationAccuracy |> Option.ofNullable |> Option.map BitConverter.DoubleToInt64Bits,
            report.Elapsed
    ]

/// One in which numbers have a comma.
let private inOtherCulture (f: unit -> 'a) =
    let before = CultureInfo.CurrentCulture
    let other = CultureInfo.InvariantCulture.Clone() :?> CultureInfo
    other.NumberFormat.NumberDecimalSeparator <- ","
    other.NumberFormat.NegativeSign <- "~"

    try
        CultureInfo.CurrentCulture <- other
        f ()
    finally
        CultureInfo.CurrentCulture <- before

let private message<'e when 'e :> exn> (f: unit -> unit) =
    try
        f ()
        failtest $"Expected a {typeof<'e>.Name}."
    with :? 'e as e ->
        e.Message

let private example: Row list = [ 1, 0.5, Some 0.25, None, 15_000_001L; 2, 1e-300, Some nan, Some 1.0, 20_000_000L ]

let tests =
    testList
        "TrainingHistory"
        [
            testProperty
                "reads back from CSV and JSON to the same bits, in every culture"
                (fun (rows: (int * float * float option * float option * DoNotSize<int64>) list) ->
                    let rows = rows |> List.map (fun (e, t, l, a, DoNotSize ticks) -> Row(e, t, l, a, ticks))
                    let history = history rows
                    let csv, json = history.ToCsv(), history.ToJson()
                    Expect.equal (inOtherCulture history.ToCsv, inOtherCulture history.ToJson) (csv, json) "the text"

                    for read in
                        [
                            fun () -> TrainingHistory.ParseCsv csv
                            fun () -> TrainingHistory.ParseCsv(csv.Replace("\n", "\r\n"))
                            fun () -> TrainingHistory.ParseJson json
                        ] do
                        for again in [ read (); inOtherCulture read ] do
                            Expect.equal again history "equal"
                            Expect.equal (bits again) (bits history) "to the bit")

            testCase "has a column for each part of a report" (fun () ->
                Expect.equal
                    ((history example).ToCsv())
                    "epoch,trainLoss,validationLoss,validationAccuracy,elapsedSeconds\n1,0.5,0.25,,1.5000001\n2,1E-300,NaN,1,2\n"
                    "CSV"

                use json = Text.Json.JsonDocument.Parse((history example).ToJson())
                let first, second = json.RootElement[0], json.RootElement[1]
                Expect.equal (first.GetProperty("epoch").GetInt32()) 1 "numbers are numbers"
                Expect.equal (first.GetProperty("trainLoss").GetDouble()) 0.5 "numbers are numbers"
                Expect.equal (first.GetProperty("validationAccuracy").ValueKind) Text.Json.JsonValueKind.Null "none"
                Expect.equal (second.GetProperty("validationLoss").GetString()) "NaN" "what JSON has no number for")

            testCase "is written to files by their ending, and read from them" (fun () ->
                let folder = Directory.CreateTempSubdirectory().FullName

                try
                    for name in [ "curve.csv"; "curve.JSON" ] do
                        let path = Path.Combine(folder, name)
                        (history example).Write path
                        Expect.equal (TrainingHistory.Read path) (history example) name

                    Expect.stringStarts (File.ReadAllText(Path.Combine(folder, "curve.csv"))) "epoch," "CSV"
                    Expect.stringStarts (File.ReadAllText(Path.Combine(folder, "curve.JSON"))) "[" "JSON"
                    let other = Path.Combine(folder, "curve.txt")

                    Expect.stringContains
                        (message<ArgumentException>(fun () -> (history example).Write other))
                        ".csv"
                        "fix"

                    Expect.isFalse (File.Exists other) "nothing written"
                finally
                    Directory.Delete(folder, true))

            testCase "refuses text that is no history, and says where" (fun () ->
                let csv = (history example).ToCsv()
                let json = (history example).ToJson()

                for text, where in
                    [
                        "", "line 1"
                        csv.Replace("epoch,", "step,"), "line 1"
                        csv.Replace(",,", ","), "line 2: expected 5 values, got 4"
                        csv.Replace("1E-300", "1E-300x"), "line 3, trainLoss"
                        csv.Replace("0.25", "0.2.5"), "line 2, validationLoss"
                        csv.Replace("\n2,", "\n2.5,"), "line 3, epoch"
                        csv.Replace("1.5000001", "9e20"), "line 2, elapsedSeconds"
                        csv.Replace("1E-300", ""), "line 3, trainLoss"
                    ] do
                    let read () = TrainingHistory.ParseCsv text |> ignore
                    Expect.stringContains (message<DataException> read) where text

                for text, where in
                    [
                        "", "not JSON"
                        "{}", "expected an array"
                        "[1]", "position 0"
                        json.Replace("trainLoss", "loss"), "position 0"
                        json.Replace("\"NaN\"", "\"none\""), "position 1, validationLoss"
                        json.Replace("\"NaN\"", "[]"), "position 1, validationLoss"
                    ] do
                    let read () =
                        TrainingHistory.ParseJson text |> ignore

                    Expect.stringContains (message<DataException> read) where text)

            testProperty
                "knows the best epoch: the first of the smallest losses or largest accuracies, NaN left out"
                (fun (rows: (float * float option * float option) list) ->
                    let history =
                        history (
                            rows |> List.mapi (fun i (train, loss, accuracy) -> Row(i, train, loss, accuracy, 0L))
                        )

                    let numbers values =
                        values
                        |> List.indexed
                        |> List.choose (fun (i, v: float option) -> v |> Option.map (fun v -> i, v))
                        |> List.filter (snd >> Double.IsNaN >> not)

                    let first better values =
                        match numbers values with
                        | [] -> null
                        | known ->
                            history[known
                                    |> List.find (fun (_, v) ->
                                        known |> List.forall (fun (_, other) -> not (better other v)))
                                    |> fst]

                    Expect.equal
                        (history.Best EpochMetric.TrainLoss)
                        (first (<) [ for t, _, _ in rows -> Some t ])
                        "train"

                    Expect.equal
                        (history.Best EpochMetric.ValidationLoss)
                        (first (<) [ for _, l, _ in rows -> l ])
                        "loss"

                    Expect.equal
                        (history.Best EpochMetric.ValidationAccuracy)
                        (first (>) [ for _, _, a in rows -> a ])
                        "accuracy")

            testCase "prints what there is" (fun () ->
                Expect.equal (string (history [])) "0 epochs" "none"
                Expect.equal (string (history [ 1, 0.5, None, None, 1L ])) "1 epoch, train loss 0.5 → 0.5" "one"

                Expect.equal
                    (string (history [ 1, 0.5, Some 1.0, None, 1L; 2, 0.25, Some 0.75, None, 1L ]))
                    "2 epochs, train loss 0.5 → 0.25, validation loss 0.75"
                    "two")
        ]
