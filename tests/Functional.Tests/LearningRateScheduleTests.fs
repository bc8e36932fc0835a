module LearningRateScheduleTests

open System
open Expecto
open Functional
open Functional.Graphs
open TrainingFixtures

type private Rate = LearningRateSchedule

let private close (actual: float) expected name =
    Expect.floatClose Accuracy.veryHigh actual expected name

/// A schedule, and factors of steps calculated by hand.
let private formulas =
    let halfway = 0.5 * (1.0 + cos (Math.PI / 4.0))

    [
        "the same", Rate.Constant, [ 1L, 1.0; 1_000_000L, 1.0 ]
        "steps", Rate.Step(3L, 0.5), [ 1L, 1.0; 3L, 1.0; 4L, 0.5; 6L, 0.5; 7L, 0.25; 31L, 1.0 / 1024.0 ]
        "a decay", Rate.Exponential 0.5, [ 1L, 1.0; 2L, 0.5; 11L, 1.0 / 1024.0 ]
        "a slow decay", Rate.Exponential(0.25, 4L), [ 1L, 1.0; 3L, 0.5; 5L, 0.25; 9L, 0.0625 ]
        "growth", Rate.Exponential 2.0, [ 1L, 1.0; 11L, 1024.0 ]
        "a cosine", Rate.Cosine 4L, [ 1L, 1.0; 2L, halfway; 3L, 0.5; 4L, 1.0 - halfway; 5L, 0.0; 6L, 0.0 ]
        "a cosine with a minimum", Rate.Cosine(4L, 0.2), [ 1L, 1.0; 3L, 0.6; 5L, 0.2; 99L, 0.2 ]
        "a rise", Rate.WarmUp 4L, [ 1L, 0.25; 2L, 0.5; 4L, 1.0; 5L, 1.0 ]
        "a rise of one step", Rate.WarmUp 1L, [ 1L, 1.0; 2L, 1.0 ]
        "a rise, then a cosine",
        Rate.WarmUp(2L).Then(Rate.Cosine 4L),
        [ 1L, 0.5; 2L, 1.0; 3L, 1.0; 5L, 0.5; 7L, 0.0; 8L, 0.0 ]
        "three in a row",
        Rate.WarmUp(2L).Then(Rate.Constant).Then(5L, Rate.Step(1L, 0.5)),
        [ 1L, 0.5; 2L, 1.0; 5L, 1.0; 6L, 1.0; 7L, 0.5; 8L, 0.25 ]
        // PyTorch's OneCycleLR(total_steps=11, pct_start=0.5455): the peak at its step 5, from 0.
        "one cycle",
        Rate.OneCycle(11L, rise = 6.0 / 11.0),
        [ 1L, 0.04; 3L, 0.04 + 0.96 * 0.5 * (1.0 - cos (Math.PI * 0.4)); 6L, 1.0; 11L, 4e-6; 12L, 4e-6 ]
        "one cycle whose peak is between steps",
        Rate.OneCycle(10L, rise = 0.35, start = 0.0, ``end`` = 0.5),
        [
            1L, 0.0
            2L, 0.5 * (1.0 - cos (Math.PI / 2.5))
            4L, 0.5 + 0.25 * (1.0 + cos (Math.PI * 0.5 / 6.5))
            10L, 0.5
        ]
        "one cycle without a rise", Rate.OneCycle(3L, rise = 0.1), [ 1L, 1.0; 2L, 0.5 * (1.0 + 4e-6); 3L, 4e-6 ]
        "a function", Rate.By(fun step -> 1.0 / float step), [ 1L, 1.0; 8L, 0.125 ]
    ]

let private values =
    testList
        "gives the factors of its formula:"
        [
            for name, schedule, factors in formulas do
                testCase name (fun () ->
                    for step, factor in factors do
                        close (schedule.At step) factor $"step {step}")

            testCase "finite, at least 0, and at most 1 where nothing grows" (fun () ->
                for name, schedule, _ in formulas do
                    if name <> "growth" then
                        for step in 1L .. 40L do
                            let factor = schedule.At step
                            Expect.isTrue (factor >= 0.0 && factor <= 1.0 + 1e-15) $"{schedule} at {step}: {factor}")
        ]

