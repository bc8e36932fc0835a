namespace Functional.Cli;

/// <summary>Text without escapes.</summary>
internal static class PlainText
{
    /// <summary>Lines of a name and what it names, the second aligned, and an empty line.</summary>
    public static void WriteNamed(TextWriter output, IEnumerable<(string Name, string Text)> named)
    {
        (string Name, string Text)[] lines = [.. named];
        int width = lines.Max(line => line.Name.Length);
        foreach ((string name, string text) in lines)
            output.WriteLine($"{name.PadRight(width)}  {text}");
        output.WriteLine();
    }
}
