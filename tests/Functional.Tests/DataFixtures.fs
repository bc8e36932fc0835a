/// What the tests of data share: small values, errors, damage.
module DataFixtures

open System
open System.IO
open Expecto
open Functional

/// The message of the data error that this must end with.
let message (f: unit -> 'a) =
    try
        f () |> ignore
        failtest "Expected a DataException, none was thrown."
    with :? DataException as e ->
        e.Message

let says (f: unit -> 'a) (parts: string list) =
    let text = message f

    for part in parts do
        Expect.stringContains text part "the error's message"

let dims (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))

let names (texts: string list) = ValueList.ToValueList texts

let random seed =
    RandomStream(seed, RandomPurpose.Data, 0UL)

/// A folder of its own, gone afterwards.
let inFolder (f: string -> unit) =
    let folder = Directory.CreateTempSubdirectory "functional-data-"

    try
        f folder.FullName
    finally
        folder.Delete true

/// Changes a few bytes or the length.
let mutate (random: byref<RandomStream>) (content: byte array) =
    let mutable bytes = content

    for _ in 0 .. random.NextInt 3 do
        let at = random.NextInt(bytes.Length + 1)

        match random.NextInt 4 with
        | 0 -> bytes <- bytes[.. at - 1]
        | 1 -> bytes <- Array.append bytes (Array.zeroCreate (random.NextInt 9))
        | 2 -> bytes <- Array.insertAt at (byte (random.NextInt 256)) bytes
        | _ when at < bytes.Length -> bytes <- Array.updateAt at (byte (random.NextInt 256)) bytes
        | _ -> ()

    bytes
