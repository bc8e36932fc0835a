namespace Functional.Kernels;

/// <summary>What a reduction sums: a stored value, or the values that a program computes block by block into scratch memory.</summary>
internal unsafe struct ReductionArguments
{
    /// <summary>Sums that are taken together, and so far from each other.</summary>
    public const int BlockSums = 64;

    /// <summary>Elements of a block of computed values: a few KB, so that they stay in L1.</summary>
    public const int BlockElements = BlockSums * ChainedSums.Chains;

    /// <summary>The scratch memory that a reduction needs beside its sums: a block of values, and one of chains that go on.</summary>
    public const int ScratchElements = 2 * BlockElements;

    /// <summary>The stored value, Value(row, column) = Input[row·Stride + column]; unused with a prologue.</summary>
    public void* Input;
    public nint Stride;
    public nint Rows;
    public nint Columns;

    /// <summary>The kernel that computes the values to sum, or 0.</summary>
    public nint Prologue;
    public ProgramArguments* PrologueProgram;

    /// <summary>The prologue's operand that is the scratch memory.</summary>
    public int ScratchOperand;

    /// <summary>Room for <see cref="ScratchElements"/>.</summary>
    public void* Scratch;

    /// <summary>Where the sums go.</summary>
    public void* Result;

    /// <summary>For <see cref="ReductionKernels.SumAll"/>: room for the sums of the rows, or of the columns.</summary>
    public void* PartialSums;

    /// <summary>For <see cref="ReductionKernels.SumAll"/>: whether each row is summed first, and not each column.</summary>
    public bool AlongRows;

    /// <summary>The kernel to run on the sums as one row, or 0.</summary>
    public nint Epilogue;
    public ProgramArguments* EpilogueProgram;
}
