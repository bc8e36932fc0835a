namespace Functional;

/// <summary>The eigenvalues of a symmetric matrix by Jacobi's cyclic rotations (Golub and Van Loan, Matrix Computations, §8.5).</summary>
internal static class SymmetricEigenvalues
{
    // Convergence is quadratic: eight sweeps are many.
    private const int MostSweeps = 64;

    /// <summary>All eigenvalues of a symmetric matrix of finite numbers, ascending, each within a few ε·‖A‖.</summary>
    public static ValueList<double> Of(Tensor<double> matrix)
    {
        int n = matrix.Shape[0];
        double[] a = matrix.Data.ToArray();
        // Scaled by the largest element, so that no square overflows or vanishes.
        double scale = a.Max(Math.Abs);
        if (scale == 0)
            return new double[n].ToValueList();
        for (int i = 0; i < a.Length; i++)
            a[i] /= scale;
        double negligible = Math.ScaleB(1, -52) * Math.Sqrt(a.Sum(x => x * x)) / n;
        for (int sweep = 0; Sweep(a, n, negligible); sweep++)
            if (sweep == MostSweeps)
                throw new InternalErrorException("Jacobi's rotations do not converge", matrix.ToString());
        return Enumerable.Range(0, n).Select(i => scale * a[i * n + i]).Order().ToValueList();
    }

    // Rotates every element off the diagonal to 0 in turn; false if all were negligible.
    private static bool Sweep(double[] a, int n, double negligible)
    {
        bool rotated = false;
        for (int p = 0; p < n - 1; p++)
        for (int q = p + 1; q < n; q++)
            if (Math.Abs(a[p * n + q]) > negligible)
            {
                Rotate(a, n, p, q);
                rotated = true;
            }
        return rotated;
    }

    // Only the triangle above the diagonal is kept. A ← JᵀAJ with the rotation J of the plane (p, q) that makes A[p, q] = 0 by the smaller of two angles.
    private static void Rotate(double[] a, int n, int p, int q)
    {
        double off = a[p * n + q];
        double τ = (a[q * n + q] - a[p * n + p]) / (2 * off);
        double t = (τ >= 0 ? 1 : -1) / (Math.Abs(τ) + Math.Sqrt(1 + τ * τ));
        double c = 1 / Math.Sqrt(1 + t * t);
        double s = t * c;
        a[p * n + p] -= t * off;
        a[q * n + q] += t * off;
        a[p * n + q] = 0;
        for (int k = 0; k < p; k++)
            Turn(ref a[k * n + p], ref a[k * n + q], c, s);
        for (int k = p + 1; k < q; k++)
            Turn(ref a[p * n + k], ref a[k * n + q], c, s);
        for (int k = q + 1; k < n; k++)
            Turn(ref a[p * n + k], ref a[q * n + k], c, s);
    }

    private static void Turn(ref double x, ref double y, double c, double s) => (x, y) = (c * x - s * y, s * x + c * y);
}
