namespace Functional;

/// <summary>
/// Reads the functions of custom activations: <c>x => x * Sigmoid(x)</c>, with + - * /, unary minus, parentheses, numbers and
/// the functions of <see cref="Scalar"/>.
/// </summary>
internal sealed class ScalarParser
{
    // An expression may be this deep to one side, as in x + x + … + x, and is walked recursively.
    private const int MaximumOperations = 500;

    private static readonly SortedDictionary<string, Func<Scalar[], Scalar>> Functions = new(
        Enum.GetValues<UnaryFunction>()
            .Where(function => function != UnaryFunction.Negate)
            .ToDictionary(function => function.ToString(), Unary),
        StringComparer.Ordinal
    )
    {
        ["Square"] = static arguments => Scalar.Square(arguments[0]),
        ["Max"] = static arguments => Scalar.Max(arguments[0], arguments[1]),
        ["Min"] = static arguments => Scalar.Min(arguments[0], arguments[1]),
        ["Greater"] = static arguments => Scalar.Greater(arguments[0], arguments[1]),
        ["Where"] = static arguments => Scalar.Where(arguments[0], arguments[1], arguments[2]),
    };

    private readonly TokenReader _tokens;
    private readonly string _variable;
    private int _operations;

    private ScalarParser(TokenReader tokens, string variable) => (_tokens, _variable) = (tokens, variable);

    /// <summary>Reads <c>x => expression</c>; the variable may have any name and becomes <see cref="Activation.X"/>.</summary>
    public static Scalar Function(TokenReader tokens)
    {
        string variable = tokens.Expect(TokenKind.Name, "the name of the function's argument").Value;
        tokens.Expect("=>", $"after {variable}");
        return new ScalarParser(tokens, variable).Sum();
    }

    private static Func<Scalar[], Scalar> Unary(UnaryFunction function) =>
        arguments => Scalar.Apply(function, arguments[0]);

    private static int Arity(string function) =>
        function switch
        {
            "Max" or "Min" or "Greater" => 2,
            "Where" => 3,
            _ => 1,
        };

    private Scalar Sum()
    {
        Scalar sum = Term();
        while (true)
            if (_tokens.Accept("+"))
                sum += Term();
            else if (_tokens.Accept("-"))
                sum -= Term();
            else
                return sum;
    }

    private Scalar Term()
    {
        Scalar product = Factor();
        while (true)
            if (_tokens.Accept("*"))
                product *= Factor();
            else if (_tokens.Accept("/"))
                product /= Factor();
            else
                return product;
    }

    private Scalar Factor()
    {
        if (++_operations > MaximumOperations)
            throw _tokens.Error(
                _tokens.Current.Position,
                $"The expression has more than {MaximumOperations} operations."
            );
        return _tokens.Nested(_ => _tokens.Accept("-") ? -Factor() : Operand());
    }

    private Scalar Operand()
    {
        if (_tokens.Current.Kind == TokenKind.Number)
            return _tokens.NumberOf(_tokens.Take());
        if (_tokens.Accept("("))
        {
            Scalar inner = Sum();
            _tokens.Expect(")", "after the expression");
            return inner;
        }
        if (_tokens.Current is { Kind: TokenKind.Name, Value: "double" })
            return Special();
        _tokens.SkipQualifiers("Functional", "Scalar");
        Token name = _tokens.Expect(TokenKind.Name, $"a number, {_variable}, a function or \"(\"");
        if (_tokens.Current.Is("("))
            return Call(name);
        if (name.Value == _variable)
            return Activation.X;
        throw Functions.ContainsKey(name.Value)
            ? _tokens.Expected($"\"(\" after {name}")
            : _tokens.Unknown("variable", name, [_variable]);
    }

    private Scalar Call(Token name)
    {
        if (!Functions.TryGetValue(name.Value, out Func<Scalar[], Scalar>? function))
            throw _tokens.Unknown("function", name, Functions.Keys);
        Scalar[] arguments = new Scalar[Arity(name.Value)];
        _tokens.Expect("(", $"after {name}");
        for (int i = 0; i < arguments.Length; i++)
        {
            if (i > 0)
                _tokens.Expect(",", $"and argument {i + 1} of {arguments.Length} of {name}");
            arguments[i] = Sum();
        }
        _tokens.Expect(")", $"after the last argument of {name}");
        return function(arguments);
    }

    private Scalar Special()
    {
        _tokens.Take();
        _tokens.Expect(".", "after double");
        Token name = _tokens.Expect(TokenKind.Name, "NaN, PositiveInfinity or NegativeInfinity");
        return name.Value switch
        {
            "NaN" => double.NaN,
            "PositiveInfinity" => double.PositiveInfinity,
            "NegativeInfinity" => double.NegativeInfinity,
            _ => throw _tokens.Unknown("number", name, ["NaN", "PositiveInfinity", "NegativeInfinity"]),
        };
    }
}
