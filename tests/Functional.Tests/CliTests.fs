module CliTests

open System
open System.Globalization
open System.IO
open System.Text.Json
open System.Threading
open Expecto
open Functional.Cli
open CliFixtures

let private inFolder (test: string -> unit) =
    let folder = Directory.CreateTempSubdirectory("functional-cli-").FullName

    try
        test folder
    finally
        Directory.Delete(folder, recursive = true)

let private write (folder: string) (name: string) (lines: string seq) =
    let path = Path.Combine(folder, name)
    File.WriteAllLines(path, lines)
    path

let private usageErrors =
    testList
        "a command line that cannot be understood exits 2 and says why"
        [
            refuses 2 [ "trein" ] [ "'functional' has no argument 'trein'"; "Did you mean train?" ]
            refuses 2 [ "train" ] [ "moons, mnist, or a CSV file"; "functional train --help" ]
            refuses
                2
                [ "train"; "moons"; "--epoch"; "5" ]
                [ "no option '--epoch'"; "Did you mean --epochs?"; "functional train moons --help" ]
            refuses 2 [ "train"; "moons"; "more" ] [ "no argument 'more'" ]
            refuses 2 [ "train"; "moons"; "--epochs" ] [ "--epochs" ]
            refuses 2 [ "train"; "moons"; "--epochs"; "0" ] [ "--epochs must be a whole number from 1"; "'0'" ]
            refuses 2 [ "train"; "moons"; "--epochs"; "ten" ] [ "--epochs must be a whole number"; "'ten'" ]
            refuses 2 [ "train"; "moons"; "--batch"; "1.5" ] [ "--batch must be a whole number"; "'1.5'" ]
            refuses 2 [ "train"; "moons"; "--samples"; "1" ] [ "--samples must be a whole number from 2" ]
            refuses 2 [ "train"; "moons"; "--noise"; "-1" ] [ "--noise must be a number of at least 0" ]
            refuses 2 [ "train"; "moons"; "--lr"; "NaN" ] [ "--lr must be a number above 0" ]
            refuses 2 [ "train"; "moons"; "--lr"; "0,01" ] [ "--lr must be a number above 0"; "'0,01'" ]
            refuses 2 [ "train"; "moons"; "--seed"; "-1" ] [ "--seed must be a whole number" ]
            refuses
                2
                [ "train"; "moons"; "--optimizer"; "adm" ]
                [
                    "does not know 'adm'"
                    "Did you mean adam?"
                    "adam, adamw, sgd, momentum, rmsprop, adagrad, lion"
                ]
            refuses 2 [ "train"; "moons"; "--loss"; "hinge" ] [ "bce, ce, mse, mae, huber" ]
            refuses 2 [ "train"; "moons"; "--width"; "1024" ] [ "auto, 512, 256, 128" ]
            refuses 2 [ "train"; "moons"; "--threads"; "0" ] [ "--threads must be a whole number from 1" ]
            refuses 2 [ "train"; "moons"; "--threads"; "5000" ] [ "--threads must be a whole number from 1 to 1024" ]
            refuses 2 [ "train"; "moons"; "--explain"; "--no-explain" ] [ "exclude each other" ]
            refuses 2 [ "explain" ] [ "network" ]
            refuses 2 [ "explain"; "Dense(3)"; "--input"; "3x0" ] [ "--input must be sizes"; "'3x0'" ]
        ]

let private failures =
    testList
        "what cannot be done exits 1 and says why and what to do"
        [
            refuses 1 [ "train"; "mons" ] [ "no file 'mons'"; "Did you mean 'functional train moons'?" ]
            refuses 1 [ "train"; "absent.csv"; "--label"; "y" ] [ "no file 'absent.csv'" ]
            refuses
                1
                [ "train"; "mnist"; "--data"; "absent-folder" ]
                [
                    "absent-folder"
                    "train-images-idx3-ubyte"
                    "train-labels-idx1-ubyte"
                    "t10k-images-idx3-ubyte"
                    "t10k-labels-idx1-ubyte"
                    "Put all four into that folder"
                ]
            refuses 1 [ "train"; "moons"; "--network"; "Dense(2, 3) >> Rellu" ] [ "Unknown layer Rellu"; "Relu"; "^" ]
            refuses 1 [ "train"; "moons"; "--network"; "Dense(3, 1) >> Sigmoid" ] [ "must be 3, got [2]" ]
            refuses 1 [ "train"; "moons"; "--network"; "Dense(1)" ] [ "Append Sigmoid" ]
            refuses 1 [ "explain"; "Dense(3) >> Relu" ] [ "the input's size is not known"; "--input" ]
            refuses
                1
                [ "train"; "moons"; "--json"; "--optimizer"; "sgd"; "--lr"; "1e30" ]
                [ "diverged"; "Lower the learning rate" ]
        ]

