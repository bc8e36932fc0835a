/// Elementary functions to 150 bits and more, in integers: x is held as ⌊x·2¹²⁸⁰⌋, in which every double is exact.
module ExactNumbers

open System
open System.Numerics

let private places = 1280
let one = BigInteger.One <<< places
let private two = one <<< 1
let private times (n: int) (x: BigInteger) = BigInteger n * x

/// A finite double, exactly.
let ofFloat (x: float) =
    let bits = BitConverter.DoubleToInt64Bits x
    let exponent = int ((bits >>> 52) &&& 0x7FFL)
    let fraction = bits &&& 0xFFFFFFFFFFFFFL
    let mantissa = if exponent = 0 then fraction else fraction ||| 0x10000000000000L
    let magnitude = BigInteger mantissa <<< (places + max exponent 1 - 1075)
    if bits < 0L then -magnitude else magnitude

let multiply a b = (a * b) >>> places
let divide (a: BigInteger) (b: BigInteger) = (a <<< places) / b

/// Σ of terms until they are 2⁻²⁰⁰ of it; each follows from the one before.
let private series first next =
    let rec add n term (sum: BigInteger) =
        if term = BigInteger.Zero || abs term <= (abs sum >>> 200) then
            sum
        else
            let term: BigInteger = next n term
            add (n + 1) term (sum + term)

    add 1 first first

let private clamp (limit: int) x =
    let limit = BigInteger limit * one
    min limit (max -limit x)

/// eˣ − 1 = Σ xⁿ/n!, from x/2¹⁶ by e²ʳ − 1 = (eʳ − 1)(eʳ + 1); beyond ±800, as there.
let expm1 x =
    let r = clamp 800 x >>> 16
    let mutable e = series r (fun n term -> multiply term r / BigInteger(n + 1))

    for _ in 1..16 do
        e <- multiply e (e + two)

    e

let exp x = one + expm1 x

/// Halley's iteration on e^y = x, which triples the digits of a first guess in double.
let log (x: BigInteger) =
    let mutable y = ofFloat (BigInteger.Log x - float places * Math.Log 2.0)

    for _ in 1..3 do
        let e = exp y
        y <- y + times 2 (divide (x - e) (x + e))

    y

let sigmoid x = divide one (one + exp -x)

let tanh x =
    let e = expm1 (times 2 (clamp 400 x))
    divide e (e + two)

let softplus x =
    max x BigInteger.Zero + log (one + exp -(abs x))

let private pi, private piPlaces =
    let places = 2400

    let arccot n =
        let rec add k (power: BigInteger) sum =
            if power.IsZero then
                sum
            else
                let term = power / BigInteger(2 * k + 1)
                add (k + 1) (power / BigInteger(n * n: int)) (if k % 2 = 0 then sum + term else sum - term)

        add 0 ((BigInteger.One <<< places) / BigInteger n) BigInteger.Zero

    times 4 (times 4 (arccot 5) - arccot 239), places // Machin

let private integerRoot (x: BigInteger) =
    let rec newton (y: BigInteger) =
        let next = (y + x / y) >>> 1
        if next >= y then y else newton next

    newton x

let squareRoot (x: BigInteger) =
    if x.IsZero then x else integerRoot (x <<< places)

/// 2/√π·e^(−x²)·Σ 2ⁿx²ⁿ⁺¹/(2n + 1)!!; beyond ±8, where it is within 10⁻²⁹ of ±1, as there.
let erf x =
    let x = clamp 8 x
    let square = multiply x x
    let sum = series x (fun n term -> times 2 (multiply term square) / BigInteger(2 * n + 1))
    let twoOverRootPi = integerRoot ((BigInteger 4 <<< (2 * places + piPlaces)) / pi)
    multiply (multiply twoOverRootPi (exp -square)) sum

/// The nearest multiple of π/2, modulo 4, and the rest.
let private quarterTurns (x: BigInteger) =
    let wide = x <<< (piPlaces - places)
    let n = BigInteger.Divide(times 4 wide + BigInteger(sign x) * pi, times 2 pi)
    int (n &&& BigInteger 3), (wide - ((n * pi) >>> 1)) >>> (piPlaces - places)

let private sinOf r =
    series r (fun n term -> -(multiply (multiply term r) r / BigInteger(2 * n * (2 * n + 1))))

let private cosOf r =
    series one (fun n term -> -(multiply (multiply term r) r / BigInteger((2 * n - 1) * (2 * n))))

let sin x =
    match quarterTurns x with
    | 0, r -> sinOf r
    | 1, r -> cosOf r
    | 2, r -> -(sinOf r)
    | _, r -> -(cosOf r)

let cos x =
    match quarterTurns x with
    | 0, r -> cosOf r
    | 1, r -> -(sinOf r)
    | 2, r -> -(cosOf r)
    | _, r -> sinOf r

/// A floating-point format.
type Format =
    {
        MantissaBits: int
        LeastExponent: int
        MostExponent: int
    }

let binary32 =
    {
        MantissaBits = 23
        LeastExponent = -149
        MostExponent = 128
    }

let binary64 =
    {
        MantissaBits = 52
        LeastExponent = -1074
        MostExponent = 1024
    }

/// |y − x| in units in the last place of x; ∞ counts as the first power of two that the format does not have.
let ulps format (y: float) (x: BigInteger) =
    if Double.IsNaN y then
        infinity
    else
        let limit = one <<< format.MostExponent
        let x = min limit (max -limit x)

        let y = if Double.IsInfinity y then BigInteger(sign y) * limit else ofFloat y

        let exponent = int ((abs x).GetBitLength()) - 1 - places
        let unit = max (min exponent (format.MostExponent - 1) - format.MantissaBits) format.LeastExponent
        float ((abs (y - x) <<< 20) / (BigInteger.One <<< (places + unit))) / 1048576.0
