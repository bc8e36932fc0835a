namespace Functional.FsCheck

open FsCheck
open FsCheck.FSharp
open Functional

/// Generated activations.
[<RequireQualifiedAccess>]
module Activations =
    let private smoothOnes =
        [ Activation.Gelu; Activation.Swish; Activation.Softplus; Activation.Sigmoid; Activation.Tanh ]

    /// Elu has a continuous derivative, but for one scale only and no second one.
    let private kinkedOnes = [ Activation.Relu; Activation.LeakyRelu; Activation.Elu ]

    let private parameter = Gen.choose (-150, 150) |> Gen.map (fun n -> float n / 100.0)

    let private names =
        Gen.elements
            [
                "f"
                "swish2"
                "Relu"
                "my act"
                "φ"
                "a\"b\\c"
                "line\nbreak\t"
                System.String [| '\u2028'; char 0xD800; '\000' |]
            ]

    /// An activation by an expression of x.
    [<CompiledName "Define">]
    let define (name: string) (expression: Scalar) =
        Activation.Define(name, (fun x -> Expressions.substitute x expression))

    /// An activation by an expression of x and another for its derivative, which is used as given.
    [<CompiledName "DefineWith">]
    let defineWith (name: string) (expression: Scalar) (derivative: Scalar) =
        Activation.Define(
            name,
            (fun x -> Expressions.substitute x expression),
            (fun x -> Expressions.substitute x derivative)
        )

    /// Defined with its derivative, but for one too long to read.
    let private derived name expression =
        let derivative = Derivatives.of' expression

        if (string derivative).Length <= 400 then
            defineWith name expression derivative
        else
            define name expression

    let private builtInOrDefined contents =
        let name = if contents.AnyExpressions then names else Gen.constant "f"

        let expression = Expressions.generate contents

        // What is computed with has its own derivative, any other may have any.
        let withDerivative =
            if contents.AnyExpressions then
                Gen.map3 defineWith name expression expression
            else
                Gen.map2 derived name expression

        Gen.frequency
            [
                3, Gen.elements smoothOnes
                2, Gen.map2 define name expression
                1, withDerivative
                if contents.Kinks then
                    3, Gen.elements kinkedOnes
                    1, Gen.map Activation.LeakyReluWith parameter
                    1, Gen.map Activation.EluWith parameter
                if contents.Softmax then
                    1, Gen.elements [ Activation.Softmax; Activation.LogSoftmax ]
            ]

    /// Built-in activations, some with parameters of their own, defined ones, and those of the contents.
    [<CompiledName "Generate">]
    let generate contents : Gen<Activation> =
        if contents.Activations.IsEmpty then
            builtInOrDefined contents
        else
            Gen.oneof [ builtInOrDefined contents; Gen.elements contents.Activations ]

    /// Simpler activations: Tanh, for LogSoftmax Softmax, for a sigmoid of one's own the built-in one, and for a defined one a simpler
    /// expression, with its right derivative where one was given; the contents' own are left as they are or become Tanh.
    [<CompiledName "Shrink">]
    let shrink contents (activation: Activation) : Activation seq =
        seq {
            if activation <> Activation.Tanh then
                Activation.Tanh

            if not (List.contains activation contents.Activations) then
                yield! Endings.simpler activation

            match activation with
            | :? Activation.Elementwise as custom when
                not (custom.IsBuiltIn || List.contains activation contents.Activations)
                ->
                let again name expression =
                    match custom.Derivative with
                    | null -> define name expression
                    | derivative when contents.AnyExpressions || expression = custom.Expression ->
                        defineWith name expression derivative
                    | _ -> derived name expression

                match custom.Derivative with
                | null -> ()
                | derivative ->
                    define custom.Name custom.Expression

                    if contents.AnyExpressions then
                        for smaller in Expressions.shrink derivative do
                            defineWith custom.Name custom.Expression smaller

                if contents.AnyExpressions && custom.Name <> "f" then
                    again "f" custom.Expression

                let expressions =
                    if contents.AnyExpressions then
                        Expressions.shrink custom.Expression
                    else
                        Expressions.shrinkTame contents.Kinks custom.Expression

                for smaller in expressions do
                    again custom.Name smaller
            | _ -> ()
        }