let private summaries =
    testList
        "the JSON summary"
        [
            testCase "of moons has all its fields, and an accuracy of at least 0.99" (fun () ->
                let summary = json [ "train"; "moons" ]
                Expect.isGreaterThanOrEqual (number "testAccuracy" summary) 0.99 "test accuracy"
                Expect.isGreaterThanOrEqual (number "trainAccuracy" summary) 0.99 "training accuracy"
                Expect.isLessThan (number "testLoss" summary) 0.1 "test loss"
                Expect.isLessThan (number "trainLoss" summary) 0.1 "training loss"
                Expect.equal (number "parameterCount" summary) 1741.0 "Σ dᵢeᵢ + eᵢ of 2-20-40-20-1"
                Expect.equal (number "epochs" summary, number "batchSize" summary) (100.0, 10.0) "epochs, batch"
                Expect.equal (number "seed" summary, number "learningRate" summary) (42.0, 0.01) "seed, learning rate"
                Expect.equal (text "dataset" summary, text "loss" summary) ("moons", "BinaryCrossEntropy") "data, loss"
                Expect.equal (text "optimizer" summary, text "precision" summary) ("adam", "float") "optimizer, type"

                Expect.equal
                    (Functional.Network.Parse(text "network" summary).ParameterCount)
                    1741L
                    "the network, as code"

                let rows = number "seconds" summary * number "samplesPerSecond" summary
                Expect.floatClose Accuracy.high rows 100_000.0 "seconds × rows a second")

            testCase "comes after progress on the other writer, one line per epoch" (fun () ->
                let outcome = run [ "train"; "moons"; "--epochs"; "7"; "--json" ]
                let lines = outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                Expect.hasLength (lines |> Array.filter (fun line -> line.StartsWith "epoch ")) 7 "epochs"
                Expect.stringStarts outcome.Output "{" "JSON alone")

            testCase "is the same for the same seed" (fun () ->
                let once seed =
                    let summary = json [ "train"; "moons"; "--epochs"; "3"; "--seed"; seed ]
                    number "trainLoss" summary, number "testLoss" summary

                Expect.equal (once "7") (once "7") "the same seed"
                Expect.notEqual (once "7") (once "8") "another seed")

            testTheory
                "is of the options asked for"
                [ "adam"; "adamw"; "sgd"; "momentum"; "rmsprop"; "adagrad"; "lion" ]
                (fun optimizer ->
                    let summary =
                        json
                            [
                                "train"
                                "moons"
                                "--optimizer"
                                optimizer
                                "--precision"
                                "double"
                                "--epochs"
                                "20"
                                "--network"
                                "Dense(16) >> Tanh >> Dense(2) >> Softmax"
                            ]

                    Expect.equal (text "optimizer" summary, text "precision" summary) (optimizer, "double") "as asked"
                    Expect.equal (text "loss" summary) "CrossEntropy" "two probabilities"
                    Expect.isGreaterThan (number "testAccuracy" summary) 0.8 "it learns")

            testCase "of MNIST has an accuracy of at least 0.975 after 5 epochs" (fun () ->
                let folder = Repository.path "../shared/data/mnist"

                if not (Directory.Exists folder) then
                    skiptest $"MNIST is not at {folder}"

                let summary = json [ "train"; "mnist"; "--data"; folder ]
                Expect.equal (number "epochs" summary) 5.0 "epochs"
                Expect.isGreaterThanOrEqual (number "testAccuracy" summary) 0.975 "test accuracy")
            |> testSequenced
        ]

