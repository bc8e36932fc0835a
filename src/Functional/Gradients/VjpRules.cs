using System.Diagnostics;
using Functional.Graphs;

namespace Functional.Gradients;

/// <summary>
/// The one table of derivatives. For y = f(a, b, …) and the cotangent ȳ = ∂L/∂y each rule gives ā, b̄, … as primitives, so that
/// gradients are graphs again; null where no derivative flows.
/// </summary>
internal static class VjpRules
{
    /// <summary>The cotangents of a node's inputs from the node's own.</summary>
    /// <param name="g">Builds the gradient graph.</param>
    /// <param name="y">The node, whose inputs and value the rules may use.</param>
    /// <param name="dy">Its cotangent ȳ, of its shape.</param>
    public static Node?[] Pull(GraphBuilder g, Node y, Node dy)
    {
        Node A() => y.Inputs[0];
        Node B() => y.Inputs[1];
        return y.Primitive switch
        {
            // no inputs
            Primitive.Source
            or Primitive.Constant
            or Primitive.Vector
            or Primitive.RandomMask
            or Primitive.InverseRows => [],

            // y = f(a):  ā = ȳ·f′(a)
            Primitive.Unary(UnaryFunction f) => (Node?[])[Unary(g, f, A(), y, dy)],

            // y = a + b:  ā = ȳ,  b̄ = ȳ
            Primitive.Binary(BinaryFunction.Add) => [dy, dy],
            // y = a − b:  ā = ȳ,  b̄ = −ȳ
            Primitive.Binary(BinaryFunction.Subtract) => [dy, g.Negate(dy)],
            // y = a·b (elementwise):  ā = ȳ·b,  b̄ = ȳ·a
            Primitive.Binary(BinaryFunction.Multiply) => [g.Product(dy, B()), g.Product(dy, A())],
            // y = a/b:  ā = ȳ/b,  b̄ = −ȳ·y/b
            Primitive.Binary(BinaryFunction.Divide) =>
            [
                g.Quotient(dy, B()),
                g.Negate(g.Product(dy, g.Quotient(y, B()))),
            ],
            // y = max(a, b):  ā = ȳ where a > b,  b̄ = ȳ elsewhere
            Primitive.Binary(BinaryFunction.Maximum) => Route(g, g.Difference(A(), B()), dy),
            // y = min(a, b):  ā = ȳ where b > a,  b̄ = ȳ elsewhere
            Primitive.Binary(BinaryFunction.Minimum) => Route(g, g.Difference(B(), A()), dy),
            // y = [a > b]:  constant between jumps
            Primitive.Binary(BinaryFunction.Greater) => (Node?[])[null, null],

            // y = c > 0 ? a : b:  ā = ȳ where c > 0,  b̄ = ȳ elsewhere,  none to c
            Primitive.Select => (Node?[])[null, .. Route(g, A(), dy)],

            // y = f(x) given with d = f′(x):  x̄ = ȳ·d,  none to f(x) and d, or x would be reached twice
            Primitive.CustomDerivative => [null, null, g.Product(dy, B())],

            // y = a repeated:  ā = ȳ summed over the repetitions
            Primitive.Broadcast => [g.SumTo(dy, A().Shape)],
            // y = Σ a:  ā = ȳ repeated
            Primitive.SumTo => [g.Broadcast(dy, A().Shape)],

            // y = a·b:    ā = ȳ·bᵀ,    b̄ = aᵀ·ȳ
            Primitive.MatMul(false, false) => [g.MatMul(dy, B(), false, true), g.MatMul(A(), dy, true, false)],
            // y = aᵀ·b:   ā = b·ȳᵀ,    b̄ = a·ȳ
            Primitive.MatMul(true, false) => [g.MatMul(B(), dy, false, true), g.MatMul(A(), dy)],
            // y = a·bᵀ:   ā = ȳ·b,     b̄ = ȳᵀ·a
            Primitive.MatMul(false, true) => [g.MatMul(dy, B()), g.MatMul(dy, A(), true, false)],
            // y = aᵀ·bᵀ:  ā = bᵀ·ȳᵀ,   b̄ = ȳᵀ·aᵀ
            Primitive.MatMul(true, true) => [g.MatMul(B(), dy, true, true), g.MatMul(dy, A(), true, true)],

            // y = softmax(a) per row:  ā = y·(ȳ − Σ ȳ·y)
            Primitive.Softmax => [g.Product(y, g.Difference(dy, RowSum(g, g.Product(dy, y))))],
            // y = log softmax(a) per row:  ā = ȳ − eʸ·Σ ȳ
            Primitive.LogSoftmax => [g.Difference(dy, g.Product(g.Unary(UnaryFunction.Exp, y), RowSum(g, dy)))],

            // y = a under another shape:  ā = ȳ under a's
            Primitive.Reshape => [g.Reshape(dy, A().Shape)],
            // y = a beside b:  ā = ȳ's first part,  b̄ = ȳ's second part
            Primitive.Concat => [g.Slice(dy, 0, A().Shape[^1]), g.Slice(dy, A().Shape[^1], B().Shape[^1])],
            // y = part of a:  ā = ȳ between zeros
            Primitive.Slice(int start, _) => [Padded(g, dy, start, A().Shape)],
            // y = rows of the table a numbered b:  ā = rows of ȳ summed by number,  none to b
            Primitive.Gather => [g.Add(new Primitive.ScatterSum(A().Shape[0]), B(), dy), null],
            // y = rows b summed by their numbers a:  none to a,  b̄ = rows of ȳ numbered a
            Primitive.ScatterSum => [null, g.Add(new Primitive.Gather(), dy, A())],
            // y = one-hot rows of class indices:  none
            Primitive.OneHot => (Node?[])[null],

            _ => throw new UnreachableException(),
        };
    }

