module RandomCheckTests

open System
open System.Collections.Generic
open System.Globalization
open System.IO
open System.Text.Json
open System.Threading
open Expecto
open Functional
open Functional.Cli
open CliFixtures

let private check args = run ("check" :: args)

let private usageErrors =
    testList
        "a command line that cannot be understood exits 2 and says what to do"
        [
            refuses
                2
                [ "check"; "Dense(2, 1)"; "--random"; "3" ]
                [ "A network and --random exclude each other. Give one of them." ]
            refuses 2 [ "check"; "--random"; "0" ] [ "--random must be a whole number from 1"; "'0'" ]
            refuses 2 [ "check"; "--random" ] [ "--random" ]
            refuses 2 [ "check"; "--random"; "3"; "--loss"; "mse" ] [ "--loss is for a network"; "Leave it out" ]
            refuses 2 [ "check"; "--random"; "3"; "--batch"; "5" ] [ "--batch is for a network" ]
            refuses 2 [ "check"; "--random"; "3"; "--input"; "5" ] [ "--input is for a network" ]
            refuses 2 [ "check"; "--random"; "3"; "--hessian" ] [ "--hessian is for a network" ]
        ]

/// What a check of generated networks prints, and its exit code.
let private random isRich isJson count options =
    use writer = new StringWriter(CultureInfo.InvariantCulture)
    let settings = RandomCheckSettings(count, options, isJson)
    let code = CheckCommand.Run(settings, Terminal(writer, TextWriter.Null, IsRich = isRich))
    code, writer.ToString()

/// A gradient whose derivatives by weights are wrong by a tenth.
let private wrongWeights =
    GradientCheckOptions(
        Gradient =
            fun point ->
                let right = point.Compiled()

                let parameters =
                    [
                        for KeyValue(path, gradient) in right.Parameters ->
                            if path.EndsWith "/W" then
                                let values = gradient.Data.ToArray() |> Array.map ((*) 1.1)
                                KeyValuePair(path, Tensor<float>(gradient.Shape, ReadOnlySpan values))
                            else
                                KeyValuePair(path, gradient)
                    ]

                Gradient<float>(right.Loss, Parameters<float> parameters, right.InputIfAny)
    )

