using System.Diagnostics;

namespace Functional;

/// <summary>Walks over expressions.</summary>
internal static class ScalarWalk
{
    /// <summary>The names of the variables an expression uses, in order of appearance, each once.</summary>
    public static IEnumerable<string> Variables(this Scalar expression)
    {
        return Visit(expression).Distinct();

        static IEnumerable<string> Visit(Scalar node) =>
            node switch
            {
                Scalar.Variable(string name) => [name],
                Scalar.Constant => [],
                Scalar.Unary(_, Scalar x) => Visit(x),
                Scalar.Binary(_, Scalar x, Scalar y) => Visit(x).Concat(Visit(y)),
                Scalar.Choice(Scalar c, Scalar x, Scalar y) => Visit(c).Concat(Visit(x)).Concat(Visit(y)),
                _ => throw new UnreachableException(),
            };
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
        return Visit(expression);

        TResult Visit(Scalar node) =>
            node switch
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
