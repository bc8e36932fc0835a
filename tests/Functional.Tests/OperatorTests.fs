module OperatorTests

#nowarn "9" // native pointers

open System
open System.Numerics
open Expecto
open Functional
open Functional.Kernels
open Functional.Plans
open Microsoft.FSharp.NativeInterop
open KernelFixtures
open ExactNumbers

// Bounds in units in the last place, float32 and float64, over all values tried here.
let private exactly = 0.0, 0.0
let private faithful = 1.0, 1.0
let private closely = 1.5, 1.5
let private nearly = 2.0, 2.0

/// Below the least normal number a result may be lost: a probability of 10⁻³⁸ (10⁻³⁰⁸) is none.
let private lost = [ UnaryFunction.Sigmoid; UnaryFunction.Softplus ]

type private Expected =
    | Number of BigInteger
    | Special of float

let private nonnegative f x =
    if Double.IsNaN x || x < 0.0 then Special nan else f x

let private everywhere atMinusInfinity atInfinity f (x: float) =
    if Double.IsNaN x then Special nan
    elif x = infinity then Special atInfinity
    elif x = -infinity then Special atMinusInfinity
    else Number(f (ofFloat x))

let private logarithm atZero =
    nonnegative (fun x ->
        if x = 0.0 then Special atZero
        elif x = infinity then Special infinity
        else Number(log (ofFloat x)))

let private ofValue (x: float) =
    if Double.IsFinite x then Number(ofFloat x) else Special x

/// What a function is in exact numbers, and how far a kernel may be from it.
let private reference =
    function
    | UnaryFunction.Negate -> exactly, (fun x -> ofValue -x)
    | UnaryFunction.Abs -> exactly, (fun x -> ofValue (abs x))
    | UnaryFunction.Sign -> exactly, (fun x -> ofValue (if Double.IsNaN x then 0.0 else float (sign x)))
    | UnaryFunction.Step -> exactly, (fun x -> ofValue (if x > 0.0 then 1.0 else 0.0))
    | UnaryFunction.Relu -> exactly, (fun x -> ofValue (if x <= 0.0 then 0.0 else x))
    | UnaryFunction.Reciprocal ->
        (0.5, 0.5), (fun x -> if x = 0.0 then Special(1.0 / x) else everywhere 0.0 0.0 (divide one) x)
    | UnaryFunction.Sqrt -> (0.5, 0.5), nonnegative (everywhere nan infinity squareRoot)
    | UnaryFunction.Exp -> faithful, everywhere 0.0 infinity exp
    | UnaryFunction.Expm1 -> closely, everywhere -1.0 infinity expm1
    | UnaryFunction.Log -> faithful, logarithm -infinity
    | UnaryFunction.SafeLog ->
        faithful,
        (fun x ->
            match logarithm -100.0 x with
            | Number y -> Number(max y (ofFloat -100.0))
            | special -> special)
    | UnaryFunction.Sigmoid -> nearly, everywhere 0.0 1.0 sigmoid
    | UnaryFunction.Tanh -> nearly, everywhere -1.0 1.0 tanh
    | UnaryFunction.Softplus -> nearly, everywhere 0.0 infinity softplus
    | UnaryFunction.Erf -> closely, everywhere -1.0 1.0 erf
    | UnaryFunction.Sin -> faithful, everywhere nan nan sin
    | UnaryFunction.Cos -> faithful, everywhere nan nan cos
    | f -> failwith $"no reference for {f}"

let private thresholds =
    [
        0.25
        0.5
        0.75
        1.5
        2.0
        3.92
        4.0
        5.92
        6.0
        10.0
        17.0
        20.0
        37.0
        40.0
        87.3
        88.0
        88.4
        88.6
        88.72
        88.73
        89.0
        100.0
        103.2
        104.0
        110.0
        708.3
        709.0
        709.7
        709.79
        744.4
        745.2
        746.0
        800.0
        1e10
        1e22
    ]

