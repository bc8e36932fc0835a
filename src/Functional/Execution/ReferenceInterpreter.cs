using System.Diagnostics;
using System.Numerics;
using Functional.Graphs;

namespace Functional.Execution;

/// <summary>
/// The oracle: evaluates a graph node by node in float64 with plain loops, unfused and in the order written. Slow and obviously
/// right; every plan is held against it.
/// </summary>
internal static class ReferenceInterpreter
{
    /// <summary>The values of a graph's outputs.</summary>
    /// <param name="graph">What to evaluate.</param>
    /// <param name="rows">The number of rows in the batch.</param>
    /// <param name="source">The row-major values of a source.</param>
    /// <param name="random">What the masks of the run are drawn by.</param>
    public static IReadOnlyDictionary<(OutputKind Kind, string Name), Tensor<double>> Evaluate(
        Graph graph,
        int rows,
        Func<Primitive.Source, ReadOnlyMemory<double>> source,
        RandomKey random = default
    )
    {
        Dictionary<Node, double[]> values = EvaluateAll(graph, rows, source, random);
        return graph.Outputs.ToDictionary(
            output => (output.Kind, output.Name),
            output => new Tensor<double>(output.Node.Shape.ForRows(rows), values[output.Node])
        );
    }

    /// <summary>The row-major values of every node.</summary>
    public static Dictionary<Node, double[]> EvaluateAll(
        Graph graph,
        int rows,
        Func<Primitive.Source, ReadOnlyMemory<double>> source,
        RandomKey random = default
    )
    {
        Dictionary<Node, double[]> values = [];
        foreach (Node node in graph.Nodes)
            values[node] = Evaluate(node, rows, source, random, [.. node.Inputs.Select(input => values[input])]);
        return values;
    }

    /// <summary>Numbers as the oracle takes them.</summary>
    public static double[] Widen<T>(ReadOnlySpan<T> values)
        where T : unmanaged, INumber<T>
    {
        double[] result = new double[values.Length];
        for (int i = 0; i < result.Length; i++)
            result[i] = double.CreateTruncating(values[i]);
        return result;
    }

    /// <summary>The row-major values of one node, given its inputs'.</summary>
    public static double[] Evaluate(
        Node node,
        int rows,
        Func<Primitive.Source, ReadOnlyMemory<double>> source,
        RandomKey random,
        ReadOnlySpan<double[]> inputs
    )
    {
        double[] result = new double[Count(node.Shape, rows)];
        switch (node.Primitive)
        {
            case Primitive.Source s:
                ReadOnlyMemory<double> given = source(s);
                if (given.Length != result.Length)
                    throw new InternalErrorException(
                        $"{s.Kind} {s.Name} has {given.Length} values, not {result.Length}",
                        node.ToString()
                    );
                given.CopyTo(result);
                break;
            case Primitive.Constant(double value):
                result[0] = value;
                break;
            case Primitive.Vector(var numbers):
                for (int i = 0; i < result.Length; i++)
                    result[i] = numbers[i];
                break;
            case Primitive.RandomMask(int layer, double rate, _):
                for (int i = 0; i < result.Length; i++)
                    result[i] = random.IsDropped(layer, i, rate) ? 0 : 1 / (1 - rate);
                break;
            case Primitive.InverseRows:
                result[0] = 1.0 / rows;
                break;
            case Primitive.Unary(UnaryFunction f):
                for (int i = 0; i < result.Length; i++)
                    result[i] = ScalarReference.Unary(f, inputs[0][i]);
                break;
            case Primitive.Binary(BinaryFunction f):
                for (int i = 0; i < result.Length; i++)
                    result[i] = ScalarReference.Binary(f, inputs[0][i], inputs[1][i]);
                break;
            case Primitive.Select:
                for (int i = 0; i < result.Length; i++)
                    result[i] = inputs[0][i] > 0 ? inputs[1][i] : inputs[2][i];
                break;
            case Primitive.Broadcast:
                for (int i = 0; i < result.Length; i++)
                    result[i] = inputs[0][SmallIndex(node.Inputs[0].Shape, node.Shape, i, inputs[0].Length)];
                break;
            case Primitive.SumTo:
                for (int i = 0; i < inputs[0].Length; i++)
                    result[SmallIndex(node.Shape, node.Inputs[0].Shape, i, result.Length)] += inputs[0][i];
                break;
            case Primitive.MatMul matMul:
                Multiply(matMul, node, rows, inputs, result);
                break;
            case Primitive.Softmax:
                Softmax(inputs[0], node.Shape[^1], result, logarithm: false);
                break;
            case Primitive.LogSoftmax:
                Softmax(inputs[0], node.Shape[^1], result, logarithm: true);
                break;
            case Primitive.Reshape or Primitive.CustomDerivative:
                inputs[0].CopyTo(result, 0);
                break;
            case Primitive.OneHot(int classes):
                for (int i = 0; i < result.Length; i++)
                    result[i] = inputs[0][i / classes] == i % classes ? 1 : 0;
                break;
            case Primitive.Concat:
                (int left, int right) = (node.Inputs[0].Shape[^1], node.Inputs[1].Shape[^1]);
                CopyColumns(inputs[0], left, 0, result, left + right, 0, left);
                CopyColumns(inputs[1], right, 0, result, left + right, left, right);
                break;
            case Primitive.Slice(int start, int length):
                CopyColumns(inputs[0], node.Inputs[0].Shape[^1], start, result, length, 0, length);
                break;
            case Primitive.Gather:
                for (int i = 0; i < result.Length; i++)
                    result[i] = inputs[0][(int)inputs[1][i / node.Shape[^1]] * node.Shape[^1] + i % node.Shape[^1]];
                break;
            case Primitive.ScatterSum:
                for (int i = 0; i < inputs[1].Length; i++)
                    result[(int)inputs[0][i / node.Shape[^1]] * node.Shape[^1] + i % node.Shape[^1]] += inputs[1][i];
                break;
            default:
                throw new UnreachableException();
        }
        return result;
    }

