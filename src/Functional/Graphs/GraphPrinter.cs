using System.Globalization;
using System.Text;

namespace Functional.Graphs;

/// <summary>Prints graphs: one line per node, deterministic.</summary>
internal static class GraphPrinter
{
    public static string Print(Graph graph)
    {
        StringBuilder text = new();
        foreach (Node node in graph.Nodes)
            text.AppendLine(Print(node));
        foreach (GraphOutput output in graph.Outputs)
            text.AppendLine($"→ {output.Kind}{(output.Name == "" ? "" : $" {output.Name}")} = %{output.Node.Id}");
        return text.ToString();
    }

    public static string Print(Node node)
    {
        string inputs = node.Inputs.IsEmpty
            ? ""
            : $"({string.Join(", ", node.Inputs.Select(input => $"%{input.Id}"))})";
        string origin = node.Origin == "" ? "" : $"    # {node.Origin}";
        return $"%{node.Id}: {node.Shape} = {Print(node.Primitive)}{inputs}{origin}";
    }

    public static string Print(Primitive primitive) =>
        primitive switch
        {
            Primitive.Source source => $"{source.Kind} {source.Name}".TrimEnd(),
            Primitive.Constant(double value) => value.ToString("G9", CultureInfo.InvariantCulture),
            Primitive.Unary(UnaryFunction function) => function.ToString(),
            Primitive.Binary(BinaryFunction function) => function.ToString(),
            Primitive.MatMul(bool left, bool right) => $"MatMul{(left ? " aᵀ" : " a")}·{(right ? "bᵀ" : "b")} ",
            Primitive.OneHot(int classes) => $"OneHot {classes}",
            Primitive.RandomMask(int layer, double rate, _) => string.Create(
                CultureInfo.InvariantCulture,
                $"RandomMask {layer}, rate {rate}"
            ),
            Primitive.Slice(int start, int length) => $"Slice {start}, {length} columns",
            Primitive.ScatterSum(int count) => $"ScatterSum to {count} rows",
            _ => primitive.GetType().Name,
        };
}
