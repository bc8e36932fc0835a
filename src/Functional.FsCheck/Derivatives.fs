namespace Functional.FsCheck

open System
open Functional

/// Derivatives of scalar expressions, worked out apart from the core's table of rules.
[<RequireQualifiedAccess>]
module Derivatives =
    let private number (value: float) = Scalar.Constant value :> Scalar

    let private isNumber value (e: Scalar) =
        match e with
        | :? Scalar.Constant as c -> c.Value = value
        | _ -> false

    let private times (a: Scalar) (b: Scalar) =
        if isNumber 0.0 a || isNumber 0.0 b then number 0.0
        elif isNumber 1.0 a then b
        elif isNumber 1.0 b then a
        else a * b

    let private plus (a: Scalar) (b: Scalar) =
        if isNumber 0.0 a then b
        elif isNumber 0.0 b then a
        else a + b

    let private negative (a: Scalar) = if isNumber 0.0 a then a else -a

    /// f′(a), as documented at the functions.
    let private slope f (a: Scalar) : Scalar =
        match f with
        | UnaryFunction.Negate -> number -1.0
        | UnaryFunction.Reciprocal -> negative (Scalar.Reciprocal(a * a))
        | UnaryFunction.Exp
        | UnaryFunction.Expm1 -> Scalar.Exp a
        | UnaryFunction.Log -> Scalar.Reciprocal a
        | UnaryFunction.SafeLog -> Scalar.Reciprocal(Scalar.Max(a, number 1e-12))
        | UnaryFunction.Sqrt -> number 0.5 / Scalar.Sqrt a
        | UnaryFunction.Abs -> Scalar.Sign a
        | UnaryFunction.Relu -> Scalar.Step a
        | UnaryFunction.Sigmoid -> Scalar.Sigmoid a * (number 1.0 - Scalar.Sigmoid a)
        | UnaryFunction.Tanh -> number 1.0 - Scalar.Square(Scalar.Tanh a)
        | UnaryFunction.Softplus -> Scalar.Sigmoid a
        | UnaryFunction.Erf -> number (2.0 / sqrt Math.PI) * Scalar.Exp(-(a * a))
        | UnaryFunction.Sin -> Scalar.Cos a
        | UnaryFunction.Cos -> negative (Scalar.Sin a)
        | UnaryFunction.Sign
        | UnaryFunction.Step -> number 0.0
        | other -> invalidOp $"bug in Functional.FsCheck, please report: no derivative of {other}"

    /// The derivative by x, as an expression of x.
    [<CompiledName "Of">]
    let rec of' (e: Scalar) : Scalar =
        match e with
        | :? Scalar.Variable -> number 1.0
        | :? Scalar.Unary as u -> times (slope u.Function u.Argument) (of' u.Argument)
        | :? Scalar.Binary as b ->
            let left, right = of' b.Left, of' b.Right

            match b.Function with
            | BinaryFunction.Add -> plus left right
            | BinaryFunction.Subtract -> plus left (negative right)
            | BinaryFunction.Multiply -> plus (times left b.Right) (times b.Left right)
            | BinaryFunction.Divide ->
                // (a/b)′ = a′/b − a·b′/b²
                plus
                    (times left (Scalar.Reciprocal b.Right))
                    (negative (times (times b.Left right) (Scalar.Reciprocal(b.Right * b.Right))))
            | BinaryFunction.Maximum -> Scalar.Where(Scalar.Greater(b.Left, b.Right), left, right)
            | BinaryFunction.Minimum -> Scalar.Where(Scalar.Greater(b.Right, b.Left), left, right)
            | _ -> number 0.0
        | :? Scalar.Choice as c -> Scalar.Where(c.Condition, of' c.WhenPositive, of' c.Otherwise)
        | _ -> number 0.0
