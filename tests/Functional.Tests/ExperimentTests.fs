module ExperimentTests

open System
open System.Globalization
open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open System.Threading
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.Experiments

let private defaultSeed = 42UL

let private generated =
    [
        for experiment in Catalogue.All do
            if not experiment.UsesMnist then
                experiment
    ]

let private runWith (seed: uint64) (experiment: Experiment) =
    experiment.Run.Invoke(ExperimentContext seed)

/// Every experiment's result with the default seed, once for all tests.
let private results = dict [ for experiment in generated -> experiment.Name, lazy runWith defaultSeed experiment ]

let private tables (result: ExperimentResult) =
    result.Summary :: List.ofSeq result.Data

let private ofEach name test =
    testList name [ for experiment in generated -> testCase experiment.Name (fun () -> test experiment) ]

let private course =
    testList
        "of the course"
        [
            ofEach "is as it claims" (fun experiment ->
                let result = results[experiment.Name].Value
                Expect.isNonEmpty result.Claims "claims"

                for claim in result.Claims do
                    Expect.isTrue claim.Holds $"{claim.Statement}: {claim.Evidence}"
                    Expect.isMatch claim.Evidence @"\d" "evidence has numbers")

            ofEach "has the same result from the same seed" (fun experiment ->
                Expect.equal (runWith defaultSeed experiment) results[experiment.Name].Value experiment.Name)

            ofEach "has another result from another seed" (fun experiment ->
                let data result = tables result |> List.map _.ToCsv()

                Expect.notEqual (data (runWith 1UL experiment)) (data results[experiment.Name].Value) experiment.Name)

            ofEach "stops when it is cancelled" (fun experiment ->
                let context = ExperimentContext(defaultSeed, CancellationToken = CancellationToken true)

                Expect.throwsT<OperationCanceledException>
                    (fun () -> experiment.Run.Invoke context |> ignore)
                    experiment.Name)

            ofEach "has tables whose names make files, and columns that differ" (fun experiment ->
                let all = tables results[experiment.Name].Value
                let names = all |> List.map _.Name
                Expect.equal (List.distinct names) names "names"

                for table in all do
                    Expect.isMatch table.Name "^[a-z]+(-[a-z]+)*$" "a name"
                    Expect.isNonEmpty table.Rows $"rows of {table.Name}"
                    Expect.equal (Seq.distinct table.Columns |> List.ofSeq) (List.ofSeq table.Columns) table.Name)

            testCase "says what dropout does to every sample, and the median of them" (fun () ->
                let tables = tables results["dropout"].Value

                let columns table (names: string list) =
                    let table = tables |> List.find (fun candidate -> candidate.Name = table)
                    let places = [ for name in names -> Seq.findIndex ((=) name) table.Columns ]
                    [ for row in table.Rows -> [ for place in places -> Convert.ToDouble row[place] ] ]

                let rates = [ 0.0; 0.25; 0.5; 0.75 ]

                Expect.equal
                    (columns "history" [ "rate"; "sample"; "epoch" ])
                    [
                        for rate in rates do
                            for sample in 1.0 .. 5.0 do
                                for epoch in 1.0 .. 400.0 -> [ rate; sample; epoch ]
                    ]
                    "every epoch"

                for loss in [ "training loss"; "validation loss" ] do
                    let samples = columns "samples" [ "rate"; loss ] |> List.groupBy List.head

                    Expect.equal
                        (columns "summary" [ "rate"; loss ])
                        [
                            for rate, losses in samples ->
                                [ rate; List.item 2 (List.sort (List.map List.last losses)) ]
                        ]
                        loss

                for probabilities in
                    columns "boundary" [ "probability without dropout"; "probability with dropout" ] |> List.transpose do
                    Expect.all probabilities (fun p -> p >= 0.0 && p <= 1.0) "probabilities"
                    Expect.isLessThan (List.min probabilities) 0.5 "some are of class 0"
                    Expect.isGreaterThan (List.max probabilities) 0.5 "some are of class 1")

            testCase "has names for the command line, and questions" (fun () ->
                let names = [ for experiment in Catalogue.All -> experiment.Name ]
                Expect.equal (List.distinct names) names "names differ"

                for experiment in Catalogue.All do
                    Expect.isMatch experiment.Name "^[a-z]+(-[a-z]+)*$" "a name"
                    Expect.stringEnds experiment.Question "?" "a question")
        ]

