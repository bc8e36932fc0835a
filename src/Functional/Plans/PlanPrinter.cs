using System.Diagnostics;
using System.Text;
using Functional.Graphs;

namespace Functional.Plans;

/// <summary>Prints programs and steps: one line each, deterministic.</summary>
internal static class PlanPrinter
{
    /// <summary>A program with numbered operands: <c>#2 ← Relu(product + #1)</c>.</summary>
    public static string Print(ProgramCode code) => Print(code, "product", operand => $"#{operand}");

    /// <summary>A program with its operands' names.</summary>
    /// <param name="program">The program.</param>
    /// <param name="start">What it starts from, if it is an epilogue: a product or a sum.</param>
    public static string Print(FusedProgram program, string start = "product") =>
        Print(program.Code, start, operand => NameOf(program.Operands[operand].Value));

    /// <summary>A step with what it computes.</summary>
    public static string Print(Step step) =>
        step switch
        {
            Step.Elementwise(FusedProgram program) => $"elementwise {program.Space}: {Print(program)}",
            Step.MatMul matMul =>
                $"product {Product(matMul)}{(matMul.Epilogue is FusedProgram p ? $", then {Print(p)}" : $" → {NameOf(matMul.Target)}")}",
            Step.Reduce reduce =>
                $"sum {reduce.Kind.ToString().ToLowerInvariant()} {reduce.Space}: {(reduce.Prologue is FusedProgram before ? Print(before) : NameOf(reduce.Sum.Inputs[0]))}{(reduce.Epilogue is FusedProgram after ? $", then {Print(after, "sum")}" : $" → {NameOf(reduce.Sum)}")}",
            Step.Softmax(Node result, bool logarithm) =>
                $"{(logarithm ? "log-softmax" : "softmax")} {NameOf(result.Inputs[0])} → {NameOf(result)}",
            Step.Mask(Node result) => $"mask {GraphPrinter.Print(result.Primitive)} {result.Shape} → {NameOf(result)}",
            Step.Rearrange(Node result) => $"{Rearranged(result)} {result.Shape} → {NameOf(result)}",
            Step.ScatterSum(Node sum) =>
                $"sum rows {NameOf(sum.Inputs[1])} by numbers {NameOf(sum.Inputs[0])} {sum.Shape} → {NameOf(sum)}",
            Step.Transpose(Node source, Node target) => $"transpose {NameOf(source)} {source.Shape} → {NameOf(target)}",
            _ => throw new UnreachableException(),
        };

    /// <summary>What a stored value is called: a source's name, otherwise the node's number.</summary>
    public static string NameOf(Node node)
    {
        Node stored = Storage.Of(node);
        return stored.Primitive is Primitive.Source source ? source.Name
            : stored.Primitive is Primitive.Copy ? $"{NameOf(stored.Inputs[0])}ᶠ"
            : Fusion.IsHostScalar(stored) ? HostScalar(stored)
            : $"%{stored.Id}";
    }

    private static string Product(Step.MatMul step)
    {
        Node product = step.Product;
        string left = NameOf(step.Left) + (step.Primitive.TransposeLeft ? "ᵀ" : "");
        string right = NameOf(step.Right) + (step.Primitive.TransposeRight ? "ᵀ" : "");
        return $"{left}·{right} {product.Shape}";
    }

    private static string Rearranged(Node result) =>
        result switch
        {
            (Primitive.Concat, [var a, var b]) => $"columns of {NameOf(a)}, then of {NameOf(b)}",
            (Primitive.Slice(int start, int length), [var a]) =>
                $"columns {start} … {start + length - 1} of {NameOf(a)}",
            (Primitive.Gather, [var table, var numbers]) => $"rows {NameOf(numbers)} of {NameOf(table)}",
            _ => throw new UnreachableException(),
        };

    private static string HostScalar(Node node) =>
        node.Primitive switch
        {
            Primitive.Constant => GraphPrinter.Print(node.Primitive),
            Primitive.InverseRows => "1/B",
            Primitive.Source source => source.Name,
            Primitive.Unary(UnaryFunction.Negate) => $"−{HostScalar(node.Inputs[0])}",
            Primitive.Unary(UnaryFunction f) => $"{f}({HostScalar(node.Inputs[0])})",
            Primitive.Binary(BinaryFunction f) =>
                $"({HostScalar(node.Inputs[0])} {Symbol(f)} {HostScalar(node.Inputs[1])})",
            _ => $"%{node.Id}",
        };

    private static string Print(ProgramCode code, string start, Func<int, string> name)
    {
        StringBuilder text = new();
        foreach (ProgramStatement statement in code.Statements)
        {
            if (text.Length > 0)
                text.Append("; ");
            text.Append(
                statement switch
                {
                    ProgramStatement.Let(int local, _) => $"t{local} = ",
                    ProgramStatement.Store(int operand, _) => $"{name(operand)} ← ",
                    _ => throw new UnreachableException(),
                }
            );
            text.Append(Print(statement.Value, start, name));
        }
        return text.ToString();
    }

    private static string Print(ProgramExpression expression, string start, Func<int, string> name)
    {
        return expression switch
        {
            ProgramExpression.Full(int operand) => name(operand),
            ProgramExpression.Single(int operand) => name(operand),
            ProgramExpression.Product => start,
            ProgramExpression.ColumnIndex => "column",
            ProgramExpression.Local(int index) => $"t{index}",
            ProgramExpression.Unary(UnaryFunction.Negate, var x) => $"−{Of(x)}",
            ProgramExpression.Unary(UnaryFunction f, var x) => $"{f}({Of(x)})",
            ProgramExpression.Binary(
                BinaryFunction.Maximum
                    or BinaryFunction.Minimum
                    or BinaryFunction.Greater,
                _,
                _
            ) binary => $"{binary.Function}({Of(binary.X)}, {Of(binary.Y)})",
            ProgramExpression.Binary(BinaryFunction f, var x, var y) => $"({Of(x)} {Symbol(f)} {Of(y)})",
            ProgramExpression.MultiplyAdd(var x, var y, var z) => $"({Of(x)}·{Of(y)} + {Of(z)})",
            ProgramExpression.MultiplySubtract(var x, var y, var z) => $"({Of(x)}·{Of(y)} − {Of(z)})",
            ProgramExpression.SubtractProduct(var x, var y, var z) => $"({Of(x)} − {Of(y)}·{Of(z)})",
            ProgramExpression.RootQuotient(var x, var v, var e) => $"({Of(x)} / (Sqrt({Of(v)}) + {Of(e)}))",
            ProgramExpression.Select(var c, var x, var y) => $"({Of(c)} > 0 ? {Of(x)} : {Of(y)})",
            ProgramExpression.Equal(var x, var y) => $"[{Of(x)} = {Of(y)}]",
            _ => throw new UnreachableException(),
        };

        string Of(ProgramExpression part) => Print(part, start, name);
    }

    private static string Symbol(BinaryFunction function) =>
        function switch
        {
            BinaryFunction.Add => "+",
            BinaryFunction.Subtract => "−",
            BinaryFunction.Multiply => "·",
            BinaryFunction.Divide => "/",
            _ => function.ToString(),
        };
}
