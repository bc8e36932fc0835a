/// Calls of GradientCheck with what its options say beyond the defaults.
module internal Functional.FsCheck.OptionsCode

open System
open Functional
open CaseCode

let private usual = GradientCheckOptions.Default

let private number value = same (Literals.csharp value)

let private paths (values: string seq) =
    let list (separator: string) =
        values |> Seq.map Literals.quoted |> String.concat separator

    each $"""[{list ", "}]""" $"""[| {list "; "} |]"""

/// What options say, in the order in which they are declared.
let private told (options: GradientCheckOptions) =
    [
        if options.RelativeTolerance <> usual.RelativeTolerance then
            "RelativeTolerance", number options.RelativeTolerance
        if options.AbsoluteTolerance <> usual.AbsoluteTolerance then
            "AbsoluteTolerance", number options.AbsoluteTolerance
        "Seed", each (string options.Seed) $"{options.Seed}UL"
        "Rows", same (string options.Rows)
        match options.Parameters with
        | null -> ()
        | parameters -> "Parameters", paths parameters
        if options.Input <> usual.Input then
            "Input", truth options.Input
        if options.Mode <> usual.Mode then
            "Mode", same $"LayerMode.{options.Mode}"
        if options.MostElements <> usual.MostElements then
            "MostElements", same (string options.MostElements)
        if options.Directions <> usual.Directions then
            "Directions", same (string options.Directions)
        if options.Points <> usual.Points then
            "Points", same (string options.Points)
        if options.Decimals.HasValue then
            "Decimals", same (string options.Decimals.Value)
        if not (isNull options.Gradient) then
            "Gradient", same "gradient"
        if options.Plan.HasValue then
            "Plan", same $"Precision.{options.Plan.Value}"
        for compilation in Option.toList (compilation options.Compilation) do
            "Compilation", compilation
    ]

let private list separator (language: Statement -> string) options =
    told options |> List.map (fun (option, value) -> $"{option} = {language value}") |> String.concat separator

let private inCSharp options =
    $"""new GradientCheckOptions {{ {list ", " _.CSharp options} }}"""

let private inFSharp options =
    $"""GradientCheckOptions({list ", " _.FSharp options})"""

/// A statement that checks network and loss; the gradient under test goes by its name.
let check (name: string) (options: GradientCheckOptions) =
    let facade = name.Substring(0, 1).ToLowerInvariant() + name.Substring 1

    let note =
        if isNull options.Gradient then
            ""
        else
            "// gradient is the gradient under test\n"

    each
        $"{note}GradientCheck.{name}(network, loss, {inCSharp options}).ThrowIfFailed();"
        $"{note}(network |> GradientCheck.{facade}With ({inFSharp options}) loss).ThrowIfFailed()"

/// A statement that draws parameters and batch.
let pointOf (options: GradientCheckOptions) =
    each
        $"GradientPoint point = GradientCheck.PointOf(network, loss, {inCSharp options});"
        $"let point = GradientCheck.PointOf(network, loss, {inFSharp options})"
