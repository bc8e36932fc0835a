/// What `functional experiment` prints, writes and says about what it skips.
module ExperimentCommandTests

open System
open System.Globalization
open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open System.Threading
open Expecto
open Functional
open Functional.Cli
open Functional.Experiments
open CliFixtures
open DataFixtures

let private tables (result: ExperimentResult) =
    result.Summary :: List.ofSeq result.Data

let private small name usesMnist holds =
    Experiment(
        name,
        "Is it so?",
        usesMnist,
        (fun context ->
            context.Report |> Option.ofObj |> Option.iter (fun report -> report.Invoke "working")
            let table = DataTable("summary", [ "n" ], [ [| box (int context.Seed) |] ])
            ExperimentResult(table, [||].ToValueList(), [| Claim("It is so", holds, "1 of 1") |].ToValueList()))
    )

/// Exit code and output of experiments that are not in the catalogue.
let private runAll folder isJson isRich (experiments: Experiment list) =
    use output = new StringWriter(CultureInfo.InvariantCulture)
    use error = new StringWriter(CultureInfo.InvariantCulture)
    let settings = ExperimentSettings(experiments.ToValueList(), null, 7UL, folder, isJson)
    let code = ExperimentCommand.Run(settings, Terminal(output, error, IsRich = isRich))
    code, output.ToString()

