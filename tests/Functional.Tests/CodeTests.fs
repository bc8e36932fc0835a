/// The code that counterexamples print as.
module CodeTests

open System
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.FsCheck

/// What a script of F# prints, run by the SDK's interpreter beside the tests' own assemblies.
let private interpret (script: string) =
    let file = Path.Combine(Path.GetTempPath(), $"functional-{Guid.NewGuid():N}.fsx")

    let references =
        [ "Functional"; "Functional.FSharp"; "FsCheck"; "Functional.FsCheck" ]
        |> List.map (fun name -> $"#r @\"{Path.Combine(AppContext.BaseDirectory, name)}.dll\"\n")
        |> String.concat ""

    try
        File.WriteAllText(file, references + script)

        let start =
            ProcessStartInfo(
                "dotnet",
                [ "fsi"; "--quiet"; "--nologo"; "--exec"; file ],
                RedirectStandardOutput = true,
                RedirectStandardError = true
            )

        use running = Process.Start start |> nonNull
        let errors = running.StandardError.ReadToEndAsync()
        let output = running.StandardOutput.ReadToEnd()
        running.WaitForExit()
        Expect.equal running.ExitCode 0 $"the script runs:\n{errors.Result}\n{script}"

        output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        |> List.ofArray
        |> List.map (fun line -> line.TrimEnd '\r')
    finally
        File.Delete file

/// The part of a case's code in one language.
let private section language (code: string) =
    let marker = $"// {language}\n"
    (code.Split(marker)[1]).Split("\n\n// ")[0]

let private indent (code: string) =
    code.Split '\n' |> Array.map (fun line -> "    " + line) |> String.concat "\n"

let private fsharp =
    testCase "in F# makes the networks, losses, activations and optimizers, and runs" (fun () ->
        let networks = Gen.sample 15 (Networks.generate Contents.Printable AnyOutput)
        let losses = Gen.sample 25 (GradientCases.generate Contents.Kinked) |> Array.map _.Loss

        let cases =
            Gen.sample
                3
                (GradientCases.generate
                    { Contents.Smooth with
                        LargestWidth = 3
                    })

        let shape = Shape(ReadOnlySpan [| 2; 3 |])

        // A flattened input, whose shape the options must say.
        let cases =
            [
                yield! cases
                { cases[0] with
                    Network = Layers.Flatten.Then(Layers.Dense(6, 2))
                    Input = Some shape
                    Loss = Loss.MeanSquaredError
                    Decimals = Some 1
                }
            ]

        // Every option; the gradient under test is for the reader to fill in.
        let told =
            { cases[3] with
                Check =
                    GradientCheckOptions(
                        RelativeTolerance = 1e-7,
                        AbsoluteTolerance = 1e-7,
                        Parameters = [| "dense1/W" |],
                        Input = false,
                        Mode = LayerMode.Inference,
                        MostElements = 3,
                        Directions = 2,
                        Points = 4,
                        Plan = Precision.Double,
                        Compilation =
                            CompileOptions(Width = VectorWidth.Bits128, Threads = 2, Fuse = false, Contract = false)
                    )
            }

        let plan =
            {
                Case = told
                Optimizer = Optimizers.all[2]
            }

        let values =
            [
                for network in networks do
                    yield $"string ({FSharpCode.network network})", string network
                for loss in losses do
                    yield $"CSharpCode.loss ({FSharpCode.loss loss})", CSharpCode.loss loss
                for optimizer in Optimizers.all do
                    yield $"string ({FSharpCode.optimizer optimizer})", string optimizer
                yield $"string ({FSharpCode.shape shape})", string shape
            ]

        let script =
            String.concat
                "\n"
                [
                    for i, case in
                        List.indexed
                            [
                                yield! List.map string cases
                                string plan
                                string (HessianCase cases[3])
                                string (PointCase cases[3])
                                string told
                            ] do
                        let code = indent (section "F#" case)
                        $"module Case{i} =\n{code}"
                    "open Functional"
                    "open Functional.FSharp"
                    "open Functional.FsCheck"
                    for code, _ in values do
                        $"System.Console.WriteLine({code})"
                ]

        let printed = interpret script
        Expect.equal printed.Length values.Length $"one line each:\n{script}"

        for (code, expected), actual in List.zip values printed do
            Expect.equal actual expected code)

