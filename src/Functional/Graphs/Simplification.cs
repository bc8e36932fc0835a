using System.Collections.Immutable;
using static Functional.BinaryFunction;
using static Functional.UnaryFunction;

namespace Functional.Graphs;

/// <summary>
/// Rewrites a graph to an equal one: losses of probabilities to their stable logit forms, and algebra that leaves fewer operations
/// (the joint gradient of softmax and cross-entropy becomes p − y by it). Each rule stands beside its formula.
/// </summary>
internal static class Simplification
{
    public static Graph Simplify(Graph graph)
    {
        GraphBuilder builder = new(graph.Nodes.Length);
        Dictionary<Node, Node> simplified = new(graph.Nodes.Length);
        Func<Node, Node> known = node => simplified[node];
        foreach (Node node in graph.Nodes)
        {
            builder.Origin = node.Origin;
            simplified[node] = Rewrite(builder, node.Primitive, ImmutableArray.CreateRange(node.Inputs, known));
        }
        return GraphVerifier.Verify(
            Graph.Of(graph.Outputs.Select(output => output with { Node = simplified[output.Node] }))
        );
    }

    // The simplest node equal to a primitive applied to simplified inputs. A rule's result is built through Rewrite again.
    private static Node Rewrite(GraphBuilder g, Primitive primitive, ImmutableArray<Node> inputs) =>
        primitive switch
        {
            Primitive.Unary(UnaryFunction function) => Unary(g, function, inputs[0]),
            Primitive.Binary(Add) => Sum(g, inputs[0], inputs[1]),
            Primitive.Binary(Subtract) => Difference(g, inputs[0], inputs[1]),
            Primitive.Binary(Multiply) => Product(g, inputs[0], inputs[1]),
            Primitive.Binary(Divide) => Quotient(g, inputs[0], inputs[1]),
            Primitive.Broadcast(Shape shape) => Broadcast(g, inputs[0], shape),
            Primitive.SumTo(Shape shape) => SumTo(g, inputs[0], shape),
            Primitive.Reshape(Shape shape) => Reshape(g, inputs[0], shape),
            Primitive.Slice(int start, int length) => Slice(g, inputs[0], start, length),
            _ => g.Add(primitive, inputs),
        };

    private static Node Unary(GraphBuilder g, UnaryFunction f, Node x) =>
        (f, x) switch
        {
            // f(c) and f(repeated s) are computed once
            (Negate, (Primitive.Constant(double c), _)) => g.Constant(-c),
            (not Negate, (Primitive.Broadcast, _)) => Broadcast(g, Unary(g, f, x.Inputs[0]), x.Shape),
            (Negate, (Primitive.Broadcast, [(Primitive.Constant, _) c])) => Broadcast(g, Unary(g, f, c), x.Shape),
            // −(−a) = a,  −(a − b) = b − a
            (Negate, (Primitive.Unary(Negate), _)) => x.Inputs[0],
            (Negate, (Primitive.Binary(Subtract), _)) => Difference(g, x.Inputs[1], x.Inputs[0]),
            // ln softmax(z) in one, stable by the maximum subtracted;  ln eᵃ = a
            (Log or SafeLog, (Primitive.Softmax, _)) => g.Add(new Primitive.LogSoftmax(), x.Inputs[0]),
            (Log or SafeLog, (Primitive.Unary(Exp), _)) => x.Inputs[0],
            // ln σ(z) = −softplus(−z);  ln(1 − σ(z)) = −softplus(z)
            (Log or SafeLog, (Primitive.Unary(Sigmoid), _)) => Unary(
                g,
                Negate,
                Unary(g, Softplus, Unary(g, Negate, x.Inputs[0]))
            ),
            (Log or SafeLog, (Primitive.Binary(Subtract), _))
                when IsNumber(x.Inputs[0], 1) && x.Inputs[1].Primitive is Primitive.Unary(Sigmoid) => Unary(
                g,
                Negate,
                Unary(g, Softplus, x.Inputs[1].Inputs[0])
            ),
            _ => g.Unary(f, x),
        };

    private static Node Sum(GraphBuilder g, Node x, Node y)
    {
        // a + 0 = a
        if (IsNumber(x, 0))
            return y;
        if (IsNumber(y, 0))
            return x;
        // y·softplus(−z) + (1 − y)·softplus(z) = softplus(z) − y·z: binary cross-entropy of a sigmoid, finite at any z
        if (BinaryCrossEntropy(x, y) is (Node target, Node logit))
            return Difference(g, Unary(g, Softplus, logit), Product(g, target, logit));
        return (x, y) switch
        {
            // a + a = 2·a,  s·a + s·b = s·(a + b);  signs move outward
            _ when x == y => Scale(g, g.Constant(2), x),
            (

                (Primitive.Binary(Multiply), [(Primitive.Broadcast, [{ Shape.Rank: 0 } s]), var a]),

                (Primitive.Binary(Multiply), [(Primitive.Broadcast, [{ Shape.Rank: 0 } t]), var b])
            ) when s == t => Scale(g, s, Sum(g, a, b)),
            ((Primitive.Unary(Negate), [var a]), (Primitive.Unary(Negate), [var b])) => Unary(g, Negate, Sum(g, a, b)),
            ((Primitive.Unary(Negate), [var a]), _) => Difference(g, y, a),
            (_, (Primitive.Unary(Negate), [var b])) => Difference(g, x, b),
            _ => Both(g, Add, x, y) ?? g.Sum(x, y),
        };
    }

