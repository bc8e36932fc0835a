using System.Numerics;
using Functional.Execution;
using Functional.Graphs;

namespace Functional;

/// <summary>
/// A network and a loss compiled to H·v, the product of the loss's Hessian by all parameters with a direction, at about twice the cost
/// of a gradient: immutable and thread-safe. The loss is that of training: batch normalization takes the batch's statistics, which are
/// differentiated too.
/// </summary>
/// <typeparam name="T">The precision; <see cref="double"/> where small eigenvalues matter.</typeparam>
public sealed class HessianPlan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The most parameters of a dense Hessian.</summary>
    public const int MostDense = 1024;

    private readonly SessionPool<T> _sessions;
    private readonly BatchMemory<T> _batch;
    private readonly ParameterInfo[] _parameters;
    private readonly Node[] _products;

    // A direction that the products do not depend on, where H is 0, leaves no source.
    private readonly Dictionary<string, Node> _directions;

    internal HessianPlan(Loss loss, Compilation compiled)
    {
        (Loss, Compiled) = (loss, compiled);
        _sessions = new(compiled);
        _batch = new(compiled, loss);
        _parameters = [.. compiled.Network.Trained];
        Graph graph = compiled.Plan.Graph;
        _products = [.. _parameters.Select(info => graph.Output(OutputKind.HessianProduct, info.Path))];
        _directions = graph
            .Sources(SourceKind.Given)
            .ToDictionary(node => ((Primitive.Source)node.Primitive).Name, node => node);
    }

    internal Compilation Compiled { get; }

    /// <summary>The network, every size stated.</summary>
    public Network Network => Compiled.Network.Network;

    /// <summary>The loss.</summary>
    public Loss Loss { get; }

    /// <summary>The most rows of a batch.</summary>
    public int BatchSize => Compiled.Plan.BatchSize;

    /// <summary>n, the number of trainable numbers: H is [n, n].</summary>
    public long ParameterCount => Compiled.Network.ParameterCount;

    /// <summary>A model with the parameters' first values: the one that a <see cref="TrainingPlan{T}"/> of the network gives for the seed.</summary>
    /// <param name="seed">The same seed gives the same values.</param>
    public Model<T> Initialize(ulong seed = 0) => Model<T>.Initialize(Compiled, seed);

    /// <summary>H·v for one batch, by parameter: (H·v)ᵢ = Σⱼ ∂²L/∂wᵢ∂wⱼ · vⱼ.</summary>
    /// <param name="model">The parameters' values, where H is taken.</param>
    /// <param name="features">1 … batch size input rows, row-major.</param>
    /// <param name="targets">As many target rows.</param>
    /// <param name="direction">v: numbers for every trainable parameter, of its shape.</param>
    /// <param name="seed">With <paramref name="step"/> chooses what dropout drops: what a session of the seed drops in that step.</param>
    /// <param name="step">The step's number, from 1.</param>
    /// <exception cref="ShapeException">A length does not fit, or the direction lacks a parameter or has one that the network has not.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The step is below 1.</exception>
    public Parameters<T> Product(
        Model<T> model,
        ReadOnlySpan<T> features,
        ReadOnlySpan<T> targets,
        Parameters<T> direction,
        ulong seed = 0,
        long step = 1
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(direction);
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        Check(direction);
        using SessionPool<T>.Lease lease = _sessions.Take(model.Parameters);
        int rows = _batch.Load(lease.Executor, features, targets);
        ParameterMemory.Load(lease.Executor, _directions.Values, direction);
        lease.Executor.SetRandom(new(seed, (ulong)step));
        lease.Executor.Run(rows);
        return ParameterMemory.Read(lease.Executor, _parameters.Select((info, i) => (info.Path, _products[i])));
    }

    /// <summary>The whole Hessian for one batch, [n, n], by n products; for networks of up to <see cref="MostDense"/> parameters.</summary>
    /// <param name="model">The parameters' values, where H is taken.</param>
    /// <param name="features">1 … batch size input rows, row-major.</param>
    /// <param name="targets">As many target rows.</param>
    /// <param name="seed">With <paramref name="step"/> chooses what dropout drops: what a session of the seed drops in that step.</param>
    /// <param name="step">The step's number, from 1.</param>
    /// <exception cref="ShapeException">A length does not fit, or the network has too many parameters.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The step is below 1.</exception>
    /// <exception cref="NonFiniteException">A second derivative is NaN or infinite.</exception>
    public Hessian Hessian(
        Model<T> model,
        ReadOnlySpan<T> features,
        ReadOnlySpan<T> targets,
        ulong seed = 0,
        long step = 1
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        if (ParameterCount > MostDense)
            throw new ShapeException(
                FormattableString.Invariant(
                    $"The network has {ParameterCount:N0} parameters, but a dense Hessian is for at most {MostDense:N0}. Use Product, which needs no matrix, or a smaller network."
                )
            );
        int n = (int)ParameterCount;
        double[] matrix = new double[n * n];
        using SessionPool<T>.Lease lease = _sessions.Take(model.Parameters);
        Executor<T> executor = lease.Executor;
        int rows = _batch.Load(executor, features, targets);
        executor.SetRandom(new(seed, (ulong)step));
        foreach (Node direction in _directions.Values)
            executor.Values(direction, 1).Clear();
        int row = 0;
        foreach (ParameterInfo info in _parameters)
            for (int i = 0; i < info.Shape.Count; i++, row++)
                if (_directions.TryGetValue(info.Path, out Node? direction))
                {
                    executor.Values(direction, 1)[i] = T.One;
                    executor.Run(rows);
                    executor.Values(direction, 1)[i] = T.Zero;
                    Read(executor, matrix.AsSpan(row * n, n));
                }
        GC.KeepAlive(executor);
        return new(_parameters, Symmetric(matrix, n));
    }

    /// <summary>The derivation of the gradient, and the plan of its second differentiation, as text.</summary>
    public string Explain() => PlanExplanation.Explain<T>(Compiled, Loss, null);

    /// <inheritdoc cref="Explain"/>
    public override string ToString() => Explain();

    private void Read(Executor<T> executor, Span<double> row)
    {
        foreach (Node product in _products)
        {
            ReadOnlySpan<T> values = executor.Values(product, 1);
            for (int i = 0; i < values.Length; i++)
                row[i] = double.CreateTruncating(values[i]);
            row = row[values.Length..];
        }
    }

    // Each of two products gives ∂²L/∂wᵢ∂wⱼ, with its own rounding: their mean.
    private double[] Symmetric(double[] matrix, int n)
    {
        if (Array.FindIndex(matrix, value => !double.IsFinite(value)) is >= 0 and int at)
            throw new NonFiniteException(
                $"A second derivative of {Loss} by {PathOf(at / n)} and {PathOf(at % n)} is {matrix[at]}. Take the Hessian at a model whose loss is finite, of a loss that is smooth there."
            );
        for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            matrix[i * n + j] = matrix[j * n + i] = (matrix[i * n + j] + matrix[j * n + i]) / 2;
        return matrix;
    }

    private string PathOf(int row)
    {
        foreach (ParameterInfo info in _parameters)
        {
            if (row < info.Shape.Count)
                return info.Path;
            row -= info.Shape.Count;
        }
        throw new ArgumentOutOfRangeException(nameof(row));
    }

    private void Check(Parameters<T> direction)
    {
        string[] errors =
        [
            .. _parameters
                .Where(info => !direction.TryGetValue(info.Path, out Tensor<T>? tensor) || tensor.Shape != info.Shape)
                .Select(info =>
                    $"Direction {info.Path}: expected shape {info.Shape}, got {(direction.TryGetValue(info.Path, out Tensor<T>? tensor) ? tensor.Shape : "none")}. Give numbers for every parameter; zeros leave one out."
                ),
            .. direction
                .Keys.Except(_parameters.Select(info => info.Path))
                .Select(path => $"Direction {path}: the network has no trainable parameter of that path. Remove it."),
        ];
        if (errors.Length > 0)
            throw new ShapeException(errors);
    }
}
