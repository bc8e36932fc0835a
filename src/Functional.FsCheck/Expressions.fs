namespace Functional.FsCheck

open System
open FsCheck
open FsCheck.FSharp
open Functional

/// Generated scalar expressions of x: what activations and losses are defined by.
[<RequireQualifiedAccess>]
module Expressions =
    let private x = Scalar.Variable "x" :> Scalar
    let private number (value: float) = Scalar.Constant value :> Scalar

    // Arithmetic of numbers is a number, as operators and Activation.Define make it.
    let private unary f (a: Scalar) =
        match f, a with
        | UnaryFunction.Negate, (:? Scalar.Constant as c) -> number -c.Value
        | _ -> Scalar.Unary(f, a)

    let private binary f (a: Scalar) (b: Scalar) =
        match f with
        | BinaryFunction.Add -> a + b
        | BinaryFunction.Subtract -> a - b
        | BinaryFunction.Multiply -> a * b
        | BinaryFunction.Divide -> a / b
        | _ -> Scalar.Binary(f, a, b)

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

    /// Whether an expression is known to be finite with finite derivatives everywhere, growing at most like a small polynomial; without
    /// kinks, infinitely differentiable.
    [<CompiledName "IsTame">]
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

    /// Expressions for which isTame kinks holds.
    [<CompiledName "Tame">]
    let tame kinks : Gen<Scalar> =
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

    /// Expressions of any form, also such as no operator builds: to print, not to compute.
    [<CompiledName "Any">]
    let any: Gen<Scalar> =
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

    /// Smaller expressions: a part, the same with a smaller part, a rounder number.
    [<CompiledName "Shrink">]
    let rec shrink (e: Scalar) : Scalar seq =
        seq {
            match e with
            | :? Scalar.Constant as c ->
                for simple in List.distinct [ 0.0; 1.0; round c.Value ] do
                    if Double.IsFinite simple && not (abs simple >= abs c.Value) then
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

    /// Smaller expressions for which isTame kinks holds.
    [<CompiledName "ShrinkTame">]
    let shrinkTame kinks e = shrink e |> Seq.filter (isTame kinks)

    /// Expressions as contents allow them.
    [<CompiledName "Generate">]
    let generate contents =
        if contents.AnyExpressions then any else tame contents.Kinks

    /// An expression of another argument than x.
    [<CompiledName "Substitute">]
    let rec substitute (argument: Scalar) (e: Scalar) : Scalar =
        match e with
        | :? Scalar.Variable -> argument
        | :? Scalar.Unary as u -> unary u.Function (substitute argument u.Argument)
        | :? Scalar.Binary as b -> binary b.Function (substitute argument b.Left) (substitute argument b.Right)
        | :? Scalar.Choice as c ->
            Scalar.Where(
                substitute argument c.Condition,
                substitute argument c.WhenPositive,
                substitute argument c.Otherwise
            )
        | other -> other
