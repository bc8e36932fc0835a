namespace Functional.Checking;

/// <summary>The points at which a gradient is checked: given ones, or drawn.</summary>
internal static class PointSource
{
    /// <summary>How far biases are drawn from where they begin.</summary>
    private const double Spread = 0.3;

    /// <summary>The points to try one after the other.</summary>
    /// <exception cref="ShapeException">A given batch or parameter has another shape than the network's.</exception>
    /// <exception cref="DataException">A given batch has features or targets that network and loss cannot take.</exception>
    public static IEnumerable<GradientPoint> Of(Subject subject, GradientCheckOptions options)
    {
        Inference network = subject.Network;
        if (options.At is { } given)
            // The model's own check of paths and shapes.
            _ = new Model<double>(network.Network, given, new() { Input = network.Input });
        if (options is { Features: { } features, Targets: { } targets })
            Check(subject, features, targets);
        int points = options is { At: not null, Features: not null } ? 1 : options.Points;
        return Enumerable.Range(0, points).Select(number => Draw(subject, options, number));
    }

    private static GradientPoint Draw(Subject subject, GradientCheckOptions options, int number)
    {
        // The first point is the seed's own; others have streams that no small seed has.
        ulong seed = options.Seed + (ulong)number * 0x9E37_79B9_7F4A_7C15;
        Inference network = subject.Network;
        (Tensor<double> features, Tensor<double> targets) = options is { Features: { } given, Targets: { } compared }
            ? (given, compared)
            : Batch(subject, options, seed);
        Parameters<double> parameters =
            options.At
            ?? Prepared(
                network,
                RandomPoint.Parameters(ParameterInitialization.Draw(network.Parameters, seed), seed, Spread),
                options.Decimals
            );
        return new(network.Network, subject.Loss, subject.Mode, parameters, features, targets, seed);
    }

    private static (Tensor<double> Features, Tensor<double> Targets) Batch(
        Subject subject,
        GradientCheckOptions options,
        ulong seed
    )
    {
        (double[] features, double[] targets) = RandomPoint.Batch<double>(
            subject.Network,
            subject.Loss,
            options.Rows,
            seed
        );
        Round(features, options.Decimals);
        if (subject.Loss.Target != TargetKind.Probabilities)
            Round(targets, options.Decimals);
        return (
            new(subject.Network.Input!.Value.WithBatch().ForRows(options.Rows), features),
            new(TargetShape(subject).WithBatch().ForRows(options.Rows), targets)
        );
    }

    // Rounded; running variances are not negative.
    private static Parameters<double> Prepared(Inference network, Parameters<double> drawn, int? decimals) =>
        new(
            network.Parameters.Select(info =>
            {
                double[] values = drawn[info.Path].Data.ToArray();
                if (!info.IsTrainable)
                    for (int i = 0; i < values.Length; i++)
                        values[i] = Math.Abs(values[i]);
                Round(values, decimals);
                return KeyValuePair.Create(info.Path, new Tensor<double>(info.Shape, values));
            })
        );

    private static void Round(double[] values, int? decimals)
    {
        if (decimals is int digits)
            for (int i = 0; i < values.Length; i++)
                values[i] = Math.Round(values[i], digits);
    }

    private static Shape TargetShape(Subject subject) => subject.Loss.TargetShape(subject.Network.Output!.Value);

    private static void Check(Subject subject, Tensor<double> features, Tensor<double> targets)
    {
        (Shape row, Shape target) = (subject.Network.Input!.Value, TargetShape(subject));
        int rows = features.Shape.Rank == 0 ? 0 : features.Shape[0];
        if (
            rows < 1
            || features.Shape != row.WithBatch().ForRows(rows)
            || targets.Shape != target.WithBatch().ForRows(rows)
        )
            throw new ShapeException(
                $"The batch: expected features [rows, …] of shape {row} a row and as many targets of shape {target}, got {features.Shape} and {targets.Shape}. Reshape the tensors; one row is [1, …]."
            );
        subject.Network.Check(features.Data);
        subject.Loss.Check(subject.Network, targets.Data);
    }
}