let private output =
    testList
        "the output"
        [
            testCase "that is no terminal has no escapes, one line per epoch, and the plan unless refused" (fun () ->
                let explained = run [ "train"; "moons"; "--epochs"; "12" ]
                let brief = run [ "train"; "moons"; "--epochs"; "12"; "--no-explain"; "--validate" ]

                for outcome in [ explained; brief ] do
                    Expect.equal (outcome.Code, outcome.Error) (0, "") "success"
                    Expect.isFalse (outcome.Output.Contains escape) "no escape"
                    let lines = outcome.Output.Split '\n'
                    Expect.hasLength (lines |> Array.filter (fun line -> line.StartsWith "epoch ")) 12 "lines"
                    Expect.stringContains outcome.Output "Dense(2, 20) >> Relu" "the network"
                    Expect.isMatch outcome.Output "(?m)^test set +0\\.\\d+ +\\d+\\.\\d\\d % +1,000\r?$" "the table"

                Expect.stringContains explained.Output "∂L/∂W₁" "the chain rule"
                Expect.isFalse (brief.Output.Contains "∂L/∂W₁") "no chain rule"
                Expect.isMatch brief.Output "epoch 12/12 .* test accuracy" "evaluated every epoch")

            testCase "of a terminal has the same results" (fun () ->
                use writer = new StringWriter(CultureInfo.InvariantCulture)
                let code = CommandLine.Run([| "train"; "moons" |], Terminal(writer, writer, IsRich = true))
                Expect.equal code 0 "success"
                Expect.isTrue (writer.ToString().Contains escape) "escapes"

                for part in [ "∂L/∂W₁"; "accuracy"; "test set"; "100 epochs in" ] do
                    Expect.stringContains (writer.ToString()) part "shown")

            testCase "of explain is the chain rule with shapes, of the options asked for" (fun () ->
                let outcome =
                    run
                        [
                            "explain"
                            "Dense(3) >> Relu >> Dense(1)"
                            "--input"
                            "2"
                            "--optimizer"
                            "sgd"
                            "--lr"
                            "0.5"
                        ]

                Expect.equal (outcome.Code, outcome.Error) (0, "") "success"

                for part in [ "∂L/∂W₁"; "∂L/∂b₂"; "[2, 3]"; "MeanSquaredError"; "Sgd(learningRate: 0.5)" ] do
                    Expect.stringContains outcome.Output part "shown")

            testTheory
                "of help has the options of a command and examples"
                [
                    "train moons", "--noise"
                    "train mnist", "--data"
                    "train data.csv", "--label"
                    "explain", "--input"
                    "bench", "--suite"
                    "check", "--hessian"
                    "experiment", "--seed"
                ]
                (fun (command, option) ->
                    let outcome = run [ yield! command.Split ' '; "--help" ]
                    Expect.equal (outcome.Code, outcome.Error) (0, "") "success"
                    Expect.stringContains outcome.Output option "an option"
                    Expect.stringContains outcome.Output "Examples:" "examples")

            testCase "of --version is the version" (fun () ->
                Expect.isMatch (run [ "--version" ]).Output "^functional \\d+\\.\\d+\\.\\d+\r?\n$" "version")

            testCase "after Ctrl-C is what was reached, and the exit code 130" (fun () ->
                let outcome = runUntil (CancellationToken true) [ "train"; "moons"; "--no-explain" ]
                Expect.equal (outcome.Code, outcome.Error) (130, "") "interrupted"
                Expect.stringContains outcome.Output "Stopped after 0 of 100 epochs" "the summary")
        ]

