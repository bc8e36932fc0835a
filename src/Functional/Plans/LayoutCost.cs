using Functional.Graphs;

namespace Functional.Plans;

/// <summary>What a step costs by the layouts of its values, in cycles of a core with 16 lanes: a model that ranks, not a prediction.</summary>
/// <param name="batchSize">The rows of a batch.</param>
/// <param name="isFeatureMajor">How a value lies.</param>
/// <param name="isShown">Whether callers see a value or it is a mask: it lies row-major, too.</param>
/// <param name="policy">Whether cost decides at all.</param>
internal sealed class LayoutCost(
    int batchSize,
    Func<Node, bool> isFeatureMajor,
    Func<Node, bool> isShown,
    LayoutPolicy policy
)
{
    private const int Lanes = 16;

    // Measured on AVX-512: two multiply-adds a cycle, each four cycles long; a 16×16 block transposed in 80 (of floats, whose
    // transposition was made faster since, in 50: layouts are still chosen by this).
    private const double MultiplyAddsPerCycle = 2;
    private const double Latency = 4;
    private const double TransposedElement = 0.3;
    private const double RowStart = 2;
    private const double FoldedTile = 60;

    /// <summary>The cost of a step whose own values are feature-major or row-major.</summary>
    public double Of(Step step, bool isFeatureMajor) =>
        step switch
        {
            Step.Elementwise(FusedProgram program) => Of(program, isFeatureMajor),
            Step.MatMul matMul => Of(matMul, isFeatureMajor),
            Step.Reduce reduce => Of(reduce.Space, 1 + (reduce.Prologue?.Nodes.Count ?? 0), false, isFeatureMajor),
            _ => 0,
        };

    /// <summary>The cheapest way of a product whose own values are feature-major or row-major.</summary>
    public ProductWay WayOf(Step.MatMul step, bool isFeatureMajor)
    {
        if (step.Product.Shape.HasBatch)
            return isFeatureMajor ? ProductWay.Rows : ProductWay.Columns;
        if (policy == LayoutPolicy.RowMajor || !LiesAlongBatch(step.Left) || !LiesAlongBatch(step.Right))
            return ProductWay.Columns;
        return policy == LayoutPolicy.FeatureMajor || Of(step, ProductWay.Terms) < Of(step, ProductWay.Columns)
            ? ProductWay.Terms
            : ProductWay.Columns;
    }

    /// <summary>What copying a source, a mask or an output to or from the other layout costs.</summary>
    public double OfCopy(Node value) => (double)value.Shape.Count * batchSize * TransposedElement;

    private bool LiesAlongBatch(Node factor) =>
        factor.Shape is { Rank: 2, HasBatch: true } && (factor.Shape[1] == 1 || isFeatureMajor(factor));

    private double Of(Step.MatMul step, bool isFeatureMajor) =>
        Of(step, WayOf(step, isFeatureMajor))
        + (step.Epilogue is FusedProgram epilogue ? Of(epilogue, isFeatureMajor) : 0);

    private double Of(Step.MatMul step, ProductWay way)
    {
        int m = Size(step.Product.Shape[0]),
            n = Size(step.Product.Shape[1]),
            k = Size(step.Left.Shape[step.Primitive.TransposeLeft ? 0 : 1]);
        if (way == ProductWay.Terms)
        {
            double tiles = Math.Ceiling(m / 4.0) * Math.Ceiling(n / 4.0);
            return tiles * (Vectors(k) * Lanes / MultiplyAddsPerCycle + FoldedTile);
        }
        // The factor in the lanes is read along them; lying across, it is transposed first.
        bool isAcross =
            way == ProductWay.Rows
                ? IsAcross(step.Left, step.Primitive.TransposeLeft)
                : IsAcross(step.Right, !step.Primitive.TransposeRight);
        (int lanes, int rows) = way == ProductWay.Rows ? (m, n) : (n, m);
        double sums = (double)rows * Vectors(lanes);
        return k * Math.Max(sums / MultiplyAddsPerCycle, Latency)
            + (isAcross ? (double)k * lanes * TransposedElement : 0);
    }

    // Whether a factor's own second dimension is in the lanes and it lies along its first, or the other way round. What is shown lies both ways.
    private bool IsAcross(Node factor, bool isSecondInLanes) =>
        isFeatureMajor(factor) ? isSecondInLanes && !isShown(factor) : !isSecondInLanes;

    private double Of(FusedProgram program, bool isTransposed) =>
        Of(program.Space, program.Nodes.Count + program.Operands.Count, program.IsFlat, isTransposed);

    private double Of(IterationSpace space, int operations, bool isFlat, bool isTransposed)
    {
        IterationSpace run = space with { IsTransposed = isTransposed };
        (int rows, int columns) = (run.RowsFor(batchSize), run.ColumnsFor(batchSize));
        return isFlat && !isTransposed
            ? operations * Vectors(rows * (double)columns)
            : rows * (operations * Vectors(columns) + RowStart);
    }

    private int Size(int dimension) => dimension == Shape.Batch ? batchSize : dimension;

    private static double Vectors(double elements) => Math.Ceiling(elements / Lanes);
}
