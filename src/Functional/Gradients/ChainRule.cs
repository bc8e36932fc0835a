using System.Diagnostics;

namespace Functional.Gradients;

/// <summary>A factor of a chain rule, written left to right from the loss to the parameter.</summary>
internal abstract record Factor
{
    private Factor() { }

    /// <summary>∂L/∂z₀.</summary>
    public sealed record OutputCotangent : Factor;

    /// <summary>
    /// ∇φᵢ, the Jacobian of the activations that follow layer i. Those in a row are one φ; where a skip connection begins or ends
    /// between them they are φᵢ, φᵢ′, φᵢ″, … from the output on: parts 0, 1, 2, ….
    /// </summary>
    public sealed record Jacobian(int Layer, int Part) : Factor
    {
        /// <summary>φᵢ with its primes.</summary>
        public string Function => $"φ{ChainRule.Subscript(Layer)}{new string('′', Part)}";
    }

    /// <summary>Wᵢᵀ, the way back through layer i.</summary>
    public sealed record TransposedWeight(int Layer) : Factor;

    /// <summary>(I + …) around a skip connection: the identity and the way back through the body.</summary>
    public sealed record Skip(ValueList<Factor> Body) : Factor;

    /// <summary>∂gᵢ/∂Wᵢ or ∂gᵢ/∂bᵢ of gᵢ(z) = z·Wᵢ + bᵢ.</summary>
    public sealed record Local(int Layer, string Parameter) : Factor;
}

/// <summary>The chain rule of one parameter.</summary>
/// <param name="Layer">i, counted from the output.</param>
/// <param name="Symbol">W or b.</param>
/// <param name="Parameter">Where it is and its shape.</param>
/// <param name="Factors">The product, from the loss to the parameter.</param>
internal sealed record ChainRule(int Layer, string Symbol, ParameterInfo Parameter, ValueList<Factor> Factors)
{
    /// <summary><c>∂L/∂W₂ = ∂L/∂z₀ · ∇φ₁ · W₁ᵀ · ∇φ₂ · ∂g₂/∂W₂</c>.</summary>
    public override string ToString() => $"∂L/∂{Symbol}{Subscript(Layer)} = {Print(Factors)}";

    /// <summary>A number in subscript digits.</summary>
    public static string Subscript(int number) =>
        string.Concat(number.ToString().Select(digit => (char)('₀' + (digit - '0'))));

    /// <summary>The rules of every parameter of a network, nearest to the output first.</summary>
    public static ValueList<ChainRule> Derive(Inference network)
    {
        List<ChainRule> rules = [];
        Queue<LayerInfo> places = new(network.Layers.Reverse());
        Back(network.Network, [new Factor.OutputCotangent()], 0, new Numbering(), places, rules);
        return rules.ToValueList();
    }

    /// <summary>What layers are called in the rules, by path: the number of a dense one, φᵢ for activations; those of one φ share its name.</summary>
    public static IReadOnlyDictionary<string, string> Names(Inference network)
    {
        Numbering numbering = new();
        Queue<LayerInfo> places = new(network.Layers.Reverse());
        Back(network.Network, [new Factor.OutputCotangent()], 0, numbering, places, []);
        return numbering.Names;
    }

    /// <summary>The numbers of dense layers and of the activations after them, counted from the output.</summary>
    private sealed class Numbering
    {
        private int _part;

        public Dictionary<string, string> Names { get; } = [];

        public int Layer { get; private set; } = 1;

        public int NextLayer()
        {
            _part = 0;
            return Layer++;
        }

        public int NextPart() => _part++;
    }

    // Walks a network from its output to its input and returns the factors gathered on the way, those given included; those from
    // the given start on are of the same branch.
    private static List<Factor> Back(
        Network network,
        List<Factor> factors,
        int start,
        Numbering numbering,
        Queue<LayerInfo> places,
        List<ChainRule> rules
    )
    {
        switch (network)
        {
            case Network.Sequence sequence:
                foreach (Network part in sequence.Parts.Reverse())
                    factors = Back(part, factors, start, numbering, places, rules);
                return factors;
            case Network.Named named:
                return Back(named.Body, factors, start, numbering, places, rules);
            case Network.Residual residual:
                List<Factor> through = Back(residual.Body, factors, factors.Count, numbering, places, rules);
                return [.. factors, new Factor.Skip(through.Skip(factors.Count).ToValueList())];
            case Network.Flatten:
                places.Dequeue();
                return factors;
            case Network.Activate:
                // Activations in a row are one φ.
                Factor.Jacobian? same = factors.Count > start ? factors[^1] as Factor.Jacobian : null;
                Factor.Jacobian jacobian = same ?? new(numbering.Layer, numbering.NextPart());
                numbering.Names[places.Dequeue().Path] = jacobian.Function;
                return same is null ? [.. factors, jacobian] : factors;
            case Network.Dense:
                LayerInfo place = places.Dequeue();
                int i = numbering.NextLayer();
                numbering.Names[place.Path] = Subscript(i);
                foreach (ParameterInfo parameter in place.Parameters)
                {
                    string symbol = parameter.Path[(parameter.Path.LastIndexOf('/') + 1)..];
                    rules.Add(new(i, symbol, parameter, [.. factors, new Factor.Local(i, symbol)]));
                }
                return [.. factors, new Factor.TransposedWeight(i)];
            default:
                throw new UnreachableException();
        }
    }

    private static string Print(IEnumerable<Factor> factors) =>
        string.Join(
            " · ",
            factors.Select(factor =>
                factor switch
                {
                    Factor.OutputCotangent => "∂L/∂z₀",
                    Factor.Jacobian jacobian => $"∇{jacobian.Function}",
                    Factor.TransposedWeight(int i) => $"W{Subscript(i)}ᵀ",
                    Factor.Skip(var body) => $"(I + {(body.Count == 0 ? "I" : Print(body))})",
                    Factor.Local(int i, string parameter) => $"∂g{Subscript(i)}/∂{parameter}{Subscript(i)}",
                    _ => throw new UnreachableException(),
                }
            )
        );
}
