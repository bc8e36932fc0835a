using System.Diagnostics;

namespace Functional;

/// <summary>How a layer's parameters begin. Fan-in and fan-out are the weight matrix's row and column counts.</summary>
public abstract record Initializer
{
    private Initializer() { }

    /// <summary>Uniform on [Low, High).</summary>
    public sealed record UniformBetween : Initializer
    {
        internal UniformBetween(double low, double high) => (Low, High) = (low, high);

        /// <summary>The smallest value.</summary>
        public double Low { get; }

        /// <summary>The bound that no value reaches.</summary>
        public double High { get; }

        /// <summary>The initializer as the code that makes it.</summary>
        public override string ToString() =>
            $"Initializer.Uniform({ScalarPrinter.Number(Low)}, {ScalarPrinter.Number(High)})";
    }

    /// <summary>Every element the same.</summary>
    public sealed record Filled : Initializer
    {
        internal Filled(double value) => Value = value;

        /// <summary>The value.</summary>
        public double Value { get; }

        /// <summary>The initializer as the code that makes it.</summary>
        public override string ToString() =>
            Value == 0 ? "Initializer.Zeros" : $"Initializer.Constant({ScalarPrinter.Number(Value)})";
    }

    /// <summary>Zero mean with a variance set by the layer's fan-in and fan-out.</summary>
    public sealed record Scaled : Initializer
    {
        internal Scaled(string name, double gain, FanMode fan, bool normal) =>
            (Name, Gain, Fan, IsNormal) = (name, gain, fan, normal);

        /// <summary>The name it prints under.</summary>
        public string Name { get; }

        /// <summary>The variance times the fan.</summary>
        public double Gain { get; }

        /// <summary>Which fan divides the variance.</summary>
        public FanMode Fan { get; }

        /// <summary>Whether the distribution is normal, otherwise uniform with the same variance.</summary>
        public bool IsNormal { get; }

        /// <summary>The initializer as the code that makes it.</summary>
        public override string ToString() => $"Initializer.{Name}";
    }

    /// <summary>What the variance of a scaled initializer is divided by.</summary>
    public enum FanMode
    {
        /// <summary>The number of inputs.</summary>
        In,

        /// <summary>The mean of the numbers of inputs and outputs.</summary>
        Average,
    }

    /// <summary>Uniform on ±√(6/(fan-in + fan-out)), variance 2/(fan-in + fan-out): for tanh and sigmoid (Glorot and Bengio 2010).</summary>
    public static Initializer XavierUniform { get; } =
        new Scaled(nameof(XavierUniform), 1, FanMode.Average, normal: false);

    /// <summary>Normal with variance 2/(fan-in + fan-out) (Glorot and Bengio 2010).</summary>
    public static Initializer XavierNormal { get; } =
        new Scaled(nameof(XavierNormal), 1, FanMode.Average, normal: true);

    /// <summary>Uniform on ±√(6/fan-in), variance 2/fan-in: for ReLU and its relatives (He et al. 2015).</summary>
    public static Initializer HeUniform { get; } = new Scaled(nameof(HeUniform), 2, FanMode.In, normal: false);

    /// <summary>Normal with variance 2/fan-in (He et al. 2015).</summary>
    public static Initializer HeNormal { get; } = new Scaled(nameof(HeNormal), 2, FanMode.In, normal: true);

    /// <summary>Uniform on ±1/√fan-in, variance 1/(3·fan-in): PyTorch's default for linear layers.</summary>
    public static Initializer ScaledUniform { get; } =
        new Scaled(nameof(ScaledUniform), 1.0 / 3, FanMode.In, normal: false);

    /// <summary>Every element 0: the default of biases.</summary>
    public static Initializer Zeros { get; } = new Filled(0);

    /// <summary>Every element <paramref name="value"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public static Initializer Constant(double value) =>
        double.IsFinite(value)
            ? new Filled(value)
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The value must be finite.");

    /// <summary>Uniform on [<paramref name="low"/>, <paramref name="high"/>).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bounds are not finite or not in order.</exception>
    public static Initializer Uniform(double low, double high) =>
        double.IsFinite(high - low) && low < high
            ? new UniformBetween(low, high)
            : throw new ArgumentOutOfRangeException(
                nameof(high),
                $"Uniform({ScalarPrinter.Number(low)}, {ScalarPrinter.Number(high)}): the bounds must be finite, as must their difference, and low < high."
            );

    /// <summary>The default for the weights of a layer by what follows it: He for the ReLU family, Xavier otherwise.</summary>
    public static Initializer DefaultFor(Activation? following) =>
        following
            is Activation.Elementwise
            {
                IsBuiltIn: true,
                Name: "Relu" or "LeakyRelu" or "Elu" or "Gelu" or "Swish" or "Softplus"
            }
            ? HeNormal
            : XavierUniform;

    internal static IReadOnlyList<Initializer> Named { get; } =
    [XavierUniform, XavierNormal, HeUniform, HeNormal, ScaledUniform, Zeros];

    /// <summary>Fills a parameter of a layer with <paramref name="fanIn"/> inputs and <paramref name="fanOut"/> outputs.</summary>
    internal void Fill(Span<double> values, int fanIn, int fanOut, ref RandomStream random)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = this switch
            {
                Filled filled => filled.Value,
                // Rounding may reach the bound that no value has.
                UniformBetween uniform => Math.Min(
                    uniform.Low + (uniform.High - uniform.Low) * random.NextUniform(),
                    Math.BitDecrement(uniform.High)
                ),
                Scaled scaled => Math.Sqrt(scaled.Gain / (scaled.Fan == FanMode.In ? fanIn : 0.5 * (fanIn + fanOut)))
                    * (scaled.IsNormal ? random.NextNormal() : Math.Sqrt(3) * (2 * random.NextUniform() - 1)),
                _ => throw new UnreachableException(),
            };
    }
}
