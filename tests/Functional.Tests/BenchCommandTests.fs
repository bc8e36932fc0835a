module BenchCommandTests

open System
open System.Globalization
open System.IO
open System.Text.Json
open System.Threading
open Expecto
open Functional
open Functional.Benchmarking
open Functional.Cli
open CliFixtures

/// As little measuring as there can be: these tests say nothing about time.
let private brief = [ "--repeats"; "1"; "--milliseconds"; "1" ]

let private bench args = run ("bench" :: args @ brief)

/// The JSON objects, a line each, that a successful run printed.
let private measurements args =
    let outcome = bench (args @ [ "--json" ])
    Expect.equal outcome.Code 0 outcome.Error

    [
        for line in outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries) ->
            JsonDocument.Parse(line).RootElement
    ]

let private small = "Dense(2, 3) >> Relu >> Dense(1) >> Sigmoid"

let private usageErrors =
    testList
        "a command line that cannot be understood exits 2 and says what to do"
        [
            refuses 2 [ "bench" ] [ "What to time is missing"; "--suite"; "functional bench --help" ]
            refuses 2 [ "bench"; small; "--suite" ] [ "A network and --suite exclude each other. Give one of them." ]
            refuses 2 [ "bench"; small; "--case"; "moons-b10" ] [ "--case is for the suite. Add --suite" ]
            refuses 2 [ "bench"; "--suite"; "--batch"; "5" ] [ "--batch is for a network"; "Leave it out" ]
            refuses 2 [ "bench"; "--suite"; "--loss"; "ce" ] [ "--loss is for a network" ]
            refuses 2 [ "bench"; "--suite"; "--optimizer"; "sgd" ] [ "--optimizer is for a network" ]
            refuses 2 [ "bench"; "--suite"; "--input"; "5" ] [ "--input is for a network" ]
            refuses
                2
                [ "bench"; "--suite"; "--case"; "moon-b10" ]
                [
                    "--case does not know 'moon-b10'"
                    "Did you mean moons-b10?"
                    "moons-b10, moons-b1000, mnist-100-b64, mnist-512-b128, wide-b256, deep20-b32, chain-b200"
                ]
            refuses 2 [ "bench"; "--suite"; "--case" ] [ "--case" ]
            refuses 2 [ "bench"; small; "--mode"; "infer" ] [ "does not know 'infer'"; "step, gradient, inference" ]
            refuses 2 [ "bench"; small; "--precision"; "half" ] [ "does not know 'half'"; "float, double, both" ]
            refuses 2 [ "bench"; small; "--width"; "64" ] [ "does not know '64'"; "auto, 512, 256, 128, all" ]
            refuses
                2
                [ "bench"; small; "--threads"; "0" ]
                [ "--threads must be a whole number from 1 to 1024, got '0'" ]
            refuses 2 [ "bench"; small; "--batch"; "0" ] [ "--batch must be a whole number from 1" ]
            refuses 2 [ "bench"; small; "--repeats"; "0" ] [ "--repeats must be a whole number from 1" ]
            refuses 2 [ "bench"; small; "--milliseconds"; "0" ] [ "--milliseconds must be a whole number from 1" ]
        ]

let private failures =
    testList
        "what cannot be done exits 1 and says why and what to do"
        [
            refuses 1 [ "bench"; "Dense(2, 3) >> Rellu" ] [ "Unknown layer Rellu" ]
            refuses 1 [ "bench"; "Dense(3)" ] [ "the input's size is not known"; "--input" ]
            refuses 1 [ "bench"; "Dense(3)"; "--input"; "2"; "--loss"; "ce" ] [ "Append Softmax" ]
        ]

let private results =
    testList
        "the JSON objects"
        [
            testCase "are one for each mode, with what was measured and how" (fun () ->
                let all = measurements [ small; "--batch"; "5" ]
                Expect.sequenceEqual (all |> List.map (text "mode")) [ "step"; "gradient"; "inference" ] "modes"

                for one in all do
                    Expect.equal
                        (text "case" one)
                        "Dense(2, 3) >> Relu >> Dense(3, 1) >> Sigmoid"
                        "the network, every size stated"

                    Expect.equal (text "precision" one) "float" "precision"
                    Expect.equal (number "threads" one, number "batch" one) (1.0, 5.0) "threads, batch"
                    Expect.contains [ 128.0; 256.0; 512.0 ] (number "width" one) "bits of a register"

                    for field in [ "microseconds"; "gflops"; "peakGflops"; "shareOfPeak"; "memoryBytes" ] do
                        Expect.isGreaterThan (number field one) 0.0 field

                    Expect.isGreaterThanOrEqual (number "bytesPerStep" one) 0.0 "bytesPerStep"

                    Expect.floatClose
                        { absolute = 0.0; relative = 2e-3 }
                        (number "gflops" one / number "peakGflops" one)
                        (number "shareOfPeak" one)
                        "the share is the rate by the peak")

            testCase "count the products of forward and chain rule, two operations a multiply-add" (fun () ->
                let flops mode =
                    let one = measurements [ "--suite"; "--case"; "moons-b10"; "--mode"; mode ] |> List.exactlyOne
                    number "gflops" one * number "microseconds" one * 1e3

                // 10 rows of 2·20 + 20·40 + 40·20 + 20·1; a step has each product three times, but for ∂L/∂x of the first layer.
                let forward = 2.0 * 10.0 * 1660.0

                for mode, expected in
                    [ "inference", forward; "gradient", 3.0 * forward - 800.0; "step", 3.0 * forward - 800.0 ] do
                    Expect.floatClose { absolute = 0.0; relative = 2e-3 } (flops mode) expected mode)

            testCase "are of the cases, modes, precisions and threads asked for" (fun () ->
                let all =
                    measurements
                        [
                            yield! [ "--suite"; "--case"; "chain-b200"; "--case"; "moons-b10"; "--mode"; "inference" ]
                            yield! [ "--precision"; "both"; "--threads"; "1"; "--threads"; "2" ]
                        ]

                Expect.sequenceEqual
                    (all
                     |> List.map (fun one ->
                         text "case" one, text "mode" one, text "precision" one, number "threads" one))
                    [
                        for case in [ "chain-b200"; "moons-b10" ] do
                            for precision in [ "float"; "double" ] do
                                for threads in [ 1.0; 2.0 ] -> case, "inference", precision, threads
                    ]
                    "every combination")

            testCase "are of every width of the machine" (fun () ->
                let widths = measurements [ small; "--mode"; "step"; "--width"; "all" ] |> List.map (number "width")

                Expect.equal (List.last widths) 128.0 "every machine has 128 bits"
                Expect.isDescending widths "the widest first"
                Expect.equal (List.distinct widths) widths "each once")

            testTheory
                "are of any loss and optimizer"
                [ "mse", "sgd"; "mae", "momentum"; "huber", "rmsprop"; "bce", "adamw" ]
                (fun (loss, optimizer) ->
                    let all =
                        measurements
                            [
                                small
                                "--mode"
                                "step"
                                "--loss"
                                loss
                                "--optimizer"
                                optimizer
                                "--precision"
                                "double"
                            ]

                    Expect.equal (all |> List.map (text "precision")) [ "double" ] "one measurement")

            testCase "come alone: what they are of is on the other writer" (fun () ->
                let outcome = bench [ small; "--json" ]
                Expect.stringStarts outcome.Output "{" "JSON"
                Expect.stringContains outcome.Error "GFLOP/s" "the peak")
        ]

