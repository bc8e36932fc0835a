module LineSearchTests

open System
open Expecto
open Functional
open Differences

/// −H·g with the dense H of BFGS: H ← (I − ρsyᵀ)H(I − ρysᵀ) + ρssᵀ from γI.
let private denseDirection (pairs: (float array * float array) list) (g: float array) =
    let n = g.Length
    let s, y = List.last pairs
    let gamma = dot s y / dot y y
    let mutable h = Array2D.init n n (fun i j -> if i = j then gamma else 0.0)

    let multiply (a: float[,]) (b: float[,]) =
        Array2D.init n n (fun i j -> dot a[i, *] b[*, j])

    for s, y in pairs do
        let rho = 1.0 / dot s y
        let left = Array2D.init n n (fun i j -> (if i = j then 1.0 else 0.0) - rho * s[i] * y[j])
        let right = Array2D.init n n (fun i j -> left[j, i])
        h <- multiply left (multiply h right) |> Array2D.mapi (fun i j x -> x + rho * s[i] * s[j])

    Array.init n (fun i -> dot h[i, *] g) |> Array.map (~-)

let tests =
    testList
        "L-BFGS's parts"
        [
            ToleranceTable.lawOf [] 100 "the two loops equal the dense update with the last pairs" (fun seed ->
                let random = Random(seed)
                let n, memory, count = random.Next(1, 8), random.Next(1, 5), random.Next(1, 8)
                let pairs = CurvaturePairs memory

                let all =
                    [
                        for _ in 1..count do
                            let s = Random.normals random n
                            // Near s, so that sᵀy > 0; each fifth has no positive curvature.
                            let y = Array.map (fun s -> s * (0.5 + random.NextDouble())) s
                            if random.Next 5 = 0 then s, Array.map (~-) y else s, y
                    ]

                let kept =
                    all |> List.filter (fun (s, y) -> dot s y > 0.0) |> List.rev |> List.truncate memory |> List.rev

                for s, y in all do
                    pairs.Append(s, y)

                Expect.equal pairs.Count kept.Length "kept"
                let g = Random.normals random n
                let expected = if kept.IsEmpty then Array.map (~-) g else denseDirection kept g
                let actual = pairs.Direction g
                let size = sqrt (dot expected expected)
                let difference = Array.map2 (-) actual expected

                if not (sqrt (dot difference difference) <= 1e-9 * size) then
                    failtest $"%A{actual}, dense %A{expected}")

            ToleranceTable.lawOf [] 300 "the line search's step satisfies both Wolfe conditions" (fun seed ->
                let random = Random(seed)
                let a, b, c = random.NextDouble(), 3.0 * Random.normal random, 3.0 * random.NextDouble()
                let scale = 10.0 ** float (random.Next(-3, 4))
                // Bounded below, with several minima; its slope at 0 is turned downward. Beyond a wall it is not finite.
                let f t = a * t * t + b * sin (c * t) + cos t

                let f' t =
                    2.0 * a * t + b * c * cos (c * t) - sin t

                let sign = if f' 0.0 > 0.0 then -1.0 else 1.0
                let wall = if random.Next 2 = 0 then infinity else 0.5 + 5.0 * random.NextDouble()

                let at step =
                    let t = sign * step / scale

                    if abs t > wall then
                        Trial(step, nan, nan, [||])
                    else
                        Trial(step, f t, sign * f' t / scale, [||])

                let least = [| 1e-4; 0.05; 0.3; 0.6 |][random.Next 4]
                let most = least + (1.0 - least) * (0.05 + 0.9 * random.NextDouble())
                let options = Lbfgs(SufficientDecrease = least, Curvature = most, Evaluations = 100)
                let start = at 0.0

                let found = LineSearch.Find(start, Random(seed).NextDouble() * 3.0, Func<_, _> at, options)

                // Before a wall, everything may fall.
                if Double.IsInfinity wall then
                    let found = found.Value
                    Expect.isLessThanOrEqual found.Loss (start.Loss + least * found.Step * start.Slope) "decrease"
                    Expect.isLessThanOrEqual (abs found.Slope) (most * abs start.Slope) "slope"
                elif found.HasValue then
                    Expect.isLessThan found.Value.Loss start.Loss "decrease")
        ]
