using Functional.Graphs;

namespace Functional.Checking;

/// <summary>On which smooth piece of a function with kinks or jumps an element lies.</summary>
internal static class Branches
{
    // Below it the derivative of max(ln x, −100) is a convention, not its slope.
    private const double SmallestLogarithm = 1e-12;

    /// <summary>Whether a node's function has pieces.</summary>
    public static bool Has(Node node) =>
        node.Primitive switch
        {
            Primitive.Unary(UnaryFunction f) => f
                is UnaryFunction.Relu
                    or UnaryFunction.Step
                    or UnaryFunction.Abs
                    or UnaryFunction.Sign
                    or UnaryFunction.SafeLog,
            Primitive.Binary(BinaryFunction f) => f
                is BinaryFunction.Maximum
                    or BinaryFunction.Minimum
                    or BinaryFunction.Greater,
            Primitive.Select => true,
            _ => false,
        };

    /// <summary>Whether two values of a node's inputs lie on different pieces, at any element.</summary>
    public static bool Differ(Node node, ReadOnlySpan<double[]> before, ReadOnlySpan<double[]> after)
    {
        for (int i = 0; i < before[0].Length; i++)
            if (!Piece(node, before, i).Equals(Piece(node, after, i)))
                return true;
        return false;
    }

    // A number that two elements share exactly if they lie on one piece.
    private static double Piece(Node node, ReadOnlySpan<double[]> inputs, int i) =>
        node.Primitive switch
        {
            Primitive.Unary(UnaryFunction.SafeLog) => Math.Min(inputs[0][i], SmallestLogarithm),
            Primitive.Unary(UnaryFunction.Relu or UnaryFunction.Step) or Primitive.Select => inputs[0][i] > 0 ? 1 : 0,
            Primitive.Unary => Side(inputs[0][i], 0),
            _ => Side(inputs[0][i], inputs[1][i]),
        };

    private static double Side(double x, double y) =>
        x > y ? 1
        : x < y ? -1
        : 0;
}
