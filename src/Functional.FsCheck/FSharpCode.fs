namespace Functional.FsCheck

open System.Text.RegularExpressions
open Functional

/// What there is as the F# code that makes it, given <c>open Functional</c> and then <c>open Functional.FSharp</c>.
[<RequireQualifiedAccess>]
module FSharpCode =
    let private camel (name: string) =
        name.Substring(0, 1).ToLowerInvariant() + name.Substring 1

    let private number = Literals.fsharp >> Literals.argument

    /// An expression of the arguments of a function being defined.
    [<CompiledName "Scalar">]
    let scalar (expression: Scalar) = ScalarCode.fsharp expression

    let private define kind name arguments (expression: Scalar) (derivative: Scalar | null) =
        let defined = $"{Literals.fsharpText name} (fun {arguments} -> {scalar expression})"

        match derivative with
        | null -> $"{kind}.define {defined}"
        | derivative -> $"{kind}.defineWith {defined} (fun {arguments} -> {scalar derivative})"

    /// <summary>An initializer: <c>Initializer.heNormal</c>.</summary>
    [<CompiledName "Initializer">]
    let initializer (initializer: Initializer) =
        match initializer with
        | :? Initializer.UniformBetween as u -> $"Initializer.uniform {number u.Low} {number u.High}"
        | :? Initializer.Filled as f when f = (Initializer.Zeros :?> Initializer.Filled) -> "Initializer.zeros"
        | :? Initializer.Filled as f -> $"Initializer.constant {number f.Value}"
        | :? Initializer.Scaled as s -> $"Initializer.{camel s.Name}"
        | other -> invalidOp $"bug in Functional.FsCheck, please report: no code for {other}"

    /// <summary>An activation: <c>Activation.relu</c>, <c>Activation.define "f" (fun x -> x * Scalar.sigmoid x)</c>.</summary>
    [<CompiledName "Activation">]
    let activation (activation: Activation) =
        match activation with
        | :? Activation.Elementwise as defined when not defined.IsBuiltIn ->
            define "Activation" defined.Name "x" defined.Expression defined.Derivative
        | :? Activation.Elementwise as made when
            made.Parameter.HasValue && not (List.contains activation [ Activation.LeakyRelu; Activation.Elu ])
            ->
            $"Activation.{camel made.Name}With {number made.Parameter.Value}"
        | other -> $"Activation.{camel other.Name}"

    let private options (defaults: string) (fields: (string * string) list) =
        let list = fields |> List.map (fun (name, value) -> $"{name} = {value}") |> String.concat "; "
        $"{{ {defaults} with {list} }}"

    let private dense (d: Network.Dense) =
        let told =
            [
                if not d.HasBias then
                    "Bias", "false"
                for weights in Option.toList (Option.ofObj d.Weights) do
                    "Weights", $"Some({initializer weights})"
                for biases in Option.toList (Option.ofObj d.Biases) do
                    "Biases", $"Some({initializer biases})"
            ]

        let name = if d.Inputs.HasValue then "dense" else "denseTo"
        let sizes = if d.Inputs.HasValue then $"{d.Inputs.Value} {d.Outputs}" else $"{d.Outputs}"

        if told.IsEmpty then
            $"{name} {sizes}"
        else
            $"""{name}With {options "denseDefaults" told} {sizes}"""

    let private batchNorm (n: Network.BatchNorm) =
        let told =
            [
                if n.Momentum <> 0.1 then
                    "Momentum", number n.Momentum
                if n.Epsilon <> 1e-5 then
                    "Epsilon", number n.Epsilon
                if not n.IsAffine then
                    "Affine", "false"
            ]

        if told.IsEmpty then
            "batchNorm"
        else
            $"""batchNormWith {options "batchNormDefaults" told}"""

    /// <summary>A network: <c>dense 2 20 --> tanh --> residual (dense 20 20)</c>.</summary>
    [<CompiledName "Network">]
    let rec network (value: Network) : string =
        match value with
        | :? Network.Dense as d -> dense d
        | :? Network.Activate as a -> layer a.Activation
        | :? Network.Flatten -> "flatten"
        | :? Network.Residual as r -> $"residual {argument r.Body}"
        | :? Network.Named as n -> $"named {Literals.quoted n.Name} {argument n.Body}"
        | :? Network.Shared as s -> $"shared {Literals.quoted s.Name} {argument s.Body}"
        | :? Network.Concat as c ->
            let branches = c.Branches |> Seq.map network |> String.concat "; "
            $"concat [ {branches} ]"
        | :? Network.Dropout as d -> $"dropout {number d.Rate}"
        | :? Network.BatchNorm as n -> batchNorm n
        | :? Network.LayerNorm as n when n.Epsilon = 1e-5 && n.IsAffine -> "layerNorm"
        | :? Network.LayerNorm as n -> $"layerNormWith {number n.Epsilon} {camel (string n.IsAffine)}"
        | :? Network.Embedding as e ->
            match e.Weights with
            | null -> $"embedding {e.Count} {e.Size} {e.Columns}"
            | weights -> $"embeddingWith ({initializer weights}) {e.Count} {e.Size} {e.Columns}"
        | :? Network.Sequence as s when s.Parts.Count = 0 -> "identity"
        | :? Network.Sequence as s -> s.Parts |> Seq.map network |> String.concat " --> "
        | other -> invalidOp $"bug in Functional.FsCheck, please report: no code for {other}"

    and private argument (body: Network) =
        let code = network body
        if code.Contains ' ' then $"({code})" else code

    and private layer (value: Activation) =
        let code = activation value
        let prefix = "Activation."

        if code.Contains ' ' then $"activate ({code})" else code.Substring prefix.Length

    /// <summary>A loss: <c>Loss.crossEntropy</c>, <c>Loss.define "square" (fun p y -> Scalar.square (p - y))</c>.</summary>
    [<CompiledName "Loss">]
    let loss (loss: Loss) =
        match LossForm.of' loss with
        | Property name -> $"Loss.{camel name}"
        | Huber delta -> $"Loss.huberWith {number delta}"
        | Binary(smoothing, weight) -> $"Loss.binaryCrossEntropyWith {number smoothing} {number weight}"
        | CrossEntropy(ofProbabilities, smoothing, weights) ->
            let name =
                if ofProbabilities then
                    "crossEntropyOfProbabilitiesWith"
                else
                    "crossEntropyWith"

            let list = weights |> List.map Literals.fsharp |> String.concat "; "
            $"Loss.{name} {number smoothing} [ {list} ]"
        | Defined -> define "Loss" loss.Name "p y" loss.Expression loss.Derivative

    /// <summary>An optimizer, by the core's methods: <c>Optimizer.Sgd(0.1, momentum = 0.9)</c>.</summary>
    [<CompiledName "Optimizer">]
    let optimizer (optimizer: Optimizer) =
        Regex.Replace(CSharpCode.optimizer optimizer, @"(\w+): ", "$1 = ")

    /// <summary>A shape: <c>shape [ 28; 28 ]</c>.</summary>
    [<CompiledName "Shape">]
    let shape (shape: Shape) =
        let list = shape.Dimensions.ToArray() |> Seq.map string |> String.concat "; "
        $"shape [ {list} ]"
