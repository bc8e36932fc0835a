module OptimizerTests

open System
open System.Numerics
open Expecto
open Functional

/// PyTorch's updates, written from its documentation in plain double: w and the state before, the gradient, t = 1, 2, … → after.
type private Update = int -> float -> float -> float array -> float * float array

let private sgd rate momentum nesterov decay : Update =
    fun t w g state ->
        let g = g + decay * w

        if momentum = 0.0 then
            w - rate * g, state
        else
            // The first velocity is the gradient itself: 0·μ + g.
            let v = if t = 1 then g else momentum * state[0] + g
            let direction = if nesterov then g + momentum * v else v
            w - rate * direction, [| v; 0.0 |]

let private adam rate beta1 beta2 epsilon decay isDecoupled : Update =
    fun t w g state ->
        let g = if isDecoupled then g else g + decay * w
        let w = if isDecoupled then w - rate * decay * w else w
        let m = beta1 * state[0] + (1.0 - beta1) * g
        let v = beta2 * state[1] + (1.0 - beta2) * g * g
        let correctedM = m / (1.0 - beta1 ** float t)
        let correctedV = v / (1.0 - beta2 ** float t)
        w - rate * correctedM / (sqrt correctedV + epsilon), [| m; v |]

let private rmsProp rate alpha epsilon decay : Update =
    fun _ w g state ->
        let g = g + decay * w
        let s = alpha * state[0] + (1.0 - alpha) * g * g
        w - rate * g / (sqrt s + epsilon), [| s; 0.0 |]

let private cases =
    [
        Optimizer.Sgd 0.1, sgd 0.1 0.0 false 0.0
        Optimizer.Sgd(0.1, weightDecay = 0.3), sgd 0.1 0.0 false 0.3
        Optimizer.Sgd(0.05, momentum = 0.9), sgd 0.05 0.9 false 0.0
        Optimizer.Sgd(0.05, momentum = 0.8, weightDecay = 0.2), sgd 0.05 0.8 false 0.2
        Optimizer.Sgd(0.05, momentum = 0.9, nesterov = true), sgd 0.05 0.9 true 0.0
        Optimizer.Sgd(0.05, momentum = 0.7, nesterov = true, weightDecay = 0.1), sgd 0.05 0.7 true 0.1
        Optimizer.Adam 0.05, adam 0.05 0.9 0.999 1e-8 0.0 false
        Optimizer.Adam(0.05, epsilon = 0.1), adam 0.05 0.9 0.999 0.1 0.0 false
        Optimizer.Adam(0.05, 0.8, 0.95, 0.1, 0.2), adam 0.05 0.8 0.95 0.1 0.2 false
        Optimizer.Adam(0.05, 0.0, 0.0, 0.1), adam 0.05 0.0 0.0 0.1 0.0 false
        Optimizer.AdamW(0.05, epsilon = 0.1), adam 0.05 0.9 0.999 0.1 0.01 true
        Optimizer.AdamW(0.05, 0.8, 0.95, 0.1, 0.3), adam 0.05 0.8 0.95 0.1 0.3 true
        Optimizer.AdamW(0.05, weightDecay = 0.0), adam 0.05 0.9 0.999 1e-8 0.0 true
        Optimizer.RmsProp 0.02, rmsProp 0.02 0.99 1e-8 0.0
        Optimizer.RmsProp(0.02, epsilon = 0.1), rmsProp 0.02 0.99 0.1 0.0
        Optimizer.RmsProp(0.02, 0.8, 0.1, 0.2), rmsProp 0.02 0.8 0.1 0.2
    ]

let private inputs, private rows, private steps = 3, 4, 10

/// The parameters w₀ … w₂, b of mean (x·w + b − y)² over every step, and its gradient, by hand.
let private gradient (w: float array) (x: float array) (y: float array) =
    let error r =
        Seq.sum (seq { for i in 0 .. inputs - 1 -> x[r * inputs + i] * w[i] }) + w[inputs] - y[r]

    Array.init (inputs + 1) (fun i ->
        Seq.sum (
            seq {
                for r in 0 .. rows - 1 do
                    2.0 / float rows * error r * (if i < inputs then x[r * inputs + i] else 1.0)
            }
        ))

