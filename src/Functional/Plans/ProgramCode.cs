namespace Functional.Plans;

/// <summary>An expression of a fused program: what is evaluated at every row and column.</summary>
internal abstract record ProgramExpression
{
    private ProgramExpression() { }

    /// <summary>The expressions that this one is made of.</summary>
    public ValueList<ProgramExpression> Parts =>
        this switch
        {
            Unary(_, var x) => [x],
            Binary(_, var x, var y) => [x, y],
            Equal(var x, var y) => [x, y],
            MultiplyAdd(var x, var y, var z) => [x, y, z],
            MultiplySubtract(var x, var y, var z) => [x, y, z],
            SubtractProduct(var x, var y, var z) => [x, y, z],
            RootQuotient(var x, var v, var e) => [x, v, e],
            Select(var c, var y, var z) => [c, y, z],
            _ => [],
        };

    /// <summary>An operand's element at this row and column.</summary>
    public sealed record Full(int Operand) : ProgramExpression;

    /// <summary>An operand's only element, or its only one in this row.</summary>
    public sealed record Single(int Operand) : ProgramExpression;

    /// <summary>The same over other operands.</summary>
    /// <param name="load">What takes the place of an operand that is read.</param>
    public ProgramExpression WithOperands(Func<int, ProgramExpression> load)
    {
        return this switch
        {
            Full(int operand) => load(operand),
            Single(int operand) => load(operand),
            Unary(var f, var x) => new Unary(f, Of(x)),
            Binary(var f, var x, var y) => new Binary(f, Of(x), Of(y)),
            MultiplyAdd(var x, var y, var z) => new MultiplyAdd(Of(x), Of(y), Of(z)),
            MultiplySubtract(var x, var y, var z) => new MultiplySubtract(Of(x), Of(y), Of(z)),
            SubtractProduct(var x, var y, var z) => new SubtractProduct(Of(x), Of(y), Of(z)),
            RootQuotient(var x, var v, var e) => new RootQuotient(Of(x), Of(v), Of(e)),
            Select(var c, var y, var z) => new Select(Of(c), Of(y), Of(z)),
            Equal(var x, var y) => new Equal(Of(x), Of(y)),
            _ => this,
        };

        ProgramExpression Of(ProgramExpression part) => part.WithOperands(load);
    }

    /// <summary>Reads an operand.</summary>
    public static ProgramExpression LoadOf(int operand, OperandLayout layout) =>
        layout is OperandLayout.Full or OperandLayout.EveryRow ? new Full(operand) : new Single(operand);

    /// <summary>The element of the matrix product or reduction that the program is the epilogue of.</summary>
    public sealed record Product : ProgramExpression;

    /// <summary>The column's number.</summary>
    public sealed record ColumnIndex : ProgramExpression;

    /// <summary>A value that a statement before has named.</summary>
    public sealed record Local(int Index) : ProgramExpression;

    public sealed record Unary(UnaryFunction Function, ProgramExpression X) : ProgramExpression;

    public sealed record Binary(BinaryFunction Function, ProgramExpression X, ProgramExpression Y) : ProgramExpression;

    /// <summary>x·y + z, rounded once.</summary>
    public sealed record MultiplyAdd(ProgramExpression X, ProgramExpression Y, ProgramExpression Z) : ProgramExpression;

    /// <summary>x·y − z, rounded once.</summary>
    public sealed record MultiplySubtract(ProgramExpression X, ProgramExpression Y, ProgramExpression Z)
        : ProgramExpression;

    /// <summary>x − y·z, rounded once.</summary>
    public sealed record SubtractProduct(ProgramExpression X, ProgramExpression Y, ProgramExpression Z)
        : ProgramExpression;

    /// <summary>x / (√v + e): Adam's step, for which there is a faster kernel than its parts.</summary>
    public sealed record RootQuotient(ProgramExpression X, ProgramExpression V, ProgramExpression E)
        : ProgramExpression;

    /// <summary>y where c &gt; 0, otherwise z.</summary>
    public sealed record Select(ProgramExpression C, ProgramExpression Y, ProgramExpression Z) : ProgramExpression;

    /// <summary>1 where x = y, otherwise 0.</summary>
    public sealed record Equal(ProgramExpression X, ProgramExpression Y) : ProgramExpression;
}

/// <summary>A statement of a fused program.</summary>
internal abstract record ProgramStatement(ProgramExpression Value)
{
    /// <summary>Names a value used more than once.</summary>
    public sealed record Let(int Local, ProgramExpression Value) : ProgramStatement(Value);

    /// <summary>Writes a value to an operand; no statement after it reads an operand.</summary>
    public sealed record Store(int Operand, ProgramExpression Value) : ProgramStatement(Value);
}

/// <summary>A fused program without its operands: canonical and comparable, so that equal chains share one compiled kernel.</summary>
/// <param name="Statements">The statements, in order.</param>
/// <param name="Operands">How many operands they name.</param>
internal sealed record ProgramCode(ValueList<ProgramStatement> Statements, int Operands)
{
    /// <summary>Whether a value depends on the column's number.</summary>
    public bool NamesColumns => Statements.Any(statement => NamesColumn(statement.Value));

    private static bool NamesColumn(ProgramExpression expression) =>
        expression is ProgramExpression.ColumnIndex || expression.Parts.Any(NamesColumn);

    public override string ToString() => PlanPrinter.Print(this);
}