let inline private withSigns (values: 'T list) =
    [ yield values.Head / values.Head; yield! values; yield! List.map (fun v -> -v) values ]

/// Special values, those around the bounds that operators clamp at, and random ones of every magnitude.
let private samples (random: Random) count ofFloat special ofRandomBits =
    [|
        yield! special
        yield! withSigns thresholds |> List.map ofFloat

        for i in 1..count do
            if i % 4 = 0 then
                yield ofRandomBits random
            else
                yield ofFloat ([| 800.0; 100.0; 2.0 |][i % 4 - 1] * (2.0 * random.NextDouble() - 1.0))
    |]

let private singleSamples random count =
    samples
        random
        count
        float32
        (withSigns
            [
                0.0f
                Single.Epsilon
                1.17549421e-38f
                1.17549435e-38f
                MathF.BitDecrement 1.0f
                1.0f
                MathF.BitIncrement 1.0f
                Single.MaxValue
                infinityf
            ])
        (fun random -> BitConverter.Int32BitsToSingle(int (random.NextInt64(1L <<< 32) - (1L <<< 31))))

let private doubleSamples random count =
    samples
        random
        count
        id
        (withSigns
            [
                0.0
                Double.Epsilon
                2.225073858507201e-308
                2.2250738585072014e-308
                Math.BitDecrement 1.0
                1.0
                Math.BitIncrement 1.0
                Double.MaxValue
                infinity
            ])
        (fun random -> BitConverter.Int64BitsToDouble(random.NextInt64(Int64.MinValue, Int64.MaxValue)))

let private agrees format bound isLost f (x: float) (y: float) =
    let least = Math.ScaleB(1.0, format.LeastExponent + format.MantissaBits)

    match f x with
    | Special expected ->
        if not (expected.Equals y) then
            failtestf "f(%.17g) is %.17g, not %.17g" x y expected
    | Number expected ->
        let error = ulps format y expected

        if not (error <= bound) && not (isLost && y >= 0.0 && y <= least && abs expected <= ofFloat least) then
            failtestf "f(%.17g) is %.17g, %.3f ULP from the exact value; the bound is %g" x y error bound

let private expectSame what (inputs: 'T array) (actual: 'T array) (expected: 'T array) =
    let actualBits, expectedBits = bits actual, bits expected

    for i in 0 .. expected.Length - 1 do
        if actualBits[i] <> expectedBits[i] then
            failtestf "%s: f(%A) is %A, not %A" what inputs[i] actual[i] expected[i]

/// The same bits from every width and at every place in a vector, whole or partial.
let private sameEverywhere (kernels: Kernels<'T> list) f (values: 'T array) =
    let expression = unary f (full 0)
    let results = kernels |> List.map (fun k -> apply k expression [ values ])

    for k, result in List.zip kernels results do
        expectSame $"{k.Width} against {kernels.Head.Width}" values result results.Head

        for lanes in 1 .. k.Lanes do
            let start = 7 * lanes
            let part = values[start .. start + k.Lanes + lanes - 1]
            let what = $"{k.Width}, {k.Lanes} + {lanes} values"
            expectSame what part (apply k expression [ part ]) result[start .. start + part.Length - 1]

    results.Head

let private unaryTest (f: UnaryFunction) =
    testCase $"{f} is within its bound of the exact value, the same bits at every width and place" (fun () ->
        let (singleBound, doubleBound), exact = reference f

        let check format bound =
            Array.iter2 (agrees format bound (List.contains f lost) exact)

        let xs = singleSamples (Random(int f + 1)) 400

        let ys = sameEverywhere singles f xs
        check binary32 singleBound (Array.map float xs) (Array.map float ys)

        let xs = doubleSamples (Random(int f + 1)) 400
        check binary64 doubleBound xs (sameEverywhere doubles f xs))

/// Pairs of special values, and random ones.
let private tuples (values: 'T array) (special: int) =
    let first = values[.. special - 1]
    let rest = values[special..]

    Array.append
        [|
            for a in first do
                for b in first -> a, b
        |]
        (Array.zip rest (Array.rev rest))

let private larger<'T when 'T :> IBinaryFloatingPointIeee754<'T> and 'T: comparison> (x: 'T) (y: 'T) : 'T =
    if 'T.IsNaN x || 'T.IsNaN y then 'T.NaN
    elif x > y then x
    else y

let private binaryReference<'T when 'T :> IBinaryFloatingPointIeee754<'T> and 'T: comparison> f (x: 'T) (y: 'T) : 'T =
    match f with
    | BinaryFunction.Add -> x + y
    | BinaryFunction.Subtract -> x - y
    | BinaryFunction.Multiply -> x * y
    | BinaryFunction.Divide -> x / y
    | BinaryFunction.Maximum -> larger x y
    | BinaryFunction.Minimum -> -(larger -x -y)
    | BinaryFunction.Greater -> if x > y then 'T.One else 'T.Zero
    | f -> failwith $"no reference for {f}"

/// The machine's maximum of zeros of two signs is either.
let private withoutSignOfZero
    (values: 'T array)
    : 'T array when 'T :> IBinaryFloatingPointIeee754<'T> and 'T: equality =
    values |> Array.map (fun v -> if v = 'T.Zero then 'T.Zero else v)

let private checkBinary (kernels: Kernels<'T> list) (pairs: ('T * 'T) array) =
    let xs, ys = Array.unzip pairs

    for f in Enum.GetValues<BinaryFunction>() do
        let expected = Array.map2 (binaryReference f) xs ys

        for k in kernels do
            for count in [ xs.Length; 2 * k.Lanes - 1; 1 ] do
                let actual = apply k (binary f (full 0) (full 1)) [ xs[.. count - 1]; ys[.. count - 1] ]
                let actual, expected = withoutSignOfZero actual, withoutSignOfZero expected[.. count - 1]

                Array.iteri2
                    (fun i (a: int64) e ->
                        if a <> e then
                            failtestf "%A(%A, %A) is %A at %A, not %A" f xs[i] ys[i] actual[i] k.Width expected[i])
                    (bits actual)
                    (bits expected)

let private checkTernary (kernels: Kernels<'T> list) (pairs: ('T * 'T) array) (fused: 'T -> 'T -> 'T -> 'T) =
    let xs, ys = Array.unzip pairs
    let zs = Array.permute (fun i -> (i + 7) % xs.Length) xs

    let all name expression f =
        let expected = Array.map3 f xs ys zs

        for k in kernels do
            for count in [ xs.Length; 2 * k.Lanes - 1; 1 ] do
                let first (a: 'T array) = a[.. count - 1]

                Expect.sequenceEqual
                    (bits (apply k expression [ first xs; first ys; first zs ]))
                    (bits (first expected))
                    $"{name}, {k.Width}, {count} values"

    let x, y, z = full 0, full 1, full 2
    all "multiply-add" (ProgramExpression.MultiplyAdd(x, y, z)) fused
    all "select" (ProgramExpression.Select(x, y, z)) (fun x y z -> if x > 'T.Zero then y else z)
    all "equal" (ProgramExpression.Equal(x, y)) (fun x y _ -> if x = y then 'T.One else 'T.Zero)

let private singlePairs = lazy (tuples (singleSamples (Random 9) 900) 19)
let private doublePairs = lazy (tuples (doubleSamples (Random 9) 900) 19)

/// How far a number is from what it should be, in units in the last place of that.
let private ulps<'T when 'T :> IBinaryFloatingPointIeee754<'T>> (actual: 'T) (expected: float) =
    let rounded = abs ('T.CreateTruncating expected)
    let unit = Double.CreateTruncating('T.BitIncrement rounded - rounded)
    abs (Double.CreateTruncating actual - expected) / unit

/// x, v and e of Adam's step x / (√v + e): v of any size, 0 among them.
let private rootQuotients<'T when 'T :> IBinaryFloatingPointIeee754<'T>> least most =
    let random = Random 11

    let power least most =
        Math.Pow(10.0, least + (most - least) * random.NextDouble())

    Array.init 6007 (fun i ->
        'T.CreateTruncating(power -6.0 6.0 * float (sign (random.NextDouble() - 0.5))),
        'T.CreateTruncating(if i % 50 = 0 then 0.0 else power least most),
        'T.CreateTruncating(power -10.0 0.0))

let private checkRootQuotient (all: Kernels<'T> list) least most =
    let xs, vs, es = Array.unzip3 (rootQuotients<'T> least most)
    let expression = ProgramExpression.RootQuotient(full 0, full 1, full 2)

    for k in all do
        for count in [ xs.Length; 2 * k.Lanes - 1; 1 ] do
            let actual = apply k expression [ xs[.. count - 1]; vs[.. count - 1]; es[.. count - 1] ]

            for i in 0 .. count - 1 do
                let x, v, e =
                    Double.CreateTruncating xs[i], Double.CreateTruncating vs[i], Double.CreateTruncating es[i]

                let error = ulps actual[i] (x / (sqrt v + e))

                if not (error <= 3.0) then
                    failtestf "%g / (√%g + %g) is %A at %A: %g ULP" x v e actual[i] k.Width error

        // A dead unit with the smallest ε there is.
        let dead: 'T array = apply k expression [ [| 'T.Zero |]; [| 'T.Zero |]; [| 'T.Epsilon |] ]
        Expect.equal (Double.CreateTruncating dead[0]) 0.0 $"0 / (√0 + ε), {k.Width}"

/// The root that a processor with slow ones takes, whatever this one is, at every width.
let private checkEstimatedRoot () =
    if not Runtime.Intrinsics.X86.Avx512F.VL.IsSupported then
        skiptest "needs AVX-512"

    let _, vs, _ = Array.unzip3 (rootQuotients<float32> -36.0 30.0)
    let roots = Array.zeroCreate<float32> 16
    use source = fixed vs
    use target = fixed roots

    let check lanes (store: nativeptr<float32> -> unit) =
        for first in 0..lanes .. vs.Length - lanes do
            store (NativePtr.add source first)

            for lane in 0 .. lanes - 1 do
                let v, root = vs[first + lane], roots[lane]

                if v = 0.0f then
                    Expect.isTrue (root >= 0.0f && root < 1e-18f) $"√0 is about {root}, {lanes} lanes"
                elif not (ulps root (sqrt (float v)) <= 1.5) then
                    failtestf "√%g is %g, %g ULP from it, %d lanes" v root (ulps root (sqrt (float v))) lanes

    check 16 (fun v -> V512<float32>.Store(V512<float32>.EstimatedRoot(V512<float32>.Load v), target))
    check 8 (fun v -> V256<float32>.Store(V256<float32>.EstimatedRoot(V256<float32>.Load v), target))
    check 4 (fun v -> V128<float32>.Store(V128<float32>.EstimatedRoot(V128<float32>.Load v), target))

let tests =
    testList
        "Operators"
        [
            testList "of one value" [ for f in Enum.GetValues<UnaryFunction>() -> unaryTest f ]

            testCase "of two values are IEEE's, NaN included, at every width and place" (fun () ->
                checkBinary singles singlePairs.Value
                checkBinary doubles doublePairs.Value)

            testCase
                "of three values are exact, the multiply-add rounded as the machine does, at every width and place"
                (fun () ->
                    checkTernary singles singlePairs.Value multiplyAdd
                    checkTernary doubles doublePairs.Value multiplyAdd)

            testCase "Adam's step, a number by a root, is within 3 ULP" (fun () ->
                checkRootQuotient singles -36.0 30.0
                checkRootQuotient doubles -300.0 300.0)
            testCase "the estimated root is within 1.5 ULP" checkEstimatedRoot
        ]
