/// Layers by their definitions, in float64 with plain loops: what plans are held against.
module internal ReferenceLayers

open System
open System.Collections.Generic
open Functional

/// The rows of a batch.
type Rows = float array array

/// What layers are computed with.
type Context =
    {
        IsTraining: bool
        /// Parameters and running statistics by path; in training the statistics are replaced.
        Values: Dictionary<string, float array>
        /// What the masks of the step are drawn by.
        Key: RandomKey
    }

/// From the loss's derivative by what a layer gave: that by what it took, and those by its parameters.
type Backward = Rows -> Rows * (string * float array) list

type Layer = Context -> Rows -> Rows * Backward

let private sums (rows: Rows) =
    Array.transpose rows |> Array.map Array.sum

let private map2 f (a: Rows) (b: Rows) : Rows = Array.map2 (Array.map2 f) a b

let private valueOf (context: Context) path otherwise =
    match context.Values.TryGetValue path with
    | true, value -> value
    | _ -> otherwise

/// y = x·W + b with W [inputs, outputs].
let dense path : Layer =
    fun context x ->
        let w = context.Values[path + "/W"]
        let inputs = x[0].Length
        let outputs = w.Length / inputs
        let hasBias = context.Values.ContainsKey(path + "/b")
        let b = valueOf context (path + "/b") (Array.zeroCreate outputs)

        let product (row: float array) j =
            Seq.sum (seq { for i in 0 .. inputs - 1 -> row[i] * w[i * outputs + j] })

        let y = x |> Array.map (fun row -> Array.init outputs (fun j -> product row j + b[j]))

        let backward (dy: Rows) =
            let dx =
                dy
                |> Array.map (fun row ->
                    Array.init inputs (fun i ->
                        Seq.sum (seq { for j in 0 .. outputs - 1 -> row[j] * w[i * outputs + j] })))

            let dw =
                Array.init w.Length (fun k ->
                    let i, j = k / outputs, k % outputs
                    Array.sum (Array.map2 (fun (row: float array) (d: float array) -> row[i] * d[j]) x dy))

            dx,
            [
                path + "/W", dw
                if hasBias then
                    path + "/b", sums dy
            ]

        y, backward

/// y = f(x).
let elementwise f derivative : Layer =
    fun _ x -> Array.map (Array.map f) x, (fun dy -> map2 (fun u d -> derivative u * d) x dy, [])

let tanh: Layer = elementwise Math.Tanh (fun u -> 1.0 - Math.Tanh u * Math.Tanh u)

let identity: Layer = fun _ x -> x, (fun dy -> dy, [])

/// Each element of the network's n-th dropout 0, or divided by 1 − rate.
let dropout n rate : Layer =
    fun context x ->
        let factor row column =
            if not context.IsTraining then 1.0
            elif context.Key.IsDropped(n, int64 (row * x[0].Length + column), rate) then 0.0
            else 1.0 / (1.0 - rate)

        let masked = Array.mapi (fun i row -> Array.mapi (fun j value -> value * factor i j) row)
        masked x, (fun dy -> masked dy, [])

/// y = γ·x̂ + β with x̂ = (x − μ)·s,  s = 1/√(σ² + ε).
let private scaled path context (deviations: Rows) (inverse: int -> int -> float) =
    let width = deviations[0].Length
    let gamma = valueOf context (path + "/gamma") (Array.create width 1.0)
    let beta = valueOf context (path + "/beta") (Array.zeroCreate width)
    let normal = deviations |> Array.mapi (fun i row -> row |> Array.mapi (fun j d -> d * inverse i j))

    let gradients (dy: Rows) =
        if context.Values.ContainsKey(path + "/gamma") then
            [ path + "/gamma", sums (map2 (*) dy normal); path + "/beta", sums dy ]
        else
            []

    // ∂L/∂x̂
    let back = Array.map (Array.mapi (fun j d -> d * gamma[j]))
    let y = normal |> Array.map (Array.mapi (fun j value -> value * gamma[j] + beta[j]))
    y, normal, back, gradients

let private variance mean (numbers: float array) =
    numbers |> Array.averageBy (fun value -> (value - mean) * (value - mean))

