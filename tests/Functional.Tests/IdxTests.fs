module IdxTests

open System
open System.IO
open Expecto
open FsCheck
open Functional
open DataFixtures

let private idxBytes (tensor: Tensor<'T>) gzip =
    use stream = new MemoryStream()
    Idx.Write(tensor, stream, gzip)
    stream.ToArray()

/// Reads as a stream that does not seek and gives one byte at a time.
let private trickle (content: byte array) =
    { new MemoryStream(content) with
        override _.CanSeek = false

        override this.Read(buffer: Span<byte>) =
            if buffer.IsEmpty then
                0
            else
                match this.ReadByte() with
                | -1 -> 0
                | b ->
                    buffer[0] <- byte b
                    1
    }

let private roundTrip name (convert: int -> 'T) =
    testProperty
        $"reads back the {name} it wrote, raw and gzip"
        (fun (numbers: int list) (NonEmptyArray(values: int array)) ->
            let dimensions = (numbers |> List.truncate 3 |> List.map (fun n -> abs (n % 3) + 1)) @ [ 1 ]
            let shape = dims dimensions
            let tensor = Tensor<'T>(shape, Array.init shape.Count (fun i -> convert values[i % values.Length]))

            [ false; true ]
            |> List.forall (fun gzip ->
                let content = idxBytes tensor gzip

                Idx.Read(ReadOnlySpan content).Values<'T>() = tensor
                && Idx.Read(trickle content).Values<'T>() = tensor))

let tests =
    testList
        "Idx"
        [
            roundTrip "bytes" byte
            roundTrip "signed bytes" sbyte
            roundTrip "shorts" int16
            roundTrip "ints" id
            roundTrip "floats" (fun n -> float32 n / 7f)
            roundTrip "doubles" (fun n -> float n / 7.0)

            testCase "has the bytes of the format" (fun () ->
                Expect.equal
                    (idxBytes (Tensor<int16>(dims [ 1; 2 ], [| 1s; -2s |])) false)
                    [| 0uy; 0uy; 0x0Buy; 2uy; 0uy; 0uy; 0uy; 1uy; 0uy; 0uy; 0uy; 2uy; 0uy; 1uy; 0xFFuy; 0xFEuy |]
                    "magic, sizes, big-endian elements")

            testCase "reads and writes files by their name" (fun () ->
                inFolder (fun folder ->
                    let tensor = Tensor<float32>(dims [ 100_000 ], Array.init 100_000 float32)

                    for name in [ "raw.idx"; "packed.idx.gz" ] do
                        let path = Path.Combine(folder, name)
                        Idx.Write(tensor, path)
                        Expect.equal (Idx.Read(path).Values<float32>()) tensor name

                    let size name =
                        FileInfo(Path.Combine(folder, name)).Length

                    Expect.isLessThan (size "packed.idx.gz") (size "raw.idx") "compressed"))

            testCase "says what is wrong, and at which byte" (fun () ->
                let good = idxBytes (Tensor<byte>(dims [ 2; 3 ], Array.zeroCreate 6)) false

                let read (content: byte array) =
                    fun () -> Idx.Read(ReadOnlySpan content, "x.idx")

                let patched at value = Array.updateAt at value good
                says (read [||]) [ "x.idx"; "byte 0"; "magic" ]
                says (read (patched 0 1uy)) [ "byte 0"; "01 00" ]
                says (read (patched 2 7uy)) [ "byte 2"; "type 07" ]
                says (read good[..6]) [ "byte 7"; "dimension" ]
                says (read (patched 7 0uy)) [ "byte 4"; "size 0" ]
                says (read (patched 4 255uy)) [ "byte 4"; "limit" ]
                says (read good[.. good.Length - 2]) [ "byte 17"; "needs 6 bytes"; "got 5" ]
                says (read (Array.append good [| 1uy |])) [ "byte 18"; "after the 6 elements" ]
                let packed = idxBytes (Tensor<byte>(dims [ 2 ], [| 1uy; 2uy |])) true

                for cut in 1 .. packed.Length - 2 do
                    says (read packed[.. packed.Length - 1 - cut]) [ "x.idx"; "Get the file again" ]

                says
                    (read (Array.updateAt (packed.Length - 5) (packed[packed.Length - 5] ^^^ 1uy) packed))
                    [ "x.idx"; "damaged" ]

                says (read (Array.append packed [| 0uy |])) [ "x.idx"; "bytes follow" ]
                says (fun () -> Idx.Read(ReadOnlySpan good).Values<sbyte>()) [ "UnsignedByte"; "Values<Byte>()" ]
                says (fun () -> Idx.Read "/nowhere/x.idx") [ "cannot be opened" ]
                says (fun () -> Idx.Write(Tensor<int64>(dims [ 1 ], [| 1L |]), new MemoryStream())) [ "Int64" ])

            testCase "never allocates on the word of a header" (fun () ->
                let header = [| 0uy; 0uy; 0x0Euy; 1uy; 0x7Fuy; 0uy; 0uy; 0uy; 1uy |]
                let before = GC.GetAllocatedBytesForCurrentThread()
                says (fun () -> Idx.Read(ReadOnlySpan header)) [ "ends inside its data" ]
                Expect.isLessThan (GC.GetAllocatedBytesForCurrentThread() - before) 1_000_000L "17 GB were claimed")

            testCase "damaged files give an array or a DataException" (fun () ->
                let seeds =
                    [|
                        for gzip in [ false; true ] do
                            idxBytes (Tensor<byte>(dims [ 3; 2; 2 ], Array.zeroCreate 12)) gzip
                            idxBytes (Tensor<float>(dims [ 5 ], [| 1.0; 2.0; 3.0; 4.0; 5.0 |])) gzip
                            idxBytes (Tensor<int16>(dims [ 2; 3 ], [| 1s .. 6s |])) gzip
                    |]

                let mutable random = random 1UL

                for _ in 1..10_000 do
                    let content = mutate &random seeds[random.NextInt seeds.Length]

                    try
                        Idx.Read(ReadOnlySpan content) |> ignore
                    with :? DataException ->
                        ())
        ]
