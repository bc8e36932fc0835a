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

let private adagrad rate epsilon decay : Update =
    fun _ w g state ->
        let g = g + decay * w
        let s = state[0] + g * g
        w - rate * g / (sqrt s + epsilon), [| s; 0.0 |]

/// Of its authors' pseudocode.
let private lion rate beta1 beta2 decay : Update =
    fun _ w g state ->
        let c = beta1 * state[0] + (1.0 - beta1) * g
        w - rate * (float (sign c) + decay * w), [| beta2 * state[0] + (1.0 - beta2) * g; 0.0 |]

let private rules =
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
        Optimizer.Adagrad 0.05, adagrad 0.05 1e-10 0.0
        Optimizer.Adagrad(0.05, 0.1, 0.2), adagrad 0.05 0.1 0.2
        Optimizer.Lion 0.02, lion 0.02 0.9 0.99 0.0
        Optimizer.Lion(0.02, 0.5, 0.8, 0.3), lion 0.02 0.5 0.8 0.3
        Optimizer.Lion(0.02, 0.0, 0.0, 0.1), lion 0.02 0.0 0.0 0.1
    ]

/// In ten steps it rises, falls and stays.
let private schedule = LearningRateSchedule.WarmUp(4L).Then(LearningRateSchedule.Cosine(4L, 0.1))

let private factor t =
    if t <= 4 then float t / 4.0
    elif t <= 8 then 0.1 + 0.9 * 0.5 * (1.0 + cos (Math.PI * float (t - 5) / 4.0))
    else 0.1

let private scheduled =
    let rule (make: float -> Update) rate : Update = fun t -> make (rate * factor t) t

    [
        for optimizer, update in
            [
                Optimizer.Sgd(0.1, weightDecay = 0.3), rule (fun rate -> sgd rate 0.0 false 0.3) 0.1
                Optimizer.Sgd(0.05, momentum = 0.9), rule (fun rate -> sgd rate 0.9 false 0.0) 0.05
                Optimizer.Sgd(0.05, 0.7, true, 0.1), rule (fun rate -> sgd rate 0.7 true 0.1) 0.05
                Optimizer.Adam(0.05, 0.8, 0.95, 0.1, 0.2), rule (fun rate -> adam rate 0.8 0.95 0.1 0.2 false) 0.05
                Optimizer.AdamW(0.05, 0.8, 0.95, 0.1, 0.3), rule (fun rate -> adam rate 0.8 0.95 0.1 0.3 true) 0.05
                Optimizer.RmsProp(0.02, 0.8, 0.1, 0.2), rule (fun rate -> rmsProp rate 0.8 0.1 0.2) 0.02
                Optimizer.Adagrad(0.05, 0.1, 0.2), rule (fun rate -> adagrad rate 0.1 0.2) 0.05
                Optimizer.Lion(0.02, weightDecay = 0.3), rule (fun rate -> lion rate 0.9 0.99 0.3) 0.02
            ] -> optimizer.With schedule, update
    ]

/// What is done to a whole gradient: w₀ … w₂, b.
type private Clip = float array -> float array

let private clipValue limit : Clip = Array.map (max -limit >> min limit)

/// PyTorch's clip_grad_norm_, without its 10⁻⁶, of the first so many elements.
let private clipNormOf count limit : Clip =
    fun g ->
        let norm = g |> Array.take count |> Array.sumBy (fun x -> x * x) |> sqrt
        g |> Array.map (fun x -> x * min 1.0 (limit / norm))

let private clipNorm = clipNormOf 4
let private isBias = (=) 3
let private stay: Update = fun _ w _ state -> w, state

