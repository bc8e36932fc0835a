using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Functional;

/// <summary>Walks over expressions.</summary>
internal static class ScalarWalk
{
    /// <summary>Operations in a row that an expression may have from its result to an argument.</summary>
    public const int MostDepth = 500;

    /// <summary>Operations that an expression may have, shared parts counted as often as they are used.</summary>
    public const double MostOperations = 100_000;

    /// <summary>The names of the variables an expression uses, each once.</summary>
    public static IReadOnlySet<string> Variables(this Scalar expression)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        expression.Fold(names.Add, _ => true, (_, _) => true, (_, _, _) => true, (_, _, _) => true);
        return names;
    }

    /// <summary>Whether every number in an expression is finite.</summary>
    public static bool IsFinite(this Scalar expression) =>
        expression.Fold(_ => true, double.IsFinite, (_, x) => x, (_, x, y) => x && y, (c, x, y) => c && x && y);

    /// <summary>Refuses an expression of other variables than the given ones, or one too large to print and compare.</summary>
    /// <param name="expression">What was defined.</param>
    /// <param name="what">What it defines, for the message.</param>
    /// <param name="variables">The arguments it may use.</param>
    /// <exception cref="ArgumentException">It does.</exception>
    public static void Check(this Scalar expression, string what, params ReadOnlySpan<string> variables)
    {
        (int depth, double operations) = (0, 0);
        try
        {
            (depth, operations) = expression.Fold(
                _ => (0, 0.0),
                _ => (0, 0.0),
                (_, x) => (x.Item1 + 1, x.Item2 + 1),
                (_, x, y) => (Math.Max(x.Item1, y.Item1) + 1, x.Item2 + y.Item2 + 1),
                (c, x, y) => (Math.Max(c.Item1, Math.Max(x.Item1, y.Item1)) + 1, c.Item2 + x.Item2 + y.Item2 + 1)
            );
        }
        catch (InsufficientExecutionStackException)
        {
            depth = int.MaxValue;
        }
        if (depth > MostDepth || operations > MostOperations)
            throw new ArgumentException(
                $"{what}: the expression is too large; at most {MostDepth} operations in a row and {MostOperations:0} in all. Compose several activations instead."
            );
        foreach (string variable in expression.Variables())
            if (!variables.Contains(variable))
                throw new ArgumentException(
                    $"{what}: the expression may use only its arguments, {string.Join(" and ", variables.ToArray())}; got {variable}."
                );
    }

    /// <summary>The expression as operators would have built it: arithmetic of two numbers is a number.</summary>
    public static Scalar Normalized(this Scalar expression) =>
        expression.Fold<Scalar>(
            variable: name => new Scalar.Variable(name),
            constant: value => new Scalar.Constant(value),
            unary: Scalar.Apply,
            binary: Scalar.Apply,
            choice: Scalar.Where
        );

    /// <summary>The value of an expression under an interpretation of its leaves and functions: evaluation, lowering and printing are folds.</summary>
    public static TResult Fold<TResult>(
        this Scalar expression,
        Func<string, TResult> variable,
        Func<double, TResult> constant,
        Func<UnaryFunction, TResult, TResult> unary,
        Func<BinaryFunction, TResult, TResult, TResult> binary,
        Func<TResult, TResult, TResult, TResult> choice
    )
    {
        // A part used several times is visited once.
        Dictionary<Scalar, TResult> known = new(ReferenceEqualityComparer.Instance);
        return Visit(expression);

        TResult Visit(Scalar node)
        {
            if (known.TryGetValue(node, out TResult? result))
                return result;
            RuntimeHelpers.EnsureSufficientExecutionStack();
            return known[node] = node switch
            {
                Scalar.Variable(string name) => variable(name),
                Scalar.Constant(double value) => constant(value),
                Scalar.Unary(UnaryFunction f, Scalar x) => unary(f, Visit(x)),
                Scalar.Binary(BinaryFunction f, Scalar x, Scalar y) => binary(f, Visit(x), Visit(y)),
                Scalar.Choice(Scalar c, Scalar x, Scalar y) => choice(Visit(c), Visit(x), Visit(y)),
                _ => throw new UnreachableException(),
            };
        }
    }
}
