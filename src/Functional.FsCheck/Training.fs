/// Training by plans of different numbers of threads.
module internal Functional.FsCheck.Training

open System
open Functional

let private threads = [ 1; 2; 5 ]
let private steps = 3

/// The bits of the losses and parameters of a few steps.
let private bits (plan: PlanCase) (point: GradientPoint) count =
    let options = CompileOptions(Input = point.InputShape, Threads = count)
    let features = point.Features.Cast<float32>()
    let targets = point.Targets.Cast<float32>()

    use session =
        plan.Case.Network
            .CompileTraining<float32>(plan.Case.Loss, plan.Optimizer, plan.Case.Rows, options)
            .Start(plan.Case.Seed)

    let losses =
        [
            for step in 1..steps -> $"the loss of step {step}", [| session.Step(features.Data, targets.Data) |]
        ]

    [
        yield! losses |> List.map (fun (name, loss) -> name, loss |> Array.map BitConverter.DoubleToInt64Bits)

        for KeyValue(path, values) in session.Snapshot().Parameters do
            path, values.Data.ToArray() |> Array.map (fun v -> int64 (BitConverter.SingleToInt32Bits v))
    ]

/// What differs between two runs of one thread, or of several, as messages.
let differences (plan: PlanCase) =
    let point = GradientCheck.PointOf(plan.Case.Network, plan.Case.Loss, plan.Case.Options)
    let expected = bits plan point 1

    [
        for count in threads do
            for (what, one), (_, several) in List.zip expected (bits plan point count) do
                if one <> several then
                    $"{what} has other bits with {count} threads"
    ]
