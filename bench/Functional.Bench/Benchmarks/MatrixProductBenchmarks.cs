using BenchmarkDotNet.Attributes;
using Functional.Graphs;

namespace Functional.Bench;

/// <summary>Which operand of a product is stored transposed.</summary>
public enum ProductForm
{
    /// <summary>A·B, as in a forward pass.</summary>
    Plain,

    /// <summary>Aᵀ·B, as in ∂L/∂W.</summary>
    LeftTransposed,

    /// <summary>A·Bᵀ, as in ∂L/∂x.</summary>
    RightTransposed,
}

/// <summary>[M, K]·[K, N].</summary>
public readonly record struct ProductShape(int M, int K, int N)
{
    /// <summary>A multiply-add counted as two.</summary>
    public double Flops => 2.0 * M * K * N;

    /// <inheritdoc/>
    public override string ToString() => $"{M}×{K}×{N}";
}

/// <summary>Matrix products by themselves, over the shapes of the reference cases, squares, and sizes that fit no tile.</summary>
public class MatrixProductBenchmarks
{
    private Workload? _workload;

    /// <summary>The sizes.</summary>
    [ParamsSource(nameof(Shapes))]
    public ProductShape Shape { get; set; }

    /// <summary>How the operands lie.</summary>
    [ParamsAllValues]
    public ProductForm Form { get; set; }

    /// <summary>float or double.</summary>
    [ParamsAllValues]
    public Precision Precision { get; set; }

    /// <summary>The registers' width.</summary>
    [ParamsSource(nameof(Widths))]
    public VectorWidth Width { get; set; }

    /// <summary>From products that fit in registers to those that fit in no cache.</summary>
    public static IEnumerable<ProductShape> Shapes =>
        [
            new(10, 20, 40),
            new(1000, 20, 40),
            new(200, 24, 8),
            new(32, 64, 64),
            new(64, 784, 100),
            new(128, 784, 512),
            new(256, 1024, 4096),
            new(256, 4096, 4096),
            new(64, 64, 64),
            new(256, 256, 256),
            new(1024, 1024, 1024),
            new(31, 57, 43),
            new(509, 511, 513),
            new(1, 1024, 1024),
        ];

    /// <summary>Those of this machine.</summary>
    public static IEnumerable<VectorWidth> Widths => RegisterWidths.OfMachine;

    /// <summary>Plans and binds.</summary>
    [GlobalSetup]
    public void Compile()
    {
        (bool left, bool right) = (Form == ProductForm.LeftTransposed, Form == ProductForm.RightTransposed);
        GraphBuilder builder = new();
        Node a = builder.Source(SourceKind.Given, "a", left ? new(Shape.K, Shape.M) : new(Shape.M, Shape.K));
        Node b = builder.Source(SourceKind.Given, "b", right ? new(Shape.N, Shape.K) : new(Shape.K, Shape.N));
        Node product = builder.MatMul(a, b, left, right);
        _workload = Workload.Create(Graph.Of(new GraphOutput(OutputKind.Prediction, "", product)), Precision, Width);
    }

    /// <summary>Frees the memory.</summary>
    [GlobalCleanup]
    public void Free() => _workload!.Dispose();

    /// <summary>One product.</summary>
    [Benchmark]
    public void Multiply() => _workload!.Run();
}
