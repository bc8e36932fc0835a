using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Functional.Mutations;

[JsonConverter(typeof(JsonStringEnumConverter<Outcome>))]
internal enum Outcome
{
    Killed,
    Survived,

    /// <summary>The compiler refuses it: no fault that tests could meet.</summary>
    DoesNotCompile,
}

/// <summary>What became of a mutant.</summary>
/// <param name="Key">Which one.</param>
/// <param name="Line">Its line when it was tried.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="By">The test that failed, or how the tests ended, or the compiler's error.</param>
/// <param name="Seconds">The time it took.</param>
internal sealed record Result(MutantKey Key, int Line, Outcome Outcome, string? By, double Seconds)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Adds the result to a file, a line of JSON each.</summary>
    public void AppendTo(string file) => File.AppendAllText(file, JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>The results in a file; of several about one mutant the last.</summary>
    public static Dictionary<MutantKey, Result> Read(string file) =>
        File.ReadLines(file)
            .Select(line => JsonSerializer.Deserialize<Result>(line, Json)!)
            .GroupBy(result => result.Key)
            .ToDictionary(group => group.Key, group => group.Last());
}

/// <summary>A mutant that computes the same as the code, so that no test can kill it, and why.</summary>
internal sealed record Equivalent(
    string File,
    string Operator,
    string Before,
    string After,
    string Reason,
    int Occurrence = 0
)
{
    public MutantKey Key => new(File, Operator, Before, After, Occurrence);

    /// <summary>The list that lies beside the program.</summary>
    public static IReadOnlyList<Equivalent> ReadAll() =>
        JsonSerializer.Deserialize<List<Equivalent>>(
            System.IO.File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "equivalent.json")),
            JsonSerializerOptions.Web
        )!;
}
