using System.Numerics;

namespace Functional;

/// <summary>Compiles networks to plans, in float32 or float64.</summary>
public static class NetworkCompilation
{
    /// <summary>Compiles a network to the plan of a training step: forward, loss, gradients and optimizer fused.</summary>
    /// <typeparam name="T">The precision: <see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="network">What to train.</param>
    /// <param name="loss">What to make small.</param>
    /// <param name="optimizer">How.</param>
    /// <param name="batchSize">The most rows of a batch; any smaller number runs too.</param>
    /// <param name="options">Input shape, vector width, fusion.</param>
    /// <exception cref="ShapeException">Sizes do not fit or are not known.</exception>
    /// <exception cref="LossException">The loss needs probabilities and the network gives none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is below 1.</exception>
    public static TrainingPlan<T> CompileTraining<T>(
        this Network network,
        Loss loss,
        Optimizer optimizer,
        int batchSize = 32,
        CompileOptions? options = null
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        options = Check<T>(network, loss, batchSize, options);
        return new(loss, optimizer, Compiler.CompileTraining(network, loss, optimizer, batchSize, options));
    }

    /// <summary>Compiles a network to the plan of its loss and all its gradients, the input's included.</summary>
    /// <typeparam name="T">The precision: <see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="network">What to differentiate.</param>
    /// <param name="loss">The scalar to differentiate.</param>
    /// <param name="batchSize">The most rows of a batch; any smaller number runs too.</param>
    /// <param name="options">Input shape, vector width, fusion.</param>
    /// <exception cref="ShapeException">Sizes do not fit or are not known.</exception>
    /// <exception cref="LossException">The loss needs probabilities and the network gives none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is below 1.</exception>
    public static GradientPlan<T> CompileGradient<T>(
        this Network network,
        Loss loss,
        int batchSize = 32,
        CompileOptions? options = null
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        options = Check<T>(network, loss, batchSize, options);
        return new(loss, Compiler.CompileGradient(network, loss, batchSize, options));
    }

    /// <summary>Compiles a network to the plan of its prediction.</summary>
    /// <typeparam name="T">The precision: <see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="network">What to run.</param>
    /// <param name="batchSize">The rows that run at once; any number can be predicted.</param>
    /// <param name="options">Input shape, vector width, fusion.</param>
    /// <exception cref="ShapeException">Sizes do not fit or are not known.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is below 1.</exception>
    public static InferencePlan<T> CompileInference<T>(
        this Network network,
        int batchSize = 32,
        CompileOptions? options = null
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        options = Check<T>(network, null, batchSize, options);
        return new(Compiler.CompileInference(network, null, batchSize, options));
    }

    private static CompileOptions Check<T>(Network network, Loss? loss, int batchSize, CompileOptions? options)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
            throw new NotSupportedException(
                $"Plans compute in float or double, not {typeof(T).Name}. Use CompileTraining<float>."
            );
        options ??= CompileOptions.Default;
        if (options.Threads is < 1 or > CompileOptions.MostThreads)
            throw new ArgumentOutOfRangeException(
                nameof(options),
                options.Threads,
                $"Threads must be 1 … {CompileOptions.MostThreads}; Environment.ProcessorCount uses them all."
            );
        Inference inference = LayerInference.Complete(network, options.Input);
        loss?.Check(inference.Network, inference.Output!.Value);
        long largest = inference
            .Layers.Select(layer => (long)Math.Max(layer.Input.Count, layer.Output.Count))
            .DefaultIfEmpty()
            .Max();
        if (largest * batchSize > int.MaxValue)
            throw new ShapeException(
                $"A batch of {batchSize:N0} rows of {largest:N0} features has more than {int.MaxValue:N0} elements. Use a smaller batch size."
            );
        return options;
    }
}
