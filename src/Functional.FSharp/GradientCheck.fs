namespace Functional.FSharp

open Functional

/// Gradients held against central differences of the loss; a result prints as a table and has <c>ThrowIfFailed()</c>.
[<RequireQualifiedAccess>]
module GradientCheck =
    /// rtol = atol = 1e-8, four rows; others: <c>GradientCheckOptions(Seed = 7UL, Rows = 2)</c>.
    let defaults = GradientCheckOptions.Default

    /// <summary>
    /// Checks the gradient of a network's loss by every parameter and by the input, and locates what is wrong:
    /// <c>network |> GradientCheck.check Loss.meanSquaredError</c>.
    /// </summary>
    /// <exception cref="T:Functional.FunctionalException">Loss and network do not belong together, or sizes are not known.</exception>
    let check loss (network: Network) = GradientCheck.Check(network, loss)

    /// <summary>The same with options.</summary>
    /// <exception cref="T:Functional.FunctionalException">Loss and network do not belong together, or sizes do not fit.</exception>
    let checkWith options loss (network: Network) =
        GradientCheck.Check(network, loss, options)

    /// <summary>Checks products of the loss's Hessian with random directions against differences of the gradient, to 1e-6.</summary>
    /// <exception cref="T:Functional.FunctionalException">Loss and network do not belong together, or sizes are not known.</exception>
    let checkHessian loss (network: Network) =
        GradientCheck.CheckHessian(network, loss)

    /// <summary>The same with options.</summary>
    /// <exception cref="T:Functional.FunctionalException">Loss and network do not belong together, or sizes do not fit.</exception>
    let checkHessianWith options loss (network: Network) =
        GradientCheck.CheckHessian(network, loss, options)
