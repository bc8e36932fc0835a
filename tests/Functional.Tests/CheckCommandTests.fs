module CheckCommandTests

open System
open System.Collections.Generic
open System.Globalization
open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open System.Threading
open Expecto
open Functional
open Functional.Cli
open Cases
open CliFixtures
open GradientFixtures

let private small = "Dense(2, 3) >> Tanh >> Dense(3, 1)"

let private check args = run ("check" :: args)

/// What a check prints, and its exit code, on a writer that is a terminal or none.
let private shown isRich (settings: CheckSettings) =
    use writer = new StringWriter(CultureInfo.InvariantCulture)
    let code = CheckCommand.Run(settings, Terminal(writer, writer, IsRich = isRich))
    code, writer.ToString()

let private settings options isHessian isJson =
    CheckSettings(Network.Parse small, mse, options, isHessian, isJson)

/// A gradient of which every derivative by the parameters of a shape is replaced.
let private replacing (shape: Shape) value =
    GradientCheckOptions(
        Gradient =
            fun point ->
                let right = point.Compiled()

                let parameters =
                    [
                        for KeyValue(path, gradient) in right.Parameters ->
                            if gradient.Shape = shape then
                                KeyValuePair(path, Tensor<float>(shape, ReadOnlySpan(Array.create shape.Count value)))
                            else
                                KeyValuePair(path, gradient)
                    ]

                Gradient<float>(right.Loss, Parameters<float> parameters, right.Input)
    )

let private shapeOf (count: int) = Shape(ReadOnlySpan [| count |])

let private usageErrors =
    testList
        "a command line that cannot be understood exits 2 and says what to do"
        [
            refuses 2 [ "check" ] [ "What to check is missing: a network"; "functional check --help" ]
            refuses 2 [ "check"; small; "--loss"; "hing" ] [ "does not know 'hing'"; "bce, ce, mse, mae, huber" ]
            refuses
                2
                [ "check"; small; "--rtol"; "-1" ]
                [ "--rtol must be a number of at least 0, such as 1e-8, got '-1'" ]
            refuses 2 [ "check"; small; "--atol"; "NaN" ] [ "--atol must be a number of at least 0"; "'NaN'" ]
            refuses 2 [ "check"; small; "--atol"; "small" ] [ "--atol must be"; "'small'" ]
            refuses 2 [ "check"; small; "--batch"; "0" ] [ "--batch must be a whole number from 1"; "'0'" ]
            refuses 2 [ "check"; small; "--seed"; "x" ] [ "--seed must be a whole number" ]
            refuses 2 [ "check"; small; "--mode"; "trainin" ] [ "Did you mean training?"; "training, inference" ]
            refuses 2 [ "check"; small; "--input"; "0" ] [ "--input must be sizes" ]
            refuses 2 [ "check"; small; "--hessian"; "--float32" ] [ "--float32"; "--hessian"; "Give one of them." ]
            refuses 2 [ "check"; small; "--float" ] [ "no option '--float'"; "Did you mean --float32?" ]
            refuses 2 [ "check"; small; small ] [ "no argument" ]
        ]

let private failures =
    testList
        "what cannot be done exits 1 and says why and what to do"
        [
            refuses 1 [ "check"; "Dense(2, 3) >> Rellu" ] [ "Unknown layer Rellu" ]
            refuses 1 [ "check"; "Dense(3)" ] [ "the input's size is not known"; "--input" ]
            refuses 1 [ "check"; "Dense(2, 3)"; "--loss"; "ce" ] [ "Append Softmax" ]
            refuses 1 [ "check"; "Tanh"; "--input"; "3"; "--hessian" ] [ "no parameter"; "Leave --hessian out" ]
        ]

let private elements (name: string) (element: JsonElement) =
    [ for item in element.GetProperty(name).EnumerateArray() -> item ]

let private comparisonFields =
    [
        "where"
        "analytic"
        "numeric"
        "difference"
        "errorBar"
        "step"
        "order"
        "tolerance"
        "verdict"
    ]

