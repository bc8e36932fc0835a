using System.Diagnostics;

namespace Functional;

/// <summary>One walk through a network, from its input to its output: shapes, paths, parameters, and what does not fit.</summary>
/// <param name="leaves">How many layers the network has.</param>
internal sealed class LayerWalk(int leaves)
{
    private readonly Dictionary<string, Network> _shared = [];
    private readonly HashSet<string> _roots = [];
    private int _number;
    private bool _isInput = true;
    private bool _isShared;

    public List<LayerInfo> Layers { get; } = [];

    public List<string> Errors { get; } = [];

    public (Network, Shape?) Visit(Network network, Shape? input, string prefix, Scope scope, Activation? following) =>
        network switch
        {
            Network.Sequence sequence => Sequence(sequence, input, prefix, scope, following),
            Network.Named named => Named(named, input, prefix, scope, following),
            Network.Shared shared => Shared(shared, input, following),
            Network.Residual residual => Residual(residual, input, $"{prefix}{scope.Next("residual")}/"),
            Network.Concat concat => Concat(concat, input, $"{prefix}{scope.Next("concat")}/", following),
            Network.Dense dense => Dense(dense, input, $"{prefix}{scope.Next("dense")}", following),
            Network.Embedding embedding => Embedding(embedding, input, $"{prefix}{scope.Next("embedding")}"),
            Network.BatchNorm norm => BatchNorm(norm, input, $"{prefix}{scope.Next("batchnorm")}"),
            Network.LayerNorm norm => LayerNorm(norm, input, $"{prefix}{scope.Next("layernorm")}"),
            Network.Dropout => Leaf(network, input, input, $"{prefix}{scope.Next("dropout")}"),
            Network.Flatten => Leaf(
                network,
                input,
                input is Shape s ? new Shape(s.Count) : null,
                $"{prefix}{scope.Next("flatten")}"
            ),
            Network.Activate activate => Activate(activate, input, prefix, scope),
            _ => throw new UnreachableException(),
        };

    /// <summary>Refuses parameters that two layers would have at one path without being shared.</summary>
    public void CheckNames()
    {
        foreach (string name in _shared.Keys.Where(_roots.Contains))
            Errors.Add($"Shared(\"{name}\", …): another part of the network has this name. Choose another one.");
        foreach (
            IGrouping<string, ParameterInfo> path in Layers
                .SelectMany(layer => layer.Parameters)
                .Where(parameter => _shared.ContainsKey(parameter.Path.Split('/')[0]))
                .GroupBy(parameter => parameter.Path)
        )
            if (path.Select(parameter => parameter.Shape).Distinct().ToArray() is [var first, var second, ..])
                Errors.Add(
                    $"Shared: parameter {path.Key} would have the shapes {first} and {second}. Share networks between inputs of the same size only."
                );
    }

    private (Network, Shape?) Sequence(
        Network.Sequence sequence,
        Shape? input,
        string prefix,
        Scope scope,
        Activation? following
    )
    {
        Activation?[] next = new Activation?[sequence.Parts.Count];
        for (int i = next.Length - 1; i >= 0; i--)
        {
            next[i] = following;
            following = Opening(sequence.Parts[i], following);
        }
        Network[] stated = new Network[next.Length];
        for (int i = 0; i < next.Length; i++)
            (stated[i], input) = Visit(sequence.Parts[i], input, prefix, scope, next[i]);
        return (new Network.Sequence(stated.ToValueList()), input);
    }

    private (Network, Shape?) Named(
        Network.Named named,
        Shape? input,
        string prefix,
        Scope scope,
        Activation? following
    )
    {
        if (!scope.Use(named.Name))
            Errors.Add(
                $"Named(\"{named.Name}\", …): the name occurs twice in {(prefix == "" ? "the network" : prefix.TrimEnd('/'))}. Give each part its own name."
            );
        (Network body, Shape? output) = Visit(
            named.Body,
            input,
            $"{prefix}{named.Name}/",
            new Scope(named.Body),
            following
        );
        return (named with { Body = body }, output);
    }

    // The second of a name has the first one's parameters, so they must be alike once sizes are known.
    private (Network, Shape?) Shared(Network.Shared shared, Shape? input, Activation? following)
    {
        bool wasShared = _isShared;
        _isShared = true;
        (Network body, Shape? output) = Visit(shared.Body, input, $"{shared.Name}/", new Scope(shared.Body), following);
        _isShared = wasShared;
        if (!IsStated(body))
            return (shared with { Body = body }, output);
        if (!_shared.TryAdd(shared.Name, body) && !_shared[shared.Name].Equals(body))
            Errors.Add(
                $"Shared(\"{shared.Name}\", …): two different networks share this name, {_shared[shared.Name]} and {body}. Share one network, or choose another name."
            );
        return (shared with { Body = body }, output);
    }

