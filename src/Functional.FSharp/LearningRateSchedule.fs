namespace Functional.FSharp

open System
open Functional

/// What one cycle may be told beyond its steps; begin with <c>LearningRateSchedule.oneCycleDefaults</c>.
type OneCycleOptions =
    {
        /// The share of the steps that rise, in (0, 1).
        Rise: float
        /// The factor of the first step, in [0, 1].
        Start: float
        /// The factor of the last step, in [0, 1].
        End: float
    }

/// How a learning rate changes from step to step: factors of it. Arguments outside their range are an ArgumentOutOfRangeException.
[<RequireQualifiedAccess>]
module LearningRateSchedule =
    /// The factor 1 at every step.
    let constant = LearningRateSchedule.Constant

    /// Multiplied by a factor after every so many steps: <c>LearningRateSchedule.step 1000L 0.5</c>.
    let step (every: int64) factor =
        LearningRateSchedule.Step(every, factor)

    /// Multiplied by a factor at every step.
    let exponential factor = LearningRateSchedule.Exponential factor

    /// Exponential decay by a factor in every so many steps, a little at each: <c>LearningRateSchedule.exponentialIn 1000L 0.5</c>.
    let exponentialIn (every: int64) factor =
        LearningRateSchedule.Exponential(factor, every)

    /// Half a cosine from 1 to 0 in so many steps.
    let cosine (steps: int64) = LearningRateSchedule.Cosine steps

    /// Half a cosine from 1 to a minimum in so many steps; the minimum comes first.
    let cosineTo minimum (steps: int64) =
        LearningRateSchedule.Cosine(steps, minimum)

    /// A linear rise to 1 in so many steps.
    let warmUp (steps: int64) = LearningRateSchedule.WarmUp steps

    /// A rise in 30 % of the steps from 1/25 to 1, then a fall to 1/250,000.
    let oneCycleDefaults =
        {
            Rise = 0.3
            Start = 1.0 / 25.0
            End = 1.0 / 250_000.0
        }

    /// One cycle up and down in so many steps (Smith 2018).
    let oneCycle (steps: int64) = LearningRateSchedule.OneCycle steps

    /// One cycle with options: <c>LearningRateSchedule.oneCycleWith { LearningRateSchedule.oneCycleDefaults with Rise = 0.2 } 10000L</c>.
    let oneCycleWith options (steps: int64) =
        LearningRateSchedule.OneCycle(steps, options.Rise, options.Start, options.End)

    /// A function of the step, from 1, under a name.
    let by name (factor: int64 -> float) =
        LearningRateSchedule.By(Func<_, _> factor, name)

    /// The next schedule after the end of the first: <c>warmUp 500L |> LearningRateSchedule.andThen (cosine 9500L)</c>.
    let andThen (next: LearningRateSchedule) (first: LearningRateSchedule) = first.Then next

    /// The next schedule after so many steps of the first.
    let andThenAfter (steps: int64) (next: LearningRateSchedule) (first: LearningRateSchedule) = first.Then(steps, next)

    /// The factor of a step, from 1.
    let at (step: int64) (schedule: LearningRateSchedule) = schedule.At step