let private jsonObject =
    testList
        "the JSON object"
        [
            testCase "has every field" (fun () ->
                let found = json [ "check"; small; "--float32" ]

                Expect.equal
                    (fields found)
                    [
                        "check"
                        "network"
                        "loss"
                        "mode"
                        "rows"
                        "points"
                        "seed"
                        "rtol"
                        "atol"
                        "passed"
                        "items"
                        "faults"
                        "plan"
                    ]
                    "fields"

                for item in elements "items" found do
                    Expect.equal
                        (fields item)
                        [ "path"; "shape"; "checked"; "excluded"; "reason"; "verdict"; "worst" ]
                        "of an item"

                    Expect.equal (fields (item.GetProperty "worst")) comparisonFields "of a derivative"

                let plan = found.GetProperty "plan"
                Expect.isTrue (plan.GetProperty("passed").GetBoolean()) "the plan"

                Expect.sequenceEqual
                    (elements "items" plan |> List.map (text "name"))
                    [ "loss"; "∂L/∂ dense1/W"; "∂L/∂ dense1/b"; "∂L/∂ dense2/W"; "∂L/∂ dense2/b"; "∂L/∂ x" ]
                    "of the plan")

            law 20 "holds what the check of the same network gives" (fun (SmoothCase case) ->
                let input = Option.toNullable case.Input
                let loss = DefaultLoss.Of(case.Network, input)

                let expected =
                    try
                        GradientCheck.Check(
                            case.Network,
                            loss,
                            GradientCheckOptions(
                                Seed = uint64 case.Seed,
                                Rows = case.Rows,
                                Mode = LayerMode.Inference,
                                RelativeTolerance = 1e-6,
                                AbsoluteTolerance = 1e-7,
                                Compilation = Cases.options case
                            )
                        )
                        |> Ok
                    with :? FunctionalException as e ->
                        Error e.Message

                let outcome =
                    check
                        [
                            string case.Network
                            for shape in Option.toList case.Input do
                                yield! [ "--input"; String.Join('x', shape.Dimensions.ToArray()) ]
                            yield! [ "--seed"; string case.Seed; "--batch"; string case.Rows ]
                            yield! [ "--mode"; "inference"; "--rtol"; "1e-6"; "--atol"; "1e-7"; "--json" ]
                        ]

                match expected with
                | Error message -> Expect.equal (outcome.Code, outcome.Error.Trim()) (1, $"error: {message}") "refused"
                | Ok expected ->
                    Expect.equal outcome.Code (if expected.Passed then 0 else 1) "exit code"
                    let actual = JsonDocument.Parse(outcome.Output).RootElement
                    Expect.equal (text "network" actual) (string expected.Network) "network"
                    Expect.equal (text "loss" actual) loss.Name "loss"
                    Expect.equal (text "mode" actual) "inference" "mode"

                    Expect.equal
                        (number "rows" actual, number "seed" actual)
                        (float case.Rows, float case.Seed)
                        "drawn"

                    Expect.equal (number "rtol" actual, number "atol" actual) (1e-6, 1e-7) "tolerances"

                    for item, json in Seq.zip expected.Items (elements "items" actual) do
                        Expect.equal (text "path" json) item.Path "path"
                        Expect.equal (text "verdict" json) ((string item.Verdict).ToLowerInvariant()) "verdict"

                        Expect.sequenceEqual
                            (elements "shape" json |> List.map _.GetInt32())
                            (item.Shape.Dimensions.ToArray())
                            "shape"

                        Expect.equal
                            (number "checked" json, number "excluded" json)
                            (float item.Checked, float item.Excluded)
                            "counts"

                        match item.Worst with
                        | null -> Expect.equal (json.GetProperty("worst").ValueKind) JsonValueKind.Null "none decided"
                        | worst ->
                            let json = json.GetProperty "worst"
                            Expect.equal (text "where" json) worst.Where "where"
                            Expect.equal (number "analytic" json) worst.Analytic "analytic"
                            Expect.equal (number "numeric" json) worst.Numeric "numeric")

            testCase "of a Hessian says so, with its own tolerances" (fun () ->
                let found = json [ "check"; small; "--hessian" ]
                Expect.equal (text "check" found) "hessian" "second derivatives"
                Expect.equal (number "rtol" found, number "atol" found) (1e-6, 1e-6) "tolerances"

                Expect.sequenceEqual
                    (elements "items" found |> List.map (text "path"))
                    [ "dense1/W"; "dense1/b"; "dense2/W"; "dense2/b" ]
                    "the parameters")

            testCase "of a gradient that is no number names it, and where the fault is" (fun () ->
                for value, name in [ nan, "NaN"; infinity, "Infinity"; -infinity, "-Infinity" ] do
                    let code, output = shown false (settings (replacing (shapeOf 1) value) false true)
                    Expect.equal code 1 "it fails"
                    let found = JsonDocument.Parse(output).RootElement
                    Expect.isFalse (found.GetProperty("passed").GetBoolean()) "it fails"
                    let bias = elements "items" found |> List.find (fun item -> text "path" item = "dense2/b")
                    Expect.equal (text "verdict" bias) "failed" "verdict"
                    Expect.equal (text "analytic" (bias.GetProperty "worst")) name "the number"
                    let fault = elements "faults" found |> List.exactlyOne
                    Expect.equal (fields fault) [ "path"; "part"; "by"; "worst" ] "of a fault"
                    Expect.equal (text "path" fault, text "by" fault) ("dense2", "b") "where"
                    Expect.equal (fields (fault.GetProperty "worst")) comparisonFields "of a derivative")
        ]