/// The cells of CSV text, line by line (RFC 4180).
let private parse (text: string) =
    [
        for line in Regex.Matches(text, "(?:(?:\"(?:[^\"]|\"\")*\"|[^\",\r\n]*)(?:,|\n))+?(?<=\n)") do
            [
                for cell in Regex.Matches(line.Value, "(\"(?:[^\"]|\"\")*\"|[^\",\r\n]*)(?:,|\n)") do
                    let value = cell.Groups[1].Value

                    if value.StartsWith '"' then
                        value.Substring(1, value.Length - 2).Replace("\"\"", "\"")
                    else
                        value
            ]
    ]

/// Digits in groups, and a comma before fractions.
let private otherCulture =
    let culture = CultureInfo.InvariantCulture.Clone() :?> CultureInfo
    culture.NumberFormat.NumberDecimalSeparator <- ","
    culture.NumberFormat.NegativeSign <- "~"
    culture

let private inOtherCulture (f: unit -> 'a) =
    let before = CultureInfo.CurrentCulture
    CultureInfo.CurrentCulture <- otherCulture

    try
        f ()
    finally
        CultureInfo.CurrentCulture <- before

let private cells =
    let word =
        Gen.elements [ 'a'; '"'; ','; '\n'; '\r'; ' '; 'é'; ';' ]
        |> Gen.listOf
        |> Gen.map (fun letters -> box (String(Array.ofList letters)))

    let number = ArbMap.defaults |> ArbMap.generate<float> |> Gen.map box
    let whole = ArbMap.defaults |> ArbMap.generate<int> |> Gen.map box
    Gen.oneof [ word; number; whole; Gen.constant null ]

let private table =
    gen {
        let! width = Gen.choose (1, 4)
        let! rows = Gen.listOf (Gen.arrayOfLength width cells)
        return DataTable("table", [ for i in 1..width -> $"column {i}, \"x\"" ], rows)
    }

/// What a cell must read as.
let private written (cell: objnull) =
    match cell with
    | null -> ""
    | :? float as number -> number.ToString("R", CultureInfo.InvariantCulture)
    | :? int as number -> number.ToString CultureInfo.InvariantCulture
    | other -> string other

let private dataTables =
    testList
        "a table"
        [
            testProperty "as CSV reads back cell by cell, whatever the culture"
            <| Prop.forAll (Arb.fromGen table) (fun table ->
                let read = inOtherCulture (fun () -> parse (table.ToCsv()))
                let rows = [ for row in table.Rows -> [ for cell in row -> written cell ] ]
                Expect.equal read (List.ofSeq table.Columns :: rows) "header and cells")

            testProperty "as JSON reads back cell by cell, whatever the culture"
            <| Prop.forAll (Arb.fromGen table) (fun table ->
                let experiment = Experiment("one", "Why?", false, (fun _ -> failwith "not run"))
                let result = ExperimentResult(table, [||].ToValueList(), [| Claim("It is", true, "1") |].ToValueList())
                let text = inOtherCulture (fun () -> ExperimentFiles.ToJson(experiment, UInt64.MaxValue, result))
                Expect.isFalse (text.Contains '\n') "one line"
                let json = JsonDocument.Parse(text).RootElement
                Expect.equal (json.GetProperty("seed").GetUInt64()) UInt64.MaxValue "seed"
                Expect.isTrue (json.GetProperty("claims").[0].GetProperty("holds").GetBoolean()) "the claim"

                let read =
                    [
                        for row in json.GetProperty("summary").GetProperty("rows").EnumerateArray() ->
                            [
                                for cell in row.EnumerateArray() ->
                                    match cell.ValueKind with
                                    | JsonValueKind.Null -> null
                                    | JsonValueKind.Number -> box (cell.GetDouble())
                                    | _ -> box (string (cell.GetString()))
                            ]
                    ]

                let expected =
                    [
                        for row in table.Rows ->
                            [
                                for cell in row ->
                                    match cell with
                                    | :? int as number -> box (float number)
                                    | :? float as number when not (Double.IsFinite number) -> box (written cell)
                                    | other -> other
                            ]
                    ]

                Expect.equal read expected "cells")

            testCase "takes rows as wide as its header, of numbers and words" (fun () ->
                let make (row: objnull array) () =
                    DataTable("points", [ "x"; "y" ], [ row ]) |> ignore

                make [| 1; null |] ()

                for row, part in [ [| box 1 |], "1 cells for 2 columns"; [| box 1; box 1.0f |], "a cell is a Single" ] do
                    Expect.throwsC (make row) (fun error ->
                        Expect.isTrue (error :? ArgumentException) "an argument"
                        Expect.stringContains error.Message $"Table points: a" "which table"
                        Expect.stringContains error.Message part "what is wrong"))
        ]

let tests = testList "experiments" [ course; dataTables ]
