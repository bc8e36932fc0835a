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
    /// <exception cref="ArgumentException">The network has no parameter of a path that the optimizer names, or it freezes all.</exception>
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

    /// <summary>Compiles a network to the plan of its loss and the gradients asked for.</summary>
    /// <typeparam name="T">The precision: <see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="network">What to differentiate.</param>
    /// <param name="loss">The scalar to differentiate.</param>
    /// <param name="batchSize">The most rows of a batch; any smaller number runs too.</param>
    /// <param name="options">Input shape, vector width, threads, fusion.</param>
    /// <param name="parameters">The paths of the parameters to differentiate by; all when null.</param>
    /// <param name="input">Whether to differentiate by the input too.</param>
    /// <exception cref="ShapeException">Sizes do not fit or are not known.</exception>
    /// <exception cref="LossException">The loss needs probabilities and the network gives none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is below 1.</exception>
    /// <exception cref="ArgumentException">The network has no parameter of a path.</exception>
    public static GradientPlan<T> CompileGradient<T>(
        this Network network,
        Loss loss,
        int batchSize = 32,
        CompileOptions? options = null,
        IEnumerable<string>? parameters = null,
        bool input = true
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        options = Check<T>(network, loss, batchSize, options);
        HashSet<string> wanted = LayerInference
            .Complete(network, options.Input)
            .Choose(parameters?.ToHashSet(), nameof(parameters))
            .Select(parameter => parameter.Path)
            .ToHashSet();
        return new(loss, Compiler.CompileGradient(network, loss, batchSize, options, wanted, input));
    }

    /// <summary>Compiles a network to the plan of products with the Hessian of its loss by all parameters.</summary>
    /// <typeparam name="T">The precision: <see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="network">What to differentiate twice.</param>
    /// <param name="loss">The scalar to differentiate.</param>
    /// <param name="batchSize">The most rows of a batch; any smaller number runs too.</param>
    /// <param name="options">Input shape, vector width, threads, fusion.</param>
    /// <exception cref="ShapeException">Sizes do not fit or are not known.</exception>
    /// <exception cref="LossException">The loss needs probabilities and the network gives none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is below 1.</exception>
    /// <exception cref="ArgumentException">The network has no parameters.</exception>
    public static HessianPlan<T> CompileHessian<T>(
        this Network network,
        Loss loss,
        int batchSize = 32,
        CompileOptions? options = null
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        options = Check<T>(network, loss, batchSize, options);
        Compilation compiled = Compiler.CompileHessian(network, loss, batchSize, options);
        if (compiled.Network.ParameterCount == 0)
            throw new ArgumentException(
                $"The network {network} has no parameters to differentiate by. Compose it with a layer that has some, such as Dense.",
                nameof(network)
            );
        return new(loss, compiled);
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

    internal static CompileOptions Check<T>(Network network, Loss? loss, int batchSize, CompileOptions? options)
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
        // From 2²⁴ on float32 rounds whole numbers, and another vector would be looked up.
        if (typeof(T) == typeof(float) && inference.IndexLimit > 1 << 24)
            throw new ShapeException(
                FormattableString.Invariant(
                    $"The embedding numbers {inference.IndexLimit:N0} vectors, but float tells whole numbers apart only up to {1 << 24:N0}. Compile in double, or use a smaller embedding."
                )
            );
        loss?.Check(inference.Network, inference.Output!.Value);
        foreach (LayerInfo layer in inference.Layers)
            if (
                layer.Layer is Network.Activate { Activation: Activation.Elementwise activation }
                && !(activation.Expression.IsFinite() && activation.Derivative?.IsFinite() != false)
            )
                throw new ArgumentException(
                    $"{activation}: a number in the expression is not finite. Give finite numbers."
                );
        if (loss?.Expression.IsFinite() == false)
            throw new ArgumentException(
                $"Loss {loss}: a number in {loss.Expression} is not finite. Give finite numbers."
            );
        if (loss?.Derivative?.IsFinite() == false)
            throw new ArgumentException(
                $"Loss {loss}: a number in its derivative {loss.Derivative} is not finite. Give finite numbers."
            );
        long largest = inference
            .Layers.Select(layer => (long)Math.Max(layer.Input.Count, layer.Output.Count))
            .DefaultIfEmpty()
            .Max();
        if (largest * batchSize > int.MaxValue)
            throw new ShapeException(
                FormattableString.Invariant(
                    $"A batch of {batchSize:N0} rows of {largest:N0} features has more than 2³¹ − 1 elements. Use a smaller batch size."
                )
            );
        return options;
    }
}
