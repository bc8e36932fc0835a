namespace Functional.Mutations;

/// <summary>A replacement in a source.</summary>
internal readonly record struct Edit(Span Span, string Replacement);

/// <summary>One fault in one place.</summary>
/// <param name="Source">The file without the fault.</param>
/// <param name="Operator">The operator that plants it.</param>
/// <param name="Edit">What it replaces by what.</param>
/// <param name="Occurrence">Which one it is of those that change equal lines equally, from 0.</param>
internal sealed record Mutant(Source Source, string Operator, Edit Edit, int Occurrence)
{
    private Span Lines => Source.Lines(Edit.Span);

    public int Line => Source.LineOf(Edit.Span.Start);

    /// <summary>The lines that it changes, as they are, on one.</summary>
    public string Before => OnOneLine(Source.Of(Lines));

    /// <summary>The same lines with the fault.</summary>
    public string After =>
        OnOneLine(
            Source.Of(new(Lines.Start, Edit.Span.Start)) + Edit.Replacement + Source.Of(new(Edit.Span.End, Lines.End))
        );

    /// <summary>The whole file with the fault.</summary>
    public string Text => Source.Text[..Edit.Span.Start] + Edit.Replacement + Source.Text[Edit.Span.End..];

    /// <summary>What stays the same when other lines change.</summary>
    public MutantKey Key => new(Source.Path, Operator, Before, After, Occurrence);

    private static string OnOneLine(string lines) =>
        string.Join(' ', lines.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    /// <summary>All mutants of a source, none twice.</summary>
    public static IEnumerable<Mutant> Of(Source source, IEnumerable<MutationOperator> operators)
    {
        HashSet<Edit> edits = [];
        Dictionary<MutantKey, int> occurrences = [];
        foreach (MutationOperator mutation in operators)
        foreach (Edit edit in mutation.Find(source))
        {
            if (source.Of(edit.Span) == edit.Replacement || !edits.Add(edit))
                continue;
            Mutant first = new(source, mutation.Name, edit, 0);
            int occurrence = occurrences.GetValueOrDefault(first.Key);
            occurrences[first.Key] = occurrence + 1;
            yield return first with
            {
                Occurrence = occurrence,
            };
        }
    }
}

/// <summary>A mutant by what it changes, wherever its lines are.</summary>
internal sealed record MutantKey(string File, string Operator, string Before, string After, int Occurrence = 0);
