using System.Diagnostics;
using System.Globalization;

namespace Functional;

/// <summary>Infers the shapes of every layer from those before it, without compiling; finds all mismatches at once.</summary>
internal static class LayerInference
{
    /// <summary>Infers as much as the input's shape, or its absence, allows.</summary>
    public static Inference Infer(Network network, Shape? input)
    {
        Shape? entering = input ?? ImpliedInput(network);
        Walk walk = new(LeafCount(network));
        (Network stated, Shape? output) = walk.Visit(network, entering, "", new Scope(network), following: null);
        return new(stated, entering, output, walk.Layers.ToValueList(), walk.Errors.ToValueList());
    }

    /// <summary>Infers everything; what stays unknown is an error.</summary>
    public static Inference Complete(Network network, Shape? input)
    {
        if (input is { HasBatch: true } batch)
            throw new ShapeException(
                $"The input {batch} is a batch; the shape of one row is needed. Write {batch.WithoutBatch()}."
            );
        Inference inference = Infer(network, input);
        inference.ThrowIfAny();
        return inference.Input is null || inference.Output is null ? throw UnknownInput(network) : inference;
    }

    /// <summary>Infers every dense layer; other layers have no parameters and may stay unknown.</summary>
    public static Inference CompleteParameters(Network network)
    {
        Inference inference = Infer(network, input: null);
        inference.ThrowIfAny();
        return inference.Input is null && LastOutputs(network) is not null ? throw UnknownInput(network) : inference;
    }

    /// <summary>The error of a weight matrix that no array can hold.</summary>
    public static string TooManyWeights(int inputs, int outputs) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"the weights would have {(long)inputs * outputs:N0} elements, more than {int.MaxValue:N0}. Reduce a size."
        );

    private static ShapeException UnknownInput(Network network) =>
        new(
            $"{NetworkPrinter.Print(network)}: the input's size is not known. State it in the first layer, Dense(inputs, outputs), or give the shape of one row: network.WithInput(new Shape(784))."
        );

    // The input row that the network itself tells: the first dense layer's. What stands before it keeps a row as it is.
    private static Shape? ImpliedInput(Network network) =>
        FirstDense(network) switch
        {
            (Network.Dense { Inputs: int inputs }, _) => new Shape(inputs),
            // A skip connection's input has its output's shape.
            (_, Network.Residual around) => new Shape(LastOutputs(around)!.Value),
            _ => null,
        };

    // The first dense layer and the outermost skip connection around it.
    private static (Network.Dense Dense, Network.Residual? Around)? FirstDense(Network network) =>
        network switch
        {
            Network.Dense dense => (dense, null),
            Network.Residual residual => FirstDense(residual.Body) is (Network.Dense dense, _)
                ? (dense, residual)
                : null,
            Network.Named named => FirstDense(named.Body),
            Network.Sequence sequence => sequence.Parts.Select(FirstDense).FirstOrDefault(found => found is not null),
            _ => null,
        };

    // How wide the last dense layer is, and with it what leaves the network.
    private static int? LastOutputs(Network network) =>
        network switch
        {
            Network.Dense dense => dense.Outputs,
            Network.Residual residual => LastOutputs(residual.Body),
            Network.Named named => LastOutputs(named.Body),
            Network.Sequence sequence => sequence
                .Parts.Reverse()
                .Select(LastOutputs)
                .FirstOrDefault(found => found is not null),
            _ => null,
        };

    private static int LeafCount(Network network) =>
        network switch
        {
            Network.Sequence sequence => sequence.Parts.Sum(LeafCount),
            Network.Residual residual => LeafCount(residual.Body),
            Network.Named named => LeafCount(named.Body),
            _ => 1,
        };

    /// <summary>The names of a network's parts: those given, and numbered ones for the rest, <c>dense1</c>, <c>dense2</c>, ….</summary>
    private sealed class Scope(Network network)
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

    private sealed class Walk(int leaves)
    {
        private int _number;

        public List<LayerInfo> Layers { get; } = [];

        public List<string> Errors { get; } = [];

        public (Network, Shape?) Visit(
            Network network,
            Shape? input,
            string prefix,
            Scope scope,
            Activation? following
        ) =>
            network switch
            {
                Network.Sequence sequence => Sequence(sequence, input, prefix, scope, following),
                Network.Named named => Named(named, input, prefix, scope, following),
                Network.Residual residual => Residual(residual, input, $"{prefix}{scope.Next("residual")}/"),
                Network.Dense dense => Dense(dense, input, $"{prefix}{scope.Next("dense")}", following),
                Network.Flatten => Leaf(
                    network,
                    input,
                    input is Shape s ? new Shape(s.Count) : null,
                    $"{prefix}{scope.Next("flatten")}"
                ),
                Network.Activate activate => Activate(activate, input, prefix, scope),
                _ => throw new UnreachableException(),
            };

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

        private (Network, Shape?) Residual(Network.Residual residual, Shape? input, string prefix)
        {
            int first = _number + 1;
            Shape? entering = input ?? ImpliedInput(residual);
            (Network body, Shape? output) = Visit(
                residual.Body,
                entering,
                prefix,
                new Scope(residual.Body),
                following: null
            );
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
                Errors.Add($"{layer}: {TooManyWeights(inputs, dense.Outputs)}");
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
            Network.Dense stated = dense with { Inputs = inputs };
            Layers.Add(new LayerInfo(path, stated, new Shape(inputs), output, parameters.ToValueList()));
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
            _number++;
            if (input is Shape known && output is Shape result)
                Layers.Add(new LayerInfo(path, layer, known, result, []));
            return (layer, output);
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
                Network.Flatten => following,
                Network.Named named => named
                    .Body.Layers.Reverse()
                    .Aggregate(following, (next, inner) => Opening(inner, next)),
                _ => null,
            };

        private string Place(int number) => leaves > 1 ? $"Layer {number} of {leaves}" : "The layer";
    }
}