let private networks =
    testList
        "generated networks"
        [
            testCase "pass to 1e-9, and are counted in hundreds" (fun () ->
                let outcome = check [ "--random"; "101"; "--seed"; "5" ]
                Expect.equal (outcome.Code, outcome.Error) (0, "") "success"
                Expect.isFalse (outcome.Output.Contains escape) "no escape"

                Expect.equal
                    (outcome.Output.ReplaceLineEndings "\n")
                    "100 of 101 networks\n101 generated networks passed: gradients equal differences, compiled float64 plans the gradients, and fused plans unfused ones; rtol 1E-09, atol 1E-09, seed 5\n"
                    "a line a hundred, and one at the end")

            testCase "pass as they predict" (fun () ->
                let outcome = check [ "--random"; "10"; "--mode"; "inference" ]
                Expect.equal (outcome.Code, outcome.Error) (0, "") "success")

            testCase "pass with float32 plans where asked for" (fun () ->
                let outcome = check [ "--random"; "50"; "--seed"; "3"; "--float32" ]
                Expect.equal (outcome.Code, outcome.Error) (0, "") "success"
                Expect.stringContains outcome.Output "compiled float32 plans the gradients" "which plans"
                let found = json [ "check"; "--random"; "5"; "--float32" ]
                Expect.equal (text "plan" found) "float32" "in JSON too")

            testCase "as JSON are one object" (fun () ->
                let found = json [ "check"; "--random"; "10" ]

                Expect.equal
                    (fields found)
                    [
                        "check"
                        "count"
                        "mode"
                        "plan"
                        "seed"
                        "rtol"
                        "atol"
                        "passed"
                        "checked"
                        "undecided"
                        "counterexample"
                    ]
                    "fields"

                Expect.equal (text "plan" found) "float64" "which plans"
                Expect.equal (number "checked" found, number "rtol" found) (10.0, 1e-9) "all of them")

            testCase "that fail are shrunk, printed as code with the table, and the exit code is 1" (fun () ->
                for isRich in [ false; true ] do
                    let code, output = random isRich false 50 wrongWeights
                    Expect.equal (code, output.Contains escape) (1, isRich) "exit code, escapes"

                    for part in
                        [
                            "FAILED: generated network"
                            "Network network = Dense("
                            "let network = dense "
                            "GradientCheck.Check(network, loss"
                            "gradient check FAILED"
                            "wrong: dense1 (Dense("
                            "Repeat it with --random 50 --seed 0"
                        ] do
                        Expect.stringContains output part "shown")

            testCase "of which the fused plan differs from the unfused one fail" (fun () ->
                let plant (plan: Buffers.ExecutionPlan) (options: CompileOptions) =
                    if options.Fuse then DiagnosisTests.shortened plan options else plan

                let options = GradientCheckOptions(Compilation = CompileOptions(Planted = Func<_, _, _> plant))

                let code, output = random false false 20 options
                Expect.equal code 1 "exit code"
                Expect.stringContains output "The fused plan differs from the unfused one: " "what differs"
                Expect.isMatch output "at .* is .* fused and .* unfused" "the numbers"
                Expect.isFalse (output.Contains "or run the code above") "which would find nothing")

            testCase "of which the plan of either precision is wrong fail by it" (fun () ->
                // Without multiply-adds, as fused and unfused plans are compared, it is right.
                let plant (plan: Buffers.ExecutionPlan) (options: CompileOptions) =
                    if options.Contract then DiagnosisTests.shortened plan options else plan

                for precision in [ Precision.Float; Precision.Double ] do
                    let options =
                        GradientCheckOptions(
                            Plan = precision,
                            Compilation = CompileOptions(Planted = Func<_, _, _> plant)
                        )

                    let code, output = random false false 20 options
                    Expect.equal code 1 "exit code"

                    for part in
                        [
                            "FAILED: generated network"
                            $"Plan = Precision.{precision}"
                            "the compiled plan against the derived gradient:"
                        ] do
                        Expect.stringContains output part "the plan"

                    Expect.isMatch output "FAILED +1.0e\+00 ≤ .* ∂L/∂ " "which tensor")

            testCase "that fail are in JSON the smallest, and again the same" (fun () ->
                let code, output = random false true 50 wrongWeights
                Expect.equal (code, output) (random false true 50 wrongWeights) "the same seed, the same case"
                let case = JsonDocument.Parse(output).RootElement.GetProperty "counterexample"

                Expect.equal
                    (fields case)
                    [ "network"; "input"; "loss"; "rows"; "seed"; "decimals"; "shrinks"; "problem"; "code" ]
                    "fields"

                let network = Network.Parse(text "network" case)
                Expect.isLessThanOrEqual (network.Describe(Nullable()).Count) 2 "two layers at most"
                Expect.equal (number "rows" case) 1.0 "one row"
                Expect.stringContains (text "problem" case) "gradient check FAILED" "the table")

            testCase "that cannot be decided do not pass" (fun () ->
                // No difference is exact, and this gradient is none either.
                let outcome = check [ "--random"; "3"; "--rtol"; "0"; "--atol"; "1e-300" ]
                Expect.equal (outcome.Code, outcome.Error) (1, "") "not passed"
                Expect.isMatch outcome.Output "^(UNDECIDED|FAILED): " "said")

            testCase "after Ctrl-C end, and the exit code is 130" (fun () ->
                let outcome = runUntil (CancellationToken true) [ "check"; "--random"; "5" ]
                Expect.equal (outcome.Code, outcome.Error) (130, "") "interrupted")
        ]

let tests = testList "check of generated networks" [ usageErrors; networks ]
