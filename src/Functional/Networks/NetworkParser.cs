namespace Functional;

/// <summary>Reads networks from the C# code that makes them; <see cref="NetworkPrinter"/> is its inverse.</summary>
internal static class NetworkParser
{
    private static readonly SortedDictionary<string, Network> Constants = new(
        Activation.BuiltIns.ToDictionary(activation => activation.Name, activation => (Network)activation),
        StringComparer.Ordinal
    )
    {
        ["Flatten"] = Layers.Flatten,
        ["Identity"] = Network.Identity,
    };

    private static readonly SortedDictionary<string, Func<Arguments, Network>> Calls = new(StringComparer.Ordinal)
    {
        ["Dense"] = Dense,
        ["Residual"] = static arguments => Layers.Residual(arguments.Bind("body").Network("body")),
        ["Named"] = static arguments =>
            Layers.Named(arguments.Bind("name", "network").Text("name"), arguments.Network("network")),
        ["Mlp"] = static arguments =>
            Layers.Mlp(
                arguments.Bind("sizes", "hidden", "output").Integers("sizes"),
                arguments.Network("hidden"),
                arguments.Optional<Network>("output", "a network")
            ),
        ["Shared"] = static arguments =>
            Layers.Shared(arguments.Bind("name", "network").Text("name"), arguments.Network("network")),
        ["Concat"] = static arguments => Layers.Concat(arguments.Networks("branches")),
        ["Dropout"] = static arguments => Layers.Dropout(arguments.Bind("rate").Number("rate")),
        ["BatchNorm"] = static arguments =>
            Layers.BatchNorm(
                arguments.Bind("momentum", "epsilon", "affine").Number("momentum", otherwise: 0.1),
                arguments.Number("epsilon", otherwise: 1e-5),
                arguments.Flag("affine", otherwise: true)
            ),
        ["LayerNorm"] = static arguments =>
            Layers.LayerNorm(
                arguments.Bind("epsilon", "affine").Number("epsilon", otherwise: 1e-5),
                arguments.Flag("affine", otherwise: true)
            ),
        ["Embedding"] = static arguments =>
            Layers.Embedding(
                arguments.Bind("count", "size", "columns", "weights").Integer("count"),
                arguments.Integer("size"),
                arguments.Integer("columns", otherwise: 1),
                arguments.Optional<Initializer>("weights", "an initializer")
            ),
        ["LeakyReluWith"] = static arguments => Activation.LeakyReluWith(arguments.Bind("slope").Number("slope")),
        ["EluWith"] = static arguments => Activation.EluWith(arguments.Bind("alpha").Number("alpha")),
        ["Define"] = static arguments =>
            Activation.Define(
                arguments.Bind("name", "function", "derivative").Text("name"),
                arguments.Function("function"),
                arguments.Function("derivative", otherwise: null)
            ),
    };

    private static readonly SortedDictionary<string, Initializer> Initializers = new(
        Initializer.Named.ToDictionary(initializer => $"{initializer}"["Initializer.".Length..]),
        StringComparer.Ordinal
    );

    private static readonly SortedDictionary<string, Func<Arguments, Initializer>> InitializerCalls = new(
        StringComparer.Ordinal
    )
    {
        ["Constant"] = static arguments => Initializer.Constant(arguments.Bind("value").Number("value")),
        ["Uniform"] = static arguments =>
            Initializer.Uniform(arguments.Bind("low", "high").Number("low"), arguments.Number("high")),
    };

