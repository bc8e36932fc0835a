module PrefetchTests

#nowarn "9" // native pointers
#nowarn "51" // addresses of locals

open Expecto
open Functional.Kernels
open Microsoft.FSharp.NativeInterop
open KernelFixtures

// Addresses that nobody reads.
let private address = 0x7000_0000_0000n
let private at (bytes: int) = address + nativeint bytes

/// Tiles of 8×48 floats, blocks of B of 1,024 terms and one panel.
let private cut = MatMulPlan(8, 3, 16, 64, 48, 1024, false, true, 256, false)

/// 256×4,000 by 4,000×4,096.
let private product bRow bColumn =
    let mutable product = MatMulArguments()
    product.B <- address.ToPointer()
    product.BRow <- nativeint (bRow: int)
    product.BColumn <- nativeint (bColumn: int)
    product.M <- 256
    product.N <- 4096
    product.K <- 4000
    product.Plan <- cut
    product

/// What all tiles of some rows and of one panel ask for, sorted.
let private asked (pattern: Prefetch) (rows: int seq) column k =
    [|
        for row in rows do
            let tile = pattern.At(nativeint (row / 8), nativeint (column / 48), k)

            for i in 0 .. tile.Count - 1 do
                NativePtr.toNativeInt tile.Start + NativePtr.get tile.Lines i
    |]
    |> Array.sort

/// As a part of the product asks for the block of B after that of a column and of the terms up to <c>until</c>.
let private nextB (product: MatMulArguments) (row, rowEnd) (columnBegin, columnEnd) column until =
    let mutable product = product
    let mutable part = MatMulPart()
    part.Product <- &&product
    part.RowBegin <- row
    part.RowEnd <- rowEnd
    part.ColumnBegin <- columnBegin
    part.ColumnEnd <- columnEnd
    let lines = NativePtr.stackalloc<nativeint> Prefetch.MostLines
    let pattern = Prefetch.NextB<float32>(&&part, column, until, lines)
    asked pattern (seq { row..8 .. rowEnd - 1 }) column 1024

/// The lines of terms and columns of B, which lies in rows of 4,096 or in columns of 4,000 floats.
let private linesOf liesInRows (terms: int seq) (columns: int seq) =
    let addressOf term column =
        at (4 * (if liesInRows then term * 4096 + column else column * 4000 + term))

    [|
        for term in terms do
            for column in columns -> addressOf term column / 64n * 64n
    |]
    |> Array.distinct
    |> Array.sort

let private blocks =
    [
        for liesInRows in [ true; false ] do
            let product = if liesInRows then product 4096 1 else product 1 4000
            let lies = if liesInRows then "rows" else "columns"

            let same name part columns column until terms =
                testCase $"B lies in {lies}: {name}" (fun () ->
                    let nextColumn = if until < 4000 then column else column + 48

                    Expect.sequenceEqual
                        (nextB product part columns column until)
                        (linesOf liesInRows terms (seq { nextColumn .. nextColumn + 47 }))
                        "the lines of the next block, each once")

            same "the next terms of the same columns" (0, 256) (0, 4096) 96 1024 (seq { 1024..2047 })
            same "the first terms of the next columns" (0, 256) (0, 4096) 96 4000 (seq { 0..1023 })
            same "a part of the columns" (0, 256) (2064, 4096) 2064 1024 (seq { 1024..2047 })
            same "a part of the rows" (128, 256) (0, 4096) 96 1024 (seq { 1024..2047 })

            testCase $"B lies in {lies}: nothing after the last block" (fun () ->
                Expect.isEmpty (nextB product (0, 256) (0, 192) 144 4000) "no lines")

            testCase $"B lies in {lies}: what does not divide is left, not asked for twice or beyond" (fun () ->
                // Among 32 row tiles, 928 terms are 29 rows each, or one of the 58 lines of a column.
                let lines = nextB product (0, 256) (0, 4096) 96 3072
                let block = linesOf liesInRows (seq { 3072..3999 }) (seq { 96..143 })
                Expect.isEmpty (Array.except block lines) "lines outside the block"
                Expect.equal (Array.distinct lines) lines "each once"
                Expect.isGreaterThan (2 * lines.Length) block.Length "at least half of the block")

            testCase $"B lies in {lies}: more row tiles than terms" (fun () ->
                let lines = nextB product (0, 8 * 1500) (0, 4096) 96 1024
                let block = linesOf liesInRows (seq { 1024..2047 }) (seq { 96..143 })
                Expect.sequenceEqual lines block "the block once")
    ]

let private results =
    testCase "a tile's rows of C, or of the operands that have C's shape" (fun () ->
        let lines = NativePtr.stackalloc<nativeint> Prefetch.MostLines

        let expected (bases: int list) =
            [|
                for from in bases do
                    for row in 16..23 do
                        for line in 0..2 -> at (from + 4 * (row * 320 + 96) + 64 * line)
            |]
            |> Array.sort

        let mutable withC = product 4096 1
        withC.C <- address.ToPointer()
        withC.CRow <- 320n
        Expect.sequenceEqual (asked (Prefetch.Results<float32>(&&withC, lines)) [ 16 ] 96 256) (expected [ 0 ]) "C"

        let far = 1 <<< 24
        let mutable operands = bind [ at far, 320; at 64, 0; address, 320; at 128, 1 ]
        let mutable withEpilogue = product 4096 1
        withEpilogue.Program <- &&operands
        let pattern = Prefetch.Results<float32>(&&withEpilogue, lines)
        Expect.sequenceEqual (asked pattern [ 16 ] 96 256) (expected [ 0; far ]) "two operands of C's shape"

        let few = pattern.At(2n, 2n, 20)
        Expect.equal (few.Count, few.Every) (20, 1) "no more lines than terms"
        let many = pattern.At(2n, 2n, 256)
        Expect.equal (many.Count, many.Every) (48, 5) "48 lines among 256 terms")

let tests = testList "Prefetch" [ testList "the next block of B" blocks; results ]