    private static Node Difference(GraphBuilder g, Node x, Node y)
    {
        // a − 0 = a,  0 − b = −b
        if (IsNumber(y, 0))
            return x;
        if (IsNumber(x, 0))
            return Unary(g, Negate, y);
        return (x, y) switch
        {
            (_, (Primitive.Unary(Negate), [var b])) => Sum(g, x, b),
            ((Primitive.Unary(Negate), [var a]), _) => Unary(g, Negate, Sum(g, a, y)),
            // s·a − s·b = s·(a − b) for a number s: the joint gradient p − y comes out scaled once
            (

                (Primitive.Binary(Multiply), [(Primitive.Broadcast, [{ Shape.Rank: 0 } s]), var a]),

                (Primitive.Binary(Multiply), [(Primitive.Broadcast, [{ Shape.Rank: 0 } t]), var b])
            ) when s == t => Scale(g, s, Difference(g, a, b)),
            _ => Both(g, Subtract, x, y) ?? g.Difference(x, y),
        };
    }

    private static Node Product(GraphBuilder g, Node x, Node y)
    {
        // a·0 = 0,  a·1 = a,  a·(−1) = −a
        if (IsNumber(x, 0) || IsNumber(y, 1))
            return x;
        if (IsNumber(y, 0) || IsNumber(x, 1))
            return y;
        if (IsNumber(x, -1))
            return Unary(g, Negate, y);
        if (IsNumber(y, -1))
            return Unary(g, Negate, x);
        return (x, y) switch
        {
            // numbers meet: c·(d·s) = (c·d)·s
            ((Primitive.Constant, _), (Primitive.Binary(Multiply), [(Primitive.Constant, _) d, var s])) => Product(
                g,
                Product(g, x, d),
                s
            ),
            ((Primitive.Binary(Multiply), [(Primitive.Constant, _) d, var s]), { Shape.Rank: 0 }) => Product(
                g,
                d,
                Product(g, s, y)
            ),
            (_, (Primitive.Constant, _)) when x.Primitive is not Primitive.Constant => Product(g, y, x),
            // signs and scalar factors move outward, where sums and other scalars meet them
            ((Primitive.Unary(Negate), [var a]), _) => Unary(g, Negate, Product(g, a, y)),
            (_, (Primitive.Unary(Negate), [var b])) => Unary(g, Negate, Product(g, x, b)),
            ((Primitive.Broadcast, _), (Primitive.Broadcast, _)) => Both(g, Multiply, x, y) ?? g.Product(x, y),
            (

                (Primitive.Broadcast, [{ Shape.Rank: 0 } s]),

                (Primitive.Binary(Multiply), [(Primitive.Broadcast, [{ Shape.Rank: 0 } t]), var b])
            ) => Scale(g, Product(g, s, t), b),
            (

                (Primitive.Binary(Multiply), [(Primitive.Broadcast, [{ Shape.Rank: 0 }]), _]),

                (Primitive.Broadcast, [{ Shape.Rank: 0 }])
            ) => Product(g, y, x),
            ((Primitive.Binary(Multiply), [(Primitive.Broadcast, [{ Shape.Rank: 0 } s]), var a]), _) => Scale(
                g,
                s,
                Product(g, a, y)
            ),
            (_, (Primitive.Binary(Multiply), [(Primitive.Broadcast, [{ Shape.Rank: 0 } s]), var b])) => Scale(
                g,
                s,
                Product(g, x, b)
            ),
            (_, (Primitive.Broadcast, [{ Shape.Rank: 0 }])) => g.Product(y, x),
            _ => Both(g, Multiply, x, y) ?? g.Product(x, y),
        };
    }

    private static Node Quotient(GraphBuilder g, Node x, Node y) =>
        IsNumber(y, 1) || IsNumber(x, 0) ? x
        : x is (Primitive.Unary(Negate), [var a]) ? Unary(g, Negate, Quotient(g, a, y))
        : Both(g, Divide, x, y) ?? g.Quotient(x, y);

    private static Node Broadcast(GraphBuilder g, Node x, Shape shape) =>
        x.Shape == shape ? x
        : x.Primitive is Primitive.Broadcast && ShapeInference.CanBroadcast(x.Inputs[0].Shape, shape)
            ? Broadcast(g, x.Inputs[0], shape)
        : x is (Primitive.Unary(Negate), [var a]) ? Unary(g, Negate, Broadcast(g, a, shape))
        : g.Broadcast(x, shape);

