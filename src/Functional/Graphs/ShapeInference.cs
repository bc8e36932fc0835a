using System.Collections.Immutable;
using System.Diagnostics;

namespace Functional.Graphs;

/// <summary>The shape of a primitive's value from the shapes of its inputs; null where the primitive cannot take them.</summary>
internal static class ShapeInference
{
    public static Shape? ShapeOf(Primitive primitive, ImmutableArray<Node> inputs) =>
        inputs switch
        {
            [] => Infer(primitive, []),
            [var x] => Infer(primitive, [x.Shape]),
            [var x, var y] => Infer(primitive, [x.Shape, y.Shape]),
            [var x, var y, var z] => Infer(primitive, [x.Shape, y.Shape, z.Shape]),
            _ => null,
        };

    public static Shape? Infer(Primitive primitive, ReadOnlySpan<Shape> inputs) =>
        primitive switch
        {
            Primitive.Source source => inputs is [] ? source.Shape : null,
            Primitive.Constant or Primitive.InverseRows => inputs is [] ? Shape.Scalar : null,
            Primitive.Vector(var values) => inputs is [] ? new Shape(values.Count) : null,
            Primitive.RandomMask mask => inputs is [] ? mask.Shape : null,
            Primitive.Unary => inputs is [var x] ? x : null,
            Primitive.Binary => inputs is [var x, var y] && x == y ? x : null,
            Primitive.Select or Primitive.CustomDerivative => inputs is [var c, var x, var y] && c == x && x == y
                ? x
                : null,
            Primitive.Broadcast(Shape shape) => inputs is [var x] && CanBroadcast(x, shape) ? shape : null,
            Primitive.SumTo(Shape shape) => inputs is [var x] && CanBroadcast(shape, x) ? shape : null,
            Primitive.MatMul matMul => inputs is [{ Rank: 2 } a, { Rank: 2 } b] ? Product(matMul, a, b) : null,
            Primitive.Softmax or Primitive.LogSoftmax => inputs is [{ Rank: >= 1 } x] && x[^1] != Shape.Batch
                ? x
                : null,
            Primitive.Reshape(Shape shape) => inputs is [var x]
            && x.Count == shape.Count
            && x.HasBatch == shape.HasBatch
                ? shape
                : null,
            Primitive.Concat => inputs is [{ Rank: >= 1 } a, { Rank: >= 1 } b]
            && a[^1] != Shape.Batch
            && b[^1] != Shape.Batch
            && a.Dimensions[..^1].SequenceEqual(b.Dimensions[..^1])
                ? new Shape([.. a.Dimensions[..^1], a[^1] + b[^1]])
                : null,
            Primitive.Slice(int start, int length) => inputs is [{ Rank: >= 1 } x]
            && x[^1] != Shape.Batch
            && start >= 0
            && length > 0
            && length <= x[^1] - start
                ? new Shape([.. x.Dimensions[..^1], length])
                : null,
            Primitive.Gather => inputs is [{ Rank: 2, HasBatch: false } table, { Rank: 2, HasBatch: true } numbers]
                ? new Shape(numbers[0], numbers[1], table[1])
                : null,
            Primitive.ScatterSum(int count) => inputs
                is [{ Rank: 2, HasBatch: true } numbers, { Rank: 3, HasBatch: true } rows]
            && rows[1] == numbers[1]
                ? new Shape(count, rows[2])
                : null,
            // never part of a graph
            Primitive.Copy => null,
            Primitive.OneHot(int classes) => inputs is [{ Rank: 2 } x] && x[1] == 1 ? new Shape(x[0], classes) : null,
            _ => throw new UnreachableException(),
        };

    /// <summary>Whether a value of one shape repeats to another: scalar, innermost dimensions, or all but the last with that one 1.</summary>
    public static bool CanBroadcast(Shape from, Shape to) => from.Rank == 0 || to.EndsWith(from) || IsPerRow(from, to);

    /// <summary>Whether <paramref name="from"/> has one element for each of <paramref name="to"/>'s innermost rows: [B, 1] to [B, n].</summary>
    public static bool IsPerRow(Shape from, Shape to) =>
        from.Rank == to.Rank
        && from.Rank > 0
        && from[^1] == 1
        && to[^1] != 1
        && from.Dimensions[..^1].SequenceEqual(to.Dimensions[..^1]);

    private static Shape? Product(Primitive.MatMul matMul, Shape a, Shape b)
    {
        (int rows, int inner) = matMul.TransposeLeft ? (a[1], a[0]) : (a[0], a[1]);
        (int otherInner, int columns) = matMul.TransposeRight ? (b[1], b[0]) : (b[0], b[1]);
        return inner == otherInner && columns != Shape.Batch ? new Shape(rows, columns) : null;
    }
}
