using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>1/x; f′ = −y² needs the output.</summary>
/// <remarks>
/// The machine's division: correctly rounded; ±∞ at ±0, ±0 at ±∞, NaN stays NaN.
/// </remarks>
internal readonly struct ReciprocalOperator : IUnaryOperator
{
    [MethodImpl(AggressiveInlining)]
    public static TV Invoke<TV, T>(TV x)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TV.Literal(1) / x;
}
