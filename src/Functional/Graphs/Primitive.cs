namespace Functional.Graphs;

/// <summary>What a source node stands for; its values come from outside the graph.</summary>
internal enum SourceKind
{
    /// <summary>The batch of input rows, x.</summary>
    Features,

    /// <summary>The batch of target rows, y.</summary>
    Targets,

    /// <summary>A trainable parameter.</summary>
    Parameter,

    /// <summary>What an optimizer remembers of a parameter between steps.</summary>
    State,

    /// <summary>What a layer remembers between steps, such as a running mean.</summary>
    Statistic,

    /// <summary>A number that the optimizer computes anew each step, such as a bias correction.</summary>
    StepScalar,

    /// <summary>What follows from parameters alone, computed when they were loaded.</summary>
    Prepared,

    /// <summary>A value given by the caller, such as a direction for a Hessian-vector product.</summary>
    Given,
}

/// <summary>
/// The operations of the one intermediate representation: a closed set, closed under differentiation. Every pass that has to know
/// them switches over these cases.
/// </summary>
internal abstract record Primitive
{
    private Primitive() { }

    /// <summary>A value from outside, of any shape.</summary>
    public sealed record Source(SourceKind Kind, string Name, Shape Shape) : Primitive;

    /// <summary>A number, [].</summary>
    public sealed record Constant(double Value) : Primitive;

    /// <summary>Numbers known when the plan is made, [n].</summary>
    public sealed record Vector(ValueList<double> Values) : Primitive;

    /// <summary>
    /// For every element 0 with probability <see cref="Rate"/> and otherwise 1/(1 − rate), drawn anew each step by the counter
    /// (seed, step, layer, element): dropout's factor.
    /// </summary>
    /// <param name="Layer">The number that tells the masks of a network apart.</param>
    /// <param name="Rate">The probability of 0, in (0, 1).</param>
    /// <param name="Shape">[B, …].</param>
    public sealed record RandomMask(int Layer, double Rate, Shape Shape) : Primitive;

    /// <summary>1/B for a batch of B rows, [].</summary>
    public sealed record InverseRows : Primitive;

    /// <summary>f(x) at every element.</summary>
    public sealed record Unary(UnaryFunction Function) : Primitive;

    /// <summary>f(x, y) at every element; equal shapes.</summary>
    public sealed record Binary(BinaryFunction Function) : Primitive;

    /// <summary>y where c &gt; 0, otherwise z, at every element; inputs c, y, z of equal shapes.</summary>
    public sealed record Select : Primitive;

    /// <summary>Repeats a value to <see cref="Shape"/>: from [], from its innermost dimensions, or from it with the last one 1.</summary>
    public sealed record Broadcast(Shape Shape) : Primitive;

    /// <summary>Sums to <see cref="Shape"/>: the transpose of <see cref="Broadcast"/>.</summary>
    public sealed record SumTo(Shape Shape) : Primitive;

    /// <summary>a·b of two matrices, either one transposed.</summary>
    public sealed record MatMul(bool TransposeLeft, bool TransposeRight) : Primitive;

    /// <summary>Softmax over the last dimension.</summary>
    public sealed record Softmax : Primitive;

    /// <summary>Logarithm of the softmax over the last dimension.</summary>
    public sealed record LogSoftmax : Primitive;

    /// <summary>The same elements, row-major, under another shape.</summary>
    public sealed record Reshape(Shape Shape) : Primitive;

    /// <summary>a and then b along the last dimension: [B, m] and [B, n] to [B, m + n].</summary>
    public sealed record Concat : Primitive;

    /// <summary>Part of the last dimension: [B, n] to [B, <see cref="Length"/>].</summary>
    public sealed record Slice(int Start, int Length) : Primitive;

    /// <summary>Rows of a table by their numbers: inputs [count, n] and [B, m] to [B, m, n].</summary>
    public sealed record Gather : Primitive;

    /// <summary>The transpose of <see cref="Gather"/>: inputs numbers [B, m] and rows [B, m, n]; sums those of each number to [<see cref="Count"/>, n].</summary>
    public sealed record ScatterSum(int Count) : Primitive;

    /// <summary>The same value in memory of its own: a plan's copy in another layout, never part of a graph.</summary>
    public sealed record Copy : Primitive;

    /// <summary>[B, 1] class indices to [B, classes] with 1 at the class and 0 elsewhere.</summary>
    public sealed record OneHot(int Classes) : Primitive;

    /// <summary>
    /// y with the derivative d by x, whatever y was computed by: inputs y = f(x), d = f′(x) as given, and x, of equal shapes. It is for
    /// differentiation alone: <see cref="Erasure"/> leaves y of it.
    /// </summary>
    public sealed record CustomDerivative : Primitive;

    /// <summary>Whether every output element depends on the same element of inputs alone (broadcasts and one-hot rows included).</summary>
    public bool IsElementwise => this is Unary or Binary or Select or Broadcast or OneHot;
}
