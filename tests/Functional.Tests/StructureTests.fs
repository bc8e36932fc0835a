module StructureTests

open System
open System.Collections.Generic
open System.IO
open System.Text.RegularExpressions
open Expecto
open TypeUses

/// The folders of src/Functional in the order in which a network passes through them.
let private stages =
    [
        "Values"
        "Networks"
        "Data"
        "Graphs"
        "Objectives"
        "Gradients"
        "Plans"
        "Buffers"
        "Kernels"
        "Execution"
        // The files at the root: they may use every stage, but only what comes after may use them.
        ""
        "Training"
        "Checking"
    ]

let private core = "src/Functional"

/// The stage of a file of the core: its first folder.
let private stageOf (file: string) =
    match (file.Substring(core.Length + 1)).Split '/' with
    | [| _ |] -> ""
    | parts -> parts[0]

let private rank stage = List.findIndex ((=) stage) stages

let private display stage =
    if stage = "" then "the root" else stage

/// C# code without its comments, and with its strings and characters empty.
let private bare (code: string) =
    let pattern =
        String.concat
            "|"
            [
                @"(?<comment>//[^\n]*|/\*.*?\*/)"
                "\\$*\"\"\".*?\"\"\""
                "\\$?@\\$?\"(?:[^\"]|\"\")*\""
                "\\$?\"(?:\\\\.|[^\"\\\\\\n])*\""
                @"'(?:\\[^'\n]+|[^'\\\n])'"
            ]

    Regex.Replace(
        code,
        pattern,
        (fun m -> if m.Groups["comment"].Success then " " else "\"\""),
        RegexOptions.Singleline
    )

let private sources =
    lazy (Repository.files core [ ".cs" ] |> List.map (fun file -> file, bare (File.ReadAllText(Repository.path file))))

/// Names of the types that code declares outside any other type: what is nested cannot be named without them.
let private declarations (code: string) =
    let pattern =
        @"[{}]|\b(?:class|interface|enum|struct|record(?:\s+struct|\s+class)?)\s+(?<name>[A-Z]\w*)|\bdelegate\s[^;(*]*?(?<name>[A-Z]\w*)\s*(?:<[^>]*>)?\("

    let mutable depth = 0

    [
        for m in Regex.Matches(code, pattern) do
            match m.Value with
            | "{" -> depth <- depth + 1
            | "}" -> depth <- depth - 1
            | _ when depth = 0 -> m.Groups["name"].Value
            | _ -> ()
    ]

/// The stage of every top-level type of the core, by name.
let private stageOfType =
    lazy
        (dict (
            [
                for file, code in sources.Value do
                    for name in declarations code -> name, stageOf file
            ]
            |> List.distinct
        ))

let private knownTypes = lazy (assembly.GetTypes() |> Array.filter (fun t -> stageOfType.Value.ContainsKey(topLevel t)))

/// Words that name members, nested types or the framework's types too, so that in code they may not mean the core's type.
let private ambiguous =
    lazy
        (let names = typeof<obj>.Assembly.GetExportedTypes() |> Seq.map (fun t -> t.Name.Split('`')[0]) |> HashSet

         for t in assembly.GetTypes() do
             for m in t.GetMembers everything do
                 names.Add((m.Name.Split([| '`'; '|' |])[0])) |> ignore

         names)

let private order =
    testList
        "no stage references a later one"
        [
            testCase "and every folder is a stage" (fun () ->
                let folders = sources.Value |> List.map (fst >> stageOf) |> List.distinct
                Expect.isEmpty (List.except stages folders) "folders that the order lacks"
                Expect.isEmpty (List.except folders stages) "stages without a folder")

            testCase "and every type has one" (fun () ->
                let declared =
                    sources.Value
                    |> List.collect (fun (file, code) -> declarations code |> List.map (fun n -> n, stageOf file))

                Expect.isEmpty
                    (declared |> List.distinct |> List.countBy fst |> List.filter (fun (_, count) -> count > 1))
                    "names that two stages declare"

                let unknown =
                    assembly.GetTypes()
                    |> Array.filter (fun t -> string t.Namespace |> _.StartsWith("Functional"))
                    |> Array.map topLevel
                    |> Array.distinct
                    |> Array.filter (fun name -> not (stageOfType.Value.ContainsKey name) && not (name.Contains '<'))

                Expect.isEmpty unknown "types whose declaration was not found in the sources")

            testCase "in what is compiled" (fun () ->
                let violations =
                    [
                        for t in knownTypes.Value do
                            let own = stageOfType.Value[topLevel t]

                            if own <> "" then
                                for where, used in uses t do
                                    match stageOfType.Value.TryGetValue(topLevel used) with
                                    | true, other when rank other > rank own ->
                                        $"{own}: {topLevel t} ({where}) uses {topLevel used} of {display other}"
                                    | _ -> ()
                    ]

                Expect.isEmpty (List.distinct violations) "uses of a later stage")

            testCase "in what is written" (fun () ->
                let later own =
                    [
                        for KeyValue(name, stage) in stageOfType.Value do
                            if rank stage > rank own && not (ambiguous.Value.Contains name) then
                                name, stage
                    ]

                let violations =
                    [
                        for file, code in sources.Value do
                            let own = stageOf file

                            if own <> "" then
                                let words = Regex.Matches(code, @"\w+") |> Seq.map _.Value |> HashSet

                                for name, stage in later own do
                                    if words.Contains name then
                                        $"{file} uses {name} of {display stage}"

                                for m in Regex.Matches(code, @"\bFunctional\.(\w+)") do
                                    match List.tryFindIndex ((=) m.Groups[1].Value) stages with
                                    | Some other when other > rank own -> $"{file} names {m.Value}"
                                    | _ -> ()
                    ]

                Expect.isEmpty (List.distinct violations) "uses of a later stage")
        ]

