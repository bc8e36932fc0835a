// A small test runner of this project's own: the part of Expecto 11 that these tests use, with the same sources, command
// line and exit codes. It is compiled unless `UseExpecto` is true, for the registry may lack the real packages.
// Reading order: tests as values and how they are built (here), what to expect of values (ExpectoExpect.fs), properties
// (ExpectoFsCheck.fs), how tests run (ExpectoRunner.fs), what a command line can ask for (ExpectoCommandLine.fs).
namespace Expecto

open System
open System.Threading
open System.Threading.Tasks

/// What FsCheck did with a property.
[<NoComparison; NoEquality>]
type FsCheckTestData =
    {
        NumberOfTests: int
        NumberOfShrinks: int
        Stamps: seq<int * string list>
        Labels: Set<string>
    }

/// How a property is tried: on how many inputs, of which sizes, from which seed.
[<NoComparison; NoEquality>]
type FsCheckConfig =
    {
        maxTest: int
        startSize: int
        endSize: int
        /// Seed, gamma and, to go straight to one input, its size.
        replay: (uint64 * uint64 * int option) option
        /// Types whose static members are generators; the first in the list wins.
        arbitrary: Type list
        receivedArgs: FsCheckConfig -> string -> int -> obj list -> Async<unit>
        successfulShrink: FsCheckConfig -> string -> obj list -> Async<unit>
        finishedTest: FsCheckConfig -> string -> FsCheckTestData -> Async<unit>
        quietOnSuccess: bool
        maxRejected: int
    }

    static member defaultConfig =
        {
            maxTest = 200
            startSize = 1
            endSize = 100
            replay = None
            arbitrary = []
            receivedArgs = fun _ _ _ _ -> async.Return()
            successfulShrink = fun _ _ _ -> async.Return()
            finishedTest = fun _ _ _ -> async.Return()
            quietOnSuccess = true
            maxRejected = 1000
        }

[<NoComparison; NoEquality>]
type TestCode =
    | Sync of stest: (unit -> unit)
    | SyncWithCancel of stest: (CancellationToken -> unit)
    | Async of atest: Async<unit>
    | AsyncFsCheck of
        testConfig: FsCheckConfig option *
        stressConfig: FsCheckConfig option *
        test: (FsCheckConfig -> Async<unit>)

/// Pending tests never run; while any test is focused, only focused tests run. Both pass from parent to child.
type FocusState =
    | Normal
    | Pending
    | Focused

type SequenceMethod =
    | Synchronous
    | SynchronousGroup of string
    | InParallel

[<NoComparison; NoEquality>]
type Test =
    | TestCase of code: TestCode * state: FocusState
    | TestList of tests: Test list * state: FocusState
    | TestLabel of label: string * test: Test * state: FocusState
    | Sequenced of SequenceMethod * Test

/// A test case with all that the tree above it says of it.
[<NoComparison; NoEquality>]
type FlatTest =
    {
        name: string list
        test: TestCode
        state: FocusState
        focusOn: bool
        sequenced: SequenceMethod
    }

type ExpectoException(message: string) =
    inherit Exception(message)

type PassWithMessage(message) =
    inherit ExpectoException(message)

type AssertException(message) =
    inherit ExpectoException(message)

type FailedException(message) =
    inherit ExpectoException(message)

type IgnoreException(message) =
    inherit ExpectoException(message)

module internal StackFrames =
    let private isOfRunner (frame: string) =
        [ "at Expecto."; "at FsCheck."; "at Microsoft.FSharp."; "FSharp-Core>" ]
        |> List.exists (fun start -> frame.Contains start)

    /// The frames that lie in the tests or in what they test, innermost first, one per line.
    let inTests (e: exn) =
        (string e.StackTrace).Split '\n'
        |> Seq.filter (fun frame -> frame.Contains ":line " && not (isOfRunner frame))
        |> Seq.map (fun frame -> "\n" + frame.TrimEnd())
        |> String.concat ""

/// A public value or function of type `Test` to be found by `runTestsInAssemblyWithCLIArgs`.
[<AttributeUsage(AttributeTargets.Method ||| AttributeTargets.Property ||| AttributeTargets.Field)>]
type TestsAttribute() =
    inherit Attribute()

/// As `Tests`, but pending.
[<AttributeUsage(AttributeTargets.Method ||| AttributeTargets.Property ||| AttributeTargets.Field)>]
type PTestsAttribute() =
    inherit Attribute()

