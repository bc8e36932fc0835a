namespace Functional;

/// <summary>A text that is no network: says where, what was expected and what stood there.</summary>
public sealed class NetworkParseException : FunctionalException
{
    internal NetworkParseException(string text, int position, string message, Exception? cause = null)
        : base($"{message}{Environment.NewLine}{Excerpt(text, position)}", cause!) => Position = position;

    /// <summary>Where the error is: characters before it.</summary>
    public int Position { get; }

    // The line of the error, or the part of it around the error, with a caret below the character.
    private static string Excerpt(string text, int position)
    {
        const int before = 60;
        const int after = 40;
        int lineStart = position == 0 ? 0 : text.LastIndexOfAny(['\r', '\n'], position - 1) + 1;
        int lineEnd = text.IndexOfAny(['\r', '\n'], position);
        int start = Math.Max(lineStart, position - before);
        int end = Math.Min(lineEnd < 0 ? text.Length : lineEnd, position + after);
        string left = start > lineStart ? "…" : "";
        string shown = string.Concat(text[start..end].Select(c => char.IsControl(c) ? ' ' : c));
        string caret = new(' ', left.Length + position - start);
        return $"  {left}{shown}{Environment.NewLine}  {caret}^ at {position + 1}";
    }
}
