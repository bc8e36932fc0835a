// How tests are run and reported, with the exit codes of Expecto 11.
namespace Expecto

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.IO
open System.Threading
open System.Xml
open System.Xml.Linq

/// One run: which tests, on how many threads, and what came of them.
module internal Runner =
    [<RequireQualifiedAccess>]
    type Outcome =
        | Passed
        | Ignored of reason: string
        | Failed of message: string
        | Errored of report: string

    type Result =
        {
            name: string list
            outcome: Outcome
            duration: TimeSpan
        }

    let private outcomeOf (e: exn) =
        let cause =
            match e with
            | :? AggregateException as many when many.InnerExceptions.Count = 1 -> many.InnerExceptions[0]
            | one -> one

        match cause with
        | :? PassWithMessage -> Outcome.Passed
        | :? IgnoreException -> Outcome.Ignored cause.Message
        | :? AssertException
        | :? FailedException -> Outcome.Failed(cause.Message + StackFrames.inTests cause)
        | _ -> Outcome.Errored(string cause)

    let private execute (propertyConfig: FsCheckConfig) code =
        match code with
        | Sync test -> test ()
        | SyncWithCancel test -> test CancellationToken.None
        | Async test -> Async.RunSynchronously test
        | AsyncFsCheck(own, _, test) -> own |> Option.defaultValue propertyConfig |> test |> Async.RunSynchronously

    let private runOne propertyConfig (test: FlatTest) =
        let watch = Stopwatch.StartNew()

        let outcome =
            match test.state with
            | Pending -> Outcome.Ignored "It or a list around it is pending."
            | Normal when test.focusOn -> Outcome.Ignored "Other tests are focused."
            | _ ->
                try
                    execute propertyConfig test.test
                    Outcome.Passed
                with e ->
                    outcomeOf e

        {
            name = test.name
            outcome = outcome
            duration = watch.Elapsed
        }

    /// Runs every test once, on at most so many threads; the results are in the order of the tests.
    let run workers propertyConfig report (tests: FlatTest list) =
        let results = Array.zeroCreate tests.Length

        let runJob job =
            for index, test in job do
                let result = runOne propertyConfig test
                results[index] <- result
                lock results (fun () -> report result)

        let alone, together =
            tests |> List.indexed |> List.partition (fun (_, test) -> workers = 1 || test.sequenced = Synchronous)

        let jobs =
            together
            |> List.groupBy (fun (index, test) ->
                match test.sequenced with
                | SynchronousGroup name -> Choice1Of2 name
                | _ -> Choice2Of2 index)
            |> List.map snd
            |> ConcurrentQueue

        let work () =
            let mutable job = []

            while jobs.TryDequeue &job do
                runJob job

        let threads = List.init (min workers jobs.Count) (fun _ -> Thread work)
        threads |> List.iter _.Start()
        threads |> List.iter _.Join()
        runJob alone
        List.ofArray results

    /// 1: some test failed; 2: some test threw what no expectation throws; 3: both.
    let exitCode results =
        let any holds =
            results |> List.exists (fun result -> holds result.outcome)

        (if any _.IsFailed then 1 else 0) ||| (if any _.IsErrored then 2 else 0)

/// What a run says of itself.
module internal Report =
    open Runner

    let nameOf (names: string list) = String.concat "." names

    let private having holds results =
        results |> List.filter (fun result -> holds result.outcome)

    let private count holds results = List.length (having holds results)

    /// A test that did not pass, as soon as it is known.
    let problem result =
        let say verdict detail =
            let indented = (detail: string).Replace("\n", "\n  ")
            printfn $"{nameOf result.name} {verdict} in {result.duration}.\n  {indented}\n"

        match result.outcome with
        | Outcome.Passed
        | Outcome.Ignored _ -> ()
        | Outcome.Failed message -> say "failed" message
        | Outcome.Errored report -> say "errored" report

    /// Every test, by outcome.
    let summary results =
        let section title holds =
            printfn $"{title, -8} {count holds results, 6}"

            for result in having holds results do
                printfn $"\t{nameOf result.name}"

        section "Passed:" _.IsPassed
        section "Ignored:" _.IsIgnored
        section "Failed:" _.IsFailed
        section "Errored:" _.IsErrored

    /// The line that ends a run; `root` is the longest list that all tests are in.
    let lastLine (duration: TimeSpan) (results: Result list) =
        let rec common a b =
            match a, b with
            | x :: a, y :: b when x = y -> x :: common a b
            | _ -> []

        let root =
            match results |> List.map _.name with
            | [] -> []
            | names -> List.reduce common names

        let number holds =
            (count holds results).ToString("N0", Globalization.CultureInfo.InvariantCulture)

        let root = if List.isEmpty root then "miscellaneous" else nameOf root
        let spirit = if exitCode results = 0 then " Success!" else ""

        $"EXPECTO! {number (_.IsIgnored >> not)} tests run in {duration} for {root} – {number _.IsPassed} passed, "
        + $"{number _.IsIgnored} ignored, {number _.IsFailed} failed, {number _.IsErrored} errored.{spirit}"

    /// JUnit XML: one suite; a case's class is the list it is in.
    let writeJUnit (path: string) (duration: TimeSpan) (results: Result list) =
        let name = XName.Get
        let attribute key value = XAttribute(name key, value) |> box

        let legal (text: string) =
            text |> String.collect (fun c -> if XmlConvert.IsXmlChar c then string c else $"\\u%04x{int c}")

        let child tag text =
            XElement(name tag, attribute "message" (legal text)) |> box

        let case (result: Result) =
            let parents, own = List.splitAt (result.name.Length - 1) result.name

            [
                attribute "classname" (legal (nameOf parents))
                attribute "name" (legal (nameOf own))
                attribute "time" result.duration.TotalSeconds
                match result.outcome with
                | Outcome.Passed -> ()
                | Outcome.Ignored reason -> child "skipped" reason
                | Outcome.Failed message -> child "failure" message
                | Outcome.Errored report -> child "error" report
            ]
            |> fun content -> XElement(name "testcase", content)

        let suite =
            XElement(
                name "testsuite",
                attribute "name" (AppDomain.CurrentDomain.FriendlyName),
                attribute "tests" results.Length,
                attribute "skipped" (count _.IsIgnored results),
                attribute "failures" (count _.IsFailed results),
                attribute "errors" (count _.IsErrored results),
                attribute "time" duration.TotalSeconds,
                results |> List.map case
            )

        let folder = Path.GetFullPath path |> Path.GetDirectoryName |> string
        Directory.CreateDirectory folder |> ignore
        XDocument(XElement(name "testsuites", suite)).Save path