let private cases: (Optimizer * Clip * (int -> Update)) list =
    [
        for optimizer, update in rules @ scheduled -> optimizer, id, (fun _ -> update)

        for optimizer, clip, update in
            [
                (Optimizer.Sgd 0.1).ClipValue 0.3, clipValue 0.3, sgd 0.1 0.0 false 0.0
                (Optimizer.Sgd 0.1).ClipNorm 0.7, clipNorm 0.7, sgd 0.1 0.0 false 0.0
                (Optimizer.Sgd 0.1).ClipNorm 1e6, id, sgd 0.1 0.0 false 0.0
                Optimizer.Sgd(0.1, 0.9, weightDecay = 0.3).ClipValue 0.3, clipValue 0.3, sgd 0.1 0.9 false 0.3
                Optimizer.Sgd(0.1, 0.9, weightDecay = 0.3).ClipNorm 0.3, clipNorm 0.3, sgd 0.1 0.9 false 0.3
                (Optimizer.Sgd 0.1).ClipValue(0.5).ClipNorm 0.6, clipValue 0.5 >> clipNorm 0.6, sgd 0.1 0.0 false 0.0
                (Optimizer.Sgd 0.1).ClipNorm(0.6).ClipValue 0.4, clipNorm 0.6 >> clipValue 0.4, sgd 0.1 0.0 false 0.0
                Optimizer.Adam(0.05, epsilon = 0.1).ClipNorm 0.5, clipNorm 0.5, adam 0.05 0.9 0.999 0.1 0.0 false
                Optimizer.AdamW(0.05, 0.8, 0.95, 0.1, 0.3).ClipNorm(0.5).With schedule,
                clipNorm 0.5,
                fun t -> adam (0.05 * factor t) 0.8 0.95 0.1 0.3 true t
                Optimizer.Adagrad(0.05, 0.1).ClipValue 0.2, clipValue 0.2, adagrad 0.05 0.1 0.0
            ] -> optimizer, clip, (fun _ -> update)
    ]

