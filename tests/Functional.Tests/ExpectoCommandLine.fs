// What a command line can ask for, with the options of Expecto 11, and the functions that a `main` calls.
namespace Expecto

open System
open System.Diagnostics
open System.Reflection

/// What a command line asks for.
type CLIArguments =
    | Sequenced
    | Parallel
    | Parallel_Workers of int
    | FsCheck_Max_Tests of int
    | FsCheck_Start_Size of int
    | FsCheck_End_Size of int
    | Fail_On_Focused_Tests
    | Filter of hiera: string
    | Filter_Test_List of substring: string
    | Filter_Test_Case of substring: string
    | Run of tests: string list
    | List_Tests of listStates: FocusState list
    | Summary
    | JUnit_Summary of string
    | Allow_Duplicate_Names
    | No_Spinner

module internal CommandLine =
    [<NoComparison; NoEquality>]
    type Option =
        | Flag of CLIArguments
        | Text of (string -> CLIArguments)
        | Number of (int -> CLIArguments)
        | Texts of (string list -> CLIArguments)

    let options =
        [
            "--sequenced", Flag Sequenced, "Run one test at a time."
            "--parallel", Flag Parallel, "Run tests in parallel (default)."
            "--parallel-workers", Number Parallel_Workers, "How many tests run at once (default: one per processor)."
            "--filter", Text Filter, "Run the tests whose full name starts with this."
            "--filter-test-list", Text Filter_Test_List, "Run the tests in a list whose name contains this."
            "--filter-test-case", Text Filter_Test_Case, "Run the tests whose own name contains this."
            "--run", Texts Run, "Run the tests of exactly these full names."
            "--list-tests", Flag(List_Tests []), "List the tests and run none."
            "--summary", Flag Summary, "List every test by outcome at the end."
            "--junit-summary", Text JUnit_Summary, "Write the outcomes to this file as JUnit XML."
            "--fscheck-max-tests", Number FsCheck_Max_Tests, "Inputs per property without a config (default: 100)."
            "--fscheck-start-size", Number FsCheck_Start_Size, "Size of their first input (default: 1)."
            "--fscheck-end-size", Number FsCheck_End_Size, "Size of their last input (default: 100)."
            "--fail-on-focused-tests", Flag Fail_On_Focused_Tests, "Fail and run nothing if a test is focused."
            "--allow-duplicate-names", Flag Allow_Duplicate_Names, "Let tests have the same full name."
            "--no-spinner", Flag No_Spinner, "Accepted; there is no spinner."
        ]

    let usage =
        [
            "Options:"
            for name, _, meaning in options do
                $"  {name, -26}{meaning}"
        ]
        |> String.concat "\n"

    let private (|Int|_|) (text: string) =
        match Int32.TryParse text with
        | true, number -> Some number
        | _ -> None

    /// The arguments in their order, or what is wrong with them.
    let rec parse args =
        match args with
        | [] -> Ok []
        | (name: string) :: rest ->
            let values = rest |> List.takeWhile (fun arg -> not (arg.StartsWith "--"))

            let option = options |> List.tryPick (fun (known, option, _) -> if known = name then Some option else None)

            let read argument count =
                parse (List.skip count rest) |> Result.map (fun others -> argument :: others)

            match option, values with
            | Some(Flag argument), _ -> read argument 0
            | Some(Text argument), value :: _ -> read (argument value) 1
            | Some(Number argument), Int value :: _ -> read (argument value) 1
            | Some(Texts argument), _ -> read (argument values) values.Length
            | Some(Text _), [] -> Error $"{name} requires a parameter"
            | Some(Number _), _ -> Error $"{name} requires a number"
            | None, _ -> Error $"unknown option: {name}"

[<NoComparison; NoEquality>]
type internal RunConfig =
    {
        Workers: int
        Properties: FsCheckConfig
        Filter: FlatTest -> bool
        List: FocusState list option
        Summary: bool
        JUnit: string option
        AllowFocused: bool
        AllowDuplicates: bool
    }