let private texts =
    testTheory
        "prints as the code that makes it"
        [
            Rate.Constant, "LearningRateSchedule.Constant"
            Rate.Step(30L, 0.1), "LearningRateSchedule.Step(30, 0.1)"
            Rate.Exponential 0.99, "LearningRateSchedule.Exponential(0.99)"
            Rate.Exponential(0.5, 100L), "LearningRateSchedule.Exponential(0.5, every: 100)"
            Rate.Cosine 900L, "LearningRateSchedule.Cosine(900)"
            Rate.Cosine(900L, 0.1), "LearningRateSchedule.Cosine(900, minimum: 0.1)"
            Rate.WarmUp 100L, "LearningRateSchedule.WarmUp(100)"
            Rate.WarmUp(100L).Then(Rate.Cosine 900L),
            "LearningRateSchedule.WarmUp(100).Then(LearningRateSchedule.Cosine(900))"
            Rate.Constant.Then(100L, Rate.Cosine 900L),
            "LearningRateSchedule.Constant.Then(100, LearningRateSchedule.Cosine(900))"
            Rate.OneCycle 500L, "LearningRateSchedule.OneCycle(500)"
            Rate.OneCycle(500L, 0.2, 0.5, 0.25), "LearningRateSchedule.OneCycle(500, rise: 0.2, start: 0.5, end: 0.25)"
            Rate.By(fun _ -> 1.0), "LearningRateSchedule.By(…)"
            Rate.By((fun _ -> 1.0), "inverse"), "LearningRateSchedule.By(inverse)"
        ]
        (fun (schedule: Rate, text) -> Expect.equal (string schedule) text "its text")

let private equality =
    testCase "is a value: equal where its formula is" (fun () ->
        let make () =
            Rate.WarmUp(5L).Then(7L, Rate.Step(3L, 0.5)).Then(20L, Rate.OneCycle 9L)

        Expect.equal (make ()) (make ()) "the same code"

        Expect.notEqual
            (make ())
            (Rate.WarmUp(5L).Then(8L, Rate.Step(3L, 0.5)).Then(20L, Rate.OneCycle 9L))
            "a step more"

        let f = Func<int64, float>(fun _ -> 1.0)
        Expect.equal (Rate.By f) (Rate.By f) "the same function"
        Expect.notEqual (Rate.By f) (Rate.By(fun _ -> 1.0)) "another function")

let private refusals =
    let outOfRange name (f: unit -> Rate) =
        testCase $"refuses {name}" (fun () -> Expect.throwsT<ArgumentOutOfRangeException> (f >> ignore) name)

    testList
        "options"
        [
            for bad in [ 0L; -1L; Int64.MaxValue ] do
                outOfRange $"Step({bad})" (fun () -> Rate.Step(bad, 0.5))
                outOfRange $"Exponential every {bad}" (fun () -> Rate.Exponential(0.5, bad))
                outOfRange $"Cosine({bad})" (fun () -> Rate.Cosine bad)
                outOfRange $"WarmUp({bad})" (fun () -> Rate.WarmUp bad)
                outOfRange $"OneCycle({bad})" (fun () -> Rate.OneCycle bad)
                outOfRange $"Then({bad})" (fun () -> Rate.Constant.Then(bad, Rate.Constant))
            for bad in [ 0.0; -1.0; nan; infinity ] do
                outOfRange $"Step by {bad}" (fun () -> Rate.Step(3L, bad))
                outOfRange $"Exponential({bad})" (fun () -> Rate.Exponential bad)
            for bad in [ -0.1; 1.1; nan ] do
                outOfRange $"Cosine to {bad}" (fun () -> Rate.Cosine(3L, bad))
                outOfRange $"OneCycle from {bad}" (fun () -> Rate.OneCycle(9L, start = bad))
                outOfRange $"OneCycle to {bad}" (fun () -> Rate.OneCycle(9L, ``end`` = bad))
                outOfRange $"OneCycle rising for {bad}" (fun () -> Rate.OneCycle(9L, rise = bad))
            testCase "refuses step 0" (fun () ->
                Expect.throwsT<ArgumentOutOfRangeException> (fun () -> Rate.Constant.At 0L |> ignore) "step 0")
            testCase "refuses what would follow a schedule that never ends" (fun () ->
                for endless in
                    [
                        Rate.Constant
                        Rate.Step(3L, 0.5)
                        Rate.Exponential 0.5
                        Rate.By(fun _ -> 1.0)
                        Rate.WarmUp(3L).Then Rate.Constant
                    ] do
                    Expect.throwsC (fun () -> endless.Then(Rate.Cosine 9L) |> ignore) (fun e ->
                        Expect.stringContains e.Message $"{endless}.Then(1_000, {Rate.Cosine 9L})" "the fix"))
        ]

