using System.Text.RegularExpressions;

namespace Functional.Mutations;

/// <summary>Ways to find edits. Patterns see code alone: no comment and no string.</summary>
internal static class Edits
{
    /// <summary>Every match, replaced; a group named <c>x</c> narrows what is.</summary>
    public static Func<Source, IEnumerable<Edit>> Replace(string pattern, Func<string, string> replacement) =>
        source =>
            source.Matches(pattern).Select(match => new Edit(SpanOf(match), replacement(source.Of(SpanOf(match)))));

    public static Func<Source, IEnumerable<Edit>> Replace(string pattern, string replacement) =>
        Replace(pattern, found => Regex.Replace(found, "^[\\s\\S]+$", replacement));

    /// <summary>Every one of some words, by another.</summary>
    /// <param name="before">A pattern of what stands before.</param>
    /// <param name="after">A pattern of what stands after.</param>
    /// <param name="words">Each word with the one that takes its place.</param>
    public static Func<Source, IEnumerable<Edit>> Exchange(
        string before,
        string after,
        params (string From, string To)[] words
    ) =>
        source =>
            words.SelectMany(word =>
                Replace(before + "(?<x>" + Regex.Escape(word.From) + ")" + after, word.To)(source)
            );

    /// <summary>Calls with two arguments in each other's place.</summary>
    /// <param name="call">A pattern of the call up to its bracket, which it includes.</param>
    /// <param name="first">The first one's place; the other is the next.</param>
    public static Func<Source, IEnumerable<Edit>> SwapArguments(string call, int first) =>
        source =>
            from arguments in Arguments(source, call)
            where arguments.Count > first + 1
            let a = arguments[first]
            let b = arguments[first + 1]
            select new Edit(new(a.Start, b.End), source.Of(b) + source.Text[a.End..b.Start] + source.Of(a));

    /// <summary>Calls replaced by one of their arguments.</summary>
    public static Func<Source, IEnumerable<Edit>> Unwrap(string call, int argument) =>
        source =>
            source
                .Matches(call)
                .Select(match =>
                {
                    int open = match.Index + match.Length - 1;
                    return new Edit(
                        new(match.Index, source.CloseOf(open) + 1),
                        source.Of(source.Parts(open)[argument])
                    );
                });

    /// <summary>Calls left out.</summary>
    public static Func<Source, IEnumerable<Edit>> DropCall(string call) =>
        source =>
            source
                .Matches(call)
                .Select(match => new Edit(new(match.Index, source.CloseOf(match.Index + match.Length - 1) + 1), ""));

    /// <summary>Every element of the lists that a pattern's last character opens.</summary>
    public static Func<Source, IEnumerable<Edit>> Elements(string list, Func<string, string> replacement) =>
        source =>
            from elements in Arguments(source, list)
            from element in elements
            let text = source.Of(element)
            where text != "null" && !text.StartsWith("..", StringComparison.Ordinal)
            select new Edit(element, replacement(text));

    /// <summary>Rules of switches that never apply, and conditions of rules that always hold.</summary>
    public static IEnumerable<Edit> Rules(Source source, bool always)
    {
        foreach (Match arrow in source.Matches(@"=>"))
        {
            int open = source.OpenAt(arrow.Index);
            if (open < 0 || !Regex.IsMatch(source.Code[..open], @"\bswitch\s*$"))
                continue;
            Span arm = source.Parts(open).Last(part => part.Start < arrow.Index);
            Span pattern = source.Trimmed(new(arm.Start, arrow.Index));
            int when = source.Code[pattern.Start..pattern.End].LastIndexOf("when ", StringComparison.Ordinal);
            Span guard = when < 0 ? new(pattern.End, pattern.End) : new(pattern.Start + when + 5, pattern.End);
            if (guard.Length > 0)
                yield return new(guard, always ? "true" : $"false && ({source.Of(guard)})");
            else if (!always && source.Of(pattern) != "_")
                yield return new(guard, " when false");
        }
        foreach (Match label in source.Matches(@"^ +case (?<x>[^:]+):$"))
        {
            Span pattern = SpanOf(label);
            int when = label.Value.IndexOf("when ", StringComparison.Ordinal);
            Span guard = when < 0 ? new(pattern.End, pattern.End) : new(label.Index + when + 5, pattern.End);
            if (guard.Length > 0)
                yield return new(guard, always ? "true" : $"false && ({source.Of(guard)})");
            else if (!always)
                yield return new(guard, " when false");
        }
    }

    /// <summary>Conditions of <c>if</c> that never hold, and of <c>?:</c> that never or always do.</summary>
    public static IEnumerable<Edit> Conditions(Source source)
    {
        foreach (Match match in source.Matches(@"\bif \("))
        {
            int open = match.Index + match.Length - 1;
            Span condition = new(open + 1, source.CloseOf(open));
            yield return new(condition, $"false && ({source.Of(condition)})");
        }
        foreach (Match mark in source.Matches(@"(?<=\s)\?(?=\s)"))
        {
            Span condition = source.Trimmed(new(StartOfOperand(source, mark.Index), mark.Index));
            yield return new(condition, $"false && ({source.Of(condition)})");
            yield return new(condition, $"true || ({source.Of(condition)})");
        }
    }

    private static readonly Regex BeforeOperand = new(@"\G(=>\s|(?<=\s):\s|;|,|(?<=\s)\?\s|\breturn\s|(?<![=!<>])=\s)");

    // Back to where the condition before a question mark begins.
    private static int StartOfOperand(Source source, int end)
    {
        int from = source.OpenAt(end) + 1;
        int start = from;
        for (int i = from; i < end; i++)
            if (source.Code[i] is '(' or '[' or '{')
                i = source.CloseOf(i);
            else if (BeforeOperand.Match(source.Code, i) is { Success: true } match && i + match.Length <= end)
                start = i + match.Length;
        return start;
    }

    private static IEnumerable<List<Span>> Arguments(Source source, string call) =>
        source.Matches(call).Select(match => source.Parts(match.Index + match.Length - 1));

    private static Span SpanOf(Match match)
    {
        Group found = match.Groups["x"] is { Success: true } narrowed ? narrowed : match;
        return new(found.Index, found.Index + found.Length);
    }
}