let tests =
    testList
        "functional experiment"
        [
            testTheory "lists without a name" [ [ "experiment" ]; [ "experiment"; "--list" ] ] (fun args ->
                let outcome = run args
                Expect.equal (outcome.Code, outcome.Error) (0, "") "success"

                for experiment in Catalogue.All do
                    Expect.stringContains outcome.Output experiment.Question "a question"
                    Expect.isMatch outcome.Output $"(?m)^{experiment.Name} " "a name")

            testCase "lists as JSON, an object a line" (fun () ->
                let lines = (run [ "experiment"; "--json" ]).Output.Trim().Split '\n'

                let listed =
                    [
                        for line in lines ->
                            let one = JsonDocument.Parse(line).RootElement
                            text "name" one, text "question" one, one.GetProperty("usesMnist").GetBoolean()
                    ]

                Expect.equal listed [ for one in Catalogue.All -> one.Name, one.Question, one.UsesMnist ] "all")

            testCase "prints table and claims, and writes what it says" (fun () ->
                inFolder (fun root ->
                    let folder = Path.Combine(root, "new", "results")
                    let outcome = run [ "experiment"; "Neuron"; "--output"; folder ]
                    Expect.equal (outcome.Code, outcome.Error) (0, "") "success"
                    let neuron = Catalogue.All |> Seq.find (fun one -> one.Name = "neuron")
                    let result = neuron.Run.Invoke(ExperimentContext 42UL)

                    for claim in result.Claims do
                        Expect.stringContains outcome.Output $"✓ {claim.Statement}: {claim.Evidence}." "a claim"

                    Expect.isFalse (outcome.Output.Contains escape) "no escape"

                    let expected = "neuron.json" :: [ for table in tables result -> $"neuron-{table.Name}.csv" ]
                    let files = [ for file in Directory.GetFiles folder -> string (Path.GetFileName file) ]
                    Expect.equal (List.sort files) (List.sort expected) "files, and nothing else"

                    for table in tables result do
                        Expect.equal
                            (File.ReadAllText(Path.Combine(folder, $"neuron-{table.Name}.csv")))
                            (table.ToCsv())
                            table.Name))

            testCase "prints as JSON what it writes, and progress elsewhere" (fun () ->
                inFolder (fun folder ->
                    let outcome = run [ "experiment"; "log-softmax"; "--json"; "--seed"; "3"; "--output"; folder ]
                    Expect.equal outcome.Code 0 outcome.Error
                    let json = JsonDocument.Parse(outcome.Output).RootElement
                    Expect.equal (text "name" json, number "seed" json) ("log-softmax", 3.0) "what was run"
                    Expect.stringContains outcome.Error "logits" "progress"

                    Expect.equal
                        (File.ReadAllText(Path.Combine(folder, "log-softmax.json")).Trim())
                        (outcome.Output.Trim())
                        "the file"))

            testTheory
                "exits 1 if a claim does not hold, and shows all claims at the end"
                [ true, false; true, true; false, false; false, true ]
                (fun (holds, isRich) ->
                    inFolder (fun folder ->
                        let code, output =
                            runAll folder false isRich [ small "one" false true; small "two" false holds ]

                        Expect.equal code (if holds then 0 else 1) "exit code"
                        let held = if holds then 2 else 1
                        Expect.stringContains output $"{held} of 2 claims hold, in 2 experiments." "the count"
                        Expect.equal (output.Contains '✗') (not holds) "the mark"
                        Expect.isTrue (File.Exists(Path.Combine(folder, "two.json"))) "written all the same"))

            testTheory "skips what needs MNIST, and says how to get it" [ false; true ] (fun isJson ->
                inFolder (fun folder ->
                    let code, output =
                        runAll folder isJson false [ small "one" false true; small "digits" true false ]

                    Expect.equal code 0 "not run, so no claim fails"
                    Expect.isFalse (File.Exists(Path.Combine(folder, "digits.json"))) "not run"

                    for part in [ "digits needs MNIST"; "--data"; "functional train mnist --help" ] do
                        Expect.stringContains output part "how"))

            testTheory
                "ends with how many were skipped and why, in text and as JSON"
                [ false, false; false, true; true, false ]
                (fun (isJson, isRich) ->
                    inFolder (fun folder ->
                        let lastOf experiments =
                            let code, output = runAll folder isJson isRich experiments
                            Expect.equal code 0 "no failure"
                            let last = output.Trim().Split(if isJson then '\n' else '╯') |> Array.last
                            Regex.Replace(last, @"\s+", " ")

                        let all = lastOf [ small "one" false true; small "two" false true ]

                        let some =
                            lastOf [ small "digits" true false; small "one" false true; small "more" true false ]

                        let reason = "MNIST is missing. Give --data and the folder of its four files"

                        if isJson then
                            Expect.equal
                                all
                                """{"run":2,"claims":2,"held":2,"skipped":0,"skippedNames":[],"reason":null}"""
                                "none"

                            Expect.stringStarts
                                some
                                ("""{"run":1,"claims":1,"held":1,"skipped":2,"skippedNames":["digits","more"],"""
                                 + $"\"reason\":\"{reason}")
                                "how many, which and why"
                        else
                            Expect.stringEnds all "2 of 2 claims hold, in 2 experiments." "none"

                            Expect.stringContains
                                some
                                $"1 of 1 claims hold, in 1 experiment. 2 experiments skipped (digits, more): {reason}"
                                "how many, which and why"))

            testCase "replaces old results and leaves no drafts" (fun () ->
                inFolder (fun folder ->
                    File.WriteAllText(Path.Combine(folder, "one-summary.csv"), "old")
                    runAll folder false false [ small "one" false true ] |> ignore
                    Expect.equal (File.ReadAllText(Path.Combine(folder, "one-summary.csv"))) "n\n7\n" "new"
                    Expect.hasLength (Directory.GetFiles folder) 2 "no draft"))

            testCase "says where it cannot write" (fun () ->
                inFolder (fun folder ->
                    let file = Path.Combine(folder, "file")
                    File.WriteAllText(file, "")
                    let outcome = run [ "experiment"; "log-softmax"; "--output"; file ]
                    Expect.equal outcome.Code 1 "failure"
                    Expect.stringContains outcome.Error $"cannot be written to '{file}'" "where"))

            testCase "stops at Ctrl-C with exit code 130 and writes nothing" (fun () ->
                inFolder (fun folder ->
                    let outcome = runUntil (CancellationToken true) [ "experiment"; "moons"; "--output"; folder ]
                    Expect.equal (outcome.Code, outcome.Error) (130, "") "interrupted"
                    Expect.isEmpty (Directory.GetFiles folder) "no files"))

            refuses
                2
                [ "experiment"; "mons" ]
                [ "There is no experiment 'mons'. Did you mean moons?"; "neuron, logistic" ]
            refuses 2 [ "experiment"; "moons"; "--all" ] [ "exclude each other" ]
            refuses 2 [ "experiment"; "--list"; "--all" ] [ "exclude each other" ]
            refuses 2 [ "experiment"; "--seed"; "1" ] [ "--seed is for running. Name an experiment" ]
            refuses
                2
                [ "experiment"; "moons"; "--data"; "mnist" ]
                [ "--data is for experiments on MNIST, and moons is none" ]
            refuses
                1
                [ "experiment"; "--all"; "--data"; "absent-folder" ]
                [ "absent-folder"; "Put all four into that folder" ]

            for experiment in Catalogue.All do
                if experiment.UsesMnist then
                    refuses 2 [ "experiment"; experiment.Name ] [ $"{experiment.Name} needs MNIST"; "--data" ]
        ]
