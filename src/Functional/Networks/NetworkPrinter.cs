using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Functional;

/// <summary>Prints networks as the C# code that makes them, given <c>using static Functional.Layers;</c>.</summary>
internal static class NetworkPrinter
{
    public static string Print(Network network) =>
        network switch
        {
            Network.Dense dense => $"Dense({string.Join(", ", Arguments(dense))})",
            Network.Activate activate => Print(activate.Activation),
            Network.Flatten => "Flatten",
            Network.Residual residual => $"Residual({Print(residual.Body)})",
            Network.Named named => $"Named({Quote(named.Name)}, {Print(named.Body)})",
            Network.Shared shared => $"Shared({Quote(shared.Name)}, {Print(shared.Body)})",
            Network.Concat concat => $"Concat({string.Join(", ", concat.Branches.Select(Print))})",
            Network.Dropout dropout => $"Dropout({ScalarPrinter.Number(dropout.Rate)})",
            Network.BatchNorm norm => $"BatchNorm({string.Join(", ", Arguments(norm))})",
            Network.LayerNorm norm => $"LayerNorm({string.Join(", ", Arguments(norm))})",
            Network.Embedding embedding => $"Embedding({string.Join(", ", Arguments(embedding))})",
            Network.Sequence { Parts.Count: 0 } => "Identity",
            Network.Sequence sequence => string.Join(" >> ", sequence.Parts.Select(Print)),
            _ => throw new UnreachableException(),
        };

    public static string Print(Activation activation) =>
        activation switch
        {
            Activation.Normalizing normalizing => normalizing.Name,
            Activation.Elementwise { IsBuiltIn: true } builtIn when Activation.BuiltIns.Contains(builtIn) =>
                builtIn.Name,
            Activation.Elementwise { IsBuiltIn: true, Parameter: double parameter } made =>
                $"Activation.{made.Name}With({ScalarPrinter.Number(parameter)})",
            Activation.Elementwise { Derivative: null } custom =>
                $"Activation.Define({Quote(custom.Name)}, {Function(custom.Expression)})",
            Activation.Elementwise custom =>
                $"Activation.Define({Quote(custom.Name)}, {Function(custom.Expression)}, {Function(custom.Derivative)})",
            _ => throw new UnreachableException(),
        };

    /// <summary>A text as a C# string literal of printable characters.</summary>
    public static string Quote(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (char c in text)
            quoted.Append(
                c switch
                {
                    '"' => "\\\"",
                    '\\' => "\\\\",
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    _ when IsPrintable(c) => c.ToString(),
                    _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                }
            );
        return quoted.Append('"').ToString();
    }

    // Scalar's functions are qualified: beside `using static Functional.Layers;`, an unqualified Sigmoid would be ambiguous.
    private static string Function(Scalar expression) => $"x => {ScalarPrinter.Print(expression, "Scalar.")}";

    private static bool IsPrintable(char c) =>
        c == ' '
        || char.GetUnicodeCategory(c)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.SpaceSeparator
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
            );

    private static IEnumerable<string> Arguments(Network.BatchNorm norm)
    {
        if (norm.Momentum != 0.1)
            yield return $"momentum: {ScalarPrinter.Number(norm.Momentum)}";
        if (norm.Epsilon != 1e-5)
            yield return $"epsilon: {ScalarPrinter.Number(norm.Epsilon)}";
        if (!norm.IsAffine)
            yield return "affine: false";
    }

    private static IEnumerable<string> Arguments(Network.LayerNorm norm)
    {
        if (norm.Epsilon != 1e-5)
            yield return $"epsilon: {ScalarPrinter.Number(norm.Epsilon)}";
        if (!norm.IsAffine)
            yield return "affine: false";
    }

    private static IEnumerable<string> Arguments(Network.Embedding embedding)
    {
        yield return embedding.Count.ToString(CultureInfo.InvariantCulture);
        yield return embedding.Size.ToString(CultureInfo.InvariantCulture);
        if (embedding.Columns != 1)
            yield return string.Create(CultureInfo.InvariantCulture, $"columns: {embedding.Columns}");
        if (embedding.Weights is Initializer weights)
            yield return $"weights: {weights}";
    }

    private static IEnumerable<string> Arguments(Network.Dense dense)
    {
        if (dense.Inputs is int inputs)
            yield return inputs.ToString(CultureInfo.InvariantCulture);
        yield return dense.Outputs.ToString(CultureInfo.InvariantCulture);
        if (!dense.HasBias)
            yield return "bias: false";
        if (dense.Weights is Initializer weights)
            yield return $"weights: {weights}";
        if (dense.Biases is Initializer biases)
            yield return $"biases: {biases}";
    }
}