    private static bool IsStated(Network network) =>
        network.Leaves().OfType<Network.Dense>().All(dense => dense.Inputs is not null);

    private (Network, Shape?) Concat(Network.Concat concat, Shape? input, string prefix, Activation? following)
    {
        int first = _number + 1;
        bool isInput = _isInput;
        Network[] stated = new Network[concat.Branches.Count];
        Shape?[] outputs = new Shape?[stated.Length];
        for (int i = 0; i < stated.Length; i++)
        {
            _isInput = isInput;
            Network branch = concat.Branches[i];
            (stated[i], outputs[i]) = Visit(branch, input, $"{prefix}{i + 1}/", new Scope(branch), following);
        }
        _isInput = false;
        int[] wrong = [.. Enumerable.Range(0, outputs.Length).Where(i => outputs[i] is { Rank: not 1 })];
        foreach (int i in wrong)
            Errors.Add(
                $"{Place(first)} (Concat): branch {i + 1} must give one row of features, got {outputs[i]}. End it with Flatten."
            );
        long width = outputs.Sum(output => (long)(output?.Count ?? 0));
        if (width > int.MaxValue)
            Errors.Add($"{Place(first)} (Concat): a row would have {width} features. Reduce a size.");
        bool isKnown = wrong.Length == 0 && width <= int.MaxValue && outputs.All(output => output is not null);
        return (concat with { Branches = stated.ToValueList() }, isKnown ? new Shape((int)width) : null);
    }

    private (Network, Shape?) Residual(Network.Residual residual, Shape? input, string prefix)
    {
        int first = _number + 1;
        Shape? entering = input ?? residual.ImpliedInput();
        (Network body, Shape? output) = Visit(
            residual.Body,
            entering,
            prefix,
            new Scope(residual.Body),
            following: null
        );
        // A sum with the input is the input no more, even where the body has no layer.
        _isInput = false;
        if (entering is Shape before && output is Shape after && before != after)
            Errors.Add(
                $"{Place(first)} (Residual): the body's output must have the input's shape {before}, got {after}. {Fix(before)}."
            );
        return (residual with { Body = body }, entering);

        static string Fix(Shape row) =>
            row.Rank == 1
                ? $"End the body with Dense({row[0]}), or map the input to the output's shape before it"
                : "Insert Flatten before it";
    }

    private (Network, Shape?) Dense(Network.Dense dense, Shape? input, string path, Activation? following)
    {
        _isInput = false;
        _number++;
        string layer =
            $"{Place(_number)} (Dense {(dense.Inputs is int from ? $"{from}→{dense.Outputs}" : dense.Outputs)})";
        if (input is Shape row && (row.Rank != 1 || (dense.Inputs is int wanted && wanted != row[0])))
        {
            string rule =
                dense.Inputs is not int n ? "the input must be one row of features"
                : row.Rank > 0 && row[^1] == n ? $"the input must be one row of {n} features"
                : $"the input's last dimension must be {n}";
            Errors.Add($"{layer}: {rule}, got {row}. {Fix(dense, row)}.");
        }
        Shape output = new(dense.Outputs);
        if ((dense.Inputs ?? (input is { Rank: 1 } known ? known[0] : null)) is not int inputs)
            return (dense, output);
        if ((long)inputs * dense.Outputs > int.MaxValue)
        {
            Errors.Add($"{layer}: {LayerInference.TooManyWeights(inputs, dense.Outputs)}");
            return (dense, output);
        }
        List<ParameterInfo> parameters =
        [
            new(
                $"{path}/W",
                new Shape(inputs, dense.Outputs),
                dense.Weights ?? Initializer.DefaultFor(following),
                inputs,
                dense.Outputs
            ),
        ];
        if (dense.HasBias)
            parameters.Add(new($"{path}/b", output, dense.Biases ?? Initializer.Zeros, inputs, dense.Outputs));
        return Layer(dense with { Inputs = inputs }, new Shape(inputs), output, path, parameters);
    }

    private (Network, Shape?) Embedding(Network.Embedding embedding, Shape? input, string path)
    {
        bool isInput = _isInput;
        _isInput = false;
        _number++;
        string layer = $"{Place(_number)} ({embedding})";
        Shape row = new(embedding.Columns);
        if (!isInput)
            Errors.Add(
                $"{layer}: it takes whole numbers, which only the network's input has. Put it first, or into a branch of Concat that begins with it."
            );
        else if (input is Shape other && other != row)
            Errors.Add(
                $"{layer}: the input must be one row of {embedding.Columns} whole numbers, got {other}. {(other.Rank == 1 ? $"Write columns: {other[0]}" : "Insert Flatten before it")}."
            );
        ParameterInfo table = new(
            $"{path}/E",
            new Shape(embedding.Count, embedding.Size),
            embedding.Weights ?? Initializer.Uniform(-1, 1),
            FanIn: 1,
            embedding.Size
        );
        return Layer(embedding, row, new Shape(embedding.Columns * embedding.Size), path, [table]);
    }