let private config =
    { FsCheckConfig.defaultConfig with
        arbitrary = [ typeof<Arbitraries> ]
    }

let private csharp =
    testList
        "in C#"
        [
            testPropertyWithConfig config "of a loss is read as the expression it is defined by" (fun (e: Scalar) ->
                let ofP = Loss.Define("e", (fun p _ -> Expressions.substitute p e))
                let code = CSharpCode.loss ofP
                let definition = Regex.Match(code, @"^Loss\.Define\(""e"", \(p, y\) => (.*)\)$")
                Expect.isTrue definition.Success code
                let body = Regex.Replace(definition.Groups[1].Value, @"\bp\b", "x")
                let network = $"Activation.Define(\"e\", x => {body})"
                Expect.equal (Network.Parse network) (Activation.op_Implicit (Activations.define "e" e)) network)

            testCase "of losses made with numbers says them" (fun () ->
                for loss, code in
                    [
                        Loss.HuberWith 0.5, "Loss.HuberWith(0.5)"
                        Loss.BinaryCrossEntropyWith(0.25, 3.0), "Loss.BinaryCrossEntropyWith(0.25, 3.0)"
                        Loss.BinaryCrossEntropyWith(0.0, 3.0), "Loss.BinaryCrossEntropyWith(0.0, 3.0)"
                        Loss.CrossEntropyWith(0.1, ReadOnlySpan [| 1.0; 2.5 |]),
                        "Loss.CrossEntropyWith(0.1, [1.0, 2.5])"
                        Loss.CrossEntropyOfProbabilitiesWith 0.1, "Loss.CrossEntropyOfProbabilitiesWith(0.1, [])"
                        Loss.Huber, "Loss.Huber"
                    ] do
                    Expect.equal (CSharpCode.loss loss) code "as made")

            testCase "says how the plan is compiled, in both languages" (fun () ->
                let case compilation =
                    {
                        Network = Network.Parse "Dense(2, 3) >> Tanh"
                        Input = None
                        Loss = Loss.MeanSquaredError
                        Rows = 2
                        Seed = 5UL
                        Decimals = None
                        Check = GradientCheckOptions(Plan = Precision.Double, Compilation = compilation)
                    }

                let told (options: string) (code: string) =
                    Expect.stringContains (section "C#" code) $"new CompileOptions {{ {options} }}" "C#"
                    Expect.stringContains (section "F#" code) $"CompileOptions({options})" "F#"

                for options, text in
                    [
                        CompileOptions(Width = VectorWidth.Bits256), "Width = VectorWidth.Bits256"
                        CompileOptions(Threads = 3), "Threads = 3"
                        CompileOptions(Fuse = false), "Fuse = false"
                        CompileOptions(Contract = false), "Contract = false"
                        CompileOptions(Threads = 3, Fuse = false), "Threads = 3, Fuse = false"
                    ] do
                    let case = case options
                    told text (string case)

                    told
                        text
                        (string
                            {
                                Case = case
                                Optimizer = Optimizers.all[0]
                            })

                Expect.isFalse ((string (case CompileOptions.Default)).Contains "CompileOptions") "no defaults")

            testCase "of a case is complete" (fun () ->
                let case =
                    {
                        Network = Network.Parse "Dense(2, 3) >> Tanh"
                        Input = None
                        Loss = Loss.MeanSquaredError
                        Rows = 2
                        Seed = 5UL
                        Decimals = Some 0
                        Check = GradientCheckOptions.Default
                    }

                let expected =
                    [
                        "using Functional;"
                        "using static Functional.Layers;"
                        ""
                        "Network network = Dense(2, 3) >> Tanh;"
                        "Loss loss = Loss.MeanSquaredError;"
                        "GradientCheck.Check(network, loss, new GradientCheckOptions { Seed = 5, Rows = 2, Decimals = 0 }).ThrowIfFailed();"
                    ]

                Expect.equal (section "C#" (string case)) (String.concat "\n" expected) "statements"
                Expect.stringContains $"%A{case}" "let network = dense 2 3 --> tanh" "as FsCheck prints it")
        ]

let tests = testList "FsCheck code" [ fsharp; csharp ]