let private output =
    testList
        "the output"
        [
            testCase "is the result's table and the worst derivative" (fun () ->
                let outcome = check [ small; "--seed"; "7"; "--batch"; "3"; "--loss"; "mae" ]
                Expect.equal (outcome.Code, outcome.Error) (0, "") "success"
                Expect.isFalse (outcome.Output.Contains escape) "no escape"

                let expected =
                    GradientCheck.Check(
                        Network.Parse small,
                        Loss.MeanAbsoluteError,
                        GradientCheckOptions(Seed = 7UL, Rows = 3)
                    )

                Expect.stringStarts outcome.Output (string expected) "the table"
                Expect.stringContains outcome.Output $"worst: {expected.Worst.Path} at" "the worst")

            testCase "tells of a failure what is worst and which part is wrong, and the exit code is 1" (fun () ->
                let wrong = settings (replacing (shapeOf 3) 0.5) false false

                for isRich in [ false; true ] do
                    let code, output = shown isRich wrong
                    Expect.equal code 1 "exit code"
                    Expect.equal (output.Contains escape) isRich "escapes"
                    let unwrapped = output.ReplaceLineEndings " "

                    for part in
                        [ "gradient check FAILED"; "worst: dense1/b at"; "wrong: dense1 (Dense(2, 3))"; "by b," ] do
                        Expect.stringContains unwrapped part "shown")

            testCase "of a terminal has the whole table, drawn where it is wide enough" (fun () ->
                let settings = settings (GradientCheckOptions()) false false
                let result = GradientCheck.Check(settings.Network, settings.Loss, settings.Options)

                for width in [ 60; 200 ] do
                    use writer = new StringWriter(CultureInfo.InvariantCulture)
                    (RichChecks(writer, width) :> ICheckRenderer).Show(settings, result)
                    let lines = Regex.Replace(writer.ToString(), "\u001b\\[[0-9;]*m", "").Split '\n'
                    Expect.equal (writer.ToString().Contains '╭') (width = 200) "drawn"

                    for item in result.Items do
                        let row =
                            lines |> Array.find (fun line -> line.TrimStart('│', ' ').StartsWith(item.Path + " "))

                        for part in [ string item.Shape; (nonNull item.Worst).Where; "ok" ] do
                            Expect.stringContains row part "a row is one line")

            testCase "tells what could not be decided, and the exit code is 1" (fun () ->
                let outcome = check [ small; "--rtol"; "0"; "--atol"; "0" ]
                Expect.equal (outcome.Code, outcome.Error) (1, "") "not passed"

                for part in [ "UNDECIDED"; "excluded: 6 of 6 by dense1/W"; "of which nothing could be decided" ] do
                    Expect.stringContains outcome.Output part "shown")

            testCase "has the float32 plan where asked for" (fun () ->
                let heading = "the compiled plan against the derived gradient:"
                let without = check [ small ]
                Expect.isFalse (without.Output.Contains heading) "not asked for"
                let outcome = check [ small; "--float32" ]
                Expect.equal (outcome.Code, outcome.Error) (0, "") "success"

                for part in [ heading; "≤ 1e-05  ∂L/∂ dense1/W"; "≤ 1e-05  ∂L/∂ x" ] do
                    Expect.stringContains outcome.Output part "shown")

            testCase "of a Hessian says so" (fun () ->
                for isRich in [ false; true ] do
                    let options = GradientCheckOptions(RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-6)
                    let code, output = shown isRich (settings options true false)
                    Expect.equal code 0 "success"

                    for part in [ "Products of the Hessian"; "8 of 8"; "along" ] do
                        Expect.stringContains output part "shown")

            testCase "takes networks whose first layer does not state the input" (fun () ->
                for network in [ "Tanh"; "Flatten >> Softmax"; "Flatten >> Dense(2)" ] do
                    let outcome = check [ network; "--input"; "2x3" ]
                    Expect.equal (outcome.Code, outcome.Error) (0, "") network
                    Expect.stringContains outcome.Output "[4, 2, 3]" "the input")

            testCase "of an activation with a derivative of its own that is wrong names it" (fun () ->
                let outcome = check [ "Dense(2, 3) >> Activation.Define(\"f\", x => x * x, x => x) >> Dense(3, 1)" ]
                Expect.equal (outcome.Code, outcome.Error) (1, "") "it fails"
                Expect.stringContains outcome.Output "wrong: f1 (" "the activation"
                Expect.stringContains outcome.Output "its derivative by x" "by its input"
                let right = check [ "Dense(2, 3) >> Activation.Define(\"f\", x => x * x, x => 2 * x) >> Dense(3, 1)" ]
                Expect.equal (right.Code, right.Error) (0, "") "the right one passes")

            testCase "of a check that goes on tells what it is doing" (fun () ->
                for progress, stage in
                    [
                        GradientCheckProgress(3, 9, 1, null), "checking"
                        GradientCheckProgress(3, 9, 2, null), "checking, point 2"
                        GradientCheckProgress(3, 9, 2, "Dense(2, 1)"), "locating the fault"
                    ] do
                    Expect.equal (CheckWording.Stage progress) stage "what it is doing"

                let watch (renderer: ICheckRenderer) afterwards =
                    renderer.Watch(fun (progress: IProgress<GradientCheckProgress>) ->
                        progress.Report(GradientCheckProgress(3, 9, 1, null))
                        afterwards ()
                        "the result")

                use isDrawn = new ManualResetEventSlim()

                use terminal =
                    { new StringWriter(CultureInfo.InvariantCulture) with
                        override this.Flush() =
                            if this.ToString().Contains "33%" then
                                isDrawn.Set()
                    }

                let untilDrawn () =
                    Expect.isTrue (isDrawn.Wait(TimeSpan.FromMinutes 1.0)) "a bar is drawn, by a thread of its own"

                Expect.equal (watch (RichChecks(terminal, 100)) untilDrawn) "the result" "a terminal's"
                use file = new StringWriter(CultureInfo.InvariantCulture)
                Expect.equal (watch (PlainChecks file) ignore) "the result" "a file's"
                Expect.equal (watch (JsonChecks(file, file)) ignore) "the result" "a program's"
                Expect.equal (file.ToString()) "" "no bar")

            testCase "after Ctrl-C ends, and the exit code is 130" (fun () ->
                let outcome = runUntil (CancellationToken true) [ "check"; small ]
                Expect.equal outcome ({ Code = 130; Output = ""; Error = "" }) "interrupted")
        ]

let tests = testList "check" [ usageErrors; failures; jsonObject; output ]
