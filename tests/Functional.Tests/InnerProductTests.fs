module InnerProductTests

#nowarn "9" // native pointers
#nowarn "51" // addresses of locals

open System
open System.Numerics
open System.Reflection
open Expecto
open Functional
open Functional.Kernels
open Microsoft.FSharp.NativeInterop
open KernelFixtures

/// C(i, j) = Σ A(i, k)·B(j, k), one multiply-add after the other in the documented order.
let private model<'T when 'T: unmanaged and 'T :> IBinaryFloatingPointIeee754<'T>>
    m
    n
    k
    (a: int -> int -> 'T)
    (b: int -> int -> 'T)
    =
    Array.init m (fun i -> Array.init n (fun j -> chained k (fun (chain: 'T) t -> multiplyAdd (a i t) (b j t) chain)))

/// A product by the kernel. What lies between the rows of A and B is NaN, and that of C must stay as it is.
let private multiply (kernels: Kernels<'T>) m n k (a: int -> int -> 'T) (b: int -> int -> 'T) edge =
    let aRow, bRow, cRow = k + 5, k + 2, n + 3
    use aBlock = new Block<'T>(strided m k aRow a, edge)
    use bBlock = new Block<'T>(strided n k bRow b, edge)
    use c = new Block<'T>(strided m n cRow (fun _ _ -> 'T.One), edge)
    kernels.Inner(aBlock.Address, aRow, m, bBlock.Address, bRow, n, k, c.Address, cRow)

    for block in [ aBlock; bBlock; c ] do
        Expect.isTrue block.IsIntact $"{m}×{n}×{k}, {kernels.Width}: memory around an operand was written"

    for i, value in Array.indexed c.Values do
        if i % cRow >= n && not ('T.IsNaN value) then
            failtest $"{m}×{n}×{k}, {kernels.Width}: C was written between its rows"

    Array.init m (fun i -> c.Values[i * cRow .. i * cRow + n - 1])

let private check (all: Kernels<'T> list) =
    let random = Random 4

    for kernels in all do
        for k in [ 1; 2; 15; 16; 17; 31; 32; 33; 100 ] do
            let draw (numbers: 'T array) i t = numbers[i * k + t]
            let a, b = draw (scattered random (9 * k)), draw (scattered random (9 * k))
            let expected = model 9 9 k a b
            let wholeA, wholeB = draw (wholes random (9 * k)), draw (wholes random (9 * k))
            let exact = model 9 9 k wholeA wholeB

            for m in 1..9 do
                for n in 1..9 do
                    let edge = if (m + n) % 2 = 0 then Lower else Upper

                    let part (c: 'T array array) =
                        c[.. m - 1] |> Array.map (fun row -> row[.. n - 1])

                    let same (c: 'T array array) expected =
                        Array.map bits c = Array.map bits (part expected)

                    let what = $"{m}×{n}×{k}, {kernels.Width}"
                    let c = multiply kernels m n k a b edge

                    if not (same c expected) then
                        Expect.equal c (part expected) what

                    if not (same (multiply kernels m n k wholeA wholeB edge) exact) then
                        failtest $"whole numbers, {what}"

let private epilogue = typeof<MatMulArguments>.GetField "Epilogue" |> Unchecked.nonNull

/// In parts of rows and of columns, into memory or to an epilogue that counts how often it sees an element.
let private checkParts (kernels: Kernels<'T>) m n k hasEpilogue isFlat =
    let random = Random(m + n)
    let a, b = scattered<'T> random (m * k), scattered<'T> random (n * k)
    let cut = kernels.CutInner(m, n, k, hasEpilogue, isFlat)
    use aBlock = new Block<'T>(a, Upper)
    use bBlock = new Block<'T>(b, Upper)
    use c = new Block<'T>(m * n, Upper)
    use seen = new Block<'T>(m * n, Upper)
    use one = new Block<'T>([| 'T.One |], Upper)
    use workspace = new Block<'T>(max 1 (int cut.WorkspaceElements), Upper)

    let code =
        program
            3
            [
                define 0 product
                define 1 (binary BinaryFunction.Add (full 1) (single 2))
                store 0 (local 0)
                store 1 (local 1)
            ]

    let mutable operands = bind [ c.Address, n; seen.Address, n; one.Address, 0 ]
    let mutable arguments = MatMulArguments()
    arguments.A <- aBlock.Address.ToPointer()
    arguments.ARow <- nativeint k
    arguments.AColumn <- 1n
    arguments.B <- bBlock.Address.ToPointer()
    arguments.BRow <- 1n
    arguments.BColumn <- nativeint k
    arguments.M <- m
    arguments.N <- n
    arguments.K <- k
    arguments.Plan <- cut

    if hasEpilogue then
        arguments.Program <- &&operands
        let boxed = box arguments
        epilogue.SetValue(boxed, kernels.Compile code)
        arguments <- unbox boxed
    else
        arguments.C <- c.Address.ToPointer()
        arguments.CRow <- nativeint n

    // Whole rows as one leave no room for a range of columns.
    let columns = if isFlat then [ 0, n ] else [ 0, n / 3; n / 3, n ]

    for row, rowEnd in [ 0, m / 2; m / 2, m; m, m ] do
        for column, columnEnd in columns do
            kernels.Multiply (NativePtr.toNativeInt &&arguments) (row, rowEnd, column, columnEnd) workspace.Address

    let what = $"{m}×{n}×{k} in parts, {kernels.Width}, {cut}, epilogue {hasEpilogue}, flat {isFlat}"

    for block in [ aBlock; bBlock; c; seen; workspace ] do
        Expect.isTrue block.IsIntact $"memory around an operand was written: {what}"

    if hasEpilogue then
        Expect.allEqual seen.Values 'T.One $"the epilogue sees every element once: {what}"

    let expected = model m n k (fun i t -> a[i * k + t]) (fun j t -> b[j * k + t]) |> Array.concat

    if bits c.Values <> bits expected then
        Expect.sequenceEqual c.Values expected what

let private checkAllParts (all: Kernels<'T> list) =
    for kernels in all do
        for hasEpilogue, isFlat in [ false, false; true, false; true, true ] do
            // Some blocks of rows, and one.
            checkParts kernels 130 150 19 hasEpilogue isFlat
            checkParts kernels 7 5 40 hasEpilogue isFlat

let tests =
    testList
        "InnerProduct"
        [
            testCase
                "adds in the order of chained sums, and reads and writes its operands only, at every size"
                (fun () ->
                    check singles
                    check doubles)

            testCase "is the same in parts and blocks, and hands each element to the epilogue once" (fun () ->
                checkAllParts singles
                checkAllParts doubles)
        ]