let private csvFiles =
    testList
        "a CSV file"
        [
            testCase "of text labels is classified" (fun () ->
                inFolder (fun folder ->
                    let random = Random 1

                    let row i =
                        let kind = i % 3
                        let x = float kind * 4.0 + random.NextDouble()
                        let y = float (kind % 2) * 4.0 + random.NextDouble()
                        FormattableString.Invariant $"{i},{x},{y},{char (int 'a' + kind)}"

                    let path = write folder "kinds.csv" [ "id,x,y,kind"; yield! Seq.map row (seq { 0..149 }) ]
                    let summary = json [ "train"; path; "--label"; "kind"; "--ignore"; "id" ]
                    Expect.equal (text "dataset" summary, text "loss" summary) ("kinds.csv", "CrossEntropy") "task"
                    Expect.equal (number "testAccuracy" summary) 1.0 "test accuracy"
                    let outcome = run [ "train"; path; "--label"; "kind"; "--no-explain"; "--epochs"; "1" ]

                    Expect.stringContains
                        outcome.Output
                        "classify, as 'kind' holds 3 different values: a, b, c"
                        "said"))

            testCase "of two classes is classified by one probability, categories being features" (fun () ->
                inFolder (fun folder ->
                    let row i =
                        let word = if i % 2 = 0 then "even" else "odd"
                        $"{i % 7};{word};{i % 2}"

                    let path = write folder "parity.csv" [ "x;word;label"; yield! Seq.map row (seq { 0..99 }) ]
                    let summary = json [ "train"; "--label"; "label"; path; "--one-hot"; "word" ]
                    Expect.equal (text "loss" summary) "BinaryCrossEntropy" "loss"
                    Expect.equal (number "testAccuracy" summary) 1.0 "test accuracy"
                    let refused = run [ "train"; path; "--label"; "label" ]
                    Expect.equal refused.Code 1 "text where numbers are expected"
                    Expect.stringContains refused.Error "'word'" "the column"))

            testCase "of numbers with fractions is regressed, and errors are told in their units" (fun () ->
                inFolder (fun folder ->
                    let random = Random 2

                    let row _ =
                        let x, y = random.NextDouble(), random.NextDouble()
                        FormattableString.Invariant $"{x},{y},{5000.5 + 300.0 * x - 200.0 * y}"

                    let path = write folder "plane.csv" [ "x,y,z"; yield! Seq.map row (seq { 1..200 }) ]
                    let summary = json [ "train"; path; "--label"; "z" ]
                    Expect.equal (text "loss" summary) "MeanSquaredError" "loss"
                    Expect.equal (summary.GetProperty("testAccuracy").ValueKind) JsonValueKind.Null "no accuracy"
                    Expect.isLessThan (number "testLoss" summary) 0.01 "of a variance of 1"

                    for normalize in [ "standard"; "minmax"; "none" ] do
                        let outcome = run [ "train"; path; "--label"; "2"; "--normalize"; normalize; "--no-explain" ]
                        Expect.equal outcome.Code 0 normalize
                        Expect.stringContains outcome.Output "regress, as '2' holds numbers with fractions" "said"
                        Expect.stringContains outcome.Output "root mean square error" "in units of z"))

            testCase "of whole numbers is what --task says" (fun () ->
                inFolder (fun folder ->
                    let path =
                        write
                            folder
                            "steps.csv"
                            [ yield! Seq.map (fun i -> $"{i},{i % 30},{i / 50}") (seq { 0..149 }) ]

                    let loss task column =
                        json [ "train"; path; "--label"; column; "--task"; task; "--epochs"; "1" ] |> text "loss"

                    Expect.equal (loss "auto" "1") "MeanSquaredError" "30 values"
                    Expect.equal (loss "auto" "2") "CrossEntropy" "3 values"
                    Expect.equal (loss "classify" "1") "CrossEntropy" "asked for"
                    Expect.equal (loss "regress" "2") "MeanSquaredError" "asked for"))

            testCase "without a label, or without that column, is refused" (fun () ->
                inFolder (fun folder ->
                    let path = write folder "small.csv" [ "a,b"; "1,2"; "3,4" ]
                    let unnamed = run [ "train"; path ]
                    Expect.equal unnamed.Code 2 "usage"
                    Expect.stringContains unnamed.Error "--label is missing" "what is missing"
                    let unknown = run [ "train"; path; "--label"; "c" ]
                    Expect.equal unknown.Code 1 "failure"
                    Expect.stringContains unknown.Error "the columns are a, b" "the columns"))
        ]

let tests = testList "CLI" [ usageErrors; failures; summaries; output; csvFiles ]
