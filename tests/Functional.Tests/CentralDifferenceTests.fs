module CentralDifferenceTests

open System
open Expecto
open FsCheck
open Functional
open Functional.Checking
open Functional.Graphs
open Cases

let private numbers (values: float seq) : Sample = Sample(Array.ofSeq values, null)

/// A function of t with its derivative at 0, none of them special.
let private functions =
    [
        "sin", (fun a t -> sin (a * t + 0.3)), (fun a -> a * cos 0.3)
        "exp", (fun a t -> exp (a * t)), id
        "rational", (fun a t -> 1.0 / (2.0 + a * t)), (fun a -> -a / 4.0)
        "polynomial", (fun a t -> (1.0 + a * t) ** 7.0), (fun a -> 7.0 * a)
    ]

let private difference f =
    CentralDifference.Of(Func<float, Sample>(fun t -> numbers [ f t ]), Func<float, float>(fun _ -> 1e-11)).ToTuple()

let tests =
    testList
        "Central differences"
        [
            for name, f, derivative in functions do
                law 100 $"of {name} are within their error bar, which is small" (fun (number: int) ->
                    let a = float (number % 3000) / 100.0
                    let found, kink = difference (f a)
                    let error = abs (found[0].Value - derivative a)
                    let size = 1.0 + abs (derivative a)
                    Expect.isTrue (isNull kink) "no kink"
                    Expect.isLessThanOrEqual error (found[0].Error + 1e-15 * size) "the error bar holds"
                    Expect.isLessThan found[0].Error (1e-9 * size) "the error bar is small")

            testCase "of several elements have a step and an order for each" (fun () ->
                let f t = numbers [ sin t; exp (40.0 * t) ]
                let struct (found, _) = CentralDifference.Of(f, (fun d -> 1e-11 * (1.0 + abs d)))
                Expect.floatClose Accuracy.high found[0].Value 1.0 "the slow one"
                Expect.floatClose Accuracy.high found[1].Value 40.0 "the fast one"
                Expect.isLessThanOrEqual found[1].Step found[0].Step "the fast one's step is no larger")

            law 100 "see what is narrower than the first steps" (fun (number: int) (offset: int) ->
                // e^−((t − t₀)/w)² near its flank, with 1e-2 ≥ w ≥ 1e-4.
                let width = 10.0 ** -(2.0 + float (abs number % 201) / 100.0)
                let center = width * (0.3 + float (abs offset % 100) / 100.0)
                let bump t = exp (-(((t - center) / width) ** 2.0))
                let slope = bump 0.0 * 2.0 * center / width ** 2.0
                let found, _ = difference bump
                let error = abs (found[0].Value - slope)
                Expect.isLessThanOrEqual error (found[0].Error + 1e-12 * slope) "the error bar holds"
                Expect.isLessThan found[0].Error (1e-6 * slope) "the error bar is small")

            law 100 "keep away from a kink, however near, and say where none can" (fun (NormalFloat x) ->
                let distance = abs x * 1e-2
                let kinked = GraphBuilder().Constant 1.0

                let f t =
                    if abs t > distance then
                        Sample([| 100.0 |], kinked)
                    else
                        numbers [ sin (3.0 * t) ]

                let struct (found, kink) = CentralDifference.Of(f, (fun _ -> 1e-9))

                if distance < 1e-7 then
                    Expect.isFalse (isNull kink) "the kink is too near"
                    Expect.isTrue (Double.IsPositiveInfinity found[0].Error) "and there is no derivative"
                elif distance > 1e-4 then
                    Expect.isLessThan (abs (found[0].Value - 3.0)) 1e-8 "the derivative beside the kink")
        ]
