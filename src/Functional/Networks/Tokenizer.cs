using System.Globalization;
using System.Text;

namespace Functional;

internal enum TokenKind
{
    End,
    Name,
    Number,
    Text,
    Symbol,
}

/// <summary>One word of a network's code. <paramref name="Value"/> is the word itself, for a string literal what it stands for.</summary>
internal readonly record struct Token(TokenKind Kind, string Value, int Position)
{
    public bool Is(string symbol) => Kind == TokenKind.Symbol && Value == symbol;

    /// <summary>The word as an error message shows it.</summary>
    public override string ToString() =>
        Kind switch
        {
            TokenKind.End => "the end of the text",
            TokenKind.Name or TokenKind.Number => Value,
            _ => NetworkPrinter.Quote(Value),
        };
}

/// <summary>Splits a network's code into words.</summary>
internal static class Tokenizer
{
    private static readonly string[] Symbols =
    [
        ">>",
        "-->",
        "=>",
        "(",
        ")",
        "[",
        "]",
        ",",
        ":",
        ".",
        "+",
        "-",
        "*",
        "/",
    ];

    /// <summary>The words in order; the last is <see cref="TokenKind.End"/>.</summary>
    /// <exception cref="NetworkParseException">A character or string literal is not C#'s.</exception>
    public static List<Token> Tokenize(string text)
    {
        List<Token> tokens = [];
        int position = 0;
        while (position < text.Length)
        {
            char c = text[position];
            int start = position;
            if (char.IsWhiteSpace(c))
                position++;
            else if (char.IsLetter(c) || c == '_')
                tokens.Add(new(TokenKind.Name, While(text, ref position, char.IsLetterOrDigit), start));
            else if (char.IsAsciiDigit(c) || (c == '.' && DigitAt(text, position + 1)))
                tokens.Add(new(TokenKind.Number, Number(text, ref position), start));
            else if (c == '"')
                tokens.Add(new(TokenKind.Text, Literal(text, ref position), start));
            else if (Array.Find(Symbols, s => string.CompareOrdinal(text, start, s, 0, s.Length) == 0) is string symbol)
            {
                tokens.Add(new(TokenKind.Symbol, symbol, start));
                position += symbol.Length;
            }
            else
                throw new NetworkParseException(
                    text,
                    start,
                    $"The character {NetworkPrinter.Quote(c.ToString())} has no place in a network. Write layers joined by >>, such as Dense(2, 20) >> Relu."
                );
        }
        tokens.Add(new(TokenKind.End, "", text.Length));
        return tokens;
    }

    // A name's or number's characters; '_' is one of them in both.
    private static string While(string text, ref int position, Func<char, bool> belongs)
    {
        int start = position;
        while (position < text.Length && (belongs(text[position]) || text[position] == '_'))
            position++;
        return text[start..position];
    }

    private static bool DigitAt(string text, int position) =>
        position < text.Length && char.IsAsciiDigit(text[position]);

    private static string Number(string text, ref int position)
    {
        StringBuilder number = new(While(text, ref position, char.IsAsciiDigit));
        if (position < text.Length && text[position] == '.' && DigitAt(text, position + 1))
        {
            position++;
            number.Append('.').Append(While(text, ref position, char.IsAsciiDigit));
        }
        if (position < text.Length && text[position] is 'e' or 'E')
        {
            int signed = position + 1 < text.Length && text[position + 1] is '+' or '-' ? 2 : 1;
            if (DigitAt(text, position + signed))
            {
                number.Append(text, position, signed);
                position += signed;
                number.Append(While(text, ref position, char.IsAsciiDigit));
            }
        }
        return number.Replace("_", "").ToString();
    }

    private static string Literal(string text, ref int position)
    {
        int start = position++;
        StringBuilder value = new();
        while (position < text.Length && text[position] is not ('"' or '\n' or '\r'))
        {
            char c = text[position++];
            value.Append(c == '\\' ? Escape(text, ref position) : c);
        }
        if (position >= text.Length || text[position] != '"')
            throw new NetworkParseException(text, start, "This string has no end. Close it with \" on the same line.");
        position++;
        return value.ToString();
    }

    private static char Escape(string text, ref int position)
    {
        int start = position - 1;
        switch (position < text.Length ? text[position++] : '\0')
        {
            case '"':
                return '"';
            case '\\':
                return '\\';
            case '\'':
                return '\'';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case '0':
                return '\0';
            case 'u' when position + 4 <= text.Length:
                ReadOnlySpan<char> digits = text.AsSpan(position, 4);
                if (
                    !ushort.TryParse(
                        digits,
                        NumberStyles.AllowHexSpecifier,
                        CultureInfo.InvariantCulture,
                        out ushort code
                    )
                )
                    break;
                position += 4;
                return (char)code;
        }
        throw new NetworkParseException(
            text,
            start,
            "This escape is not known. Use \\\", \\\\, \\', \\n, \\r, \\t, \\0 or \\u and four hex digits."
        );
    }
}
