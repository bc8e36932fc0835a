/// Generated scalar expressions and activations, each with a shrinker.
module ScalarGenerators

open System
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.Gradients
open Functional.Graphs

/// What a generated activation or network may contain.
type Contents =
    {
        /// Functions with kinks or jumps, such as Relu.
        Kinks: bool
        /// Softmax and log-softmax anywhere.
        Softmax: bool
        /// Initializers of every kind, some of which leave parameters without gradient.
        Initializers: bool
        /// Expressions of any form, with values that no number format can hold and names that need escapes.
        AnyExpressions: bool
        /// Dropout.
        Random: bool
        /// Networks that take whole numbers.
        Indices: bool
    }

let smooth =
    {
        Kinks = false
        Softmax = true
        Initializers = false
        AnyExpressions = false
        Random = true
        Indices = true
    }

let kinked = { smooth with Kinks = true }

let printable =
    {
        Kinks = true
        Softmax = true
        Initializers = true
        AnyExpressions = true
        Random = true
        Indices = true
    }

module Expressions =
    let private x = Scalar.Variable "x" :> Scalar
    let private number (value: float) = Scalar.Constant value :> Scalar

    let private unary f a =
        Scalar.Apply((f: UnaryFunction), (a: Scalar))

    let private binary f a b =
        Scalar.Apply((f: BinaryFunction), (a: Scalar), (b: Scalar))

    let private smoothFunctions =
        [
            UnaryFunction.Sigmoid
            UnaryFunction.Tanh
            UnaryFunction.Softplus
            UnaryFunction.Erf
            UnaryFunction.Sin
            UnaryFunction.Cos
            UnaryFunction.Negate
        ]

    let private kinkedFunctions = [ UnaryFunction.Relu; UnaryFunction.Abs; UnaryFunction.Sign; UnaryFunction.Step ]

    let private kinkedOperations = [ BinaryFunction.Maximum; BinaryFunction.Minimum; BinaryFunction.Greater ]

    let private boundedFunctions =
        [
            UnaryFunction.Sigmoid
            UnaryFunction.Tanh
            UnaryFunction.Erf
            UnaryFunction.Sin
            UnaryFunction.Cos
        ]

    let rec private isPositive (e: Scalar) =
        match e with
        | :? Scalar.Constant as c -> c.Value >= 0.1
        | :? Scalar.Binary as b when b.Function = BinaryFunction.Add ->
            (isPositive b.Left && isNonnegative b.Right) || (isNonnegative b.Left && isPositive b.Right)
        | _ -> false

    and private isNonnegative (e: Scalar) =
        match e with
        | :? Scalar.Unary as u when u.Function = UnaryFunction.Sigmoid -> true
        | :? Scalar.Binary as b when b.Function = BinaryFunction.Multiply -> b.Left = b.Right
        | :? Scalar.Constant as c -> c.Value >= 0.0
        | _ -> isPositive e

    let private isBounded (e: Scalar) =
        match e with
        | :? Scalar.Constant as c -> abs c.Value <= 2.0
        | :? Scalar.Unary as u -> List.contains u.Function boundedFunctions
        | _ -> false

    /// Finite with finite derivatives everywhere, growing at most like a small polynomial; without kinks, infinitely differentiable.
    let rec isTame kinks (e: Scalar) =
        match e with
        | :? Scalar.Variable -> true
        | :? Scalar.Constant as c -> abs c.Value <= 1e4
        | :? Scalar.Unary as u ->
            isTame kinks u.Argument
            && match u.Function with
               | UnaryFunction.Exp
               | UnaryFunction.Expm1 -> isBounded u.Argument
               | UnaryFunction.Log
               | UnaryFunction.SafeLog
               | UnaryFunction.Sqrt
               | UnaryFunction.Reciprocal -> isPositive u.Argument
               | f when List.contains f kinkedFunctions -> kinks
               | f -> List.contains f smoothFunctions
        | :? Scalar.Binary as b ->
            isTame kinks b.Left
            && isTame kinks b.Right
            && match b.Function with
               | BinaryFunction.Multiply -> isBounded b.Left || isBounded b.Right || b.Left = b.Right
               | BinaryFunction.Divide -> isPositive b.Right
               | f when List.contains f kinkedOperations -> kinks
               | _ -> true
        | :? Scalar.Choice as c ->
            kinks && isTame true c.Condition && isTame true c.WhenPositive && isTame true c.Otherwise
        | _ -> false

    let private smallNumber = Gen.choose (-200, 200) |> Gen.map (fun n -> number (float n / 100.0))

    /// Expressions for which `isTame kinks` holds.
    let tame kinks =
        let rec expression depth =
            if depth = 0 then
                Gen.frequency [ 4, Gen.constant x; 1, smallNumber ]
            else
                let inner = expression (depth - 1)
                let functions = if kinks then smoothFunctions @ kinkedFunctions else smoothFunctions

                let operations =
                    [ BinaryFunction.Add; BinaryFunction.Subtract ] @ (if kinks then kinkedOperations else [])

                let bounded = Gen.map2 unary (Gen.elements boundedFunctions) inner

                let positive =
                    Gen.map2
                        (fun n e -> binary BinaryFunction.Add (number (float n / 10.0)) (e * e))
                        (Gen.choose (1, 20))
                        inner

                let guarded = [ UnaryFunction.Log; UnaryFunction.SafeLog; UnaryFunction.Sqrt; UnaryFunction.Reciprocal ]

                Gen.frequency
                    [
                        2, Gen.constant x
                        4, Gen.map2 unary (Gen.elements functions) inner
                        4, Gen.map3 binary (Gen.elements operations) inner inner
                        3, Gen.map2 (binary BinaryFunction.Multiply) inner bounded
                        1, Gen.map2 (binary BinaryFunction.Multiply) smallNumber inner
                        1, Gen.map2 (binary BinaryFunction.Divide) inner positive
                        1, Gen.map2 unary (Gen.elements guarded) positive
                        1, Gen.map2 unary (Gen.elements [ UnaryFunction.Exp; UnaryFunction.Expm1 ]) bounded
                        if kinks then
                            1, Gen.map3 (fun a b c -> Scalar.Where(a, b, c)) inner inner inner
                    ]

        Gen.choose (0, 3) |> Gen.bind expression

    let private anyNumber =
        let extreme =
            Gen.elements
                [
                    0.0
                    -0.0
                    1e15
                    1e16
                    -1e300
                    Double.MaxValue
                    Double.Epsilon
                    0.1 + 0.2
                    1.0 / 3.0
                    Double.NaN
                    Double.PositiveInfinity
                    Double.NegativeInfinity
                ]

        Gen.oneof [ Gen.map number extreme; smallNumber; Gen.choose (-5, 5) |> Gen.map (float >> number) ]

    /// Expressions of any form, also such as no operator builds.
    let any =
        let rawUnary f a = Scalar.Unary(f, a) :> Scalar
        let rawBinary f a b = Scalar.Binary(f, a, b) :> Scalar

        let rec expression depth =
            if depth = 0 then
                Gen.oneof [ Gen.constant x; anyNumber ]
            else
                let inner = expression (depth - 1)

                Gen.frequency
                    [
                        1, inner
                        3, Gen.map2 rawUnary (Gen.elements (Enum.GetValues<UnaryFunction>())) inner
                        5, Gen.map3 rawBinary (Gen.elements (Enum.GetValues<BinaryFunction>())) inner inner
                        1, Gen.map3 (fun a b c -> Scalar.Where(a, b, c)) inner inner inner
                    ]

        Gen.choose (0, 5) |> Gen.bind expression

    /// Smaller expressions of the same kind: a part, the same with a smaller part, a rounder number.
    let rec shrink (e: Scalar) : Scalar seq =
        seq {
            match e with
            | :? Scalar.Constant as c ->
                for simple in [ 0.0; 1.0; round c.Value ] do
                    if
                        simple <> c.Value && (abs simple < abs c.Value || not (Double.IsFinite c.Value) || simple = 0.0)
                    then
                        number simple
            | :? Scalar.Unary as u ->
                u.Argument
                yield! shrink u.Argument |> Seq.map (unary u.Function)
            | :? Scalar.Binary as b ->
                b.Left
                b.Right
                // Both at once where they are the same, or a square could not shrink to a square.
                if b.Left = b.Right then
                    yield! shrink b.Left |> Seq.map (fun a -> binary b.Function a a)

                yield! shrink b.Left |> Seq.map (fun a -> binary b.Function a b.Right)
                yield! shrink b.Right |> Seq.map (fun a -> binary b.Function b.Left a)
            | :? Scalar.Choice as c ->
                c.WhenPositive
                c.Otherwise
                c.Condition
                yield! shrink c.Condition |> Seq.map (fun a -> Scalar.Where(a, c.WhenPositive, c.Otherwise))
                yield! shrink c.WhenPositive |> Seq.map (fun a -> Scalar.Where(c.Condition, a, c.Otherwise))
                yield! shrink c.Otherwise |> Seq.map (fun a -> Scalar.Where(c.Condition, c.WhenPositive, a))
            | _ -> ()
        }

    let shrinkTame kinks e = shrink e |> Seq.filter (isTame kinks)

    /// The derivative by x that the table of rules gives, as an expression.
    let derivative (e: Scalar) : Scalar =
        let builder = GraphBuilder()
        let source = builder.Source(SourceKind.Features, "x", Shape.Scalar)
        let y = builder.Expression(e, fun _ -> source)

        let derived =
            ReverseMode.Differentiate(Graph.Of [ GraphOutput(OutputKind.Loss, "", y) ], y, [ source ])
            |> Simplification.Simplify

        let known = System.Collections.Generic.Dictionary<Node, Scalar>()

        let rec expression (node: Node) : Scalar =
            match known.TryGetValue node with
            | true, e -> e
            | _ ->
                let inputs = [ for input in node.Inputs -> expression input ]

                let e =
                    match node.Primitive, inputs with
                    | :? Primitive.Source, _ -> x
                    | :? Primitive.Constant as c, _ -> number c.Value
                    | :? Primitive.Unary as u, [ a ] -> unary u.Function a
                    | :? Primitive.Binary as b, [ l; r ] -> binary b.Function l r
                    | :? Primitive.Select, [ c; a; b ] -> Scalar.Where(c, a, b)
                    | primitive, _ -> failwith $"{primitive} is no scalar function"

                known[node] <- e
                e

        expression (derived.Output(OutputKind.Gradient, "x"))

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
                String [| '\u2028'; char 0xD800; '\000' |]
            ]

    /// Defined with the derivative that the table of rules gives, but for one too long to read.
    let private derived (name: string) (e: Scalar) =
        let d = Expressions.derivative e

        if (string d).Length <= 400 then
            Activation.Define(name, e, d)
        else
            Activation.Define(name, e)

    let generate contents =
        let expression =
            if contents.AnyExpressions then
                Expressions.any
            else
                Expressions.tame contents.Kinks

        let name = if contents.AnyExpressions then names else Gen.constant "f"

        // What is computed with has its own derivative, any other may have any.
        let withDerivative (name: string) e =
            if contents.AnyExpressions then
                expression |> Gen.map (fun d -> Activation.Define(name, e, d))
            else
                Gen.constant (derived name e)

        Gen.frequency
            [
                3, Gen.elements smoothOnes
                2, Gen.map2 (fun (name: string) (e: Scalar) -> Activation.Define(name, e)) name expression
                1, Gen.zip name expression |> Gen.bind (fun (name, e) -> withDerivative name e)
                if contents.Kinks then
                    3, Gen.elements kinkedOnes
                    1, Gen.map Activation.LeakyReluWith parameter
                    1, Gen.map Activation.EluWith parameter
                if contents.Softmax then
                    1, Gen.elements [ Activation.Softmax; Activation.LogSoftmax ]
            ]

    let shrink contents (activation: Activation) : Activation seq =
        seq {
            if activation <> Activation.Tanh then
                Activation.Tanh

            match activation with
            | :? Activation.Elementwise as custom when not custom.IsBuiltIn ->
                let define (name: string) (e: Scalar) =
                    match custom.Derivative with
                    | null -> Activation.Define(name, e)
                    | d when contents.AnyExpressions -> Activation.Define(name, e, d)
                    | _ -> derived name e

                match custom.Derivative with
                | null -> ()
                | derivative ->
                    Activation.Define(custom.Name, custom.Expression)

                    if contents.AnyExpressions then
                        for d in Expressions.shrink derivative do
                            Activation.Define(custom.Name, custom.Expression, d)

                if custom.Name <> "f" then
                    define "f" custom.Expression

                let expressions =
                    if contents.AnyExpressions then
                        Expressions.shrink custom.Expression
                    else
                        Expressions.shrinkTame contents.Kinks custom.Expression

                for e in expressions do
                    define custom.Name e
            | _ -> ()
        }
