namespace Functional.FsCheck

open System.Text.RegularExpressions
open Functional

/// What there is as the C# code that makes it, given <c>using static Functional.Layers;</c>.
[<RequireQualifiedAccess>]
module CSharpCode =
    /// The network's own text.
    [<CompiledName "Network">]
    let network (network: Network) = network.ToString()

    /// A loss, by its name or by its definition.
    [<CompiledName "Loss">]
    let loss (loss: Loss) =
        let list (values: float list) =
            values |> List.map Literals.csharp |> String.concat ", "

        match LossForm.of' loss with
        | Property name -> $"Loss.{name}"
        | Huber delta -> $"Loss.HuberWith({Literals.csharp delta})"
        | Binary(smoothing, weight) ->
            $"Loss.BinaryCrossEntropyWith({Literals.csharp smoothing}, {Literals.csharp weight})"
        | CrossEntropy(ofProbabilities, smoothing, weights) ->
            let name =
                if ofProbabilities then
                    "CrossEntropyOfProbabilitiesWith"
                else
                    "CrossEntropyWith"

            $"Loss.{name}({Literals.csharp smoothing}, [{list weights}])"
        | Defined ->
            let functions =
                loss.Expression :: Option.toList (Option.ofObj loss.Derivative)
                |> List.map (fun e -> $"(p, y) => {ScalarCode.csharp e}")
                |> String.concat ", "

            $"Loss.Define({Literals.quoted loss.Name}, {functions})"

    /// An optimizer, by its own text.
    [<CompiledName "Optimizer">]
    let optimizer (optimizer: Optimizer) = $"Optimizer.{optimizer}"

    /// A shape.
    [<CompiledName "Shape">]
    let shape (shape: Shape) =
        Regex.Replace(string shape, @"^\[(.*)\]$", "new Shape($1)")