    private static Node SumTo(GraphBuilder g, Node x, Shape shape)
    {
        if (x.Shape == shape)
            return x;
        return x switch
        {
            // Σ 0 = 0;  but for sums over rows (−a and s·a are what other steps read too), Σ −a = −Σ a,  Σ s·a = s·Σ a
            _ when IsNumber(x, 0) => g.Constant(0, shape),
            (Primitive.Unary(Negate), [var a]) when !SumsRows(shape, x.Shape) => Unary(g, Negate, SumTo(g, a, shape)),
            (Primitive.Binary(Multiply), [(Primitive.Broadcast, [{ Shape.Rank: 0 } s]), var a])
                when !SumsRows(shape, x.Shape) => Scale(g, s, SumTo(g, a, shape)),
            // a one-hot row sums to 1, and a smoothed one, s·onehot + c of n columns, to s + n·c
            (Primitive.OneHot, _) when ShapeInference.IsPerRow(shape, x.Shape) => g.Constant(1, shape),
            (
                (Primitive.Binary(Add)),
                [

                    (
                        (Primitive.Binary(Multiply)),
                        [(Primitive.Broadcast, [(Primitive.Constant(double s), _)]), (Primitive.OneHot, _)]
                    ),

                    (Primitive.Broadcast, [(Primitive.Constant(double c), _)]),
                ]
            ) when ShapeInference.IsPerRow(shape, x.Shape) => g.Constant(s + x.Shape[^1] * c, shape),
            // Σ over all = Σ over all of partial sums
            (Primitive.SumTo, _) when ShapeInference.CanBroadcast(shape, x.Inputs[0].Shape) => SumTo(
                g,
                x.Inputs[0],
                shape
            ),
            _ => g.SumTo(x, shape),
        };
    }

    private static bool SumsRows(Shape small, Shape large) => small.Rank > 0 && !ShapeInference.IsPerRow(small, large);

    private static Node Reshape(GraphBuilder g, Node x, Shape shape) =>
        x.Shape == shape ? x
        : x.Primitive is Primitive.Reshape ? Reshape(g, x.Inputs[0], shape)
        : g.Reshape(x, shape);

    private static Node Slice(GraphBuilder g, Node x, int start, int length)
    {
        if (length == x.Shape[^1])
            return x;
        switch (x)
        {
            // part of a part;  part of one of two put side by side
            case (Primitive.Slice(int first, _), [var a]):
                return Slice(g, a, first + start, length);
            case (Primitive.Concat, [var a, _]) when start + length <= a.Shape[^1]:
                return Slice(g, a, start, length);
            case (Primitive.Concat, [var a, var b]) when start >= a.Shape[^1]:
                return Slice(g, b, start - a.Shape[^1], length);
            // part of a number repeated
            case (Primitive.Broadcast, [{ Shape.Rank: 0 } s]):
                return g.Broadcast(s, new Shape([.. x.Shape.Dimensions[..^1], length]));
            default:
                return g.Slice(x, start, length);
        }
    }

    private static Node Scale(GraphBuilder g, Node scalar, Node x) => Product(g, Broadcast(g, scalar, x.Shape), x);

    // f of two numbers is a number; f of two values repeated alike is computed before they are repeated.
    private static Node? Both(GraphBuilder g, BinaryFunction f, Node x, Node y)
    {
        if (x.Primitive is Primitive.Constant(double a) && y.Primitive is Primitive.Constant(double b))
        {
            double folded = f switch
            {
                Add => a + b,
                Subtract => a - b,
                Multiply => a * b,
                _ => a / b,
            };
            return double.IsFinite(folded) ? g.Constant(folded) : null;
        }
        if (
            x.Primitive is Primitive.Broadcast
            && y.Primitive is Primitive.Broadcast
            && x.Inputs[0].Shape == y.Inputs[0].Shape
        )
            return Broadcast(g, Rewrite(g, new Primitive.Binary(f), [x.Inputs[0], y.Inputs[0]]), x.Shape);
        return null;
    }

    // y·softplus(−z) + (1 − y)·softplus(z), in any order of terms and factors → (y, z)
    private static (Node Target, Node Logit)? BinaryCrossEntropy(Node x, Node y)
    {
        foreach ((Node first, Node second) in new[] { (x, y), (y, x) })
        foreach ((Node target, Node softplus) in Factors(first))
        foreach ((Node rest, Node other) in Factors(second))
            if (
                softplus.Primitive is Primitive.Unary(Softplus)
                && softplus.Inputs[0] is (Primitive.Unary(Negate), [var logit])
                && other.Primitive is Primitive.Unary(Softplus)
                && other.Inputs[0] == logit
                && rest.Primitive is Primitive.Binary(Subtract)
                && IsNumber(rest.Inputs[0], 1)
                && rest.Inputs[1] == target
            )
                return (target, logit);
        return null;

        static (Node, Node)[] Factors(Node node) =>
            node.Primitive is Primitive.Binary(Multiply)
                ? [(node.Inputs[0], node.Inputs[1]), (node.Inputs[1], node.Inputs[0])]
                : [];
    }

    /// <summary>Whether a node is a number, or a number repeated.</summary>
    private static bool IsNumber(Node node, double value) =>
        node.Primitive is Primitive.Constant(double c)
            ? c == value
            : node.Primitive is Primitive.Broadcast
                && node.Inputs[0].Primitive is Primitive.Constant(double repeated)
                && repeated == value;
}
