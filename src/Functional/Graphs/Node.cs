using System.Collections.Immutable;

namespace Functional.Graphs;

/// <summary>One operation on values: immutable, and unique in its graph (equal operations on equal inputs are one node).</summary>
/// <param name="id">Its place in the order of creation; every input has a smaller one.</param>
/// <param name="primitive">The operation.</param>
/// <param name="inputs">What it is applied to.</param>
/// <param name="shape">The shape of its value.</param>
/// <param name="origin">The path of the layer it comes from, or the stage that made it.</param>
internal sealed class Node(int id, Primitive primitive, ImmutableArray<Node> inputs, Shape shape, string origin)
{
    public int Id { get; } = id;

    public Primitive Primitive { get; } = primitive;

    public ImmutableArray<Node> Inputs { get; } = inputs;

    public Shape Shape { get; } = shape;

    public string Origin { get; } = origin;

    /// <summary>For rules that match on shapes of expressions: <c>x is (Primitive.Unary(Negate), [var a])</c>.</summary>
    public void Deconstruct(out Primitive primitive, out ImmutableArray<Node> inputs) =>
        (primitive, inputs) = (Primitive, Inputs);

    // Nodes are equal by reference; their numbers hash faster than the runtime's.
    public override int GetHashCode() => Id;

    /// <summary><c>%7: [B, 20] = Unary Relu(%6)</c>.</summary>
    public override string ToString() => GraphPrinter.Print(this);
}
