using BenchmarkDotNet.Attributes;
using Functional.Graphs;
using static Functional.Scalar;

namespace Functional.Bench;

/// <summary>An elementwise kernel: of one array, or the optimizer's of four.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Of">The function; null for the optimizer's update.</param>
public sealed record ElementwiseFunction(string Name, Func<Scalar, Scalar>? Of)
{
    /// <summary>Arrays that it touches.</summary>
    public int Arrays => Of is null ? 4 : 2;

    /// <summary>Arrays that it reads, and those that it writes.</summary>
    public int Traffic => Of is null ? 7 : 2;

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Fused elementwise kernels in first-level cache, in second-level cache and in memory, against a copy there.</summary>
public class ElementwiseBenchmarks
{
    private Workload? _workload;

    /// <summary>The function.</summary>
    [ParamsSource(nameof(Functions))]
    public ElementwiseFunction Function { get; set; } = null!;

    /// <summary>How many elements an array has.</summary>
    [Params(2_000, 50_000, 8_000_000)]
    public int Elements { get; set; }

    /// <summary>float or double.</summary>
    [ParamsAllValues]
    public Precision Precision { get; set; }

    /// <summary>The registers' width.</summary>
    [ParamsSource(nameof(Widths))]
    public VectorWidth Width { get; set; }

    /// <summary>From what costs nothing beside its memory to what costs most.</summary>
    public static IEnumerable<ElementwiseFunction> Functions =>
        [
            new("relu", x => Max(x, 0)),
            new("exp", Exp),
            new("log", Log),
            new("tanh", Tanh),
            new("sigmoid", Sigmoid),
            new("gelu", x => x * (0.5 * (1 + Erf(x * 0.7071067811865476)))),
            new("adam", null),
        ];

    /// <summary>Those of this machine.</summary>
    public static IEnumerable<VectorWidth> Widths => RegisterWidths.OfMachine;

    /// <summary>Plans and binds.</summary>
    [GlobalSetup]
    public void Compile()
    {
        GraphBuilder builder = new();
        Node x = builder.Source(SourceKind.Given, "x", new(Elements));
        Graph graph = Function.Of is { } function
            ? Graph.Of(
                new GraphOutput(OutputKind.Prediction, "", builder.Expression(function(new Variable("x")), _ => x))
            )
            : Optimizer.Adam(NetworkCase.LearningRate).Append(Graph.Of(new GraphOutput(OutputKind.Gradient, "w", x)));
        _workload = Workload.Create(graph, Precision, Width);
    }

    /// <summary>Frees the memory.</summary>
    [GlobalCleanup]
    public void Free() => _workload!.Dispose();

    /// <summary>One pass over the arrays.</summary>
    [Benchmark]
    public void Apply() => _workload!.Run();
}
