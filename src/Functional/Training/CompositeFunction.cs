using System.Diagnostics;
using System.Globalization;
using Functional.Gradients;

namespace Functional;

/// <summary>Writes a network as the composite function it is: <c>φ₁(φ₂(x·W₂ + b₂)·W₁ + b₁)</c>, layers counted from the output.</summary>
internal sealed class CompositeFunction
{
    private readonly Inference _network;
    private readonly IReadOnlyDictionary<string, string> _names;
    private readonly Queue<LayerInfo> _places;
    private readonly List<string> _skips = [];
    private readonly bool _isTraining;

    private CompositeFunction(Inference network, bool isTraining)
    {
        (_network, _isTraining) = (network, isTraining);
        _names = ChainRule.Names(network);
        _places = new(network.Layers);
    }

    /// <summary>The function, then a definition of every part it names.</summary>
    /// <param name="network">The network.</param>
    /// <param name="isTraining">Whether it is the function that is trained, rather than the one that predicts.</param>
    public static IEnumerable<string> Describe(Inference network, bool isTraining)
    {
        CompositeFunction function = new(network, isTraining);
        string formula = function.Apply(network.Network, "x");
        return [$"f : x ↦ {formula}", .. function._skips, .. function.Layers()];
    }

    private string Apply(Network network, string z)
    {
        switch (network)
        {
            case Network.Sequence sequence:
                return sequence.Parts.Aggregate(z, (inner, part) => Apply(part, inner));
            case Network.Named or Network.Shared:
                return Apply(network.Parts().Single(), z);
            case Network.Residual residual:
                return Part("r", z, () => $"z + {Apply(residual.Body, "z")}");
            case Network.Concat concat:
                return Part(
                    "c",
                    z,
                    () => $"[{string.Join(", ", concat.Branches.Select(branch => Apply(branch, "z")).ToArray())}]"
                );
            case Network.Flatten:
                _places.Dequeue();
                return z;
            case Network.Activate or Network.Dropout or Network.BatchNorm or Network.LayerNorm or Network.Embedding:
                string φ = _names[_places.Dequeue().Path];
                return z.StartsWith($"{φ}(", StringComparison.Ordinal) && z.EndsWith(')') ? z : $"{φ}({z})";
            case Network.Dense dense:
                string i = _names[_places.Dequeue().Path];
                string product = $"{(z.EndsWith(')') || z is "x" or "z" ? z : $"({z})")}·W{i}";
                return dense.HasBias ? $"{product} + b{i}" : product;
            default:
                throw new UnreachableException();
        }
    }

    // A function of z with a name of its own, defined apart.
    private string Part(string symbol, string z, Func<string> body)
    {
        string name = $"{symbol}{ChainRule.Subscript(_skips.Count + 1)}";
        _skips.Add("");
        int index = _skips.Count - 1;
        _skips[index] = $"{name}(z) = {body()}";
        return $"{name}({z})";
    }

    // One line per layer, shared ones once; activations in a row are one function.
    private IEnumerable<string> Layers()
    {
        HashSet<string> defined = [];
        for (int i = 0; i < _network.Layers.Count; i++)
        {
            LayerInfo layer = _network.Layers[i];
            if (!defined.Add(layer.Path))
                continue;
            switch (layer.Layer)
            {
                case Network.Dense:
                    string number = _names[layer.Path];
                    string bias = layer.Parameters.Count > 1 ? $" + b{number}" : "";
                    yield return $"g{number}(z) = z·W{number}{bias}    {Shapes(layer, layer)}";
                    break;
                case Network.Activate:
                    int last = i;
                    while (last + 1 < _network.Layers.Count && IsSame(layer, _network.Layers[last + 1]))
                        last++;
                    Activation[] parts =
                    [
                        .. Enumerable
                            .Range(i, last - i + 1)
                            .Select(n => ((Network.Activate)_network.Layers[n].Layer).Activation),
                    ];
                    yield return $"{Define(_names[layer.Path], parts)}    {Shapes(layer, _network.Layers[last])}";
                    i = last;
                    break;
                case Network.Flatten:
                    yield return $"{layer.Layer}    {Shapes(layer, layer)}";
                    break;
                default:
                    yield return $"{Define(layer.Layer, _names[layer.Path])}    {Shapes(layer, layer)}";
                    break;
            }
        }
    }

    private bool IsSame(LayerInfo first, LayerInfo next) =>
        next.Layer is Network.Activate && _names[first.Path] == _names[next.Path];

    private string Define(string name, Activation[] parts) =>
        parts switch
        {
            [Activation.Elementwise only] => $"{name}(x) = {only.Expression}{GivenDerivative(only, "")}",
            [Activation only] => $"{name}(x) = {only.Name}(x)",
            _ => $"{name} = {string.Join(" ∘ ", parts.Reverse().Select(part => part.Name))}"
                + string.Concat(
                    parts
                        .OfType<Activation.Elementwise>()
                        .Distinct()
                        .Reverse()
                        .Select(part => GivenDerivative(part, $" of {part.Name}"))
                ),
        };

    // What predicts has no derivatives.
    private string GivenDerivative(Activation.Elementwise activation, string of) =>
        _isTraining && activation.Derivative is Scalar derivative ? $", derivative{of} given as {derivative}" : "";

    private string Define(Network layer, string name)
    {
        string primes = name[1..];
        return layer switch
        {
            Network.Dropout when !_isTraining => $"{name}(z) = z",
            Network.Dropout dropout =>
                $"{name}(z) = z ⊙ m, m 0 with probability {Number(dropout.Rate)}, otherwise {Number(1 / (1 - dropout.Rate))}",
            Network.BatchNorm norm => Normal(
                norm.IsAffine,
                norm.Epsilon,
                _isTraining ? "of the batch" : "running ones"
            ),
            Network.LayerNorm norm => Normal(norm.IsAffine, norm.Epsilon, "of each row"),
            Network.Embedding => $"{name}(x) = the rows of E{primes} that x numbers",
            _ => throw new UnreachableException(),
        };

        string Normal(bool isAffine, double epsilon, string whose)
        {
            string normal = $"(z − μ)/√(σ² + {Number(epsilon)})";
            return $"{name}(z) = {(isAffine ? $"γ{primes} ⊙ {normal} + β{primes}" : normal)}, μ and σ² {whose}";
        }
    }

    private static string Number(double value) =>
        value.ToString(Math.Abs(value) is >= 1e-3 and < 1e6 ? "0.####" : "0.####E+0", CultureInfo.InvariantCulture);

    private static string Shapes(LayerInfo first, LayerInfo last) =>
        $"{first.Input.WithBatch()} → {last.Output.WithBatch()}    {first.Path}";
}
