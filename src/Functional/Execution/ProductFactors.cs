using System.Numerics;
using Functional.Buffers;
using Functional.Graphs;
using Functional.Kernels;
using Functional.Plans;

namespace Functional.Execution;

/// <summary>A factor of a product, with its strides along the product's own dimension and along the one that is summed over.</summary>
internal readonly record struct ProductFactor(Node Value, nint Outer, nint Inner);

/// <summary>What a product's kernel reads, in the layouts that the plan has chosen.</summary>
internal static class ProductFactors
{
    /// <summary>How the product is cut into tiles and blocks.</summary>
    public static MatMulPlan PlanOf<TV, T>(ExecutionPlan plan, Step.MatMul step)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int m, int n, int k) = Sizes(step, plan.BatchSize);
        bool isFlat = step.Epilogue is { IsFlat: true },
            hasC = step.Epilogue is null;
        if (step.Way == ProductWay.Terms)
            return MatMulPlan.Inner<TV, T>(m, n, k, hasC, isFlat);
        (ProductFactor left, ProductFactor right) = Of(plan, step);
        int results = step.Epilogue is null ? 1 : plan.MatricesOf(step.Epilogue);
        return MatMulPlan.Choose<TV, T>(m, n, k, left.Inner, right.Outer, hasC, results, isFlat);
    }

    /// <summary>Rows, columns and terms of what the kernel computes. Asked whenever the number of rows changes: allocates nothing.</summary>
    public static (int M, int N, int K) Sizes(Step.MatMul step, int rows)
    {
        Shape product = step.Product.Shape;
        (int m, int n) = (At(product, 0), At(product, 1));
        int k = At(step.Left.Shape, step.Primitive.TransposeLeft ? 0 : 1);
        return step.Way == ProductWay.Rows ? (n, m, k) : (m, n, k);

        int At(Shape shape, int dimension) => shape[dimension] == Shape.Batch ? rows : shape[dimension];
    }

    /// <summary>The factors of what the kernel computes: for the transposed product, Cᵀ = BᵀAᵀ, they change places.</summary>
    public static (ProductFactor Left, ProductFactor Right) Of(ExecutionPlan plan, Step.MatMul step)
    {
        ProductFactor a = FactorOf(plan, step.Left, step.Primitive.TransposeLeft);
        ProductFactor b = FactorOf(plan, step.Right, !step.Primitive.TransposeRight);
        return step.Way == ProductWay.Rows ? (b, a) : (a, b);
    }

    private static ProductFactor FactorOf(ExecutionPlan plan, Node matrix, bool isInnerFirst)
    {
        (nint row, nint column) = plan.Buffers[matrix].IsFeatureMajor
            ? ((nint)1, (nint)BufferAssignment.BatchStride(plan.BatchSize))
            : (matrix.Shape[1], 1);
        return isInnerFirst ? new(matrix, column, row) : new(matrix, row, column);
    }
}
