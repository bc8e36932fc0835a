/// The code that repeats what a property did with a case.
module internal Functional.FsCheck.CaseCode

open Functional

/// One statement in both languages.
type Statement = { CSharp: string; FSharp: string }

/// What was evaluated.
type Setting = { Network: Network; Loss: Loss }

/// Complete code in both languages: network, loss, and what is to be done with them.
let print setting (statement: Statement) =
    String.concat
        "\n"
        [
            "// C#"
            "using Functional;"
            "using static Functional.Layers;"
            ""
            $"Network network = {CSharpCode.network setting.Network};"
            $"Loss loss = {CSharpCode.loss setting.Loss};"
            statement.CSharp
            ""
            "// F#"
            "open Functional"
            "open Functional.FSharp"
            ""
            $"let network = {FSharpCode.network setting.Network}"
            $"let loss = {FSharpCode.loss setting.Loss}"
            statement.FSharp
        ]

/// An option as each language writes it.
let each inCSharp inFSharp =
    { CSharp = inCSharp; FSharp = inFSharp }

/// An option that both languages write alike.
let same value = each value value

/// The options of the compiler for a shape of input rows that the network does not state.
let compilation (input: Shape) =
    each
        $"new CompileOptions {{ Input = {CSharpCode.shape input} }}"
        $"CompileOptions(Input = {FSharpCode.shape input})"
