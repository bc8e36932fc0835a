using Functional.Graphs;

namespace Functional;

/// <summary>What is done to all gradients of a step before the update.</summary>
/// <param name="Limit">c, positive.</param>
internal abstract record GradientClip(double Limit)
{
    /// <summary>g ← min(max(g, −c), c) at every element.</summary>
    public sealed record Value(double Limit) : GradientClip(Limit)
    {
        public override Node[] Apply(GraphBuilder builder, Node[] gradients) =>
            [
                .. gradients.Select(g =>
                    builder.Binary(
                        BinaryFunction.Minimum,
                        builder.Binary(BinaryFunction.Maximum, g, builder.Constant(-Limit)),
                        builder.Constant(Limit)
                    )
                ),
            ];

        public override string Formula => $"g ← Min(Max(g, {Number(-Limit)}), {Number(Limit)})";

        /// <summary>The call that adds it to an optimizer.</summary>
        public override string ToString() => $".ClipValue({Number(Limit)})";
    }

    /// <summary>g ← g·c/max(‖g‖, c), which is g·min(1, c/‖g‖) and finite at 0.</summary>
    public sealed record Norm(double Limit) : GradientClip(Limit)
    {
        public override Node[] Apply(GraphBuilder builder, Node[] gradients)
        {
            if (gradients.Length == 0)
                return gradients;
            Node square = gradients
                .Select(g => builder.SumTo(builder.Product(g, g), Shape.Scalar))
                .Aggregate(builder.Sum);
            Node limit = builder.Constant(Limit);
            Node norm = builder.Unary(UnaryFunction.Sqrt, square);
            Node factor = builder.Quotient(limit, builder.Binary(BinaryFunction.Maximum, norm, limit));
            return [.. gradients.Select(g => builder.Product(g, factor))];
        }

        public override string Formula =>
            $"g ← g·{Number(Limit)} / Max(‖g‖, {Number(Limit)}), ‖g‖ of the gradient by all parameters together";

        /// <summary>The call that adds it to an optimizer.</summary>
        public override string ToString() => $".ClipNorm({Number(Limit)})";
    }

    /// <summary>The gradients, clipped, in the same order.</summary>
    public abstract Node[] Apply(GraphBuilder builder, Node[] gradients);

    /// <summary>What it does, as an explanation shows it.</summary>
    public abstract string Formula { get; }

    private static string Number(double value) => ScalarPrinter.Number(value);
}
