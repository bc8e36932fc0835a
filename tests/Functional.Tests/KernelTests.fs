module KernelTests

#nowarn "9" // native pointers
#nowarn "51" // addresses of locals

open System
open System.Numerics
open Expecto
open Functional
open Functional.Kernels
open Functional.Plans
open Microsoft.FSharp.NativeInterop
open KernelFixtures

let private whole (n: int) : 'T :> IBinaryFloatingPointIeee754<'T> = 'T.CreateChecked n

/// Small whole numbers, whose sums and products are exact.
let private numbers seed count =
    let random = Random(seed: int)
    Array.init count (fun _ -> random.Next(-9, 10))

let private intact what (blocks: Block<'T> list) =
    for block in blocks do
        Expect.isTrue block.IsIntact $"{what}: memory around an operand was written"

let private edges = [ Lower; Upper ]

/// y = a·r + s and z = c − a, with a value per element, per column, per row, and one for all.
let private checkProgram (kernels: Kernels<'T>) rows columns edge =
    let block values =
        new Block<'T>(Array.map whole values, edge)

    let a, r, s = numbers 1 (rows * columns), numbers 2 columns, numbers 3 rows
    use aBlock = block a
    use rBlock = block r
    use sBlock = block s
    use cBlock = block [| 5 |]
    use y = new Block<'T>(rows * columns, edge)
    use z = new Block<'T>(rows * columns, edge)

    // Operands are read before anything is stored.
    let code =
        program
            6
            [
                define 0 (full 0)
                define 1 (binary BinaryFunction.Add (binary BinaryFunction.Multiply (local 0) (full 1)) (single 2))
                define 2 (binary BinaryFunction.Subtract (single 3) (local 0))
                store 4 (local 1)
                store 5 (local 2)
            ]

    let operands =
        [
            aBlock.Address, columns
            rBlock.Address, 0
            sBlock.Address, 1
            cBlock.Address, 0
            y.Address, columns
            z.Address, columns
        ]

    elementwise kernels code operands rows columns
    let what = $"{rows}×{columns}, {kernels.Width}, {edge}"
    intact what [ aBlock; rBlock; sBlock; cBlock; y; z ]

    Expect.sequenceEqual
        y.Values
        (Array.init a.Length (fun i -> whole (a[i] * r[i % columns] + s[i / columns])))
        $"y, {what}"

    Expect.sequenceEqual z.Values (Array.init a.Length (fun i -> whole (5 - a[i]))) $"z, {what}"

let private checkPrograms (all: Kernels<'T> list) =
    for kernels in all do
        for columns in 1 .. 3 * kernels.Lanes + 1 do
            for edge in edges do
                checkProgram kernels 1 columns edge

        for columns in [ 1; kernels.Lanes - 1; kernels.Lanes; kernels.Lanes + 1 ] do
            checkProgram kernels 3 columns Upper

/// Σ a, or Σ 2·a·s with a prologue that scales row by row, into memory or doubled by an epilogue.
let private reduce (kernels: Kernels<'T>) kind rows columns (a: 'T array) (s: 'T array) isComputed isDoubled edge =
    let count =
        match kind with
        | ReductionKind.All -> 1
        | ReductionKind.Columns -> columns
        | _ -> rows

    use aBlock = new Block<'T>(a, edge)
    use sBlock = new Block<'T>(s, edge)
    use scratch = new Block<'T>(ReductionArguments.ScratchElements, edge)
    use partialSums = new Block<'T>(max rows columns, edge)
    use sums = new Block<'T>(count, edge)
    use result = new Block<'T>(count, edge)
    let scaled = program 3 [ store 2 (binary BinaryFunction.Multiply (full 0) (single 1)) ]
    let doubled = program 1 [ store 0 (binary BinaryFunction.Add product product) ]
    let mutable prologue = bind [ aBlock.Address, columns; sBlock.Address, 1 ]
    let mutable epilogue = bind [ result.Address, count ]
    let mutable arguments = ReductionArguments()
    arguments.Rows <- nativeint rows
    arguments.Columns <- nativeint columns
    arguments.Stride <- nativeint columns
    arguments.Scratch <- scratch.Address.ToPointer()
    arguments.PartialSums <- partialSums.Address.ToPointer()
    arguments.AlongRows <- rows < columns
    arguments.Result <- sums.Address.ToPointer()

    if isComputed then
        arguments.Prologue <- kernels.Compile scaled
        arguments.PrologueProgram <- &&prologue
        arguments.ScratchOperand <- 2
    else
        arguments.Input <- aBlock.Address.ToPointer()

    if isDoubled then
        arguments.Epilogue <- kernels.Compile doubled
        arguments.EpilogueProgram <- &&epilogue

    kernels.Sum kind (NativePtr.toNativeInt &&arguments)
    intact $"{kind} of {rows}×{columns}, {kernels.Width}" [ aBlock; sBlock; scratch; partialSums; sums; result ]
    if isDoubled then result.Values else sums.Values

let private groups kind rows columns =
    match kind with
    | ReductionKind.All -> [| [| 0 .. rows * columns - 1 |] |]
    | ReductionKind.Columns -> Array.init columns (fun c -> Array.init rows (fun r -> r * columns + c))
    | _ -> Array.init rows (fun r -> Array.init columns (fun c -> r * columns + c))

let private sizes kind lanes =
    [
        for columns in [ 1; 3; lanes - 1; lanes; lanes + 1; 2 * lanes + 3 ] do
            for rows in [ 1; 2; 5 ] do
                rows, columns

        for few in [ 1; 7; ReductionArguments.BlockSums; ReductionArguments.BlockSums + 1; 100 ] do
            let block = ReductionArguments.BlockElements / few

            for many in [ 15; 16; 17; 33; block - 1; block; block + 1; 2 * block + 1 ] do
                many, few
                few, many
    ]
    |> List.filter (fun (_, columns) -> columns > 0)

let private checkSums (all: Kernels<'T> list) kind =
    for kernels in all do
        for rows, columns in sizes kind kernels.Lanes do
            let a, s = numbers rows (rows * columns), numbers 7 rows
            let edge = if (rows + columns) % 2 = 0 then Lower else Upper

            for isComputed, isDoubled in [ false, false; true, true ] do
                let value i =
                    if isComputed then a[i] * s[i / columns] else a[i]

                let expected =
                    groups kind rows columns
                    |> Array.map (fun group -> (group |> Array.sumBy value) * (if isDoubled then 2 else 1))

                Expect.sequenceEqual
                    (reduce kernels kind rows columns (Array.map whole a) (Array.map whole s) isComputed isDoubled edge
                     |> Array.map Int32.CreateTruncating)
                    expected
                    $"{kind} of {rows}×{columns}, {kernels.Width}, prologue and epilogue {isComputed}"

/// Kahan's sum with Neumaier's correction.
let private compensated (values: float array) =
    let mutable sum, rest = 0.0, 0.0

    for v in values do
        let next = sum + v
        rest <- rest + (if abs sum >= abs v then (sum - next) + v else (v - next) + sum)
        sum <- next

    sum + rest

/// One rounding per addition: |error| ≤ (n − 1)·u·Σ|x| (Higham 2002, 4.2).
let private checkAccuracy (all: Kernels<'T> list) kind unitRoundoff =
    let rows, columns = 37, 41
    let random = Random 5
    let a = Array.init (rows * columns) (fun _ -> 'T.CreateTruncating(exp (4.0 * random.NextDouble()) - 20.0))
    let exactly = a |> Array.map Double.CreateTruncating

    for kernels in all do
        let actual = reduce kernels kind rows columns a (Array.create rows 'T.One) false false Upper

        Expect.sequenceEqual
            (reduce kernels kind rows columns a (Array.create rows 'T.One) true false Upper)
            actual
            "a prologue changes no bit"

        for sum, group in Array.zip actual (groups kind rows columns) do
            let values = group |> Array.map (fun i -> exactly[i])
            let bound = float (values.Length - 1) * unitRoundoff * Array.sumBy abs values
            let error = abs (Double.CreateTruncating sum - compensated values)
            Expect.isLessThanOrEqual error bound $"{kind}, {kernels.Width}"

let private normalize (kernels: Kernels<'T>) isLogarithm rows columns (x: 'T array) =
    use input = new Block<'T>(x, Upper)
    use output = new Block<'T>(x.Length, Upper)
    let mutable arguments = SoftmaxArguments()
    arguments.Input <- input.Address.ToPointer()
    arguments.Result <- output.Address.ToPointer()
    arguments.Rows <- nativeint rows
    arguments.Columns <- nativeint columns
    kernels.Softmax isLogarithm (NativePtr.toNativeInt &&arguments)
    intact $"softmax of {rows}×{columns}, {kernels.Width}" [ input; output ]
    output.Values

let private logits (random: Random) kind =
    match kind with
    | 0 -> 10.0 * random.NextDouble() - 5.0
    | 1 -> (if random.Next 2 = 0 then 1e4 else -1e4) + float (random.Next 3)
    | _ when random.Next 3 = 0 -> -infinity
    | _ -> 200.0 * random.NextDouble() - 100.0

/// e^d·(1 + δ) with |δ| ≤ (|d| + n + 4)·2u, for d = x − max rounded, an exponential within an ULP and a sum of n.
let private checkSoftmax (all: Kernels<'T> list) unitRoundoff =
    let random = Random 3

    for kernels in all do
        for columns in [ 1 .. 2 * kernels.Lanes + 1 ] @ [ 100 ] do
            for kind in 0..2 do
                let rows = 3

                let x =
                    Array.init (rows * columns) (fun i ->
                        'T.CreateTruncating(if i % columns = 0 then 1.0 else logits random kind))

                let probabilities, logarithms =
                    normalize kernels false rows columns x, normalize kernels true rows columns x

                for row in 0 .. rows - 1 do
                    let x = Array.init columns (fun j -> Double.CreateTruncating x[row * columns + j])
                    let most = Array.max x
                    let sum = x |> Array.map (fun v -> exp (v - most)) |> compensated

                    for j in 0 .. columns - 1 do
                        let d = x[j] - most
                        let bound = (min (abs d) 200.0 + float columns + 4.0) * 2.0 * unitRoundoff
                        let p = Double.CreateTruncating probabilities[row * columns + j]
                        let logarithm = Double.CreateTruncating logarithms[row * columns + j]
                        let what = $"{x[j]} in {x.Length} columns of kind {kind}, {kernels.Width}"
                        let expected = exp d / sum
                        Expect.isLessThanOrEqual (abs (p - expected)) (bound * expected + 1e-37) $"softmax of {what}"

                        if x[j] = -infinity then
                            Expect.equal logarithm -infinity $"log-softmax of {what}"
                        else
                            let expected = d - log sum
                            let error = abs (logarithm - expected)
                            Expect.isLessThanOrEqual error (bound + 2.0 * unitRoundoff * abs d) $"log-softmax of {what}"

                if columns = 1 then
                    Expect.allEqual probabilities 'T.One "the softmax of one"
                    Expect.allEqual logarithms 'T.Zero "the log-softmax of one"

let private checkNaN (all: Kernels<'T> list) =
    for kernels in all do
        for at in 0..6 do
            let x = Array.init 21 (fun i -> if i = 7 + at then 'T.NaN else whole i)

            for isLogarithm in [ false; true ] do
                let y = normalize kernels isLogarithm 3 7 x
                Expect.all y[7..13] 'T.IsNaN "its row is NaN"
                Expect.all (Array.append y[..6] y[14..]) 'T.IsFinite "the other rows are not"

let private unitRoundoff32, private unitRoundoff64 = Math.ScaleB(1.0, -24), Math.ScaleB(1.0, -53)

/// Subnormal numbers and zeros of either sign become +0, whatever their place; all others stay, bit for bit.
let private checkSubnormals (all: Kernels<'T> list) (leastNormal: 'T) =
    let half = leastNormal / ('T.One + 'T.One)

    let kinds =
        [|
            'T.One
            half
            -half
            leastNormal
            -leastNormal
            'T.Epsilon
            -'T.Epsilon
            'T.Zero
            'T.NegativeZero
            'T.NaN
            'T.PositiveInfinity
            'T.NegativeInfinity
            -'T.One
        |]

    for kernels in all do
        for count in 0 .. 3 * kernels.Lanes + 1 do
            let values = Array.init count (fun i -> kinds[(i + count) % kinds.Length])
            use block = new Block<'T>(values, Upper)
            kernels.ClearSubnormals block.Address count

            let expected = values |> Array.map (fun x -> if 'T.Abs x < leastNormal then 'T.Zero else x)

            Expect.equal (bits block.Values) (bits expected) $"{count} values, {kernels.Width}"
            intact $"{count} values, {kernels.Width}" [ block ]

let tests =
    testList
        "Kernels"
        [
            testCase "subnormal numbers become +0, and nothing else changes" (fun () ->
                checkSubnormals singles (BitConverter.Int32BitsToSingle 0x00800000)
                checkSubnormals doubles (BitConverter.Int64BitsToDouble 0x0010000000000000L))

            testCase "a program computes every element once and touches nothing else, at every length" (fun () ->
                checkPrograms singles
                checkPrograms doubles)

            testList
                "a reduction"
                [
                    for kind in [ ReductionKind.All; ReductionKind.Columns; ReductionKind.Rows ] do
                        testCase $"{kind} sums every element once, at every size around vectors and chunks" (fun () ->
                            checkSums singles kind
                            checkSums doubles kind)

                        testCase $"{kind} is as exact as one rounding per addition" (fun () ->
                            checkAccuracy singles kind unitRoundoff32
                            checkAccuracy doubles kind unitRoundoff64)
                ]

            testCase
                "softmax and its logarithm are exact for small, huge and infinite logits and for one column"
                (fun () ->
                    checkSoftmax singles unitRoundoff32
                    checkSoftmax doubles unitRoundoff64)

            testCase "softmax of a row with a NaN is NaN, and that of other rows is not" (fun () ->
                checkNaN singles
                checkNaN doubles)
        ]
