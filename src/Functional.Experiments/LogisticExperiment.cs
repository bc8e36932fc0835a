using static Functional.Layers;

namespace Functional.Experiments;

/// <summary>Logistic regression is one neuron with σ: its parameters, its gradient in closed form, and the line it learns.</summary>
internal static class LogisticExperiment
{
    private const int Rows = 200;
    private const int ComparedSteps = 100;
    private const double Tolerance = 1e-12;
    private const double LearningRate = 0.5;

    private static readonly int[] Inputs = [1, 2, 5, 10, 50];

    public static Experiment Value { get; } =
        new("logistic", "What does one neuron with σ learn, and is its gradient Xᵀ(p − y)/n?", false, Run);

    private static ExperimentResult Run(ExperimentContext context)
    {
        RandomStream random = context.Random();
        List<object?[]> rows = [];
        foreach (int inputs in Inputs)
        {
            context.Begin($"{inputs} + 1 parameters: gradient and {ComparedSteps} steps");
            rows.Add(Compare(inputs, ref random));
        }
        double gradient = rows.Max(row => (double)row[3]!);
        double steps = rows.Max(row => (double)row[4]!);
        context.Begin($"training to the separating line");
        Line line = Line.Learn(context, ref random);
        return new(
            new(
                "summary",
                ["inputs", "parameters", "|∂L/∂w|", "error of the gradient", $"error after {ComparedSteps} steps"],
                rows
            ),
            [line.Points, line.Lines, line.History],
            [
                Claim.Of(
                    "A neuron of d inputs has d + 1 parameters",
                    rows.All(row => (int)row[1]! == (int)row[0]! + 1),
                    $"{string.Join(", ", rows.Select(row => $"{row[0]}: {row[1]}"))}"
                ),
                Claim.Of(
                    "The derived gradient of the cross-entropy is Xᵀ(p − y)/n",
                    gradient < Tolerance,
                    $"the largest difference {gradient:0.0E+0}, allowed {Tolerance:0E+0}"
                ),
                Claim.Of(
                    "Steps of the compiled plan are w ← w − η·Xᵀ(p − y)/n",
                    steps < ComparedSteps * Tolerance,
                    $"after {ComparedSteps} steps the largest difference {steps:0.0E+0}, allowed {ComparedSteps * Tolerance:0E+0}"
                ),
                Claim.Of(
                    "Training separates two classes that a line separates",
                    line.Accuracy == 1,
                    $"accuracy {line.Accuracy:P1} on {Rows} rows"
                ),
                Claim.Of(
                    "What it learns is that line",
                    line.Angle < 5,
                    $"{line.Angle:F2}° between the line that made the classes and the learned one, allowed 5°"
                ),
            ]
        );
    }

    // Gradient and descent against the closed form, on random rows with random classes.
    private static object?[] Compare(int inputs, ref RandomStream random)
    {
        Network network = Dense(inputs, 1) >> Sigmoid;
        double[] x = new double[Rows * inputs];
        foreach (ref double value in x.AsSpan())
            value = random.NextNormal();
        double[] y = new double[Rows];
        foreach (ref double label in y.AsSpan())
            label = random.NextInt(2);
        double[] w = new double[inputs + 1];
        foreach (ref double value in w.AsSpan())
            value = random.NextNormal();
        Model<double> model = network.With<double>(w[..inputs], [w[inputs]]);

        Gradient<double> derived = network.CompileGradient<double>(Loss.BinaryCrossEntropy, Rows).Gradient(model, x, y);
        double[] closed = ClosedForm(x, y, w);
        double error = Distance([.. network.Values(derived.Parameters).SelectMany(values => values)], closed);

        using TrainingSession<double> session = network
            .CompileTraining<double>(Loss.BinaryCrossEntropy, Optimizer.Sgd(LearningRate), Rows)
            .Start(model);
        for (int step = 0; step < ComparedSteps; step++)
        {
            session.Step(x, y);
            double[] g = ClosedForm(x, y, w);
            for (int i = 0; i < w.Length; i++)
                w[i] -= LearningRate * g[i];
        }
        double drift = Distance([.. session.Snapshot().Values().SelectMany(values => values)], w);
        return [inputs, (int)network.ParameterCount, Math.Sqrt(closed.Sum(g => g * g)), error, drift];
    }

    // Xᵀ(p − y)/n, and for the bias, which is the last, the mean of p − y.
    private static double[] ClosedForm(double[] x, double[] y, double[] w)
    {
        int inputs = w.Length - 1;
        double[] gradient = new double[w.Length];
        for (int row = 0; row < y.Length; row++)
        {
            double u = w[inputs];
            for (int i = 0; i < inputs; i++)
                u += x[row * inputs + i] * w[i];
            double error = (1 / (1 + Math.Exp(-u)) - y[row]) / y.Length;
            for (int i = 0; i < inputs; i++)
                gradient[i] += x[row * inputs + i] * error;
            gradient[inputs] += error;
        }
        return gradient;
    }

    private static double Distance(double[] a, double[] b) => a.Zip(b, (one, other) => Math.Abs(one - other)).Max();

    /// <summary>Points on both sides of a line, with a gap between, and the line that was learned from them.</summary>
    private sealed record Line(DataTable Points, DataTable Lines, DataTable History, double Accuracy, double Angle)
    {
        private const double Gap = 0.05;

        public static Line Learn(ExperimentContext context, ref RandomStream random)
        {
            (double sin, double cos) = Math.SinCos(2 * Math.PI * random.NextUniform());
            double offset = 0.4 * random.NextUniform() - 0.2;
            List<double> features = [];
            List<int> labels = [];
            while (labels.Count < Rows)
            {
                (double x, double y) = (2 * random.NextUniform() - 1, 2 * random.NextUniform() - 1);
                double side = cos * x + sin * y - offset;
                if (Math.Abs(side) < Gap)
                    continue;
                features.AddRange([x, y]);
                labels.Add(side > 0 ? 1 : 0);
            }
            Dataset data = Dataset.CreateLabelled(features.ToArray(), new Shape(2), labels.ToArray(), 2);
            TrainingPlan<double> plan = (Dense(2, 1) >> Sigmoid).CompileTraining<double>(
                Loss.BinaryCrossEntropy,
                Optimizer.Adam(0.1),
                Rows
            );
            TrainingResult<double> result = context.Train(plan, data, epochs: 1000, validation: data);
            IReadOnlyList<double[]> values = result.Model.Values();
            double[] w = values[0];
            double length = double.Hypot(w[0], w[1]);
            double aligned = Math.Clamp((w[0] * cos + w[1] * sin) / length, -1, 1);
            return new(
                data.ToTable("points"),
                new(
                    "lines",
                    ["line", "normal x", "normal y", "offset"],
                    [
                        ["of the classes", cos, sin, offset],
                        ["learned", w[0] / length, w[1] / length, -values[1][0] / length],
                    ]
                ),
                result.History.ToTable("history"),
                result.History[^1].ValidationAccuracy!.Value,
                Math.Acos(aligned) * 180 / Math.PI
            );
        }
    }
}
