/// How far two computations of the same value may be apart, each bound with its source; and how many inputs properties try.
/// FUNCTIONAL_TESTS_SCALE multiplies every number of inputs: 1 by default, 10 for a thorough run, 0.1 for a quick one.
module ToleranceTable

open System
open System.Globalization
open Expecto

/// float64 oracle against Richardson-extrapolated central differences, relative and absolute (design §5). The differences' own
/// error is below a tenth of it, or the point is drawn anew.
let differences = 1e-9

/// What is left between two extrapolations of a difference where its steps suit the function: a tenth of `differences`.
let settled = 1e-10

/// Differences of gradients against the gradient's own derivative: second derivatives grow faster with depth, and settle later.
let secondDifferences = 1e-6

/// The same for where two extrapolations agree: a hundredth of it.
let settledSecond = 1e-8

/// Products of Jacobians, each from differences, against the gradient graph: a chain of at most ten factors of `differences`.
let jacobianProduct = 1e-8

/// A simplified graph against the graph as lowered, both in float64: rewrites keep values but not roundings, and the unstable forms
/// lose ε/(1 − p) where a probability p stays below 1 − `saturation`: 2.2e-16/1e-5 is 2e-11, in sums of some ten terms.
let rewriting = 1e-9

/// How close to 0 or 1 a probability may come where an unstable form is evaluated.
let saturation = 1e-5

/// Sums of the same numbers in another order, float64: √n·ε for the n < 10⁴ terms here.
let reordering = 1e-12

/// A float64 plan against the oracle, per tensor relative to its norm: ε = 2.2e-16, magnified by the function's own condition,
/// or by as much as the oracle moves if its values are rounded.
let planDouble = 1e-10

/// A float32 plan against the oracle: ε = 1.2e-7, likewise.
let planSingle = 1e-5

/// The size below which a plan's result counts as 0 for its relative error: results that cancel to less have no relative error.
let floor = 1e-2

/// How many times as far as the oracle a plan may move, whose values on the way are all rounded: it sums in another order, and its
/// functions have errors of a few ulp (the oracle's are multiplied by 1 + ε·N(0, 1)).
let movements = 16.0

/// Fused against unfused steps, float64: multiply-adds round once instead of twice, some ulp in every layer.
let fusion = 1e-12

let private scale =
    match Environment.GetEnvironmentVariable "FUNCTIONAL_TESTS_SCALE" with
    | null
    | "" -> 1.0
    | text -> Double.Parse(text, CultureInfo.InvariantCulture)

/// A number of inputs, scaled.
let scaled count =
    max 1 (int (Math.Ceiling(scale * float count)))

/// A law over inputs of every generated type, tried on `count` of them; not more are rejected than tried.
let lawOf arbitraries count name law =
    let config =
        { FsCheckConfig.defaultConfig with
            arbitrary = arbitraries
            maxTest = scaled count
            maxRejected = scaled count
        }

    testPropertyWithConfig config name law
