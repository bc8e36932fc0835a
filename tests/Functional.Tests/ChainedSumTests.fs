module ChainedSumTests

#nowarn "9" // native pointers
#nowarn "51" // addresses of locals

open System
open System.Numerics
open Expecto
open Functional.Kernels
open Functional.Plans
open Microsoft.FSharp.NativeInterop
open KernelFixtures

/// A matrix to sum: a, or with a prologue a·b, computed block by block.
[<NoComparison; NoEquality>]
type private Matrix<'T> =
    {
        Rows: int
        Columns: int
        A: int -> int -> 'T
        B: (int -> int -> 'T) option
    }

let private transpose matrix =
    {
        Rows = matrix.Columns
        Columns = matrix.Rows
        A = fun row column -> matrix.A column row
        B = matrix.B |> Option.map (fun b row column -> b column row)
    }

let private valueOf (matrix: Matrix<'T>) row column : 'T :> IBinaryFloatingPointIeee754<'T> =
    match matrix.B with
    | Some b -> matrix.A row column * b row column
    | None -> matrix.A row column

/// The sums by the kernel, over operands whose rows lie apart, with NaN in between.
let private reduce (kernels: Kernels<'T>) kind alongRows (matrix: Matrix<'T>) edge =
    let count =
        match kind with
        | ReductionKind.All -> 1
        | ReductionKind.Columns -> matrix.Columns
        | _ -> matrix.Rows

    let lay extra value =
        let stride = matrix.Columns + extra
        new Block<'T>(strided matrix.Rows matrix.Columns stride value, edge), stride

    let a, aStride = lay 3 matrix.A
    use a = a
    let b, bStride = lay 1 (defaultArg matrix.B (fun _ _ -> 'T.NaN))
    use b = b
    use scratch = new Block<'T>(Array.create ReductionArguments.ScratchElements 'T.NaN, edge)
    use partialSums = new Block<'T>((if alongRows then matrix.Rows else matrix.Columns), edge)
    use sums = new Block<'T>(count, edge)
    let code = program 3 [ store 2 (binary Functional.BinaryFunction.Multiply (full 0) (full 1)) ]
    let mutable prologue = bind [ a.Address, aStride; b.Address, bStride ]
    let mutable arguments = ReductionArguments()
    arguments.Rows <- nativeint matrix.Rows
    arguments.Columns <- nativeint matrix.Columns
    arguments.Scratch <- scratch.Address.ToPointer()
    arguments.PartialSums <- partialSums.Address.ToPointer()
    arguments.AlongRows <- alongRows
    arguments.Result <- sums.Address.ToPointer()

    if matrix.B.IsSome then
        arguments.Prologue <- kernels.Compile code
        arguments.PrologueProgram <- &&prologue
        arguments.ScratchOperand <- 2
    else
        arguments.Input <- a.Address.ToPointer()
        arguments.Stride <- nativeint aStride

    kernels.Sum kind (NativePtr.toNativeInt &&arguments)

    for block in [ a; b; scratch; partialSums; sums ] do
        Expect.isTrue
            block.IsIntact
            $"{kind} of {matrix.Rows}×{matrix.Columns}, {kernels.Width}: memory around an operand was written"

    sums.Values

/// Terms of a sum around the rounds of chains, and around the blocks in which so many sums' values are computed.
let private lengths sums =
    let block = ReductionArguments.BlockElements / 16 / min sums ReductionArguments.BlockSums * 16

    List.distinct [ 1; 15; 16; 17; 31; 33; block - 1; block; block + 1; 2 * block + 5 ]

/// Up to rows that lie so far apart that they are taken in blocks.
let private counts lanes =
    List.distinct [ 1; 2; lanes - 1; lanes + 1; 2 * lanes + 3; 64; 65; 515 ] |> List.filter (fun count -> count > 0)

let private matrices (random: Random) lanes =
    [
        for sums in counts lanes do
            for terms in lengths sums do
                let draw () =
                    let numbers = scattered random (terms * sums)
                    fun term sum -> numbers[term * sums + sum]

                for b in [ None; Some(draw ()) ] do
                    {
                        Rows = terms
                        Columns = sums
                        A = draw ()
                        B = b
                    }
    ]

let private edgeOf matrix =
    if (matrix.Rows + matrix.Columns) % 2 = 0 then Lower else Upper

/// The sum of each column, one after the other in the documented order.
let private model (matrix: Matrix<'T>) =
    Array.init matrix.Columns (fun sum -> chained matrix.Rows (fun chain term -> chain + valueOf matrix term sum))

let private name (kernels: Kernels<'T>) matrix =
    $"{matrix.Rows} terms of {matrix.Columns} sums, {kernels.Width}, prologue {matrix.B.IsSome}"

let private checkOrder (all: Kernels<'T> list) =
    let random = Random 8

    for kernels in all do
        for matrix in matrices random kernels.Lanes do
            let expected = bits (model matrix)
            let over = reduce kernels ReductionKind.Columns false matrix (edgeOf matrix)
            let along = reduce kernels ReductionKind.Rows true (transpose matrix) (edgeOf matrix)

            if bits over <> expected then
                Expect.sequenceEqual over (model matrix) $"over rows: {name kernels matrix}"

            if bits along <> expected then
                Expect.sequenceEqual along (model matrix) $"along the transpose's rows: {name kernels matrix}"

/// A sum of all is a sum of sums: over what stands for the batch first.
let private checkAll (all: Kernels<'T> list) =
    let random = Random 9

    for kernels in all do
        for matrix in matrices random kernels.Lanes do
            let partial = model matrix
            let expected = chained partial.Length (fun chain i -> chain + partial[i])
            let over = reduce kernels ReductionKind.All false matrix (edgeOf matrix)
            let along = reduce kernels ReductionKind.All true (transpose matrix) (edgeOf matrix)

            if bits over <> bits [| expected |] || bits along <> bits over then
                Expect.equal (over[0], along[0]) (expected, expected) $"all, in both layouts: {name kernels matrix}"

/// −0 + −0 would be −0; a chain's +0 makes it +0. A NaN stays in its own sum.
let private checkSpecial (all: Kernels<'T> list) =
    for kernels in all do
        for terms in [ 1; 16; 17; 40 ] do
            let zeros =
                {
                    Rows = terms
                    Columns = 5
                    A = fun _ _ -> 'T.NegativeZero
                    B = None
                }

            for sums in
                [
                    reduce kernels ReductionKind.Columns false zeros Upper
                    reduce kernels ReductionKind.Rows true (transpose zeros) Upper
                ] do
                Expect.allEqual (bits sums) 0L $"+0 of {terms} times −0, {kernels.Width}"

            let one =
                { zeros with
                    A = fun term sum -> if term = terms - 1 && sum = 3 then 'T.NaN else 'T.One
                }

            for sums in
                [
                    reduce kernels ReductionKind.Columns false one Upper
                    reduce kernels ReductionKind.Rows true (transpose one) Upper
                ] do
                Expect.sequenceEqual
                    (sums |> Array.map 'T.IsNaN)
                    [| false; false; false; true; false |]
                    $"a NaN among {terms} terms, {kernels.Width}"

let tests =
    testList
        "Chained sums"
        [
            testCase "have one order, over rows and along those of the transpose, at every size" (fun () ->
                checkOrder singles
                checkOrder doubles)

            testCase "of all elements are equal in both layouts" (fun () ->
                checkAll singles
                checkAll doubles)

            testCase "begin at +0, and a NaN stays in its own" (fun () ->
                checkSpecial singles
                checkSpecial doubles)
        ]