/// Statistics of each feature over the rows in training, running ones afterwards.
/// ∂L/∂x = s·(x̄̂ − mean x̄̂ − x̂·mean(x̄̂·x̂)), where x̄̂ = ∂L/∂x̂ and the means go over the rows.
let batchNorm path momentum epsilon : Layer =
    fun context x ->
        let rows = x.Length
        let columns = Array.transpose x
        let means = columns |> Array.map Array.average
        let variances = Array.map2 variance means columns
        let running name = context.Values[$"{path}/{name}"]

        let follow name batch =
            context.Values[$"{path}/{name}"] <-
                Array.map2 (fun r value -> (1.0 - momentum) * r + momentum * value) (running name) batch

        let mean, spread =
            if context.IsTraining then
                means, variances
            else
                running "mean", running "variance"

        if context.IsTraining then
            follow "mean" means

            if rows > 1 then
                follow "variance" (variances |> Array.map (fun v -> v * float rows / float (rows - 1)))

        let inverse = spread |> Array.map (fun v -> 1.0 / sqrt (v + epsilon))
        let deviations = x |> Array.map (fun row -> Array.map2 (-) row mean)
        let y, normal, back, gradients = scaled path context deviations (fun _ j -> inverse[j])

        let backward (dy: Rows) =
            let d = back dy
            let average = Array.transpose d |> Array.map Array.average
            let along = Array.transpose (map2 (*) d normal) |> Array.map Array.average

            let dx =
                Array.map2
                    (fun (d: float array) (xhat: float array) ->
                        Array.init d.Length (fun j -> inverse[j] * (d[j] - average[j] - xhat[j] * along[j])))
                    d
                    normal

            dx, gradients dy

        y, backward

/// Statistics of each row over its features; the derivative is batchNorm's with rows and features exchanged.
let layerNorm path epsilon : Layer =
    fun context x ->
        let means = x |> Array.map Array.average
        let inverse = Array.map2 (fun mean row -> 1.0 / sqrt (variance mean row + epsilon)) means x
        let deviations = Array.map2 (fun mean row -> row |> Array.map (fun value -> value - mean)) means x
        let y, normal, back, gradients = scaled path context deviations (fun i _ -> inverse[i])

        let backward (dy: Rows) =
            let d = back dy

            let dx =
                Array.init x.Length (fun i ->
                    let average = Array.average d[i]
                    let along = Array.average (Array.map2 (*) d[i] normal[i])
                    Array.map2 (fun d xhat -> inverse[i] * (d - average - xhat * along)) d[i] normal[i])

            dx, gradients dy

        y, backward

/// The vectors of a row's numbers, one after the other.
let embedding path size : Layer =
    fun context x ->
        let table = context.Values[path + "/E"]

        let y = x |> Array.map (Array.collect (fun number -> table[int number * size .. int number * size + size - 1]))

        let backward (dy: Rows) =
            let gradient = Array.zeroCreate table.Length

            for row, d in Array.zip x dy do
                for column, number in Array.indexed row do
                    for j in 0 .. size - 1 do
                        let element = int number * size + j
                        gradient[element] <- gradient[element] + d[column * size + j]

            x |> Array.map (Array.map (fun _ -> 0.0)), [ path + "/E", gradient ]

        y, backward

/// One after the other.
let sequence (layers: Layer list) : Layer =
    fun context x ->
        let run (value, backwards) (layer: Layer) =
            let next, backward = layer context value
            next, backward :: backwards

        let y, backwards = List.fold run (x, []) layers

        let backward dy =
            let back (d, gradients) (backward: Backward) =
                let dx, own = backward d
                dx, own @ gradients

            List.fold back (dy, []) backwards

        y, backward

/// Side by side.
let concat (branches: Layer list) : Layer =
    fun context x ->
        let results = branches |> List.map (fun branch -> branch context x)
        let y = Array.init x.Length (fun i -> results |> List.map (fun (y, _) -> y[i]) |> Array.concat)

        let backward (dy: Rows) =
            let back (start, dx, gradients) (y: Rows, backward: Backward) =
                let after = start + y[0].Length
                let d, own = backward (dy |> Array.map (fun row -> row[start .. after - 1]))
                after, map2 (+) dx d, gradients @ own

            let _, dx, gradients = List.fold back (0, x |> Array.map (Array.map (fun _ -> 0.0)), []) results

            dx, gradients

        y, backward

let residual (body: Layer) : Layer =
    fun context x ->
        let y, backward = body context x

        let both dy =
            let dx, gradients = backward dy
            map2 (+) dx dy, gradients

        map2 (+) x y, both

/// The mean squared error over rows and elements, its derivative by the batch, and those by the parameters, in the order of the layers.
let gradient (layer: Layer) context (x: Rows) (targets: Rows) =
    let y, backward = layer context x
    let errors = map2 (-) y targets
    let count = float (x.Length * y[0].Length)
    let loss = errors |> Array.sumBy (Array.sumBy (fun e -> e * e))
    let dx, gradients = backward (errors |> Array.map (Array.map (fun e -> 2.0 * e / count)))
    loss / count, dx, gradients

/// One step of gradient descent; gives the loss before it.
let step (layer: Layer) context rate x targets =
    let loss, _, gradients = gradient layer context x targets

    for path, gradient in gradients do
        context.Values[path] <- Array.map2 (fun w g -> w - rate * g) context.Values[path] gradient

    loss
