using BenchmarkDotNet.Parameters;

namespace Functional.Bench;

/// <summary>What one call of a benchmark does, and the limit that it is compared with; a rate is null where it has no meaning.</summary>
/// <param name="Flops">Floating-point operations.</param>
/// <param name="PeakGflops">The most that this machine does of them per nanosecond.</param>
/// <param name="Bytes">Bytes read and written.</param>
/// <param name="PeakBytes">The most that this machine moves of them per nanosecond.</param>
internal sealed record Work(double? Flops, double PeakGflops, double? Bytes, double PeakBytes)
{
    /// <summary>The work of a benchmark with the given parameters, null where it is none of arithmetic or bandwidth.</summary>
    public static Work? Of(Type benchmark, ParameterInstances parameters)
    {
        return benchmark.Name switch
        {
            nameof(CaseBenchmarks) => Computing(
                Get<NetworkCase>(nameof(CaseBenchmarks.Case)).Flops(Get<Mode>(nameof(CaseBenchmarks.Mode))),
                Get<int>(nameof(CaseBenchmarks.Threads))
            ),
            nameof(MatrixProductBenchmarks) => Computing(
                Get<ProductShape>(nameof(MatrixProductBenchmarks.Shape)).Flops,
                threads: 1
            ),
            nameof(ElementwiseBenchmarks) => Moving(
                Get<ElementwiseFunction>(nameof(ElementwiseBenchmarks.Function)),
                Get<int>(nameof(ElementwiseBenchmarks.Elements)) * (long)SizeOf(Get<Precision>("Precision"))
            ),
            _ => null,
        };

        Work Computing(double flops, int threads) =>
            new(flops, Peak.Gflops(Get<Precision>("Precision"), Get<VectorWidth>("Width"), threads), null, 0);

        static Work Moving(ElementwiseFunction function, long arrayBytes) =>
            new(
                null,
                0,
                function.Traffic * (double)arrayBytes,
                Bandwidth.GigabytesPerSecond(function.Arrays * arrayBytes)
            );

        T Get<T>(string name) => (T)parameters[name];
    }

    private static int SizeOf(Precision precision) => precision == Precision.Float ? sizeof(float) : sizeof(double);
}
