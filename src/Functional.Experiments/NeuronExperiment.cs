using static Functional.Layers;

namespace Functional.Experiments;

/// <summary>One neuron, y = f(Σ wᵢ·xᵢ + b): computed by hand, and by the plan it is compiled to.</summary>
internal static class NeuronExperiment
{
    // A few roundings of numbers about as large as the sum: 2⁻⁵³ and 2⁻²⁴ by the number of terms.
    private const double DoubleTolerance = 1e-13;
    private const double FloatTolerance = 1e-5;

    private static readonly (string Name, Network Layer, Func<double, double> Function)[] Activations =
    [
        ("identity", Identity, u => u),
        ("ReLU", Relu, u => Math.Max(u, 0)),
        ("leaky ReLU", LeakyRelu, u => u > 0 ? u : 0.01 * u),
        ("sigmoid", Sigmoid, u => 1 / (1 + Math.Exp(-u))),
        ("tanh", Tanh, Math.Tanh),
        ("softplus", Softplus, u => Math.Log(1 + Math.Exp(u))),
        ("swish", Swish, u => u / (1 + Math.Exp(-u))),
    ];

    private static readonly int[] Inputs = [1, 2, 3, 10, 100];

    public static Experiment Value { get; } =
        new("neuron", "Is a compiled neuron the formula y = f(Σ wᵢ·xᵢ + b) that one computes by hand?", false, Run);

    private static ExperimentResult Run(ExperimentContext context)
    {
        RandomStream random = context.Random();
        List<object?[]> rows = [];
        foreach ((string name, Network layer, Func<double, double> f) in Activations)
        {
            context.Begin($"{name} of 1 to 100 inputs");
            foreach (int inputs in Inputs)
            {
                double[] weights = Normal(ref random, inputs, 1 / Math.Sqrt(inputs));
                double[] x = Normal(ref random, inputs, 1);
                double bias = random.NextNormal();
                double byHand = f(weights.Zip(x, (w, one) => w * one).Sum() + bias);
                Network neuron = Dense(inputs, 1) >> layer;
                double compiled = neuron.With<double>(weights, [bias]).Predict(x)[0];
                double single = neuron.With<float>(weights, [bias]).Predict([.. x.Select(one => (float)one)])[0];
                rows.Add([
                    name,
                    inputs,
                    byHand,
                    compiled,
                    Math.Abs(compiled - byHand),
                    single,
                    Math.Abs(single - byHand),
                ]);
            }
        }
        double worst = rows.Max(row => (double)row[4]!);
        double worstSingle = rows.Max(row => (double)row[6]!);
        (double one, double layerWise) = LayerOfNeurons(ref random);
        return new(
            new(
                "summary",
                ["activation", "inputs", "by hand", "double", "difference", "float", "difference of float"],
                rows
            ),
            [Curves()],
            [
                Claim.Of(
                    "In double precision the compiled neuron is the formula, but for rounding",
                    worst < DoubleTolerance,
                    $"{rows.Count} neurons, the largest difference {worst:0.0E+0}, allowed {DoubleTolerance:0E+0}"
                ),
                Claim.Of(
                    "So it is in single precision",
                    worstSingle < FloatTolerance,
                    $"the largest difference {worstSingle:0.0E+0}, allowed {FloatTolerance:0E+0}"
                ),
                Claim.Of(
                    "A layer of 3 neurons on 4 inputs is 3 neurons, each with its own column of W",
                    one == layerWise,
                    $"Σ y is {one:R} neuron by neuron and {layerWise:R} as a layer"
                ),
            ]
        );
    }

    private static double[] Normal(ref RandomStream random, int count, double deviation)
    {
        double[] values = new double[count];
        foreach (ref double value in values.AsSpan())
            value = deviation * random.NextNormal();
        return values;
    }

    // The sum of three neurons' outputs, compiled one by one and as one layer.
    private static (double OneByOne, double AsLayer) LayerOfNeurons(ref RandomStream random)
    {
        double[] weights = Normal(ref random, 4 * 3, 0.5);
        double[] biases = Normal(ref random, 3, 1);
        double[] x = Normal(ref random, 4, 1);
        double sum = 0;
        for (int i = 0; i < 3; i++)
        {
            double[] column = [.. weights.Where((_, index) => index % 3 == i)];
            sum += (Dense(4, 1) >> Tanh).With<double>(column, [biases[i]]).Predict(x)[0];
        }
        return (sum, (Dense(4, 3) >> Tanh).With<double>(weights, biases).Predict(x).Sum());
    }

    private static DataTable Curves() =>
        new(
            "activations",
            ["u", .. Activations.Select(one => one.Name)],
            Enumerable
                .Range(-60, 121)
                .Select(step => step / 10.0)
                .Select(u =>
                    new object?[] { u }
                        .Concat(Activations.Select(one => (object?)one.Function(u)))
                        .ToArray()
                )
        );
}
