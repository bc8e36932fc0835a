using System.Globalization;

namespace Functional;

/// <summary>A place in a network's words, and the errors that happen there.</summary>
internal sealed class TokenReader(string text)
{
    // Nesting beyond this is refused, as it would exhaust the stack here or in whatever walks the value.
    private const int MaximumDepth = 100;

    private readonly List<Token> _tokens = Tokenizer.Tokenize(text);
    private int _next;
    private int _depth;

    public Token Current => _tokens[_next];

    /// <summary>The word <paramref name="ahead"/> places further on.</summary>
    public Token Peek(int ahead) => _tokens[Math.Min(_next + ahead, _tokens.Count - 1)];

    /// <summary>The current word, going on to the next.</summary>
    public Token Take() => Current.Kind == TokenKind.End ? Current : _tokens[_next++];

    /// <summary>Goes on if the current word is the symbol.</summary>
    public bool Accept(string symbol)
    {
        if (!Current.Is(symbol))
            return false;
        _next++;
        return true;
    }

    /// <summary>Goes on; an error unless the current word is the symbol.</summary>
    public Token Expect(string symbol, string where) =>
        Current.Is(symbol) ? Take() : throw Expected($"{NetworkPrinter.Quote(symbol)} {where}");

    public Token Expect(TokenKind kind, string what) => Current.Kind == kind ? Take() : throw Expected(what);

    /// <summary>Goes past a prefix such as <c>Activation.</c> that may stand before a name.</summary>
    public void SkipQualifiers(params ReadOnlySpan<string> qualifiers)
    {
        while (Current.Kind == TokenKind.Name && qualifiers.Contains(Current.Value) && Peek(1).Is("."))
            _next += 2;
    }

    /// <summary>The value of a number, which may follow a minus sign.</summary>
    public double TakeNumber()
    {
        bool negative = Accept("-");
        double value = NumberOf(Expect(TokenKind.Number, "a number"));
        return negative ? -value : value;
    }

    public double NumberOf(Token number)
    {
        double value = double.Parse(number.Value, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(value)
            ? value
            : throw Error(number.Position, $"The number {Shortened(number.Value)} is too large for a double.");
    }

    /// <summary>Reads something that may contain its own kind.</summary>
    public T Nested<T>(Func<TokenReader, T> read)
    {
        if (++_depth > MaximumDepth)
            throw Error(
                Current.Position,
                $"The network nests more than {MaximumDepth} levels deep. Build it from parts in code instead."
            );
        T value = read(this);
        _depth--;
        return value;
    }

    public NetworkParseException Expected(string what) =>
        Error(Current.Position, $"Expected {what}, got {Shortened(Current.ToString())}.");

    /// <summary>The error of a name that is not among those known.</summary>
    public NetworkParseException Unknown(string kind, Token name, IReadOnlyCollection<string> known)
    {
        string hint = Spelling.Nearest(name.Value, known) is string nearest ? $"; did you mean {nearest}?" : ".";
        return Error(name.Position, $"Unknown {kind} {Shortened(name.Value)}{hint} Known: {string.Join(", ", known)}.");
    }

    public NetworkParseException Error(int position, string message, Exception? cause = null) =>
        new(text, position, message, cause);

    private static string Shortened(string word) => word.Length <= 40 ? word : $"{word[..40]}…";
}
