namespace Functional.FsCheck

open System.Globalization
open System.Text.RegularExpressions
open Functional

/// How a loss was made.
type internal LossForm =
    | Property of string
    | Huber of delta: float
    | Binary of smoothing: float * positiveWeight: float
    | CrossEntropy of ofProbabilities: bool * smoothing: float * weights: float list
    | Defined

module internal LossForm =
    let private number (text: string) =
        System.Double.Parse(text, CultureInfo.InvariantCulture)

    // Names hold the numbers that the loss was made with.
    let private named (pattern: string) (loss: Loss) (standard: float) =
        let m = Regex.Match(loss.Name, pattern)
        if m.Success then number m.Groups[1].Value else standard

    /// A guess is right if it makes an equal loss.
    let private made form (build: unit -> Loss) loss =
        try
            if build () = loss then Some form else None
        with :? System.ArgumentOutOfRangeException ->
            None

    let of' (loss: Loss) =
        let delta = named @"δ = ([^)]+)\)" loss 1.0
        let smoothing = named @"ε = ([^,)]+)" loss 0.0
        let weight = named @"w = \[([^,\]]+)\]" loss 1.0

        if Seq.contains loss Loss.BuiltIns then
            Property loss.Name
        elif loss.Target <> TargetKind.Values then
            CrossEntropy(loss.Target = TargetKind.Probabilities, loss.LabelSmoothing, List.ofSeq loss.ClassWeights)
        else
            [
                made (Huber delta) (fun () -> Loss.HuberWith delta) loss
                made (Binary(smoothing, weight)) (fun () -> Loss.BinaryCrossEntropyWith(smoothing, weight)) loss
            ]
            |> List.tryPick id
            |> Option.defaultValue Defined
