/// Command lines run in this process, and what they must and must not print.
module CliFixtures

open System
open System.Globalization
open System.IO
open System.Text.Json
open System.Threading
open Expecto
open Functional.Cli

/// What a command line printed, and its exit code.
type Outcome =
    {
        Code: int
        Output: string
        Error: string
    }

let runUntil (cancellation: CancellationToken) (args: string list) =
    use output = new StringWriter(CultureInfo.InvariantCulture)
    use error = new StringWriter(CultureInfo.InvariantCulture)

    let code = CommandLine.Run(Array.ofList args, Terminal(output, error, Cancellation = cancellation))

    {
        Code = code
        Output = output.ToString()
        Error = error.ToString()
    }

let run args = runUntil CancellationToken.None args

let escape = '\u001b'

/// The one JSON object that a successful command printed.
let json args =
    let outcome = run (args @ [ "--json" ])
    Expect.equal (outcome.Code, outcome.Output.Trim().Contains '\n') (0, false) $"one line of output: {outcome.Error}"
    JsonDocument.Parse(outcome.Output).RootElement

let number (name: string) (summary: JsonElement) = summary.GetProperty(name).GetDouble()

let text (name: string) (summary: JsonElement) =
    string (summary.GetProperty(name).GetString())

/// The names of an object's fields, in order.
let fields (element: JsonElement) =
    [ for field in element.EnumerateObject() -> field.Name ]

let refuses code (args: string list) (parts: string list) =
    let name = String.Join(' ', args)

    testCase (if name = "" then "nothing" else name) (fun () ->
        let outcome = run args
        Expect.equal (outcome.Code, outcome.Output) (code, "") "exit code, and nothing on the output"
        Expect.stringStarts outcome.Error "error: " "an error"
        Expect.isFalse (outcome.Error.Contains "   at ") "no stack trace"

        for part in parts do
            Expect.stringContains outcome.Error part "what it says")
