namespace Functional;

/// <summary>One argument of a call: its name where it has one, and what was read there.</summary>
internal sealed record Argument(Token? Name, object? Value, int Position);

/// <summary>
/// The arguments of one call, bound to its parameters as C# binds them: by position, then by name. A value is an int, double, bool,
/// string, Initializer, Scalar, Network, array of int, or null.
/// </summary>
internal sealed class Arguments
{
    private readonly TokenReader _tokens;
    private readonly Token _call;
    private readonly List<Argument> _given;
    private readonly Dictionary<string, Argument> _bound = [];
    private readonly int _end;

    public Arguments(TokenReader tokens, Token call, List<Argument> given, int end) =>
        (_tokens, _call, _given, _end) = (tokens, call, given, end);

    /// <summary>Whether the second positional argument is a number, as in <c>Dense(2, 20)</c>, or one has this name.</summary>
    public bool StartsWithTwoNumbersOrNames(string name) =>
        _given is [_, { Name: null, Value: double }, ..] || _given.Exists(argument => argument.Name?.Value == name);

    /// <summary>Gives every argument its parameter.</summary>
    public Arguments Bind(params IReadOnlyList<string> parameters)
    {
        for (int i = 0; i < _given.Count; i++)
        {
            Argument argument = _given[i];
            if (argument.Name is null && i > 0 && _given[i - 1].Name is not null)
                throw _tokens.Error(
                    argument.Position,
                    $"{_call}: an argument without a name cannot follow one with a name."
                );
            if (argument.Name is null && i >= parameters.Count)
                throw _tokens.Error(
                    argument.Position,
                    $"{_call} takes at most {parameters.Count} arguments: {string.Join(", ", parameters)}."
                );
            string parameter = argument.Name?.Value ?? parameters[i];
            if (argument.Name is Token name && !parameters.Contains(name.Value))
                throw _tokens.Unknown($"argument of {_call},", name, parameters);
            if (!_bound.TryAdd(parameter, argument))
                throw _tokens.Error(argument.Position, $"{_call}: the argument {parameter} is given twice.");
        }
        return this;
    }

    public int Integer(string name) => (int)Required<double>(name, "an integer", IsInteger);

    public double Number(string name) => Required<double>(name, "a number");

    public int Integer(string name, int otherwise) => _bound.ContainsKey(name) ? Integer(name) : otherwise;

    public double Number(string name, double otherwise) => _bound.ContainsKey(name) ? Number(name) : otherwise;

    /// <summary>All arguments, each a network without a name.</summary>
    public Network[] Networks(string parameter)
    {
        string[] names = [.. Enumerable.Range(1, _given.Count).Select(i => $"{parameter} {i}")];
        Bind(names);
        return [.. names.Select(Network)];
    }

    public string Text(string name) => Required<string>(name, "a string");

    public Network Network(string name) => Required<Network>(name, "a network");

    public Scalar Function(string name) => Required<Scalar>(name, "a function, x => expression");

    public Scalar? Function(string name, Scalar? otherwise) => _bound.ContainsKey(name) ? Function(name) : otherwise;

    public int[] Integers(string name) =>
        [
            .. Required<double[]>(name, "a list of integers, [784, 128, 10]", list => list.All(IsInteger))
                .Select(value => (int)value),
        ];

    public bool Flag(string name, bool otherwise) =>
        _bound.ContainsKey(name) ? Required<bool>(name, "true or false") : otherwise;

    public T? Optional<T>(string name, string expected)
        where T : class =>
        _bound.TryGetValue(name, out Argument? argument) && argument.Value is not null
            ? Required<T>(name, expected)
            : null;

    private static bool IsInteger(double value) => value == Math.Floor(value) && Math.Abs(value) <= int.MaxValue;

    private T Required<T>(string name, string expected, Func<T, bool>? accepted = null)
    {
        if (!_bound.TryGetValue(name, out Argument? argument))
            throw _tokens.Error(_end, $"{_call}: expected {expected} for the argument {name}, got none.");
        if (argument.Value is T value && (accepted is null || accepted(value)))
            return value;
        throw _tokens.Error(
            argument.Position,
            $"{_call}: expected {expected} for the argument {name}, got {Shown(argument.Value)}."
        );
    }

    private static string Shown(object? value) =>
        value switch
        {
            null => "null",
            double number => ScalarPrinter.Number(number),
            bool flag => flag ? "true" : "false",
            string => "a string",
            double[] => "a list of numbers",
            Scalar => "a function",
            Initializer => "an initializer",
            _ => "a network",
        };
}