let private check<'T
    when 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>>
    (optimizer: Optimizer, update: Update)
    tolerance
    =
    let plan = Layers.Dense(inputs, 1).CompileTraining<'T>(Loss.MeanSquaredError, optimizer, rows)
    let model = plan.Initialize 5UL
    use session = plan.Start model

    let all (model: Model<'T>) =
        [|
            for tensor in model.Parameters.Values do
                yield! tensor.Data.ToArray()
        |]

    let mutable w = all model |> Array.map Double.CreateTruncating
    let mutable states = Array.init w.Length (fun _ -> [| 0.0; 0.0 |])
    let random = Random 11

    for t in 1..steps do
        // Numbers that float holds, so that both start from the same.
        let draw count =
            Array.init count (fun _ -> float (float32 (2.0 * random.NextDouble() - 1.0)))

        let x, y = draw (rows * inputs), draw rows
        let cast (values: float array) : 'T array = Array.map 'T.CreateTruncating values
        session.Step(ReadOnlySpan(cast x), ReadOnlySpan(cast y)) |> ignore
        let g = gradient w x y
        let after = Array.map3 (update t) w g states
        w <- Array.map fst after
        states <- Array.map snd after

    let actual = all (session.Snapshot()) |> Array.map Double.CreateTruncating
    let norm = Array.sumBy (fun v -> v * v) >> sqrt
    let error = norm (Array.map2 (-) actual w) / norm w
    Expect.isLessThanOrEqual error tolerance $"{optimizer}: {actual} against {w}"
    let moved = norm (Array.map2 (-) w (all model |> Array.map Double.CreateTruncating))
    Expect.isGreaterThan moved 0.05 "the parameters moved far enough to tell updates apart"

let private refuses name (f: unit -> Optimizer) =
    testCase $"refuses {name}" (fun () -> Expect.throwsT<ArgumentOutOfRangeException> (f >> ignore) name)

let tests =
    testList
        "Optimizer"
        [
            testList
                "takes the ten steps that its formula gives"
                [
                    for optimizer, update in cases do
                        testCase $"{optimizer}, ε and all, in double" (fun () -> check<float> (optimizer, update) 1e-12)
                        testCase $"{optimizer}, ε and all, in float" (fun () -> check<float32> (optimizer, update) 1e-5)
                ]

            testTheory
                "prints as the code that makes it"
                [
                    Optimizer.Sgd 0.1, "Sgd(learningRate: 0.1)"
                    Optimizer.Sgd(0.1, 0.9), "Sgd(learningRate: 0.1, momentum: 0.9)"
                    Optimizer.Sgd(0.1, 0.9, true, 0.01),
                    "Sgd(learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true)"
                    Optimizer.Adam(), "Adam(learningRate: 0.001)"
                    Optimizer.Adam(0.01, 0.8, 0.95, 0.1, 0.2),
                    "Adam(learningRate: 0.01, beta1: 0.8, beta2: 0.95, epsilon: 0.1, weightDecay: 0.2)"
                    Optimizer.AdamW 0.01, "AdamW(learningRate: 0.01)"
                    Optimizer.AdamW(0.01, weightDecay = 0.0), "AdamW(learningRate: 0.01, weightDecay: 0)"
                    Optimizer.RmsProp(), "RmsProp(learningRate: 0.01)"
                    Optimizer.RmsProp(0.02, 0.9, 0.1, 0.3),
                    "RmsProp(learningRate: 0.02, decay: 0.9, epsilon: 0.1, weightDecay: 0.3)"
                ]
                (fun (optimizer, text) -> Expect.equal (string optimizer) text "its text")

            testCase "is a value: equal where its options are" (fun () ->
                Expect.equal (Optimizer.Adam(0.01, 0.8)) (Optimizer.Adam(0.01, 0.8)) "the same options"
                Expect.notEqual (Optimizer.Adam(0.01, epsilon = 0.1)) (Optimizer.Adam 0.01) "another ε"
                Expect.notEqual (Optimizer.Adam(0.01, beta2 = 0.99)) (Optimizer.Adam 0.01) "another β₂"
                Expect.notEqual (Optimizer.Adam(0.01, weightDecay = 0.01)) (Optimizer.AdamW 0.01) "coupled decay")

            testList
                "options"
                [
                    for bad in [ 0.0; -0.1; nan; infinity ] do
                        refuses $"Sgd({bad})" (fun () -> Optimizer.Sgd bad)
                        refuses $"Adam({bad})" (fun () -> Optimizer.Adam bad)
                        refuses $"AdamW({bad})" (fun () -> Optimizer.AdamW bad)
                        refuses $"RmsProp({bad})" (fun () -> Optimizer.RmsProp bad)
                        refuses $"Adam with ε = {bad}" (fun () -> Optimizer.Adam(epsilon = bad))
                        refuses $"RmsProp with ε = {bad}" (fun () -> Optimizer.RmsProp(epsilon = bad))
                    for bad in [ -0.1; 1.0; 1.5; nan ] do
                        refuses $"Sgd with μ = {bad}" (fun () -> Optimizer.Sgd(0.1, momentum = bad))
                        refuses $"Adam with β₁ = {bad}" (fun () -> Optimizer.Adam(beta1 = bad))
                        refuses $"Adam with β₂ = {bad}" (fun () -> Optimizer.Adam(beta2 = bad))
                        refuses $"RmsProp with ρ = {bad}" (fun () -> Optimizer.RmsProp(decay = bad))
                    for bad in [ -0.1; nan; infinity ] do
                        refuses $"Sgd with λ = {bad}" (fun () -> Optimizer.Sgd(0.1, weightDecay = bad))
                        refuses $"Adam with λ = {bad}" (fun () -> Optimizer.Adam(weightDecay = bad))
                        refuses $"AdamW with λ = {bad}" (fun () -> Optimizer.AdamW(weightDecay = bad))
                        refuses $"RmsProp with λ = {bad}" (fun () -> Optimizer.RmsProp(weightDecay = bad))
                    refuses "Nesterov without momentum" (fun () -> Optimizer.Sgd(0.1, nesterov = true))
                ]
        ]
