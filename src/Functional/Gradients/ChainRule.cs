using System.Diagnostics;

namespace Functional.Gradients;

/// <summary>A factor of a chain rule, written left to right from the loss to the parameter.</summary>
internal abstract record Factor
{
    private Factor() { }

    /// <summary>∂L/∂z₀.</summary>
    public sealed record OutputCotangent : Factor;

    /// <summary>
    /// ∇φᵢ, the Jacobian of what follows layer i. Activations in a row are one φ; where a skip connection or branch begins or ends between
    /// them, and for normalizations and dropout, they are φᵢ, φᵢ′, φᵢ″, … from the output on: parts 0, 1, 2, ….
    /// </summary>
    public sealed record Jacobian(int Layer, int Part, bool IsActivation = true) : Factor
    {
        /// <summary>φᵢ with its primes.</summary>
        public string Function => $"φ{ChainRule.Subscript(Layer)}{new string('′', Part)}";
    }

    /// <summary>Wᵢᵀ, the way back through layer i.</summary>
    public sealed record TransposedWeight(int Layer) : Factor;

    /// <summary>(I + …) around a skip connection: the identity and the way back through the body.</summary>
    public sealed record Skip(ValueList<Factor> Body) : Factor;

    /// <summary>Πₖ, the columns that branch k gives.</summary>
    public sealed record Branch(int Number) : Factor;

    /// <summary>(Π₁ … + Π₂ …), the way back through every branch.</summary>
    public sealed record Branches(ValueList<ValueList<Factor>> Ways) : Factor;

    /// <summary>∂gᵢ/∂Wᵢ or ∂gᵢ/∂bᵢ of gᵢ(z) = z·Wᵢ + bᵢ, or the same of a φ with parameters.</summary>
    public sealed record Local(string Function, string Parameter) : Factor;
}

/// <summary>The chain rule of one parameter.</summary>
/// <param name="Layer">i, counted from the output.</param>
/// <param name="Symbol">As W₂ or b₂.</param>
/// <param name="Parameter">Where it is and its shape.</param>
/// <param name="Terms">For every place where the parameter is used the product, from the loss to the parameter.</param>
internal sealed record ChainRule(int Layer, string Symbol, ParameterInfo Parameter, ValueList<ValueList<Factor>> Terms)
{
    /// <summary><c>∂L/∂W₂ = ∂L/∂z₀ · ∇φ₁ · W₁ᵀ · ∇φ₂ · ∂g₂/∂W₂</c>.</summary>
    public override string ToString() => $"∂L/∂{Symbol} = {string.Join(" + ", Terms.Select(Print))}";

    /// <summary>A number in subscript digits.</summary>
    public static string Subscript(int number) =>
        string.Concat(number.ToString().Select(digit => (char)('₀' + (digit - '0'))));

