module MatrixProductTests

#nowarn "9" // native pointers
#nowarn "51" // addresses of locals

open System
open System.Numerics
open System.Reflection
open System.Runtime.Intrinsics.X86
open Expecto
open FsCheck
open Functional
open Functional.Kernels
open Microsoft.FSharp.NativeInterop
open KernelFixtures

/// A is m × k and B is k × n, each stored transposed or not; the cut is for `capacity` rows.
type private Case =
    {
        M: int
        N: int
        K: int
        Capacity: int
        TransposeA: bool
        TransposeB: bool
        HasEpilogue: bool
        /// Whether the epilogue may run over several rows as one.
        IsFlat: bool
        /// Whether it is computed in ranges of rows and columns, as by threads.
        IsSplit: bool
    }

let private strides isTransposed rows columns =
    if isTransposed then 1, rows else columns, 1

let private epilogue = typeof<MatMulArguments>.GetField "Epilogue" |> Unchecked.nonNull

/// The product by the kernel; with an epilogue, that adds 1 to how often it saw an element, and copies it.
let private multiply (kernels: Kernels<'T>) case rows (a: 'T array) (b: 'T array) edge =
    let aRow, aColumn = strides case.TransposeA rows case.K
    let bRow, bColumn = strides case.TransposeB case.K case.N
    use aBlock = new Block<'T>(a, edge)
    use bBlock = new Block<'T>(b, edge)
    use c = new Block<'T>(rows * case.N, edge)
    use seen = new Block<'T>(rows * case.N, edge)
    use one = new Block<'T>([| 'T.One |], edge)
    let hasC = not case.HasEpilogue
    let cut = kernels.Cut(case.Capacity, case.N, case.K, aColumn, bColumn, case.HasEpilogue, case.IsFlat)
    // The workspace is 64-byte aligned, so only its end is guarded to the element where the size allows.
    let padded = (int cut.WorkspaceElements + 15) / 16 * 16
    use workspace = new Block<'T>(max 16 padded, Upper)

    let code =
        program
            3
            [
                define 0 product
                define 1 (binary BinaryFunction.Add (full 1) (single 2))
                store 0 (local 0)
                store 1 (local 1)
            ]

    let mutable operands = bind [ c.Address, case.N; seen.Address, case.N; one.Address, 0 ]
    let mutable arguments = MatMulArguments()
    arguments.A <- aBlock.Address.ToPointer()
    arguments.ARow <- nativeint aRow
    arguments.AColumn <- nativeint aColumn
    arguments.B <- bBlock.Address.ToPointer()
    arguments.BRow <- nativeint bRow
    arguments.BColumn <- nativeint bColumn
    arguments.M <- rows
    arguments.N <- case.N
    arguments.K <- case.K
    arguments.Plan <- cut

    if hasC then
        arguments.C <- c.Address.ToPointer()
        arguments.CRow <- nativeint case.N
    else
        arguments.Program <- &&operands
        let boxed = box arguments
        epilogue.SetValue(boxed, kernels.Compile code)
        arguments <- unbox boxed

    // Ranges begin at whole tiles; one of no rows or columns has nothing to do.
    let at unit count =
        if case.IsSplit then min count (max 1 (count / unit / 2) * unit) else count

    let row, column = at cut.TileRows rows, at cut.Panel case.N
    let address = NativePtr.toNativeInt &&arguments

    for rowBegin, rowEnd in [ 0, row; row, rows ] do
        for columnBegin, columnEnd in [ 0, column; column, case.N ] do
            kernels.Multiply address (rowBegin, rowEnd, columnBegin, columnEnd) workspace.Address

    let what = $"%A{case}, {kernels.Width}, {cut}"

    for block in [ aBlock; bBlock; c; seen; workspace ] do
        Expect.isTrue block.IsIntact $"memory around an operand was written: {what}"

    if case.HasEpilogue then
        let others = seen.Values |> Array.countBy id |> Array.filter (fun (times, _) -> times <> 'T.One)
        Expect.isEmpty others $"the epilogue sees every element once (how often, how many): {what}"

    c.Values

let private elements isTransposed rows columns (values: float array) i j =
    values[if isTransposed then j * rows + i else i * columns + j]

/// Whole numbers give the exact product; others within K·u·Σ|a||b| of it (Higham 2002, 3.5), with fused rounding.
let private check (kernels: Kernels<'T>) case seed unitRoundoff =
    let random = Random(seed: int)
    let isWhole = seed % 2 = 0

    let draw count =
        Array.init count (fun _ ->
            'T.CreateTruncating(if isWhole then float (random.Next(-9, 10)) else 2.0 * random.NextDouble() - 1.0))

    let a, b = draw (case.M * case.K), draw (case.K * case.N)
    let edge = if seed % 3 = 0 then Lower else Upper
    let c = multiply kernels case case.M a b edge
    let left = elements case.TransposeA case.M case.K (Array.map Double.CreateTruncating a)
    let right = elements case.TransposeB case.K case.N (Array.map Double.CreateTruncating b)

    for i in 0 .. case.M - 1 do
        for j in 0 .. case.N - 1 do
            let mutable sum, magnitude = 0.0, 0.0

            for k in 0 .. case.K - 1 do
                sum <- sum + left i k * right k j
                magnitude <- magnitude + abs (left i k * right k j)

            let error = abs (Double.CreateTruncating c[i * case.N + j] - sum)
            let bound = if isWhole then 0.0 else 2.0 * float case.K * unitRoundoff * magnitude

            if not (error <= bound) then
                failtestf "%A, %A: C(%d, %d) is %A, not %g" case kernels.Width i j c[i * case.N + j] sum

    // A row alone, and any fewer rows, give the bits they give together.
    let row = random.Next case.M
    let alone = Array.init case.K (fun k -> 'T.CreateTruncating(left row k))

    Expect.sequenceEqual
        (multiply kernels case 1 alone b edge)
        c[row * case.N .. (row + 1) * case.N - 1]
        $"row {row} alone, %A{case}, {kernels.Width}"

let private properties (all: Kernels<'T> list) name unitRoundoff =
    let config =
        { FsCheckConfig.defaultConfig with
            maxTest = 12
            endSize = 60
        }

    [
        for kernels in all do
            testPropertyWithConfig
                config
                $"{name}, {kernels.Width}"
                (fun (PositiveInt m) (PositiveInt n) (PositiveInt k) (NonNegativeInt more) (a, b, c) seed ->
                    check
                        kernels
                        {
                            M = m
                            N = n
                            K = k
                            Capacity = m + more % 9
                            TransposeA = a
                            TransposeB = b
                            HasEpilogue = c
                            IsFlat = (more % 2 = 0)
                            IsSplit = (more % 3 = 0)
                        }
                        (abs (seed % 1000))
                        unitRoundoff)
    ]

/// Sizes at which the product is cut into blocks of rows, columns and terms.
let private large = [ 20, 1000, 2; 10, 784, 128; 200, 130, 800; 7, 3000, 70; 5, 40, 1100 ]

let private checkLarge (kernels: Kernels<'T>) unitRoundoff =
    for m, n, k in large do
        for a, b, c in [ false, false, true; true, false, true; false, true, true; true, true, false ] do
            let case =
                {
                    M = m
                    N = n
                    K = k
                    Capacity = m
                    TransposeA = a
                    TransposeB = b
                    HasEpilogue = c
                    IsFlat = a
                    IsSplit = false
                }

            check kernels case (2 * m) unitRoundoff

/// Sizes, A and B transposed or not, an epilogue or not, and what tiles ask memory for: what no second-level cache holds.
let private prefetched =
    [
        (192, 520, 530), false, false, true, Prefetched.NextB
        (9, 530, 600), false, true, false, Prefetched.NextB
        // In blocks of terms.
        (20, 300, 900), true, true, true, Prefetched.NextB
        (2200, 64, 660), true, false, true, Prefetched.Results
        (610, 450, 20), false, false, true, Prefetched.Results
        // With columns along the rows, in most registers.
        (2100, 132, 48), true, false, true, Prefetched.Results
        (610, 450, 20), false, true, false, Prefetched.Results
        (610, 50, 20), false, false, true, Prefetched.Nothing
        // No whole tile.
        (5000, 7, 20), false, false, false, Prefetched.Nothing
    ]

let private checkPrefetched (kernels: Kernels<'T>) unitRoundoff =
    for (m, n, k), transposeA, transposeB, hasEpilogue, expected in prefetched do
        let case =
            {
                M = m
                N = n
                K = k
                Capacity = m
                TransposeA = transposeA
                TransposeB = transposeB
                HasEpilogue = hasEpilogue
                IsFlat = false
                IsSplit = false
            }

        let _, aColumn = strides transposeA m k
        let _, bColumn = strides transposeB k n
        let cut = kernels.Cut(m, n, k, aColumn, bColumn, hasEpilogue, false)

        let expected = if Prefetch.IsSupported then expected else Prefetched.Nothing

        Expect.equal cut.Prefetched expected $"what is asked for, %A{case}, {cut}"
        Expect.equal (cut.KBlock < k) (k > 600) $"blocks of terms, %A{case}, {cut}"
        check kernels case m unitRoundoff

/// Transposed A, and the columns of a last register that holds few: along the rows of C, which may be fewer than planned, or cut into blocks.
let private checkLastColumns (kernels: Kernels<'T>) unitRoundoff =
    let mutable along = 0

    for m in [ 150; 700 ] do
        for few in List.distinct [ 1; min 4 (kernels.Lanes - 1); kernels.Lanes / 2 ] do
            for whole in [ 0; 2 * kernels.Lanes ] do
                for transposeB, hasEpilogue in [ false, false; true, true; false, true ] do
                    let case =
                        {
                            M = m
                            N = whole + few
                            K = 40
                            Capacity = m + 7
                            TransposeA = true
                            TransposeB = transposeB
                            HasEpilogue = hasEpilogue
                            IsFlat = (few % 2 = 0)
                            IsSplit = (m = 700)
                        }

                    let _, bColumn = strides transposeB case.K case.N
                    let cut = kernels.Cut(case.Capacity, case.N, case.K, m, bColumn, hasEpilogue, case.IsFlat)

                    if cut.Last.Count > 0 then
                        along <- along + 1
                        Expect.equal cut.Last.Count few $"the columns along the rows, %A{case}, {cut}"

                    check kernels case (m + few) unitRoundoff

    // Of two lanes, the copy costs more than the one that is wasted.
    if kernels.Lanes > 2 && Avx.IsSupported then
        Expect.isGreaterThan along 5 $"products with columns along the rows, {kernels.Width}"

let private unitRoundoff32, private unitRoundoff64 = Math.ScaleB(1.0, -24), Math.ScaleB(1.0, -53)

let tests =
    testList
        "MatrixProduct"
        [
            testList
                "agrees with the naive product, touches nothing else and hands each element to the epilogue once"
                (properties singles "float" unitRoundoff32 @ properties doubles "double" unitRoundoff64)

            testList
                "is right where it asks memory for what it needs next"
                [
                    for kernels in singles do
                        testCase $"float, {kernels.Width}" (fun () -> checkPrefetched kernels unitRoundoff32)
                    for kernels in doubles do
                        testCase $"double, {kernels.Width}" (fun () -> checkPrefetched kernels unitRoundoff64)
                ]

            testList
                "is right where the last columns lie along the rows"
                [
                    for kernels in singles do
                        testCase $"float, {kernels.Width}" (fun () -> checkLastColumns kernels unitRoundoff32)
                    for kernels in doubles do
                        testCase $"double, {kernels.Width}" (fun () -> checkLastColumns kernels unitRoundoff64)
                ]

            testList
                "is right where it is cut into blocks"
                [
                    for kernels in singles do
                        testCase $"float, {kernels.Width}" (fun () -> checkLarge kernels unitRoundoff32)
                    for kernels in doubles do
                        testCase $"double, {kernels.Width}" (fun () -> checkLarge kernels unitRoundoff64)
                ]
        ]
