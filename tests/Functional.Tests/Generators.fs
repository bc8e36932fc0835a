/// What tests take of generated expressions and networks: each kind under its own type.
module Generators

open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.FsCheck
open Functional.Gradients
open Functional.Graphs

module Derivatives =
    let private expressionOf (derived: Graph) : Scalar =
        let known = System.Collections.Generic.Dictionary<Node, Scalar>()

        let rec expression (node: Node) : Scalar =
            match known.TryGetValue node with
            | true, e -> e
            | _ ->
                let inputs = [ for input in node.Inputs -> expression input ]

                let e =
                    match node.Primitive, inputs with
                    | :? Primitive.Source, _ -> Scalar.Variable "x" :> Scalar
                    | :? Primitive.Constant as c, _ -> Scalar.Constant c.Value
                    | :? Primitive.Unary as u, [ a ] -> Scalar.Apply(u.Function, a)
                    | :? Primitive.Binary as b, [ l; r ] -> Scalar.Apply(b.Function, l, r)
                    | :? Primitive.Select, [ c; a; b ] -> Scalar.Where(c, a, b)
                    | primitive, _ -> failwith $"{primitive} is no scalar function"

                known[node] <- e
                e

        expression (derived.Output(OutputKind.Gradient, "x"))

    /// The derivative by x that the table of rules gives, as an expression.
    let byTheTable (e: Scalar) : Scalar =
        let builder = GraphBuilder()
        let source = builder.Source(SourceKind.Features, "x", Shape.Scalar)
        let y = builder.Expression(e, fun _ -> source)

        ReverseMode.Differentiate(Graph.Of [ GraphOutput(OutputKind.Loss, "", y) ], y, [ source ])
        |> Simplification.Simplify
        |> expressionOf

/// An expression with derivatives of every order everywhere.
type SmoothScalar = SmoothScalar of Scalar

/// An expression that is finite everywhere, with kinks and jumps.
type KinkedScalar = KinkedScalar of Scalar

/// A network with derivatives of every order everywhere.
type SmoothNetwork = SmoothNetwork of Network

/// A network with Relu and its like.
type KinkedNetwork = KinkedNetwork of Network

/// Expressions, activations and networks of any form under their own types; those to compute with in the types above.
type Arbitraries =
    static member Scalar() =
        Arb.fromGenShrink (Expressions.any, Expressions.shrink)

    static member SmoothScalar() =
        Arb.fromGenShrink (Expressions.tame false, Expressions.shrinkTame false)
        |> Arb.convert SmoothScalar (fun (SmoothScalar e) -> e)

    static member KinkedScalar() =
        Arb.fromGenShrink (Expressions.tame true, Expressions.shrinkTame true)
        |> Arb.convert KinkedScalar (fun (KinkedScalar e) -> e)

    static member Activation() =
        Arb.fromGenShrink (Activations.generate Contents.Printable, Activations.shrink Contents.Printable)

    static member Network() =
        Networks.arbitrary Contents.Printable AnyOutput

    static member SmoothNetwork() =
        Networks.arbitrary Contents.Smooth AnyOutput |> Arb.convert SmoothNetwork (fun (SmoothNetwork n) -> n)

    static member KinkedNetwork() =
        Networks.arbitrary Contents.Kinked AnyOutput |> Arb.convert KinkedNetwork (fun (KinkedNetwork n) -> n)

/// How properties over the types above are tried.
let config =
    { FsCheckConfig.defaultConfig with
        arbitrary = [ typeof<Arbitraries> ]
    }
