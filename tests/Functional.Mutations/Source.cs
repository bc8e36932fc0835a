using System.Text.RegularExpressions;

namespace Functional.Mutations;

/// <summary>Characters of a text from one position up to another.</summary>
internal readonly record struct Span(int Start, int End)
{
    public int Length => End - Start;
}

/// <summary>A source file and its code: the same text with comments, strings and characters blanked, every position kept.</summary>
internal sealed class Source
{
    public Source(string path, string text)
    {
        (Path, Text) = (path, text);
        Code = Blank(text);
    }

    /// <summary>The path from the core's folder, such as <c>Buffers/Liveness.cs</c>.</summary>
    public string Path { get; }

    public string Text { get; }

    public string Code { get; }

    public string Of(Span span) => Text[span.Start..span.End];

    /// <summary>The whole lines that a span is part of.</summary>
    public Span Lines(Span span)
    {
        int start = span.Start == 0 ? 0 : Text.LastIndexOf('\n', span.Start - 1) + 1;
        int end = Text.IndexOf('\n', span.End);
        return new(start, end < 0 ? Text.Length : end);
    }

    /// <summary>The line of a position, from 1.</summary>
    public int LineOf(int position) => 1 + Text.AsSpan(0, position).Count('\n');

    /// <summary>Where the bracket at a position is closed.</summary>
    public int CloseOf(int open)
    {
        int depth = 0;
        for (int i = open; i < Code.Length; i++)
            if (Code[i] is '(' or '[' or '{')
                depth++;
            else if (Code[i] is ')' or ']' or '}' && --depth == 0)
                return i;
        throw new FormatException($"{Path}, line {LineOf(open)}: {Code[open]} is never closed");
    }

    /// <summary>The bracket that is open at a position, or −1.</summary>
    public int OpenAt(int position)
    {
        int depth = 0;
        for (int i = position - 1; i >= 0; i--)
            if (Code[i] is ')' or ']' or '}')
                depth++;
            else if (Code[i] is '(' or '[' or '{' && --depth < 0)
                return i;
        return -1;
    }

    /// <summary>What stands between the commas inside a bracket, without the spaces around.</summary>
    public List<Span> Parts(int open)
    {
        List<Span> parts = [];
        int close = CloseOf(open);
        int start = open + 1;
        for (int i = start; i <= close; i++)
            if (Code[i] is '(' or '[' or '{')
                i = CloseOf(i);
            else if (i == close || Code[i] == ',')
            {
                if (Trimmed(new(start, i)) is { Length: > 0 } part)
                    parts.Add(part);
                start = i + 1;
            }
        return parts;
    }

    /// <summary>A span without the blanks at its ends; comments count as blanks.</summary>
    public Span Trimmed(Span span)
    {
        (int start, int end) = span;
        while (start < end && (char.IsWhiteSpace(Text[start]) || IsComment(start)))
            start++;
        while (end > start && char.IsWhiteSpace(Text[end - 1]))
            end--;
        return new(start, end);
    }

    public IEnumerable<Match> Matches(string pattern) => Regex.Matches(Code, pattern, RegexOptions.Multiline);

    // In a comment that takes the rest of its line: blanked up to the line's end, but not in the text.
    private bool IsComment(int position)
    {
        if (Code[position] != ' ' || Text[position] == ' ')
            return false;
        int line = Text.LastIndexOf('\n', position) + 1;
        int slashes = Text.IndexOf("//", line, StringComparison.Ordinal);
        return slashes >= 0 && slashes <= position;
    }

    private static string Blank(string text)
    {
        char[] code = text.ToCharArray();
        for (int i = 0; i < text.Length; i++)
        {
            int end =
                text[i] == '"' ? EndOfString(text, i)
                : text[i] == '\'' ? text.IndexOf('\'', i + (text[i + 1] == '\\' ? 3 : 2)) + 1
                : text.AsSpan(i).StartsWith("//") ? text.IndexOf('\n', i)
                : i;
            for (; i < end; i++)
                code[i] = ' ';
        }
        return new(code);
    }

    // Interpolated strings can hold strings; all of it is one string here.
    private static int EndOfString(string text, int quote)
    {
        bool isInterpolated = quote > 0 && text[quote - 1] == '$';
        int i = quote + 1;
        for (; text[i] != '"'; i++)
            if (text[i] == '\\')
                i++;
            else if (isInterpolated && text[i] == '{')
                i = EndOfHole(text, i);
        return i + 1;
    }

    private static int EndOfHole(string text, int open)
    {
        int i = open + 1;
        for (; text[i] != '}'; i++)
            if (text[i] == '"')
                i = EndOfString(text, i) - 1;
            else if (text[i] == '{')
                i = EndOfHole(text, i);
        return i;
    }
}
