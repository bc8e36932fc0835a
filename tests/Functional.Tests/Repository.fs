/// The files that the tests were built from.
module Repository

open System
open System.IO

/// The folder that holds Functional.sln.
let root =
    let rec find (folder: DirectoryInfo | null) =
        match folder with
        | null -> failwith $"No Functional.sln in {AppContext.BaseDirectory} or above."
        | folder when File.Exists(Path.Combine(folder.FullName, "Functional.sln")) -> folder.FullName
        | folder -> find folder.Parent

    find (DirectoryInfo AppContext.BaseDirectory)

/// A file or folder by its path from the root, with forward slashes.
let path (relative: string) = Path.Combine(root, relative)

/// The path from the root, with forward slashes.
let relative (file: string) =
    Path.GetRelativePath(root, file).Replace('\\', '/')

/// The files of a folder with one of these extensions, in order, without what the build left there.
let files (folder: string) (extensions: string list) =
    Directory.EnumerateFiles(path folder, "*", SearchOption.AllDirectories)
    |> Seq.map relative
    |> Seq.filter (fun file ->
        List.contains (Path.GetExtension file) extensions && not (file.Contains "/bin/") && not (file.Contains "/obj/"))
    |> Seq.sortWith (fun a b -> String.CompareOrdinal(a, b))
    |> List.ofSeq