    /// <summary>Reads one network, which is the whole text.</summary>
    /// <exception cref="NetworkParseException">The text is no network.</exception>
    /// <exception cref="ShapeException">It is one, but its sizes do not fit.</exception>
    public static Network Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        TokenReader tokens = new(text);
        Network network = Sequence(tokens);
        return tokens.Current.Kind == TokenKind.End ? network : throw tokens.Expected("\">>\" or the end of the text");
    }

    // The parts are composed at once, so that all mismatches between them are reported at once.
    private static Network Sequence(TokenReader tokens)
    {
        List<Network> parts = [];
        do parts.Add(tokens.Nested(Layer));
        while (tokens.Accept(">>") || tokens.Accept("-->"));
        return Network.Compose(parts);
    }

    private static Network Layer(TokenReader tokens)
    {
        if (tokens.Accept("("))
        {
            Network inner = Sequence(tokens);
            tokens.Expect(")", "after the network");
            return inner;
        }
        tokens.SkipQualifiers("Functional", "Layers", "Activation", "Network");
        return Constant(tokens, "layer", tokens.Expect(TokenKind.Name, "a layer"), Constants, Calls);
    }

    private static Initializer ReadInitializer(TokenReader tokens)
    {
        tokens.SkipQualifiers("Functional", "Initializer");
        return Constant(
            tokens,
            "initializer",
            tokens.Expect(TokenKind.Name, "an initializer"),
            Initializers,
            InitializerCalls
        );
    }

    // What a name stands for, alone or with arguments.
    private static T Constant<T>(
        TokenReader tokens,
        string kind,
        Token name,
        SortedDictionary<string, T> constants,
        SortedDictionary<string, Func<Arguments, T>> calls
    )
    {
        if (constants.TryGetValue(name.Value, out T? constant))
            return tokens.Current.Is("(")
                ? throw tokens.Error(tokens.Current.Position, $"{name} takes no arguments.")
                : constant;
        if (!calls.TryGetValue(name.Value, out Func<Arguments, T>? call))
            throw tokens.Unknown(kind, name, [.. calls.Keys.Concat(constants.Keys).Order(StringComparer.Ordinal)]);
        Arguments arguments = ReadArguments(tokens, name);
        try
        {
            return call(arguments);
        }
        catch (ArgumentException error)
        {
            throw tokens.Error(name.Position, Reason(error), error);
        }
    }

    private static Network Dense(Arguments arguments)
    {
        bool stated = arguments.StartsWithTwoNumbersOrNames("inputs");
        _ = stated
            ? arguments.Bind("inputs", "outputs", "bias", "weights", "biases")
            : arguments.Bind("outputs", "bias", "weights", "biases");
        bool bias = arguments.Flag("bias", otherwise: true);
        Initializer? weights = arguments.Optional<Initializer>("weights", "an initializer");
        Initializer? biases = arguments.Optional<Initializer>("biases", "an initializer");
        return stated
            ? Layers.Dense(arguments.Integer("inputs"), arguments.Integer("outputs"), bias, weights, biases)
            : Layers.Dense(arguments.Integer("outputs"), bias, weights, biases);
    }

    private static Arguments ReadArguments(TokenReader tokens, Token call)
    {
        tokens.Expect("(", $"after {call}");
        List<Argument> arguments = [];
        if (!tokens.Current.Is(")"))
            do
            {
                Token? name = tokens.Current.Kind == TokenKind.Name && tokens.Peek(1).Is(":") ? tokens.Take() : null;
                if (name is not null)
                    tokens.Expect(":", $"after {name}");
                int position = tokens.Current.Position;
                arguments.Add(new(name, Value(tokens), position));
            } while (tokens.Accept(","));
        int end = tokens.Expect(")", $"or \",\" after the arguments of {call}").Position;
        return new(tokens, call, arguments, end);
    }

    private static object? Value(TokenReader tokens)
    {
        Token first = tokens.Current;
        switch (first)
        {
            case { Kind: TokenKind.Number } or { Kind: TokenKind.Symbol, Value: "-" }:
                return tokens.TakeNumber();
            case { Kind: TokenKind.Text }:
                return tokens.Take().Value;
            case { Kind: TokenKind.Symbol, Value: "[" }:
                return List(tokens);
            case { Kind: TokenKind.Name, Value: "true" or "false" }:
                return tokens.Take().Value == "true";
            case { Kind: TokenKind.Name, Value: "null" }:
                tokens.Take();
                return null;
            case { Kind: TokenKind.Name } when tokens.Peek(1).Is("=>"):
                return tokens.Nested(ScalarParser.Function);
            case { Kind: TokenKind.Name, Value: "Initializer" }:
            case { Kind: TokenKind.Name, Value: "Functional" } when tokens.Peek(2).Value == "Initializer":
                return ReadInitializer(tokens);
            case { Kind: TokenKind.Name } or { Kind: TokenKind.Symbol, Value: "(" }:
                return Sequence(tokens);
            default:
                throw tokens.Expected("an argument");
        }
    }

    private static double[] List(TokenReader tokens)
    {
        tokens.Take();
        List<double> values = [];
        if (!tokens.Current.Is("]"))
            do values.Add(tokens.TakeNumber());
            while (tokens.Accept(","));
        tokens.Expect("]", "or \",\" in the list");
        return [.. values];
    }

    // The message of an argument error without what .NET adds about the method's parameter.
    private static string Reason(ArgumentException error)
    {
        string message = error.Message.Split(" (Parameter '")[0];
        return message.EndsWith('.') ? message : $"{message}.";
    }
}
