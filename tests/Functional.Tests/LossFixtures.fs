/// What the tests of losses share: gradients by plans, and how near closed forms they must be.
module LossFixtures

open System
open System.Numerics
open Expecto
open Functional

let compose (layers: Network list) = Network.Compose layers

let activation name (f: Scalar -> Scalar) : Network =
    Activation.op_Implicit (Activation.Define(name, Func<_, _> f))

/// Stands for a prediction of any values: p = x.
let given: Network = activation "given" id

let gradientOf<'T
    when 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    (network: Network)
    (loss: Loss)
    columns
    (x: float array)
    (y: float array)
    =
    let rows = x.Length / columns
    let options = CompileOptions(Input = Nullable(Shape(ReadOnlySpan [| columns |])))
    let plan = network.CompileTraining<'T>(loss, Optimizer.Sgd 0.1, rows, options)
    let cast (values: float array) : 'T array = Array.map 'T.CreateTruncating values
    let result = plan.Gradient(plan.Initialize(), ReadOnlySpan(cast x), ReadOnlySpan(cast y))
    result.Loss, result.Input.Data.ToArray() |> Array.map Double.CreateTruncating

let isWithin bound (actual: float) (expected: float) what =
    if not (abs (actual - expected) <= bound) then
        failtestf "%s: %.17g, not %.17g" what actual expected

let close tolerance actual expected what =
    isWithin (tolerance * max 1e-3 (abs expected)) actual expected what

/// Loss and input gradient in both precisions against closed forms, averaged over the rows.
let agrees network loss columns x y expectedLoss expectedGradient =
    let check name tolerance (actualLoss, actualGradient: float array) =
        close tolerance actualLoss expectedLoss $"{loss} in {name}"

        // A probability less a target is as exact as a number near 1.
        Array.iteri2
            (fun i a e -> isWithin (tolerance * max 0.1 (abs e)) a e $"gradient {i} of {loss} in {name}")
            actualGradient
            expectedGradient

    check "double" 1e-12 (gradientOf<float> network loss columns x y)
    check "float" 2e-6 (gradientOf<float32> network loss columns x y)
