namespace Functional.FsCheck

open FsCheck
open FsCheck.FSharp
open Functional

/// Generated optimizers.
[<RequireQualifiedAccess>]
module Optimizers =
    /// What is drawn from: every rule, with and without its options, clips and schedules.
    [<CompiledName "All">]
    let all =
        [
            Optimizer.Sgd 0.1
            Optimizer.Sgd(0.1, momentum = 0.9)
            Optimizer.Sgd(0.1, momentum = 0.9, nesterov = true, weightDecay = 0.01)
            Optimizer.Adam 0.01
            Optimizer.Adam(0.01, epsilon = 0.1, weightDecay = 0.1)
            Optimizer.AdamW 0.01
            Optimizer.RmsProp 0.01
            Optimizer.Adagrad 0.01
            Optimizer.Lion(0.01, weightDecay = 0.1)
            Optimizer.Sgd(0.1, momentum = 0.9).ClipNorm 0.5
            Optimizer.Adam(0.01, epsilon = 0.1).ClipValue(0.1).ClipNorm(0.2).With(LearningRateSchedule.WarmUp 10L)
            Optimizer
                .AdamW(0.01, epsilon = 0.1)
                .With(LearningRateSchedule.WarmUp(2L).Then(LearningRateSchedule.Cosine(10L, minimum = 0.1)))
        ]

    /// One of all.
    [<CompiledName "Generate">]
    let generate: Gen<Optimizer> = Gen.elements all

    /// Plain gradient descent.
    [<CompiledName "Shrink">]
    let shrink (optimizer: Optimizer) : Optimizer seq =
        seq {
            if optimizer <> all.Head then
                all.Head
        }
