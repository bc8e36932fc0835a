namespace Functional;

/// <summary>Which rows of a Hessian, and which columns, belong to a parameter.</summary>
/// <param name="Path">The parameter's path.</param>
/// <param name="Shape">Its shape; its elements follow one another row-major.</param>
/// <param name="Start">The row of its first element.</param>
public sealed record HessianRows(string Path, Shape Shape, int Start);

/// <summary>The second derivatives of a batch's loss by every pair of trainable numbers: an immutable, symmetric matrix.</summary>
public sealed class Hessian : IEquatable<Hessian>
{
    private readonly Lazy<ValueList<double>> _eigenvalues;

    internal Hessian(IEnumerable<ParameterInfo> parameters, double[] matrix)
    {
        int start = 0;
        List<HessianRows> rows = [];
        foreach (ParameterInfo info in parameters)
        {
            rows.Add(new(info.Path, info.Shape, start));
            start += info.Shape.Count;
        }
        Rows = rows.ToValueList();
        Matrix = new(new Shape(start, start), matrix);
        _eigenvalues = new(() => SymmetricEigenvalues.Of(Matrix));
    }

    /// <summary>∂²L/∂wᵢ∂wⱼ, [n, n].</summary>
    public Tensor<double> Matrix { get; }

    /// <summary>Where each parameter's elements are, in layer order.</summary>
    public ValueList<HessianRows> Rows { get; }

    /// <summary>
    /// All n eigenvalues, ascending, each within rounding of ‖H‖: by Jacobi's rotations when first asked for, O(n³): seconds for 500
    /// parameters.
    /// </summary>
    public ValueList<double> Eigenvalues => _eigenvalues.Value;

    /// <summary>The smallest eigenvalue: negative where the loss curves downward in some direction.</summary>
    public double SmallestEigenvalue => Eigenvalues[0];

    /// <summary>The largest eigenvalue, λ: gradient descent is stable for learning rates below 2/λ.</summary>
    public double LargestEigenvalue => Eigenvalues[^1];

    /// <summary>|λ|max / |λ|min; infinite where an eigenvalue is 0. Of a singular Hessian only rounding keeps it finite.</summary>
    public double ConditionNumber
    {
        get
        {
            double least = Eigenvalues.Min(Math.Abs);
            return least == 0 ? double.PositiveInfinity : Eigenvalues.Max(Math.Abs) / least;
        }
    }

    /// <summary>Equal matrices of the same parameters.</summary>
    public bool Equals(Hessian? other) => other is not null && Rows == other.Rows && Matrix.Equals(other.Matrix);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Hessian);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rows, Matrix);

    /// <summary>Its shape, the range of its eigenvalues and its condition number.</summary>
    public override string ToString() =>
        FormattableString.Invariant(
            $"Hessian {Matrix.Shape}, eigenvalues {SmallestEigenvalue:G4} … {LargestEigenvalue:G4}, condition number {ConditionNumber:G4}"
        );
}
