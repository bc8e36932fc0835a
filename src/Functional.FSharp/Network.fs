namespace Functional.FSharp

open System
open System.Numerics
open Functional

/// What a loss is differentiated by; begin with <c>Network.allVariables</c>.
type GradientVariables =
    {
        /// The paths of the parameters; all by default.
        Parameters: string list option
        /// Whether by the input too.
        Input: bool
    }

    /// The paths for the C# API.
    member internal variables.Paths =
        variables.Parameters |> Option.map (fun paths -> paths :> string seq) |> Option.toObj

/// Networks as values: composed, printed, asked for sizes, and compiled.
[<RequireQualifiedAccess>]
module Network =
    /// <summary>Networks one after the other, first applied first; none at all is <c>identity</c>.</summary>
    /// <exception cref="T:Functional.ShapeException">Sizes that are known do not fit; every mismatch is listed with its fix.</exception>
    let compose (networks: Network seq) = Network.Compose networks

    /// The layers from first applied to last.
    let layers (network: Network) = List.ofSeq network.Layers

    /// The C# code that makes the network, which <c>parse</c> reads back.
    let print (network: Network) = network.ToString()

    /// <summary>Reads a network as <c>print</c> writes it.</summary>
    /// <exception cref="T:Functional.NetworkParseException">The text is no network; the message shows where and what was expected.</exception>
    /// <exception cref="T:Functional.ShapeException">It is one, but its sizes do not fit.</exception>
    let parse text = Network.Parse text

    /// <summary>The number of trainable parameters.</summary>
    /// <exception cref="T:Functional.ShapeException">An input size is not known: use <c>dense</c>, or <c>withInput</c> first.</exception>
    let parameterCount (network: Network) = network.ParameterCount

    /// <summary>The shape of one input row.</summary>
    /// <exception cref="T:Functional.ShapeException">It is not known.</exception>
    let inputShape (network: Network) = network.InputShape

    /// <summary>The shape of one output row.</summary>
    /// <exception cref="T:Functional.ShapeException">It is not known without the input's shape.</exception>
    let outputShape (network: Network) = network.OutputShape

    /// <summary>The same network with every input size stated: <c>network |> Network.withInput (shape [ 28; 28 ])</c>.</summary>
    /// <exception cref="T:Functional.ShapeException">A layer cannot take what reaches it; every mismatch is listed with its fix.</exception>
    let withInput input (network: Network) = network.WithInput input

    /// <summary>Every layer with its path, shapes and parameters, in order of application.</summary>
    /// <exception cref="T:Functional.ShapeException">Sizes do not fit or are not known: use <c>withInput</c> first.</exception>
    let describe (network: Network) = List.ofSeq (network.Describe())

    /// <summary>Derives, fuses and plans training in single precision, for batches of up to batchSize rows.</summary>
    /// <exception cref="T:Functional.FunctionalException">Loss and network do not belong together, or sizes are not known.</exception>
    let compileTraining loss optimizer batchSize (network: Network) =
        network.CompileTraining<float32>(loss, optimizer, batchSize)

    /// <summary>The same with options: <c>Network.compileTrainingWith (CompileOptions(Fuse = false)) loss optimizer 32</c>.</summary>
    /// <exception cref="T:Functional.FunctionalException">Loss and network do not belong together, or sizes are not known.</exception>
    let compileTrainingWith options loss optimizer batchSize (network: Network) =
        network.CompileTraining<float32>(loss, optimizer, batchSize, options)

    /// <summary>Plans the loss and its gradient in single precision, for batches of up to batchSize rows.</summary>
    /// <exception cref="T:Functional.FunctionalException">Loss and network do not belong together, or sizes are not known.</exception>
    let compileGradient loss batchSize (network: Network) =
        network.CompileGradient<float32>(loss, batchSize)

    /// <summary>The same with options.</summary>
    /// <exception cref="T:Functional.FunctionalException">Loss and network do not belong together, or sizes are not known.</exception>
    let compileGradientWith options loss batchSize (network: Network) =
        network.CompileGradient<float32>(loss, batchSize, options)

    /// Every parameter, and the input.
    let allVariables: GradientVariables = { Parameters = None; Input = true }

    /// <summary>
    /// Plans the loss and its gradient by some variables only, which takes less time:
    /// <c>Network.compileGradientBy { Network.allVariables with Input = false } CompileOptions.Default loss 32</c>.
    /// </summary>
    /// <exception cref="T:Functional.FunctionalException">Loss and network do not belong together, or sizes are not known.</exception>
    /// <exception cref="T:System.ArgumentException">The network has no parameter of a path.</exception>
    let compileGradientBy (variables: GradientVariables) options loss batchSize (network: Network) =
        network.CompileGradient<float32>(loss, batchSize, options, variables.Paths, variables.Input)

    /// <summary>Plans products with the Hessian of the loss by all parameters in single precision, for batches of up to batchSize rows.</summary>
    /// <exception cref="T:Functional.FunctionalException">Loss and network do not belong together, or sizes are not known.</exception>
    let compileHessian loss batchSize (network: Network) =
        network.CompileHessian<float32>(loss, batchSize)

    /// <summary>The same with options.</summary>
    /// <exception cref="T:Functional.FunctionalException">Loss and network do not belong together, or sizes are not known.</exception>
    let compileHessianWith options loss batchSize (network: Network) =
        network.CompileHessian<float32>(loss, batchSize, options)

    /// <summary>Plans prediction in single precision, for batches of up to batchSize rows.</summary>
    /// <exception cref="T:Functional.ShapeException">Sizes are not known.</exception>
    let compileInference batchSize (network: Network) =
        network.CompileInference<float32> batchSize

    /// <summary>The same with options.</summary>
    /// <exception cref="T:Functional.ShapeException">Sizes are not known.</exception>
    let compileInferenceWith options batchSize (network: Network) =
        network.CompileInference<float32>(batchSize, options)

    /// <summary>
    /// The same compilers in a precision of your choice, float32 or float:
    /// <c>network |> Network.Of&lt;float>.compileTraining loss optimizer 32</c>.
    /// </summary>
    [<AbstractClass; Sealed>]
    type Of<'T
        when 'T: unmanaged
        and 'T: struct
        and 'T: (new: unit -> 'T)
        and 'T :> ValueType
        and 'T :> IBinaryFloatingPointIeee754<'T>> =

        /// Derives, fuses and plans training, for batches of up to batchSize rows.
        static member compileTraining loss optimizer batchSize (network: Network) =
            network.CompileTraining<'T>(loss, optimizer, batchSize)

        /// The same with options.
        static member compileTrainingWith options loss optimizer batchSize (network: Network) =
            network.CompileTraining<'T>(loss, optimizer, batchSize, options)

        /// Plans the loss and its gradient, for batches of up to batchSize rows.
        static member compileGradient loss batchSize (network: Network) =
            network.CompileGradient<'T>(loss, batchSize)

        /// The same with options.
        static member compileGradientWith options loss batchSize (network: Network) =
            network.CompileGradient<'T>(loss, batchSize, options)

        /// Plans the loss and its gradient by some variables only, with options.
        static member compileGradientBy (variables: GradientVariables) options loss batchSize (network: Network) =
            network.CompileGradient<'T>(loss, batchSize, options, variables.Paths, variables.Input)

        /// Plans products with the Hessian of the loss by all parameters, for batches of up to batchSize rows.
        static member compileHessian loss batchSize (network: Network) =
            network.CompileHessian<'T>(loss, batchSize)

        /// The same with options.
        static member compileHessianWith options loss batchSize (network: Network) =
            network.CompileHessian<'T>(loss, batchSize, options)

        /// Plans prediction, for batches of up to batchSize rows.
        static member compileInference batchSize (network: Network) = network.CompileInference<'T> batchSize

        /// The same with options.
        static member compileInferenceWith options batchSize (network: Network) =
            network.CompileInference<'T>(batchSize, options)
