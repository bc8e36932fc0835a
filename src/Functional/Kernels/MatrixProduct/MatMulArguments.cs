namespace Functional.Kernels;

/// <summary>
/// The operands of one matrix product, C = A·B; lives in native memory and is bound once. M, N and K may be rewritten with
/// smaller values between runs.
/// </summary>
internal unsafe struct MatMulArguments
{
    /// <summary>A(i, k) = A[i·ARow + k·AColumn].</summary>
    public void* A;
    public nint ARow;
    public nint AColumn;

    /// <summary>B(k, j) = B[k·BRow + j·BColumn].</summary>
    public void* B;
    public nint BRow;
    public nint BColumn;

    /// <summary>C(i, j) = C[i·CRow + j]; null when the epilogue consumes the product.</summary>
    public void* C;
    public nint CRow;

    public int M;
    public int N;
    public int K;

    /// <summary>The blocking, chosen for the largest M, N and K.</summary>
    public MatMulPlan Plan;

    /// <summary>
    /// Called once for every finished rectangle with (Program, its first element, its row stride, row, rows, column, columns), while
    /// it is in cache; null when there is none.
    /// </summary>
    public delegate* <ProgramArguments*, void*, nint, nint, nint, nint, nint, void> Epilogue;
    public ProgramArguments* Program;
}
