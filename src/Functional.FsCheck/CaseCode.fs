/// The code that repeats what a property did with a case.
module internal Functional.FsCheck.CaseCode

open Functional

/// One statement in both languages.
type Statement = { CSharp: string; FSharp: string }

/// Complete code in both languages: network, loss, and what is to be done with them.
let print (network: Network) (loss: Loss) (statement: Statement) =
    String.concat
        "\n"
        [
            "// C#"
            "using Functional;"
            "using static Functional.Layers;"
            ""
            $"Network network = {CSharpCode.network network};"
            $"Loss loss = {CSharpCode.loss loss};"
            statement.CSharp
            ""
            "// F#"
            "open Functional"
            "open Functional.FSharp"
            ""
            $"let network = {FSharpCode.network network}"
            $"let loss = {FSharpCode.loss loss}"
            statement.FSharp
        ]

/// An option as each language writes it.
let each inCSharp inFSharp =
    { CSharp = inCSharp; FSharp = inFSharp }

/// An option that both languages write alike.
let same value = each value value

/// true or false.
let truth (value: bool) =
    same ((string value).ToLowerInvariant())

/// What options of the compiler say beyond the defaults, if anything.
let compilation (options: CompileOptions) =
    let usual = CompileOptions.Default

    let told =
        [
            for input in Option.toList (Option.ofNullable options.Input) do
                "Input", each (CSharpCode.shape input) (FSharpCode.shape input)
            if options.Width <> usual.Width then
                "Width", same $"VectorWidth.{options.Width}"
            if options.Threads <> usual.Threads then
                "Threads", same (string options.Threads)
            if options.Fuse <> usual.Fuse then
                "Fuse", truth options.Fuse
            if options.Contract <> usual.Contract then
                "Contract", truth options.Contract
        ]

    let list (language: Statement -> string) =
        told |> List.map (fun (option, value) -> $"{option} = {language value}") |> String.concat ", "

    if told.IsEmpty then
        None
    else
        Some(each $"new CompileOptions {{ {list _.CSharp} }}" $"CompileOptions({list _.FSharp})")