    /// <summary>The rules of every parameter of a network, nearest to the output first.</summary>
    public static ValueList<ChainRule> Derive(Inference network)
    {
        List<ChainRule> rules = [];
        Queue<LayerInfo> places = new(network.Layers.Reverse());
        Back(network.Network, [new Factor.OutputCotangent()], 0, new Numbering(), places, rules);
        // A shared parameter has a rule for each of its places: their sum is its derivative.
        return rules
            .GroupBy(rule => rule.Parameter.Path)
            .Select(places => places.First() with { Terms = [.. places.SelectMany(place => place.Terms)] })
            .ToValueList();
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

        private readonly Dictionary<string, int> _dense = [];
        private readonly Dictionary<string, Factor.Jacobian> _functions = [];

        public Dictionary<string, string> Names { get; } = [];

        public int Layer { get; private set; } = 1;

        // What is shared has one name.
        public int LayerAt(string path)
        {
            _part = 0;
            if (!_dense.TryGetValue(path, out int number))
                _dense[path] = number = Layer++;
            Names[path] = Subscript(number);
            return number;
        }

        public Factor.Jacobian FunctionAt(string path, Factor.Jacobian? same, bool isActivation)
        {
            if (!_functions.TryGetValue(path, out Factor.Jacobian? function))
                _functions[path] = function = same ?? new(Layer, _part++, isActivation);
            Names[path] = function.Function;
            return function;
        }
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
            case Network.Named or Network.Shared:
                return Back(network.Parts().Single(), factors, start, numbering, places, rules);
            case Network.Concat concat:
                List<ValueList<Factor>> ways = [];
                for (int branch = concat.Branches.Count; branch > 0; branch--)
                {
                    List<Factor> entered = [.. factors, new Factor.Branch(branch)];
                    List<Factor> way = Back(
                        concat.Branches[branch - 1],
                        entered,
                        entered.Count,
                        numbering,
                        places,
                        rules
                    );
                    ways.Insert(0, way.Skip(factors.Count).ToValueList());
                }
                return [.. factors, new Factor.Branches(ways.ToValueList())];
            case Network.Residual residual:
                List<Factor> through = Back(residual.Body, factors, factors.Count, numbering, places, rules);
                return [.. factors, new Factor.Skip(through.Skip(factors.Count).ToValueList())];
            case Network.Flatten:
                places.Dequeue();
                return factors;
            case Network.Activate:
                // Activations in a row are one φ.
                Factor.Jacobian? same = factors.Count > start ? factors[^1] as Factor.Jacobian : null;
                Factor.Jacobian jacobian = numbering.FunctionAt(
                    places.Dequeue().Path,
                    same is { IsActivation: true } ? same : null,
                    isActivation: true
                );
                return same == jacobian ? factors : [.. factors, jacobian];
            case Network.Dropout or Network.BatchNorm or Network.LayerNorm or Network.Embedding:
                LayerInfo layer = places.Dequeue();
                Factor.Jacobian function = numbering.FunctionAt(layer.Path, null, isActivation: false);
                foreach (ParameterInfo parameter in layer.Parameters.Where(parameter => parameter.IsTrainable))
                {
                    string name = $"{SymbolOf(parameter)}{function.Function[1..]}";
                    rules.Add(
                        new(
                            function.Layer,
                            name,
                            parameter,
                            [
                                [.. factors, new Factor.Local(function.Function, name)],
                            ]
                        )
                    );
                }
                return [.. factors, function];
            case Network.Dense:
                LayerInfo place = places.Dequeue();
                int i = numbering.LayerAt(place.Path);
                foreach (ParameterInfo parameter in place.Parameters)
                {
                    string symbol = $"{SymbolOf(parameter)}{Subscript(i)}";
                    rules.Add(
                        new(
                            i,
                            symbol,
                            parameter,
                            [
                                [.. factors, new Factor.Local($"g{Subscript(i)}", symbol)],
                            ]
                        )
                    );
                }
                return [.. factors, new Factor.TransposedWeight(i)];
            default:
                throw new UnreachableException();
        }
    }

    private static string SymbolOf(ParameterInfo parameter) =>
        parameter.Path[(parameter.Path.LastIndexOf('/') + 1)..] switch
        {
            "gamma" => "γ",
            "beta" => "β",
            string symbol => symbol,
        };

    private static string Print(ValueList<Factor> factors) =>
        string.Join(
            " · ",
            factors.Select(factor =>
                factor switch
                {
                    Factor.OutputCotangent => "∂L/∂z₀",
                    Factor.Jacobian jacobian => $"∇{jacobian.Function}",
                    Factor.TransposedWeight(int i) => $"W{Subscript(i)}ᵀ",
                    Factor.Skip(var body) => $"(I + {(body.Count == 0 ? "I" : Print(body))})",
                    Factor.Branch(int k) => $"Π{Subscript(k)}",
                    Factor.Branches(var ways) => $"({string.Join(" + ", ways.Select(Print))})",
                    Factor.Local(string function, string parameter) => $"∂{function}/∂{parameter}",
                    _ => throw new UnreachableException(),
                }
            )
        );
}