let private training =
    let stepScalars (optimizer: Optimizer) =
        Seq.length ((planOf optimizer 4).Compiled.Plan.Graph.Sources SourceKind.StepScalar)

    testList
        "in training"
        [
            testCase "takes no number of the step where there is none" (fun () ->
                let schedule = Rate.WarmUp 9L

                for optimizer: Optimizer, without, ``with`` in
                    [
                        Optimizer.Sgd 0.1, 0, 1
                        Optimizer.Adagrad 0.1, 0, 1
                        Optimizer.Lion(0.1, weightDecay = 0.1), 0, 1
                        Optimizer.Adam 0.1, 2, 2
                        Optimizer.AdamW 0.1, 2, 3
                        (Optimizer.AdamW 0.1).ForLayer("dense1", 0.2), 3, 5
                    ] do
                    Expect.equal (stepScalars optimizer) without $"{optimizer}"
                    Expect.equal (stepScalars (optimizer.With schedule)) ``with`` $"{optimizer} with a schedule")

            testCase "a constant one gives the bits of none" (fun () ->
                for optimizer: Optimizer in [ Optimizer.Adam 0.01; Optimizer.Sgd(0.125, momentum = 0.5) ] do
                    let model (optimizer: Optimizer) =
                        (train (planOf optimizer 10) 2 7UL).Model

                    Expect.equal (model (optimizer.With Rate.Constant)).Parameters (model optimizer).Parameters "bits")

            testCase "counts the steps of all epochs" (fun () ->
                // After the first epoch nothing moves any more.
                let steps = moons.BatchCount 10
                let stopped = Rate.By(fun step -> if step <= int64 steps then 1.0 else 0.0)
                let plan = planOf (adam.With stopped) 10
                Expect.equal (train plan 3 7UL).Model.Parameters (train plan 1 7UL).Model.Parameters "bits")

            testCase "an epoch has as many steps as the dataset has batches" (fun () ->
                for batch in [ 1; 7; 10; 102; 103; 104; 5_000 ] do
                    let counted = (replay (planOf adam batch) moons 7UL (moons.BatchCount batch)).Parameters
                    Expect.equal counted (train (planOf adam batch) 1 7UL).Model.Parameters $"batches of {batch}"

                Expect.throwsT<DataException> (fun () -> moons.BatchCount 0 |> ignore) "no rows in a batch")

            testCase "a factor that is none stops it at its step, which is not taken" (fun () ->
                for bad in [ nan; infinity; -0.5 ] do
                    let schedule = Rate.By((fun step -> if step = 3L then bad else 1.0), "broken")
                    let plan = planOf (adam.With schedule) 10
                    use session = plan.Start 1UL
                    let x, y = rowsOf (moons.Take 10)

                    let step () =
                        session.Step(ReadOnlySpan x, ReadOnlySpan y) |> ignore

                    step ()
                    step ()
                    let before = session.Snapshot().Parameters

                    let isOfStep (e: exn) =
                        match e with
                        | :? LearningRateException as e ->
                            Expect.equal e.Step 3L "the step"
                            Expect.isTrue (e.Factor.Equals bad) "the factor"

                            Expect.stringContains e.Message "LearningRateSchedule.By(broken): the factor of step 3" ""
                        | e -> failtest $"{e}"

                    Expect.throwsC step isOfStep
                    Expect.equal session.StepCount 2L "steps taken"
                    Expect.equal (session.Snapshot().Parameters) before "parameters"
                    Expect.throwsC (fun () -> train plan 1 1UL |> ignore) isOfStep)
        ]

let tests = testList "LearningRateSchedule" [ values; texts; equality; refusals; training ]
