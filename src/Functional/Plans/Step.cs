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

/// <summary>One kernel call of a plan: a closed set.</summary>
internal abstract record Step
{
    private Step() { }

    /// <summary>A fused elementwise program.</summary>
    public sealed record Elementwise(FusedProgram Program) : Step;

    /// <summary>A matrix product, stored as it is or consumed tile by tile by a fused program.</summary>
    public sealed record MatMul(Node Product, FusedProgram? Epilogue) : Step
    {
        public Primitive.MatMul Primitive => (Primitive.MatMul)Product.Primitive;
    }

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

    /// <summary>The nodes it computes, fused ones included.</summary>
    public IEnumerable<Node> Computes =>
        this switch
        {
            Elementwise step => step.Program.Nodes,
            MatMul step => [step.Product, .. Nodes(step.Epilogue)],
            Reduce step => [.. Nodes(step.Prologue), step.Sum, .. Nodes(step.Epilogue)],
            Softmax step => [step.Result],
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>The values it reads from memory, sources and earlier steps' results.</summary>
    public IEnumerable<Node> Reads =>
        this switch
        {
            Elementwise step => step.Program.Reads,
            MatMul step => [.. step.Product.Inputs, .. step.Epilogue?.Reads ?? []],
            Reduce step => [.. step.Prologue?.Reads ?? step.Sum.Inputs, .. step.Epilogue?.Reads ?? []],
            Softmax step => step.Result.Inputs,
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>The values it leaves in memory.</summary>
    public IEnumerable<Node> Writes =>
        this switch
        {
            Elementwise step => step.Program.Writes,
            MatMul step => step.Epilogue?.Writes ?? [step.Product],
            Reduce step => step.Epilogue?.Writes ?? [step.Sum],
            Softmax step => [step.Result],
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private static IEnumerable<Node> Nodes(FusedProgram? program) => program?.Nodes ?? [];
}
