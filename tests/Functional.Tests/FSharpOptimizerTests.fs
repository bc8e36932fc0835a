module FSharpOptimizerTests

open System
open Expecto
open Functional
open Functional.FSharp
open FSharpFixtures

let private optimizers =
    let sgd =
        {
            Momentum = 0.8
            Nesterov = true
            WeightDecay = 0.1
        }

    let adam =
        {
            Beta1 = 0.8
            Beta2 = 0.98
            Epsilon = 0.1
            WeightDecay = 0.2
        }

    let rmsProp =
        {
            Decay = 0.9
            Epsilon = 0.1
            WeightDecay = 0.2
        }

    let some = Optimizer.Sgd 0.1

    equals
        "optimizers"
        [
            "sgd", Optimizer.sgd 0.1, Optimizer.Sgd 0.1
            "sgdWith the defaults", Optimizer.sgdWith Optimizer.sgdDefaults 0.1, Optimizer.Sgd 0.1
            "sgdWith", Optimizer.sgdWith sgd 0.1, Optimizer.Sgd(0.1, 0.8, true, 0.1)
            "momentum", Optimizer.momentum 0.9 0.1, Optimizer.Sgd(0.1, 0.9)
            "nesterov", Optimizer.nesterov 0.9 0.1, Optimizer.Sgd(0.1, 0.9, true)
            "adam", Optimizer.adam 0.1, Optimizer.Adam 0.1
            "adamWith the defaults", Optimizer.adamWith Optimizer.adamDefaults 0.1, Optimizer.Adam 0.1
            "adamWith", Optimizer.adamWith adam 0.1, Optimizer.Adam(0.1, 0.8, 0.98, 0.1, 0.2)
            "adamW", Optimizer.adamW 0.1, Optimizer.AdamW 0.1
            "adamWWith the defaults", Optimizer.adamWWith Optimizer.adamWDefaults 0.1, Optimizer.AdamW 0.1
            "adamWWith", Optimizer.adamWWith adam 0.1, Optimizer.AdamW(0.1, 0.8, 0.98, 0.1, 0.2)
            "rmsProp", Optimizer.rmsProp 0.1, Optimizer.RmsProp 0.1
            "rmsPropWith the defaults", Optimizer.rmsPropWith Optimizer.rmsPropDefaults 0.1, Optimizer.RmsProp 0.1
            "rmsPropWith", Optimizer.rmsPropWith rmsProp 0.1, Optimizer.RmsProp(0.1, 0.9, 0.1, 0.2)
            "adagrad", Optimizer.adagrad 0.1, Optimizer.Adagrad 0.1
            "adagradWith the defaults", Optimizer.adagradWith Optimizer.adagradDefaults 0.1, Optimizer.Adagrad 0.1
            "adagradWith",
            Optimizer.adagradWith { Epsilon = 0.1; WeightDecay = 0.2 } 0.1,
            Optimizer.Adagrad(0.1, 0.1, 0.2)
            "lion", Optimizer.lion 0.1, Optimizer.Lion 0.1
            "lionWith the defaults", Optimizer.lionWith Optimizer.lionDefaults 0.1, Optimizer.Lion 0.1
            "lionWith",
            Optimizer.lionWith
                { Optimizer.lionDefaults with
                    Beta1 = 0.8
                    Beta2 = 0.98
                    WeightDecay = 0.2
                }
                0.1,
            Optimizer.Lion(0.1, 0.8, 0.98, 0.2)
            "withSchedule",
            some |> Optimizer.withSchedule (LearningRateSchedule.warmUp 9L),
            some.With(LearningRateSchedule.WarmUp 9L)
            "clipValue", some |> Optimizer.clipValue 0.5, some.ClipValue 0.5
            "clipNorm", some |> Optimizer.clipNorm 0.5, some.ClipNorm 0.5
            "forLayer", some |> Optimizer.forLayer "dense1" 0.5, some.ForLayer("dense1", 0.5)
            "freeze", some |> Optimizer.freeze [ "dense1"; "dense2" ], some.Freeze("dense1", "dense2")
        ]

let private schedules =
    let rise, fall = LearningRateSchedule.WarmUp 9L, LearningRateSchedule.Cosine 9L
    let twice = Func<int64, float>(fun step -> 2.0 * float step)

    let cycle: OneCycleOptions =
        {
            Rise = 0.5
            Start = 0.25
            End = 0.125
        }

    testList
        "schedules"
        [
            equals
                "by value"
                [
                    "constant", LearningRateSchedule.constant, LearningRateSchedule.Constant
                    "step", LearningRateSchedule.step 9L 0.5, LearningRateSchedule.Step(9L, 0.5)
                    "exponential", LearningRateSchedule.exponential 0.5, LearningRateSchedule.Exponential 0.5
                    "exponentialIn",
                    LearningRateSchedule.exponentialIn 9L 0.5,
                    LearningRateSchedule.Exponential(0.5, 9L)
                    "cosine", LearningRateSchedule.cosine 9L, fall
                    "cosineTo", LearningRateSchedule.cosineTo 0.25 9L, LearningRateSchedule.Cosine(9L, 0.25)
                    "warmUp", LearningRateSchedule.warmUp 9L, rise
                    "oneCycle", LearningRateSchedule.oneCycle 9L, LearningRateSchedule.OneCycle 9L
                    "oneCycleWith the defaults",
                    LearningRateSchedule.oneCycleWith LearningRateSchedule.oneCycleDefaults 9L,
                    LearningRateSchedule.OneCycle 9L
                    "oneCycleWith",
                    LearningRateSchedule.oneCycleWith cycle 9L,
                    LearningRateSchedule.OneCycle(9L, 0.5, 0.25, 0.125)
                    "andThen", rise |> LearningRateSchedule.andThen fall, rise.Then fall
                    "andThenAfter", rise |> LearningRateSchedule.andThenAfter 5L fall, rise.Then(5L, fall)
                ]
            equals
                "by step"
                [
                    "at", LearningRateSchedule.at 3L fall, fall.At 3L
                    "by",
                    LearningRateSchedule.by "twice" (fun step -> 2.0 * float step) |> LearningRateSchedule.at 3L,
                    LearningRateSchedule.By(twice, "twice").At 3L
                ]
        ]

let tests = [ optimizers; schedules ]
