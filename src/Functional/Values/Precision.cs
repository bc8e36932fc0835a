namespace Functional;

/// <summary>The type that a plan computes in.</summary>
public enum Precision
{
    /// <summary>float32.</summary>
    Float,

    /// <summary>float64.</summary>
    Double,
}
