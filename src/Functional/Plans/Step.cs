using Functional.Graphs;

namespace Functional.Plans;

/// <summary>What a reduction sums over.</summary>
internal enum ReductionKind
{
    /// <summary>All elements to one number.</summary>
    All,

    /// <summary>Each column over all rows.</summary>
    Columns,

    /// <summary>Each row over all columns.</summary>
    Rows,
}

/// <summary>What the lanes of the registers run along in a product C = A·B.</summary>
internal enum ProductWay
{
    /// <summary>C's columns.</summary>
    Columns,

    /// <summary>C's rows: the kernel computes the transposed product, Cᵀ = BᵀAᵀ.</summary>
    Rows,

    /// <summary>The terms of each sum, along which both factors lie.</summary>
    Terms,
}

/// <summary>One kernel call of a plan: a closed set.</summary>
internal abstract record Step
{
    private Step() { }

    /// <summary>A fused elementwise program.</summary>
    public sealed record Elementwise(FusedProgram Program) : Step;

    /// <summary>A matrix product, stored as it is or consumed tile by tile by a fused program.</summary>
    /// <param name="Product">The product.</param>
    /// <param name="Epilogue">The program, if there is one.</param>
    /// <param name="Way">What the lanes of the registers run along.</param>
    public sealed record MatMul(Node Product, FusedProgram? Epilogue, ProductWay Way = ProductWay.Columns) : Step
    {
        public Primitive.MatMul Primitive => (Primitive.MatMul)Product.Primitive;

        /// <summary>The factor on the left as it is read: the product's, or a copy of it in another layout.</summary>
        public Node Left { get; init; } = Product.Inputs[0];

        /// <summary>The factor on the right as it is read.</summary>
        public Node Right { get; init; } = Product.Inputs[1];

        /// <summary>Where the product goes if there is no epilogue.</summary>
        public Node Target { get; init; } = Product;
    }

    /// <summary>A [B, n] value once more, in the other layout.</summary>
    public sealed record Transpose(Node Source, Node Target) : Step;

    /// <summary>A sum of a stored value, or of a program's values that are never stored; then perhaps a program on the sums.</summary>
    public sealed record Reduce(
        Node Sum,
        ReductionKind Kind,
        IterationSpace Space,
        FusedProgram? Prologue,
        FusedProgram? Epilogue
    ) : Step;

    /// <summary>A softmax or its logarithm, row by row.</summary>
    public sealed record Softmax(Node Result, bool Logarithm) : Step;

    /// <summary>A random mask, drawn element by element.</summary>
    public sealed record Mask(Node Result) : Step;

    /// <summary>Columns or rows of other values, copied: a concatenation, a slice or a gathering.</summary>
    public sealed record Rearrange(Node Result) : Step;

    /// <summary>Rows summed by their numbers, one after the other.</summary>
    public sealed record ScatterSum(Node Sum) : Step;

    /// <summary>The nodes it computes, fused ones included.</summary>
    public IEnumerable<Node> Computes =>
        this switch
        {
            Elementwise step => step.Program.Nodes,
            MatMul step => [step.Product, .. Nodes(step.Epilogue)],
            Reduce step => [.. Nodes(step.Prologue), step.Sum, .. Nodes(step.Epilogue)],
            Softmax step => [step.Result],
            Transpose step => [step.Target],
            Mask step => [step.Result],
            Rearrange step => [step.Result],
            ScatterSum step => [step.Sum],
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>The values it reads from memory, sources and earlier steps' results.</summary>
    public IEnumerable<Node> Reads =>
        this switch
        {
            Elementwise step => step.Program.Reads,
            MatMul step => [step.Left, step.Right, .. step.Epilogue?.Reads ?? []],
            Reduce step => [.. step.Prologue?.Reads ?? step.Sum.Inputs, .. step.Epilogue?.Reads ?? []],
            Softmax step => step.Result.Inputs,
            Transpose step => [step.Source],
            Mask => [],
            Rearrange step => step.Result.Inputs,
            ScatterSum step => step.Sum.Inputs,
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>The values it leaves in memory.</summary>
    public IEnumerable<Node> Writes =>
        this switch
        {
            Elementwise step => step.Program.Writes,
            MatMul step => step.Epilogue?.Writes ?? [step.Target],
            Reduce step => step.Epilogue?.Writes ?? [step.Sum],
            Softmax step => [step.Result],
            Transpose step => [step.Target],
            Mask step => [step.Result],
            Rearrange step => [step.Result],
            ScatterSum step => [step.Sum],
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private static IEnumerable<Node> Nodes(FusedProgram? program) => program?.Nodes ?? [];
}
