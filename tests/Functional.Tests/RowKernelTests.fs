module RowKernelTests

#nowarn "9" // native pointers
#nowarn "51" // addresses of locals

open System
open System.Numerics
open Expecto
open Functional.Kernels
open Microsoft.FSharp.NativeInterop
open KernelFixtures

let private around lanes =
    List.distinct [ 1; 2; 3; lanes - 1; lanes; lanes + 1; 2 * lanes - 1; 2 * lanes; 2 * lanes + 1 ]

let private expectBits actual expected what =
    if bits actual <> bits expected then
        Expect.sequenceEqual actual expected what

/// Columns of matrices of some strides, NaN between them; of the second matrix perhaps none.
let private join (kernels: Kernels<'T>) rows (first, firstStride) (second, secondStride) edge =
    let random = Random(rows + first)
    let numbers = scattered<'T> random (rows * (first + second) + 1)
    let a = strided rows first firstStride (fun i j -> numbers[i * first + j])
    let b = strided rows second secondStride (fun i j -> numbers[rows * first + i * second + j])
    use aBlock = new Block<'T>(a, edge)
    use bBlock = new Block<'T>((if second = 0 then [||] else b), edge)
    use result = new Block<'T>(Array.create (rows * (first + second)) 'T.NaN, edge)
    let mutable arguments = JoinArguments()
    arguments.First <- aBlock.Address.ToPointer()
    arguments.FirstStride <- nativeint firstStride
    arguments.FirstColumns <- nativeint first
    arguments.Second <- bBlock.Address.ToPointer()
    arguments.SecondStride <- nativeint secondStride
    arguments.SecondColumns <- nativeint second
    arguments.Result <- result.Address.ToPointer()
    arguments.Rows <- nativeint rows
    kernels.Join(NativePtr.toNativeInt &&arguments)
    let what = $"{first} and {second} columns of {rows} rows, {kernels.Width}"
    Expect.isTrue (aBlock.IsIntact && bBlock.IsIntact && result.IsIntact) $"memory around was written: {what}"

    let expected =
        [|
            for i in 0 .. rows - 1 do
                yield! Array.sub a (i * firstStride) first
                yield! Array.sub b (i * secondStride) second
        |]

    expectBits result.Values expected what

/// Numbers of rows, as they should be and beyond.
let private numbers<'T when 'T: unmanaged and 'T :> IBinaryFloatingPointIeee754<'T>> (random: Random) count length =
    Array.init length (fun _ ->
        match random.Next 12 with
        | 0 -> 'T.NaN
        | 1 -> 'T.CreateTruncating(-1 - random.Next 9)
        | 2 -> 'T.CreateTruncating(count + random.Next 9)
        | 3 -> 'T.PositiveInfinity
        | 4 -> 'T.NegativeInfinity
        | _ -> 'T.CreateTruncating(random.Next count))

/// The row a number means: in the table, whatever it is.
let private rowOf count (number: 'T) =
    let number = Double.CreateTruncating(number: 'T)

    if Double.IsNaN number then
        0
    else
        int (Math.Clamp(number, 0.0, float (count - 1)))

let private table (kernels: Kernels<'T>) run count columns (numbers: 'T array) (tableValues: 'T array) rows edge =
    use tableBlock = new Block<'T>(tableValues, edge)
    use numberBlock = new Block<'T>(numbers, edge)
    use rowBlock = new Block<'T>((rows: 'T array), edge)
    let mutable arguments = TableArguments()
    arguments.Table <- tableBlock.Address.ToPointer()
    arguments.Count <- nativeint (count: int)
    arguments.Numbers <- numberBlock.Address.ToPointer()
    arguments.Rows <- rowBlock.Address.ToPointer()
    arguments.RowCount <- nativeint numbers.Length
    arguments.Columns <- nativeint (columns: int)
    run (NativePtr.toNativeInt &&arguments)
    let what = $"{numbers.Length} of {count} rows of {columns} columns, {kernels.Width}"

    Expect.isTrue
        (tableBlock.IsIntact && numberBlock.IsIntact && rowBlock.IsIntact)
        $"memory around was written: {what}"

    Expect.equal (bits numberBlock.Values) (bits numbers) $"the numbers stay: {what}"
    tableBlock.Values, rowBlock.Values, what

let private gather (kernels: Kernels<'T>) count columns length edge =
    let random = Random(count + columns)
    let values = scattered<'T> random (count * columns)
    let numbers = numbers<'T> random count length

    let after, rows, what =
        table kernels kernels.Gather count columns numbers values (Array.create (length * columns) 'T.NaN) edge

    let expected = numbers |> Array.collect (fun n -> Array.sub values (rowOf count n * columns) columns)
    expectBits rows expected what
    expectBits after values $"the table stays: {what}"

let private scatter (kernels: Kernels<'T>) count columns length edge =
    let random = Random(count + columns)
    let rows = scattered<'T> random (length * columns)
    let numbers = numbers<'T> random count length
    let before = Array.create (count * columns) 'T.NaN
    let sums, after, what = table kernels kernels.ScatterSum count columns numbers before rows edge
    let expected = Array.create (count * columns) 'T.Zero

    for i in 0 .. length - 1 do
        for j in 0 .. columns - 1 do
            let at = rowOf count numbers[i] * columns + j
            expected[at] <- expected[at] + rows[i * columns + j]

    expectBits sums expected $"in the order of the rows: {what}"
    expectBits after rows $"the rows stay: {what}"

let private checkAll (all: Kernels<'T> list) =
    for kernels in all do
        for columns in around kernels.Lanes do
            for rows in [ 1; 2; 7 ] do
                let edge = if (rows + columns) % 2 = 0 then Lower else Upper
                join kernels rows (columns, columns) (0, 0) edge
                join kernels rows (columns, columns + 3) (0, 0) edge

                for others in around kernels.Lanes do
                    join kernels rows (columns, columns) (others, others) edge

                for count in [ 1; 5 ] do
                    gather kernels count columns (3 * rows) edge
                    scatter kernels count columns (3 * rows) edge

let tests =
    testList
        "Rows"
        [
            testCase "are joined, gathered and summed in order, inside their memory whatever the numbers are" (fun () ->
                checkAll singles
                checkAll doubles)
        ]
