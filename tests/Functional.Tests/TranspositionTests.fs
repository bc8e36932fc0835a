module TranspositionTests

#nowarn "9" // native pointers
#nowarn "51" // addresses of locals

open System
open System.Numerics
open Expecto
open Functional.Buffers
open Functional.Kernels
open Microsoft.FSharp.NativeInterop
open KernelFixtures

/// What lies between and behind the rows of the target stays as it was, here NaN; what lies between those of the source is not read.
let private check (kernels: Kernels<'T>) rows columns sourceStride stride edge =
    let numbers = scattered<'T> (Random(rows * columns)) ((rows - 1) * sourceStride + columns)

    let source = numbers |> Array.mapi (fun i x -> if i % sourceStride < columns then x else 'T.NaN)

    use sourceBlock = new Block<'T>(source, edge)
    use target = new Block<'T>(Array.create ((columns - 1) * stride + rows) 'T.NaN, edge)
    let mutable arguments = TransposeArguments()
    arguments.Source <- sourceBlock.Address.ToPointer()
    arguments.SourceStride <- nativeint sourceStride
    arguments.Rows <- rows
    arguments.Columns <- columns
    arguments.Target <- target.Address.ToPointer()
    arguments.TargetStride <- nativeint stride
    kernels.Transpose(NativePtr.toNativeInt &&arguments)

    let what = $"{rows}×{columns}, rows {sourceStride} apart, to rows {stride} apart, {kernels.Width}"

    Expect.isTrue (sourceBlock.IsIntact && target.IsIntact) $"memory around an operand was written: {what}"
    Expect.equal (bits sourceBlock.Values) (bits source) $"the source stays: {what}"

    let expected =
        Array.init target.Values.Length (fun i ->
            match i / stride, i % stride with
            | column, row when row < rows -> source[row * sourceStride + column]
            | _ -> 'T.NaN)

    if bits target.Values <> bits expected then
        Expect.sequenceEqual target.Values expected what

let private checkAll (all: Kernels<'T> list) =
    for kernels in all do
        let lanes = kernels.Lanes

        let around =
            List.distinct
                [
                    1
                    2
                    3
                    lanes / 2
                    lanes - 1
                    lanes
                    lanes + 1
                    3 * lanes / 2
                    2 * lanes - 1
                    2 * lanes
                    2 * lanes + 1
                ]

        for rows in around do
            for columns in around do
                let edge = if (rows + columns) % 2 = 0 then Lower else Upper
                // The stride of a plan, for this batch and for a larger one.
                for batch in [ rows; rows + 50 ] do
                    check kernels rows columns columns (BufferAssignment.BatchStride batch) edge
                    check kernels columns rows (BufferAssignment.BatchStride batch) columns edge

let tests =
    testList
        "Transposition"
        [
            testCase
                "copies a source feature by feature and an output row by row, and reads and writes nothing else"
                (fun () ->
                    checkAll singles
                    checkAll doubles)
        ]
