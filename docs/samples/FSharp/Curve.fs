/// A curve fitted closely: statistics by layer, L-BFGS, and the Hessian where it ends.
module Curve

open Functional
open Functional.FSharp

let run () =
    let x = [| for i in 0..99 -> float i / 50.0 - 1.0 |]
    let y = x |> Array.map (fun t -> sin (3.0 * t))
    let curve = Dataset.create (shape [ 1 ]) x (shape [ 1 ]) y

    let network = dense 1 8 --> tanh --> dense 8 1
    let loss = Loss.meanSquaredError
    let plan = network |> Network.Of<float>.compileTraining loss (Optimizer.adam 0.01) 100
    let start = (plan |> Plan.train curve 200 1).Model
    printfn $"{plan |> Plan.inspect start x y}" // a row per layer: activations, dead units, gradients, updates

    let fit =
        network |> Network.Of<float>.compileGradient loss 100 |> Lbfgs.minimize (Lbfgs(Iterations = 300)) curve start

    printfn $"L-BFGS: {fit.Reason}, loss %.1e{fit.Losses[0]} → %.1e{Seq.last fit.Losses}"

    let second = network |> Network.Of<float>.compileHessian loss 100
    printfn $"{second |> HessianPlan.hessian fit.Model x y}" // shape, eigenvalues, condition number
    let report = fit.Model |> Model.regressionReport curve
    printfn $"{report}"
    report.RSquared.Value > 0.9999