/// Files above 400 lines, each with the reason why it is not two.
let private longFiles: (string * string) list = []

let private sizes =
    testCase "files have at most 400 lines" (fun () ->
        let isLong file =
            File.ReadLines(Repository.path file) |> Seq.length > 400

        let long =
            [ "src"; "tests"; "bench"; "docs" ]
            |> List.collect (fun folder -> Repository.files folder [ ".cs"; ".fs" ])
            |> List.filter isLong

        Expect.isEmpty (List.except (List.map fst longFiles) long) "longer, and without a reason in this test"
        Expect.isEmpty (List.except long (List.map fst longFiles)) "a reason without need")

let private architecture = "docs/ARCHITECTURE.md"

/// A test of the document, once it is there.
let private ofArchitecture name test =
    testCase name (fun () ->
        if File.Exists(Repository.path architecture) then
            test (File.ReadAllText(Repository.path architecture))
        else
            skiptest $"{architecture} is not written yet")

let private codeSpans text =
    Regex.Matches(text, @"`([^`\n]+)`") |> Seq.map _.Groups[1].Value |> List.ofSeq

let private codeMap =
    testList
        "the architecture document"
        [
            ofArchitecture "lists the stages in their order, each with types that it has" (fun text ->
                let rows =
                    [
                        for line in text.Split '\n' do
                            let cells = line.Split '|' |> Array.map _.Trim()

                            if cells.Length > 3 && Regex.IsMatch(cells[1], @"^`\w+/`$") then
                                cells[1].Trim('`', '/'), codeSpans cells[3]
                    ]

                Expect.sequenceEqual (List.map fst rows) (List.filter ((<>) "") stages) "the stages"

                for stage, names in rows do
                    for name in names do
                        let typeName = Array.last (name.Split '/')

                        match stageOfType.Value.TryGetValue typeName with
                        | true, other -> Expect.equal other stage $"{name} is in {other}"
                        | _ -> failtest $"{stage} has no type {name}")

            ofArchitecture "names files and folders that exist" (fun text ->
                let isPath (span: string) =
                    Regex.IsMatch(
                        span,
                        @"^(\.\./)?[\w.\-]+(/[\w.\-]+)*(/|\.(cs|fs|md|csproj|fsproj|sln|props|targets|txt))$"
                    )

                let links = Regex.Matches(text, @"\]\(([^)#\s]+)") |> Seq.map _.Groups[1].Value |> List.ofSeq

                let exists (named: string) =
                    [ ""; "docs/"; "src/"; core + "/"; "tests/Functional.Tests/" ]
                    |> List.exists (fun folder ->
                        let place = Repository.path (folder + named.TrimEnd '/')
                        if named.EndsWith '/' then Directory.Exists place else File.Exists place)

                let paths = codeSpans text @ links |> List.filter isPath |> List.distinct
                Expect.isNonEmpty paths "paths found"
                Expect.isEmpty (List.filter (exists >> not) paths) "paths that do not exist")
        ]

let private dependencies =
    testCase "the core needs no package" (fun () ->
        let project = File.ReadAllText(Repository.path $"{core}/Functional.csproj")
        Expect.isFalse (project.Contains "PackageReference") "no package reference"
        Expect.isFalse (project.Contains "ProjectReference") "no project reference"
        Expect.equal (File.ReadAllText(Repository.path $"{core}/paket.references").Trim()) "" "no Paket reference"

        let others =
            assembly.GetReferencedAssemblies()
            |> Array.map (fun name -> string name.Name)
            |> Array.filter (fun name -> not (name.StartsWith "System."))

        Expect.isEmpty others "assemblies that are not the framework's")

let tests = testList "structure" [ order; sizes; codeMap; dependencies ]