module internal RunConfig =
    let standard =
        {
            Workers = Environment.ProcessorCount
            Properties =
                { FsCheckConfig.defaultConfig with
                    maxTest = 100
                }
            Filter = fun _ -> true
            List = None
            Summary = false
            JUnit = None
            AllowFocused = true
            AllowDuplicates = false
        }

    /// Of two arguments that exclude each other the last counts; filters add up.
    let add config argument =
        let filter holds =
            { config with
                Filter = fun test -> config.Filter test && holds test.name
            }

        let properties change =
            { config with
                Properties = change config.Properties
            }

        let contains (part: string) (name: string) = name.Contains part

        match argument with
        | Sequenced -> { config with Workers = 1 }
        | Parallel ->
            { config with
                Workers = Environment.ProcessorCount
            }
        | Parallel_Workers count -> { config with Workers = max 1 count }
        | FsCheck_Max_Tests count -> properties (fun config -> { config with maxTest = count })
        | FsCheck_Start_Size size -> properties (fun config -> { config with startSize = size })
        | FsCheck_End_Size size -> properties (fun config -> { config with endSize = size })
        | Filter prefix -> filter (fun names -> (Report.nameOf names).StartsWith(prefix, StringComparison.Ordinal))
        | Filter_Test_List part -> filter (List.rev >> List.skip 1 >> List.exists (contains part))
        | Filter_Test_Case part -> filter (List.last >> contains part)
        | Run tests -> filter (fun names -> List.contains (Report.nameOf names) tests)
        | List_Tests states -> { config with List = Some states }
        | CLIArguments.Summary -> { config with Summary = true }
        | JUnit_Summary path -> { config with JUnit = Some path }
        | Fail_On_Focused_Tests -> { config with AllowFocused = false }
        | Allow_Duplicate_Names -> { config with AllowDuplicates = true }
        | No_Spinner -> config

    /// Runs, lists or refuses the tests as asked; returns the exit code.
    let run config tests =
        let nameOfTest (test: FlatTest) = Report.nameOf test.name
        let all = Test.toTestCodeList tests
        let chosen = all |> List.filter config.Filter
        let focused = all |> List.filter (fun test -> test.state = Focused)

        let duplicates = chosen |> List.countBy nameOfTest |> List.filter (fun (_, count) -> count > 1)

        match config.List with
        | Some states ->
            for test in chosen do
                if states.IsEmpty || List.contains test.state states then
                    printfn $"{nameOfTest test}"

            0
        | None when not (config.AllowFocused || focused.IsEmpty) ->
            for test in focused do
                printfn $"Focused, which is not allowed here: {nameOfTest test}"

            1
        | None when not (config.AllowDuplicates || duplicates.IsEmpty) ->
            for name, count in duplicates do
                printfn $"The name of {count} tests: {name}"

            1
        | None ->
            let watch = Stopwatch.StartNew()

            let results = Runner.run config.Workers config.Properties Report.problem chosen

            let duration = watch.Elapsed

            if config.Summary then
                Report.summary results

            config.JUnit |> Option.iter (fun path -> Report.writeJUnit path duration results)

            printfn $"{Report.lastLine duration results}"
            Runner.exitCode results

[<AutoOpen>]
module Tests =
    /// Runs tests as the arguments (the typed ones first) ask. Returns 0 if all went well: see `Runner.exitCode`.
    let runTestsWithCLIArgs (cliArgs: CLIArguments seq) (args: string array) (tests: Test) =
        match CommandLine.parse (List.ofArray args) with
        | _ when args |> Array.contains "--help" ->
            printfn $"{CommandLine.usage}"
            0
        | Error problem ->
            printfn $"{problem}\n{CommandLine.usage}"
            1
        | Ok parsed ->
            let config = Seq.append cliArgs parsed |> Seq.fold RunConfig.add RunConfig.standard
            RunConfig.run config tests

    /// Runs the tests of the program that carry a `Tests`, `PTests` or `FTests` attribute.
    let runTestsInAssemblyWithCLIArgs cliArgs args =
        let ofMember (found: MemberInfo) =
            let has attribute = found.IsDefined(attribute, false)

            let value () =
                match found with
                | :? PropertyInfo as property when property.PropertyType = typeof<Test> -> Some(property.GetValue null)
                | :? FieldInfo as field when field.FieldType = typeof<Test> -> Some(field.GetValue null)
                | :? MethodInfo as method when method.ReturnType = typeof<Test> -> Some(method.Invoke(null, null))
                | _ -> None

            let state =
                if has typeof<FTestsAttribute> then Some Focused
                elif has typeof<TestsAttribute> then Some Normal
                elif has typeof<PTestsAttribute> then Some Pending
                else None

            state |> Option.bind (fun state -> value () |> Option.map (fun test -> TestList([ unbox test ], state)))

        let tests =
            (nonNull (Assembly.GetEntryAssembly())).GetExportedTypes()
            |> Seq.collect (fun found -> found.GetMembers(BindingFlags.Public ||| BindingFlags.Static))
            |> Seq.choose ofMember
            |> List.ofSeq

        runTestsWithCLIArgs cliArgs args (TestList(tests, Normal))
