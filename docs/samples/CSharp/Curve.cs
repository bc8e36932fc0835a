using Functional;
using static Functional.Layers;

/// <summary>A curve fitted closely: statistics by layer, L-BFGS, and the Hessian where it ends.</summary>
internal static class Curve
{
    public static bool Run()
    {
        double[] x = [.. Enumerable.Range(0, 100).Select(i => i / 50.0 - 1)];
        double[] y = [.. x.Select(t => Math.Sin(3 * t))];
        Dataset curve = Dataset.Create(x, new Shape(1), y, new Shape(1));

        Network network = Dense(1, 8) >> Tanh >> Dense(8, 1);
        TrainingPlan<double> plan = network.CompileTraining<double>(Loss.MeanSquaredError, Optimizer.Adam(0.01), 100);
        Model<double> start = plan.Train(curve, epochs: 200, seed: 1).Model;
        Console.WriteLine(plan.Inspect(start, x, y)); // a row per layer: activations, dead units, gradients, updates

        GradientPlan<double> gradient = network.CompileGradient<double>(Loss.MeanSquaredError, 100, input: false);
        LbfgsResult<double> fit = new Lbfgs { Iterations = 300 }.Minimize(gradient, start, curve);
        Console.WriteLine($"L-BFGS: {fit.Reason}, loss {fit.Losses[0]:0.0e+0} → {fit.Losses[^1]:0.0e+0}");

        HessianPlan<double> second = network.CompileHessian<double>(Loss.MeanSquaredError, 100);
        Console.WriteLine(second.Hessian(fit.Model, x, y)); // shape, eigenvalues, condition number
        RegressionReport report = fit.Model.RegressionReport(curve);
        Console.WriteLine(report);
        return report.RSquared > 0.9999;
    }
}