let private grouped: (Optimizer * Clip * (int -> Update)) list =
    let sgdOf rate = sgd rate 0.9 false 0.1
    let momentum = Optimizer.Sgd(0.05, 0.9, weightDecay = 0.1)

    [
        momentum.ForLayer("dense1/b", 0.02), id, (fun i -> sgdOf (if isBias i then 0.02 else 0.05))

        momentum.ForLayer("dense1", 0.02).ForLayer("dense1/b", 0.1),
        id,
        (fun i -> sgdOf (if isBias i then 0.1 else 0.02))

        momentum.ForLayer("dense1/b", 0.1).ForLayer("dense1", 0.02), id, (fun _ -> sgdOf 0.02)
        momentum.Freeze "dense1/b", id, (fun i -> if isBias i then stay else sgdOf 0.05)
        momentum.Freeze("dense1").ForLayer("dense1/W", 0.02), id, (fun i -> if isBias i then stay else sgdOf 0.02)

        momentum.ClipNorm(0.5).Freeze "dense1/b", clipNormOf 3 0.5, (fun i -> if isBias i then stay else sgdOf 0.05)

        Optimizer.Adam(0.05, 0.8, 0.95, 0.1, 0.2).ForLayer("dense1/W", 0.02),
        id,
        (fun i -> adam (if isBias i then 0.05 else 0.02) 0.8 0.95 0.1 0.2 false)

        Optimizer.AdamW(0.05, 0.8, 0.95, 0.1, 0.3).ForLayer("dense1/b", 0.02).With(schedule).ClipValue 0.4,
        clipValue 0.4,
        (fun i t -> adam ((if isBias i then 0.02 else 0.05) * factor t) 0.8 0.95 0.1 0.3 true t)
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
    (optimizer: Optimizer, clip: Clip, update: int -> Update)
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
        let g = clip (gradient w x y)
        let after = Array.init w.Length (fun i -> update i t w[i] g[i] states[i])
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
                    for optimizer, clip, update in cases @ grouped do
                        testCase $"{optimizer}, ε and all, in double" (fun () ->
                            check<float> (optimizer, clip, update) 1e-12)

                        testCase $"{optimizer}, ε and all, in float" (fun () ->
                            check<float32> (optimizer, clip, update) 1e-5)
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
                    Optimizer.Adagrad(), "Adagrad(learningRate: 0.01)"
                    Optimizer.Adagrad(0.1, 0.2, 0.3), "Adagrad(learningRate: 0.1, epsilon: 0.2, weightDecay: 0.3)"
                    Optimizer.Lion(), "Lion(learningRate: 0.0001)"
                    Optimizer.Lion(0.01, 0.8, 0.98, 0.3),
                    "Lion(learningRate: 0.01, beta1: 0.8, beta2: 0.98, weightDecay: 0.3)"
                    (Optimizer.Sgd 0.1).Freeze("a", "b").ForLayer("c", 0.5).ClipNorm(2.0).ClipValue(1.0).With schedule,
                    "Sgd(learningRate: 0.1)"
                    + ".With(LearningRateSchedule.WarmUp(4).Then(LearningRateSchedule.Cosine(4, minimum: 0.1)))"
                    + ".ClipNorm(2).ClipValue(1)"
                    + ".Freeze(\"a\").Freeze(\"b\").ForLayer(\"c\", 0.5)"
                ]
                (fun (optimizer, text) -> Expect.equal (string optimizer) text "its text")

            testCase "is a value: equal where its options are" (fun () ->
                Expect.equal (Optimizer.Adam(0.01, 0.8)) (Optimizer.Adam(0.01, 0.8)) "the same options"
                Expect.notEqual (Optimizer.Adam(0.01, epsilon = 0.1)) (Optimizer.Adam 0.01) "another ε"
                Expect.notEqual (Optimizer.Adam(0.01, beta2 = 0.99)) (Optimizer.Adam 0.01) "another β₂"
                Expect.notEqual (Optimizer.Adam(0.01, weightDecay = 0.01)) (Optimizer.AdamW 0.01) "coupled decay"
                let sgd = Optimizer.Sgd 0.1

                let all () =
                    sgd.With(LearningRateSchedule.WarmUp 4L).ClipNorm(2.0).Freeze("a").ForLayer("b", 0.5)

                Expect.equal (all ()) (all ()) "the same schedule, limit and groups"

                for other in
                    [
                        sgd.With(LearningRateSchedule.WarmUp 5L).ClipNorm(2.0).Freeze("a").ForLayer("b", 0.5)
                        sgd.With(LearningRateSchedule.WarmUp 4L).ClipNorm(3.0).Freeze("a").ForLayer("b", 0.5)
                        sgd.With(LearningRateSchedule.WarmUp 4L).ClipValue(2.0).Freeze("a").ForLayer("b", 0.5)
                        sgd.With(LearningRateSchedule.WarmUp 4L).ClipNorm(2.0).Freeze("c").ForLayer("b", 0.5)
                        sgd.With(LearningRateSchedule.WarmUp 4L).ClipNorm(2.0).Freeze("a").ForLayer("b", 0.6)
                    ] do
                    Expect.notEqual other (all ()) $"{other}"

                Expect.equal
                    (sgd.Freeze("a/W").ForLayer("b", 1.0).ForLayer("a", 0.5))
                    (sgd.ForLayer("b", 1.0).ForLayer("a", 0.5))
                    "a group replaces what is part of it")

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
                        refuses $"Adagrad({bad})" (fun () -> Optimizer.Adagrad bad)
                        refuses $"Adagrad with ε = {bad}" (fun () -> Optimizer.Adagrad(epsilon = bad))
                        refuses $"Lion({bad})" (fun () -> Optimizer.Lion bad)
                        refuses $"ClipValue({bad})" (fun () -> (Optimizer.Sgd 0.1).ClipValue bad)
                        refuses $"ClipNorm({bad})" (fun () -> (Optimizer.Sgd 0.1).ClipNorm bad)
                        refuses $"ForLayer(…, {bad})" (fun () -> (Optimizer.Sgd 0.1).ForLayer("dense1", bad))
                    for bad in [ -0.1; 1.0; 1.5; nan ] do
                        refuses $"Sgd with μ = {bad}" (fun () -> Optimizer.Sgd(0.1, momentum = bad))
                        refuses $"Adam with β₁ = {bad}" (fun () -> Optimizer.Adam(beta1 = bad))
                        refuses $"Adam with β₂ = {bad}" (fun () -> Optimizer.Adam(beta2 = bad))
                        refuses $"RmsProp with ρ = {bad}" (fun () -> Optimizer.RmsProp(decay = bad))
                        refuses $"Lion with β₁ = {bad}" (fun () -> Optimizer.Lion(beta1 = bad))
                        refuses $"Lion with β₂ = {bad}" (fun () -> Optimizer.Lion(beta2 = bad))
                    for bad in [ -0.1; nan; infinity ] do
                        refuses $"Sgd with λ = {bad}" (fun () -> Optimizer.Sgd(0.1, weightDecay = bad))
                        refuses $"Adam with λ = {bad}" (fun () -> Optimizer.Adam(weightDecay = bad))
                        refuses $"AdamW with λ = {bad}" (fun () -> Optimizer.AdamW(weightDecay = bad))
                        refuses $"RmsProp with λ = {bad}" (fun () -> Optimizer.RmsProp(weightDecay = bad))
                        refuses $"Adagrad with λ = {bad}" (fun () -> Optimizer.Adagrad(weightDecay = bad))
                        refuses $"Lion with λ = {bad}" (fun () -> Optimizer.Lion(weightDecay = bad))
                    refuses "Nesterov without momentum" (fun () -> Optimizer.Sgd(0.1, nesterov = true))
                ]
        ]
