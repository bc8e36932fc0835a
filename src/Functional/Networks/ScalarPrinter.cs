using System.Diagnostics;
using System.Globalization;

namespace Functional;

/// <summary>Prints an expression as the C# code that makes it.</summary>
internal static class ScalarPrinter
{
    private const int Sum = 1;
    private const int Term = 2;
    private const int Factor = 3;

    /// <summary>The code of an expression, with <paramref name="qualifier"/> before the names of functions.</summary>
    public static string Print(Scalar expression, string qualifier = "") =>
        new Printer(qualifier).Print(expression, Sum);

    /// <summary>A number as it round-trips through C# and <see cref="NetworkParser"/>.</summary>
    public static string Number(double value) =>
        value switch
        {
            double.NaN => "double.NaN",
            double.PositiveInfinity => "double.PositiveInfinity",
            double.NegativeInfinity => "double.NegativeInfinity",
            0 when double.IsNegative(value) => "-0.0",
            _ => value.ToString("R", CultureInfo.InvariantCulture),
        };

    /// <summary>Numbers in brackets, the first few of many.</summary>
    public static string Numbers(ValueList<double> values)
    {
        const int most = 8;
        return $"[{string.Join(", ", values.Take(most).Select(Number))}{(values.Count > most ? ", …" : "")}]";
    }

    private readonly record struct Printer(string Qualifier)
    {
        public string Print(Scalar expression, int context) =>
            expression switch
            {
                Scalar.Variable(string name) => name,
                Scalar.Constant(double value) => Number(value) is ['-', ..] negative
                    ? Wrap(negative, Factor, context)
                    : Number(value),
                Scalar.Unary(UnaryFunction.Negate, Scalar x) => Wrap($"-{Print(x, Factor)}", Factor, context),
                Scalar.Unary(UnaryFunction f, Scalar x) => Call(f.ToString(), x),
                Scalar.Binary(BinaryFunction.Add, Scalar x, Scalar y) => Operation(x, "+", y, Sum, context),
                Scalar.Binary(BinaryFunction.Subtract, Scalar x, Scalar y) => Operation(x, "-", y, Sum, context),
                Scalar.Binary(BinaryFunction.Multiply, Scalar x, Scalar y) => Operation(x, "*", y, Term, context),
                Scalar.Binary(BinaryFunction.Divide, Scalar x, Scalar y) => Operation(x, "/", y, Term, context),
                Scalar.Binary(BinaryFunction.Maximum, Scalar x, Scalar y) => Call("Max", x, y),
                Scalar.Binary(BinaryFunction.Minimum, Scalar x, Scalar y) => Call("Min", x, y),
                Scalar.Binary(BinaryFunction.Greater, Scalar x, Scalar y) => Call("Greater", x, y),
                Scalar.Choice(Scalar condition, Scalar yes, Scalar no) => Call("Where", condition, yes, no),
                _ => throw new UnreachableException(),
            };

        // Operators are left-associative: the right operand of its own level needs parentheses.
        private string Operation(Scalar left, string symbol, Scalar right, int level, int context) =>
            Wrap($"{Print(left, level)} {symbol} {Print(right, level + 1)}", level, context);

        private string Call(string function, params ReadOnlySpan<Scalar> arguments)
        {
            string[] printed = new string[arguments.Length];
            for (int i = 0; i < printed.Length; i++)
                printed[i] = Print(arguments[i], Sum);
            return $"{Qualifier}{function}({string.Join(", ", printed)})";
        }

        private static string Wrap(string text, int level, int context) =>
            level < context || (level == Factor && context == Factor) ? $"({text})" : text;
    }
}