/// As `Tests`, but focused.
[<AttributeUsage(AttributeTargets.Method ||| AttributeTargets.Property ||| AttributeTargets.Field)>]
type FTestsAttribute() =
    inherit Attribute()

module Test =
    let private inheritState parent own =
        match parent, own with
        | Pending, _
        | _, Pending -> Pending
        | Focused, _
        | _, Focused -> Focused
        | Normal, Normal -> Normal

    /// The cases of a tree, in its order.
    let toTestCodeList test =
        let rec walk names state order =
            function
            | TestLabel(label, inner, own) -> walk (label :: names) (inheritState state own) order inner
            | TestList(tests, own) -> tests |> List.collect (walk names (inheritState state own) order)
            | Sequenced(order, inner) -> walk names state order inner
            | TestCase(code, own) ->
                [
                    {
                        name = if names.IsEmpty then [ "" ] else List.rev names
                        test = code
                        state = inheritState state own
                        focusOn = false
                        sequenced = order
                    }
                ]

        let cases = walk [] Normal InParallel test
        let focusOn = cases |> List.exists (fun case -> case.state = Focused)
        cases |> List.map (fun case -> { case with focusOn = focusOn })

/// How tests are built: with `f` in front focused, with `p` in front pending.
[<AutoOpen>]
module TestBuilders =
    let failtest message = raise (AssertException message)
    let failtestf format = Printf.ksprintf failtest format
    let skiptest message = raise (IgnoreException message)
    let skiptestf format = Printf.ksprintf skiptest format

    let private case state name code =
        TestLabel(name, TestCase(code, state), state)

    let private list state name tests =
        TestLabel(name, TestList(tests, state), state)

    let testLabel name test = TestLabel(name, test, Normal)

    let testList name tests = list Normal name tests
    let ftestList name tests = list Focused name tests
    let ptestList name tests = list Pending name tests

    let testCase name test = case Normal name (Sync test)
    let ftestCase name test = case Focused name (Sync test)
    let ptestCase name test = case Pending name (Sync test)

    let testCaseWithCancel name test = case Normal name (SyncWithCancel test)

    let testCaseAsync name test = case Normal name (Async test)
    let ftestCaseAsync name test = case Focused name (Async test)
    let ptestCaseAsync name test = case Pending name (Async test)

    let private await (test: unit -> Task<unit>) =
        Async(async { return! test () |> Async.AwaitTask })

    let testCaseTask name test = case Normal name (await test)
    let ftestCaseTask name test = case Focused name (await test)
    let ptestCaseTask name test = case Pending name (await test)

    let private theory state name (cases: 'a seq) (test: 'a -> 'b) =
        let label (value: 'a) =
            match box value with
            | :? string as text -> $"\"{text}\""
            | _ when typeof<'a> = typeof<string> -> "null"
            | _ -> string value

        cases
        |> Seq.map (fun value -> case state (label value) (Sync(fun () -> test value |> ignore)))
        |> List.ofSeq
        |> list state name

    let testTheory name cases test = theory Normal name cases test
    let ftestTheory name cases test = theory Focused name cases test
    let ptestTheory name cases test = theory Pending name cases test

    let testFixture setup tests =
        tests |> Seq.map (fun (name, test) -> testCase name (setup test))

    let testParam param tests =
        tests |> Seq.map (fun (name, test) -> testCase name (test param))

    /// Runs alone, after all tests that run in parallel.
    let testSequenced test = Sequenced(Synchronous, test)

    /// Runs in parallel with other tests, but never with one of the same group.
    let testSequencedGroup name test = Sequenced(SynchronousGroup name, test)

    type TestCaseBuilder(name, state) =
        member _.Zero() = ()
        member _.Delay(body: unit -> unit) = body
        member _.Combine((), rest: unit -> unit) = rest ()
        member _.For(items: 'a seq, body: 'a -> unit) = Seq.iter body items

        member _.While(condition, body: unit -> unit) =
            while condition () do
                body ()

        member _.Using(resource: #IDisposable, body: _ -> unit) =
            use resource = resource
            body resource

        member _.TryWith(body: unit -> unit, handler) =
            try
                body ()
            with e ->
                handler e

        member _.TryFinally(body: unit -> unit, compensation) =
            try
                body ()
            finally
                compensation ()

        member _.Run(body) = case state name (Sync body)

    let test name = TestCaseBuilder(name, Normal)
    let ftest name = TestCaseBuilder(name, Focused)
    let ptest name = TestCaseBuilder(name, Pending)
