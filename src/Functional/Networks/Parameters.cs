using System.Collections;
using System.Numerics;

namespace Functional;

/// <summary>The values of a network's parameters and running statistics, by path, in layer order: an immutable value.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Parameters<T> : IReadOnlyDictionary<string, Tensor<T>>, IEquatable<Parameters<T>>
    where T : unmanaged, INumber<T>
{
    private readonly string[] _paths;
    private readonly Dictionary<string, Tensor<T>> _values;

    /// <summary>Creates the values from paths and tensors, in order.</summary>
    /// <exception cref="ArgumentException">A path occurs twice.</exception>
    public Parameters(IEnumerable<KeyValuePair<string, Tensor<T>>> values)
    {
        KeyValuePair<string, Tensor<T>>[] pairs = [.. values];
        _paths = [.. pairs.Select(pair => pair.Key)];
        _values = new(pairs.Length);
        foreach ((string path, Tensor<T> tensor) in pairs)
            if (!_values.TryAdd(path, tensor))
                throw new ArgumentException(
                    $"The path {path} occurs twice. Give each parameter its own path.",
                    nameof(values)
                );
    }

    /// <summary>The number of parameters (tensors, not numbers).</summary>
    public int Count => _paths.Length;

    /// <summary>The number of numbers in all of them.</summary>
    public long ElementCount => _values.Values.Sum(tensor => (long)tensor.Count);

    /// <summary>The paths, in layer order.</summary>
    public IEnumerable<string> Keys => _paths;

    /// <summary>The tensors, in layer order.</summary>
    public IEnumerable<Tensor<T>> Values => _paths.Select(path => _values[path]);

    /// <summary>The tensor at a path such as <c>dense1/W</c>.</summary>
    /// <exception cref="KeyNotFoundException">No parameter has that path; the message lists those there are.</exception>
    public Tensor<T> this[string path] =>
        _values.TryGetValue(path, out Tensor<T>? tensor)
            ? tensor
            : throw new KeyNotFoundException($"No parameter {path}. There are: {string.Join(", ", _paths)}.");

    /// <summary>The same values with the tensor at one path replaced.</summary>
    /// <exception cref="KeyNotFoundException">No parameter has that path.</exception>
    /// <exception cref="ShapeException">The new tensor has another shape.</exception>
    public Parameters<T> With(string path, Tensor<T> tensor)
    {
        if (this[path].Shape != tensor.Shape)
            throw new ShapeException(
                $"Parameter {path}: expected shape {this[path].Shape}, got {tensor.Shape}. Reshape the tensor first."
            );
        return new(this.Select(pair => pair.Key == path ? new(path, tensor) : pair));
    }

    /// <summary>The same values in another precision, each rounded to nearest.</summary>
    public Parameters<TOther> Cast<TOther>()
        where TOther : unmanaged, INumber<TOther> =>
        new(this.Select(pair => new KeyValuePair<string, Tensor<TOther>>(pair.Key, pair.Value.Cast<TOther>())));

    /// <inheritdoc/>
    public bool ContainsKey(string path) => _values.ContainsKey(path);

    /// <inheritdoc/>
    public bool TryGetValue(string path, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out Tensor<T> tensor) =>
        _values.TryGetValue(path, out tensor);

    /// <summary>Same paths in the same order with equal tensors.</summary>
    public bool Equals(Parameters<T>? other) =>
        other is not null && _paths.SequenceEqual(other._paths) && _paths.All(path => this[path].Equals(other[path]));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Parameters<T>);

    /// <inheritdoc/>
    public override int GetHashCode() => _paths.Aggregate(0, (hash, path) => HashCode.Combine(hash, path, this[path]));

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, Tensor<T>>> GetEnumerator() =>
        _paths.Select(path => new KeyValuePair<string, Tensor<T>>(path, _values[path])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Every path with its tensor's shape.</summary>
    public override string ToString() => string.Join(", ", this.Select(pair => $"{pair.Key} {pair.Value.Shape}"));
}

/// <summary>Draws the first values of a network's parameters.</summary>
internal static class ParameterInitialization
{
    /// <summary>One stream of random numbers per parameter, so that a layer's values do not depend on other layers' sizes.</summary>
    public static Parameters<double> Draw(IEnumerable<ParameterInfo> parameters, ulong seed) =>
        new(
            parameters.Select(
                (parameter, index) =>
                {
                    double[] values = new double[parameter.Shape.Count];
                    RandomStream random = new(seed, RandomPurpose.Initialization, (uint)index);
                    parameter.Initializer.Fill(values, parameter.FanIn, parameter.FanOut, ref random);
                    return KeyValuePair.Create(parameter.Path, new Tensor<double>(parameter.Shape, values));
                }
            )
        );
}
