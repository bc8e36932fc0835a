using System.Numerics;

namespace Functional;

/// <summary>
/// A network with values for its parameters: an immutable value that predicts. Safe to share between threads; needs no disposal.
/// </summary>
/// <typeparam name="T">The precision: <see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Model<T> : IEquatable<Model<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int BatchSize = 64;
    private readonly Lazy<InferencePlan<T>> _inference;

    /// <summary>Joins a network and values for its parameters.</summary>
    /// <exception cref="ShapeException">Sizes are not known, or a parameter is missing, unknown or of another shape.</exception>
    /// <exception cref="ParameterException">A running variance has a negative element.</exception>
    public Model(Network network, Parameters<T> parameters)
        : this(network, parameters, null) { }

    internal Model(Network network, Parameters<T> parameters, CompileOptions? options)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(parameters);
        ParameterInfo[] expected = [.. LayerInference.Complete(network, options?.Input).Parameters];
        string[] errors =
        [
            .. expected
                .Where(info => !parameters.TryGetValue(info.Path, out Tensor<T>? tensor) || tensor.Shape != info.Shape)
                .Select(info =>
                    $"Parameter {info.Path}: expected shape {info.Shape}, got {(parameters.TryGetValue(info.Path, out Tensor<T>? tensor) ? tensor.Shape : "none")}. Give the parameters of this very network."
                ),
            .. parameters
                .Keys.Except(expected.Select(info => info.Path))
                .Select(path => $"Parameter {path}: the network {network} has none of that path. Remove it."),
        ];
        if (errors.Length > 0)
            throw new ShapeException(errors);
        StatisticCheck.Check(expected, parameters);
        (Network, Parameters) = (network, parameters);
        _inference = new(() => network.CompileInference<T>(BatchSize, options));
    }

    /// <summary>A model of a compiled network with its parameters' first values.</summary>
    internal static Model<T> Initialize(Compilation compiled, ulong seed) =>
        new(
            compiled.Network.Network,
            ParameterInitialization.Draw(compiled.Network.Parameters, seed).Cast<T>(),
            compiled.Options
        );

    /// <summary>The composite function.</summary>
    public Network Network { get; }

    /// <summary>The values of its parameters, and of its running statistics.</summary>
    public Parameters<T> Parameters { get; }

    /// <summary>The network's output for one or several rows of features.</summary>
    /// <param name="features">Rows of input features, row-major.</param>
    /// <returns>The output rows, row-major.</returns>
    /// <exception cref="ShapeException">The length is no whole number of rows.</exception>
    public T[] Predict(ReadOnlySpan<T> features)
    {
        T[] outputs = new T[Plan.RowsOf(features.Length) * Plan.OutputShape.Count];
        Plan.Predict(Parameters, features, outputs);
        return outputs;
    }

    /// <summary>The network's output for rows of features, into memory of the caller's; allocates nothing after the first call.</summary>
    /// <exception cref="ShapeException">A length does not fit.</exception>
    public void Predict(ReadOnlySpan<T> features, Span<T> outputs) => Plan.Predict(Parameters, features, outputs);

    /// <summary>The network's output, [n, …], for a tensor of n rows, [n, …].</summary>
    /// <exception cref="ShapeException">A row does not have the network's input shape.</exception>
    public Tensor<T> Predict(Tensor<T> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Shape row = rows.Shape.Rank == 0 ? rows.Shape : new Shape(rows.Shape.Dimensions[1..]);
        bool isFlattened = Plan.Compiled.Network.FlattensFirst && row.Count == Plan.InputShape.Count;
        if (rows.Shape.Rank == 0 || row != Plan.InputShape && !isFlattened)
            throw new ShapeException(
                $"Predict: expected rows of shape {Plan.InputShape}, as [n, …], got {rows.Shape}. Reshape the tensor; one row is [1, …]."
            );
        return new(Plan.OutputShape.WithBatch().ForRows(rows.Shape[0]), Predict(rows.Data));
    }

    /// <summary>The class of one row: the largest output's index, or for one output 1 if it is at least ½ and 0 otherwise.</summary>
    /// <exception cref="ShapeException">The length is not one row's.</exception>
    public int Classify(ReadOnlySpan<T> row)
    {
        if (row.Length != Plan.InputShape.Count)
            throw new ShapeException(
                $"Classify: expected one row of {Plan.InputShape.Count} features, got {row.Length}. Use ClassifyAll for several rows."
            );
        return Classification.ClassOf<T>(Predict(row));
    }

    /// <summary>The class of every row, as <see cref="Classify"/> tells it.</summary>
    /// <exception cref="ShapeException">The length is no whole number of rows.</exception>
    public int[] ClassifyAll(ReadOnlySpan<T> rows)
    {
        T[] outputs = Predict(rows);
        int[] classes = new int[outputs.Length / Plan.OutputShape.Count];
        for (int i = 0; i < classes.Length; i++)
            classes[i] = Classification.ClassOf<T>(outputs.AsSpan(i * Plan.OutputShape.Count, Plan.OutputShape.Count));
        return classes;
    }

    /// <summary>The mean loss over a dataset, and the share of rows classified right where its targets are classes.</summary>
    /// <exception cref="DataException">The dataset's shapes are not the network's.</exception>
    /// <exception cref="LossException">The loss needs probabilities and the network gives none.</exception>
    public Evaluation Evaluate(Dataset data, Loss loss)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(loss);
        return new EvaluationPlan<T>(Plan.Compiled.Network, loss, Plan.Compiled.Options).Evaluate(Parameters, data);
    }

    /// <summary>Equal networks and equal parameters.</summary>
    public bool Equals(Model<T>? other) =>
        other is not null && Network.Equals(other.Network) && Parameters.Equals(other.Parameters);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Model<T>);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Network, Parameters);

    /// <summary>The network and how many parameters it has.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Network}, {Network.ParameterCount:N0} parameters");

    internal InferencePlan<T> Plan => _inference.Value;
}
