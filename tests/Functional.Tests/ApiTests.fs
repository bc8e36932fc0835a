module ApiTests

open System
open System.IO
open System.Reflection
open System.Runtime.CompilerServices
open System.Text.RegularExpressions
open System.Xml.Linq
open Expecto

let private updates = Environment.GetEnvironmentVariable "FUNCTIONAL_UPDATE_API" = "1"

let private snapshot (assembly: Assembly) =
    testCase $"of {assembly.GetName().Name} is the one in its snapshot" (fun () ->
        let file = Repository.path $"tests/Functional.Tests/PublicApi.{assembly.GetName().Name}.txt"
        let actual = PublicApi.lines assembly

        if updates then
            File.WriteAllText(file, String.concat "\n" actual + "\n")

        let expected = if File.Exists file then List.ofArray (File.ReadAllLines file) else []

        let difference =
            [
                yield! List.except expected actual |> List.map (sprintf "+ %s")
                yield! List.except actual expected |> List.map (sprintf "- %s")
            ]

        if actual <> expected then
            failtestf
                "The public API changed. If it was meant to, refresh %s by running this test with FUNCTIONAL_UPDATE_API=1.\n%s"
                (Repository.relative file)
                (String.concat "\n" difference))

/// The compiler asks for comments on C# members (CS1591), but not on F# ones.
let private documentation (assembly: Assembly) =
    testCase $"of {assembly.GetName().Name} is documented" (fun () ->
        let documented =
            XDocument
                .Load(Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.xml"))
                .Descendants(XName.Get "member")
            |> Seq.filter (fun entry -> not (String.IsNullOrWhiteSpace entry.Value))
            |> Seq.choose (fun entry -> entry.Attribute(XName.Get "name") |> Option.ofObj |> Option.map _.Value)
            // M:Functional.FSharp.Plan.train``1(…) is Functional.FSharp.Plan.train.
            |> Seq.map (fun id -> Regex.Replace(id, @"^.:|\(.*|``?\d+", ""))
            |> set

        let missing =
            [
                // A union's tags are the compiler's.
                for t in assembly.GetExportedTypes() |> Array.filter (fun t -> t.Name <> "Tags") do
                    let name = Regex.Replace((string t.FullName).Replace('+', '.'), @"`\d+", "")
                    let isRecord = Reflection.FSharpType.IsRecord t

                    if not (documented.Contains name) then
                        name

                    let flags =
                        BindingFlags.Public
                        ||| BindingFlags.Static
                        ||| BindingFlags.Instance
                        ||| BindingFlags.DeclaredOnly

                    let isWritten (m: MemberInfo) =
                        not (m.IsDefined typeof<CompilerGeneratedAttribute>)

                    for p in t.GetProperties flags |> Array.filter isWritten do
                        if not (documented.Contains $"{name}.{p.Name}") then
                            $"{name}.{p.Name}"

                    for m in t.GetMethods flags |> Array.filter isWritten do
                        if not isRecord && not m.IsSpecialName && not (documented.Contains $"{name}.{m.Name}") then
                            $"{name}.{m.Name}"
            ]

        Expect.isEmpty missing "public members without a comment")

let tests =
    testList
        "public API"
        [
            snapshot typeof<Functional.Network>.Assembly
            snapshot typeof<Functional.FSharp.DenseOptions>.Assembly
            snapshot typeof<Functional.FsCheck.Contents>.Assembly
            documentation typeof<Functional.FSharp.DenseOptions>.Assembly
            documentation typeof<Functional.FsCheck.Contents>.Assembly
        ]