let private output =
    testList
        "the output"
        [
            testCase "has the machine, the peak and a row for every mode" (fun () ->
                let outcome = bench [ "Dense(3) >> Softmax"; "--input"; "2"; "--batch"; "7" ]
                Expect.equal (outcome.Code, outcome.Error) (0, "") "success"
                Expect.isFalse (outcome.Output.Contains escape) "no escape"

                for part in [ "Machine"; "Peak"; "Dense(2, 3) >> Softmax"; "CrossEntropy"; "µs"; "of peak" ] do
                    Expect.stringContains outcome.Output part "shown"

                for mode in [ "step"; "gradient"; "inference" ] do
                    Expect.isMatch outcome.Output $"(?m)^{mode} +\\d" "a row"

                Expect.isFalse (outcome.Output.Contains "Ratios") "nothing to compare")

            testCase "compares precisions and threads where there are several" (fun () ->
                let outcome =
                    bench [ small; "--mode"; "step"; "--precision"; "both"; "--threads"; "1"; "--threads"; "2" ]

                Expect.equal (outcome.Code, outcome.Error) (0, "") "success"
                Expect.isMatch outcome.Output "mode +threads +double / float\r?\nstep +1 +\\d+\\.\\d\\d" "precisions"
                Expect.isMatch outcome.Output "mode +precision +1 / 2 threads\r?\nstep +float +\\d+\\.\\d\\d" "threads")

            testCase "of a terminal has the same rows" (fun () ->
                use writer = new StringWriter(CultureInfo.InvariantCulture)
                let args = [ "bench"; "--suite"; "--case"; "moons-b10"; "--precision"; "both" ] @ brief
                let code = CommandLine.Run(Array.ofList args, Terminal(writer, writer, IsRich = true))
                Expect.equal code 0 "success"
                Expect.isTrue (writer.ToString().Contains escape) "escapes"

                for part in [ "Peak"; "gradient"; "bytes/step"; "double / float" ] do
                    Expect.stringContains (writer.ToString()) part "shown")

            testCase "after Ctrl-C ends, and the exit code is 130" (fun () ->
                let outcome = runUntil (CancellationToken true) ([ "bench"; small ] @ brief)
                Expect.equal (outcome.Code, outcome.Error) (130, "") "interrupted"
                Expect.isNotMatch outcome.Output "(?m)^step" "no row")
        ]

/// The peers read their cases from a file of their own.
let private peers =
    testCase "the peers' cases are the reference cases" (fun () ->
        let text = File.ReadAllText(Repository.path "bench/peers/cases.json")

        let ofPeers =
            [
                for case in JsonDocument.Parse(text).RootElement.EnumerateObject() do
                    let sizes = [ for size in case.Value.GetProperty("sizes").EnumerateArray() -> size.GetInt32() ]

                    let hidden =
                        match case.Value.GetProperty("activation").GetString() with
                        | "relu" -> "Relu"
                        | "tanh" -> "Tanh"
                        | other -> failwith $"activation {other}"

                    let loss, ending =
                        match case.Value.GetProperty("loss").GetString() with
                        | "bce" -> Loss.BinaryCrossEntropy, " >> Sigmoid"
                        | "ce" -> Loss.CrossEntropy, " >> Softmax"
                        | "mse" -> Loss.MeanSquaredError, ""
                        | other -> failwith $"loss {other}"

                    let layers = sizes |> List.pairwise |> List.map (fun (from, into) -> $"Dense({from}, {into})")

                    case.Name,
                    Network.Parse(String.Join($" >> {hidden} >> ", layers) + ending),
                    loss,
                    case.Value.GetProperty("batch").GetInt32()
            ]

        let ours = [ for case in ReferenceCases.All -> case.Name, case.Training, case.Loss, case.Batch ]

        Expect.equal ofPeers ours "names, networks, losses, batches")

let tests = testList "bench" [ usageErrors; failures; results; output; peers ]