    // Columns of every row to columns of the result's; the widths are those of the rows.
    private static void CopyColumns(
        double[] source,
        int sourceWidth,
        int sourceStart,
        double[] target,
        int targetWidth,
        int targetStart,
        int count
    )
    {
        for (int row = 0; row < target.Length / targetWidth; row++)
        for (int j = 0; j < count; j++)
            target[row * targetWidth + targetStart + j] = source[row * sourceWidth + sourceStart + j];
    }

    private static int Count(Shape shape, int rows) => shape.Count * (shape.HasBatch ? rows : 1);

    // Where element i of the larger shape has its value in the smaller one.
    private static int SmallIndex(Shape small, Shape large, int i, int smallCount) =>
        ShapeInference.IsPerRow(small, large) ? i / large[^1] : i % smallCount;

    private static void Multiply(
        Primitive.MatMul matMul,
        Node node,
        int rows,
        ReadOnlySpan<double[]> inputs,
        double[] result
    )
    {
        Shape a = node.Inputs[0].Shape.ForRows(rows);
        Shape b = node.Inputs[1].Shape.ForRows(rows);
        Shape c = node.Shape.ForRows(rows);
        int inner = matMul.TransposeLeft ? a[0] : a[1];
        for (int i = 0; i < c[0]; i++)
        for (int j = 0; j < c[1]; j++)
        {
            double sum = 0;
            for (int k = 0; k < inner; k++)
                sum +=
                    inputs[0][matMul.TransposeLeft ? k * a[1] + i : i * a[1] + k]
                    * inputs[1][matMul.TransposeRight ? j * b[1] + k : k * b[1] + j];
            result[i * c[1] + j] = sum;
        }
    }

    private static void Softmax(double[] x, int columns, double[] result, bool logarithm)
    {
        for (int start = 0; start < x.Length; start += columns)
        {
            double max = x.AsSpan(start, columns).ToArray().Max();
            double sum = 0;
            for (int j = start; j < start + columns; j++)
                sum += Math.Exp(x[j] - max);
            for (int j = start; j < start + columns; j++)
                result[j] = logarithm ? x[j] - max - Math.Log(sum) : Math.Exp(x[j] - max) / sum;
        }
    }
}
