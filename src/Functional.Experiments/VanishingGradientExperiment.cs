using static Functional.Layers;

namespace Functional.Experiments;

/// <summary>
/// The norms ‖∂L/∂W‖ of every layer before any training, in networks of 2 … 20 dense layers that begin by the standard initializers.
/// Layers are counted from the input.
/// </summary>
internal static class VanishingGradientExperiment
{
    private const int Rows = 256;
    private const int Features = 20;
    private const int Classes = 10;
    private const int Width = 100;
    private const int Shallowest = 2;
    private const int Deepest = 20;

    public static Experiment Value { get; } =
        new(
            "vanishing-gradient",
            $"How much of the gradient reaches the first of {Shallowest} to {Deepest} layers, with σ, tanh and ReLU?",
            false,
            Run
        );

    private static ExperimentResult Run(ExperimentContext context)
    {
        Dataset clouds = Datasets.Blobs(Rows, Classes, seed: context.Seed, features: Features);
        Dataset batch = Normalization.Standard(clouds).Apply(clouds);
        Norms[] sigmoid = Measure(context, batch, Activation.Sigmoid);
        Norms[] tanh = Measure(context, batch, Activation.Tanh);
        Norms[] relu = Measure(context, batch, Activation.Relu);
        Norms[] all = [.. sigmoid, .. tanh, .. relu];
        (double factor, double explained) = FitExponential(sigmoid);
        return new(
            Summary(all),
            [Gradients(all)],
            [
                Claim.Of(
                    "With sigmoid, every further layer divides the first one's gradient by about 4, for σ′ ≤ ¼",
                    factor is > 0.2 and < 0.3 && explained > 0.99,
                    $"‖∂L/∂W‖ of the first layer falls as {factor:F3}^depth, between 0.2 and 0.3; R² of its logarithm {explained:F4}"
                ),
                Claim.Of(
                    $"With sigmoid and {Deepest} layers, the last one's gradient is more than a million times the first one's",
                    sigmoid[^1].LastOverFirst > 1e6,
                    $"{sigmoid[^1].Last:E2} / {sigmoid[^1].First:E2} = {sigmoid[^1].LastOverFirst:E1}"
                ),
                Stays("ReLU and He", relu),
                Stays("tanh and Xavier", tanh),
            ]
        );
    }

    private static Norms[] Measure(ExperimentContext context, Dataset batch, Activation activation)
    {
        context.Begin($"{activation.Name}: {Shallowest} to {Deepest} layers");
        return
        [
            .. Enumerable
                .Range(Shallowest, Deepest - Shallowest + 1)
                .Select(depth => Measure(context, batch, activation, depth)),
        ];
    }

    private static Norms Measure(ExperimentContext context, Dataset batch, Activation activation, int depth)
    {
        context.CancellationToken.ThrowIfCancellationRequested();
        Network network = Mlp(
            [Features, .. Enumerable.Repeat(Width, depth - 1), Classes],
            hidden: activation,
            output: Softmax
        );
        // Only to draw the first values: no step is taken.
        Model<double> model = network
            .CompileTraining<double>(Loss.CrossEntropy, Optimizer.Sgd(1), Rows)
            .Initialize(context.Seed);
        Parameters<double> gradient = network
            .CompileGradient<double>(Loss.CrossEntropy, Rows, input: false)
            .Gradient(model, batch.Features<double>().Data, batch.Targets<double>().Data)
            .Parameters;
        return new(
            activation.Name,
            Enumerable.Range(1, depth).Select(layer => Norm(gradient[$"dense{layer}/W"])).ToValueList()
        );
    }

    // ‖G‖ = √Σ g²
    private static double Norm(Tensor<double> gradient)
    {
        double sum = 0;
        foreach (double g in gradient.Data)
            sum += g * g;
        return Math.Sqrt(sum);
    }

    private static Claim Stays(string names, Norms[] depths)
    {
        double least = depths.Min(norms => norms.LastOverFirst);
        double most = depths.Max(norms => norms.LastOverFirst);
        double change = depths[^1].First / depths[0].First;
        return Claim.Of(
            $"With {names}, first and last layers' gradients stay within a factor of 10, and so does the first one's over all depths",
            least > 0.1 && most < 10 && change is > 0.1 and < 10,
            $"last / first is {least:F2} … {most:F2}; the first one's of {Deepest} layers is {change:F2} of that of {Shallowest}"
        );
    }

    // Least squares through (depth, ln ‖∂L/∂W‖ of the first layer): the factor per layer, and R².
    private static (double Factor, double Explained) FitExponential(Norms[] depths)
    {
        double[] x = [.. depths.Select(norms => (double)norms.ByLayer.Count)];
        double[] y = [.. depths.Select(norms => Math.Log(norms.First))];
        double slope = Covariance(x, y) / Covariance(x, x);
        return (Math.Exp(slope), slope * Covariance(x, y) / Covariance(y, y));
    }

    private static double Covariance(double[] x, double[] y)
    {
        (double meanX, double meanY) = (x.Average(), y.Average());
        return x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Average();
    }

    private static DataTable Summary(Norms[] all) =>
        new(
            "summary",
            ["activation", "layers", "norm in first", "norm in last", "last / first"],
            all.Where(norms => norms.ByLayer.Count is Shallowest or 5 or 10 or 15 or Deepest)
                .Select(norms =>
                    new object?[]
                    {
                        norms.Activation,
                        norms.ByLayer.Count,
                        norms.First,
                        norms.Last,
                        norms.LastOverFirst,
                    }
                )
        );

    private static DataTable Gradients(Norms[] all) =>
        new(
            "gradients",
            ["activation", "layers", "layer", "norm"],
            from norms in all
            from layer in norms.ByLayer.Index()
            select new object?[] { norms.Activation, norms.ByLayer.Count, layer.Index + 1, layer.Item }
        );

    // ‖∂L/∂W‖ of each layer of one network.
    private sealed record Norms(string Activation, ValueList<double> ByLayer)
    {
        public double First => ByLayer[0];

        public double Last => ByLayer[^1];

        public double LastOverFirst => Last / First;
    }
}