    // y = f(a):  ā = ȳ·f′, written with the output y where that spares keeping the input.
    private static Node? Unary(GraphBuilder g, UnaryFunction f, Node a, Node y, Node dy)
    {
        Node One() => g.Constant(1, y.Shape);
        Node Zero() => g.Constant(0, y.Shape);
        return f switch
        {
            // (−a)′ = −1
            UnaryFunction.Negate => g.Negate(dy),
            // (1/a)′ = −y²
            UnaryFunction.Reciprocal => g.Negate(g.Product(dy, g.Product(y, y))),
            // (eᵃ)′ = y
            UnaryFunction.Exp => g.Product(dy, y),
            // (eᵃ − 1)′ = y + 1
            UnaryFunction.Expm1 => g.Product(dy, g.Sum(y, One())),
            // (ln a)′ = 1/a
            UnaryFunction.Log => g.Quotient(dy, a),
            // max(ln a, −100)′ := 1/max(a, 10⁻¹²), finite at probability 0
            UnaryFunction.SafeLog => g.Quotient(dy, g.Binary(BinaryFunction.Maximum, a, g.Constant(1e-12, a.Shape))),
            // (√a)′ = 1/(2y)
            UnaryFunction.Sqrt => g.Quotient(dy, g.Sum(y, y)),
            // |a|′ = sign a
            UnaryFunction.Abs => g.Product(dy, g.Unary(UnaryFunction.Sign, a)),
            // max(a, 0)′ = [y > 0]
            UnaryFunction.Relu => g.Select(y, dy, Zero()),
            // σ(a)′ = y·(1 − y)
            UnaryFunction.Sigmoid => g.Product(dy, g.Product(y, g.Difference(One(), y))),
            // tanh(a)′ = 1 − y²
            UnaryFunction.Tanh => g.Product(dy, g.Difference(One(), g.Product(y, y))),
            // ln(1 + eᵃ)′ = σ(a)
            UnaryFunction.Softplus => g.Product(dy, g.Unary(UnaryFunction.Sigmoid, a)),
            // erf(a)′ = 2/√π·e^(−a²)
            UnaryFunction.Erf => g.Product(
                dy,
                g.Product(
                    g.Constant(2 / Math.Sqrt(Math.PI), a.Shape),
                    g.Unary(UnaryFunction.Exp, g.Negate(g.Product(a, a)))
                )
            ),
            // (sin a)′ = cos a
            UnaryFunction.Sin => g.Product(dy, g.Unary(UnaryFunction.Cos, a)),
            // (cos a)′ = −sin a
            UnaryFunction.Cos => g.Negate(g.Product(dy, g.Unary(UnaryFunction.Sin, a))),
            // constant between jumps
            UnaryFunction.Sign or UnaryFunction.Step => null,
            _ => throw new UnreachableException(),
        };
    }

    // Zeros, the value, zeros: as wide as the shape.
    private static Node Padded(GraphBuilder g, Node part, int start, Shape shape)
    {
        int width = part.Shape[^1];
        int after = shape[^1] - start - width;
        Node padded = start == 0 ? part : g.Concat(Zeros(start), part);
        return after == 0 ? padded : g.Concat(padded, Zeros(after));

        Node Zeros(int columns) => g.Constant(0, new Shape([.. shape.Dimensions[..^1], columns]));
    }

    private static Node?[] Route(GraphBuilder g, Node condition, Node dy)
    {
        Node zero = g.Constant(0, dy.Shape);
        return [g.Select(condition, dy, zero), g.Select(condition, zero, dy)];
    }

    // Σ over the last dimension, repeated to it again.
    private static Node RowSum(GraphBuilder g, Node x) =>
        g.Broadcast(g.SumTo(x, new Shape([.. x.Shape.Dimensions[..^1], 1])), x.Shape);
}