    private (Network, Shape?) BatchNorm(Network.BatchNorm norm, Shape? input, string path)
    {
        if (Features(norm, input) is not Shape row)
            return (norm, input);
        return Layer(
            norm,
            row,
            row,
            path,
            [
                .. norm.IsAffine ? Affine(path, row) : [],
                new($"{path}/mean", row, Initializer.Zeros, row[0], row[0], IsTrainable: false),
                new($"{path}/variance", row, Initializer.Constant(1), row[0], row[0], IsTrainable: false)
                {
                    IsVariance = true,
                },
            ]
        );
    }

    private (Network, Shape?) LayerNorm(Network.LayerNorm norm, Shape? input, string path) =>
        Features(norm, input) is Shape row
            ? Layer(norm, row, row, path, norm.IsAffine ? Affine(path, row) : [])
            : (norm, input);

    // The row that a normalization takes; null if unknown or wrong.
    private Shape? Features(Network norm, Shape? input)
    {
        _isInput = false;
        _number++;
        if (input is { Rank: not 1 })
            Errors.Add(
                $"{Place(_number)} ({norm}): the input must be one row of features, got {input}. Insert Flatten before it."
            );
        return input is { Rank: 1 } ? input : null;
    }

    private static ParameterInfo[] Affine(string path, Shape row) =>
        [
            new($"{path}/gamma", row, Initializer.Constant(1), row[0], row[0]),
            new($"{path}/beta", row, Initializer.Zeros, row[0], row[0]),
        ];

    private (Network, Shape?) Layer(
        Network stated,
        Shape input,
        Shape output,
        string path,
        IEnumerable<ParameterInfo> parameters
    )
    {
        if (!_isShared)
            _roots.Add(path.Split('/')[0]);
        Layers.Add(new LayerInfo(path, stated, input, output, parameters.ToValueList()));
        return (stated, output);
    }

    private (Network, Shape?) Activate(Network.Activate layer, Shape? input, string prefix, Scope scope)
    {
        Activation activation = layer.Activation;
        if (activation is Activation.Normalizing && input is { Rank: 0 } scalar)
            Errors.Add(
                $"{Place(_number + 1)} ({activation}): the input must have a last dimension to normalize over, got {scalar}. Insert Flatten before it."
            );
        return Leaf(layer, input, input, $"{prefix}{scope.Next(activation.Name.ToLowerInvariant())}");
    }

    private (Network, Shape?) Leaf(Network layer, Shape? input, Shape? output, string path)
    {
        _isInput &= layer is Network.Flatten;
        _number++;
        return input is Shape known && output is Shape result ? Layer(layer, known, result, path, []) : (layer, output);
    }

    private static string Fix(Network.Dense dense, Shape row) =>
        (row.Rank == 1, dense.Inputs is not int inputs || inputs == row.Count) switch
        {
            (true, _) => $"Write Dense({row[0]}, {dense.Outputs}), or Dense({dense.Outputs}) to infer it",
            (false, true) => "Insert Flatten before it",
            (false, false) => $"Insert Flatten before it and write Dense({row.Count}, {dense.Outputs})",
        };

    // The activation that a part applies to its input; for a part that passes it on, the one after it.
    private static Activation? Opening(Network part, Activation? following) =>
        part switch
        {
            Network.Activate activate => activate.Activation,
            Network.Flatten or Network.Dropout or Network.BatchNorm or Network.LayerNorm => following,
            Network.Named or Network.Shared => part.Parts()
                .Single()
                .Layers.Reverse()
                .Aggregate(following, (next, inner) => Opening(inner, next)),
            _ => null,
        };

    private string Place(int number) => leaves > 1 ? $"Layer {number} of {leaves}" : "The layer";

    /// <summary>The names of a network's parts: those given, and numbered ones for the rest, <c>dense1</c>, <c>dense2</c>, ….</summary>
    public sealed class Scope(Network network)
    {
        private readonly Dictionary<string, int> _counts = [];
        private readonly HashSet<string> _used = [];
        private readonly HashSet<string> _given =
        [
            .. network.Layers.OfType<Network.Named>().Select(named => named.Name),
        ];

        /// <summary>Uses a given name; false if it was used before.</summary>
        public bool Use(string name) => _used.Add(name);

        public string Next(string kind)
        {
            string name;
            do name = $"{kind}{_counts[kind] = _counts.GetValueOrDefault(kind) + 1}";
            while (_given.Contains(name));
            return name;
        }
    }
}
