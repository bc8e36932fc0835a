using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>max(ln x, −100); f′ = 1/max(x, 10⁻¹²) needs the input.</summary>
/// <remarks>
/// The bound of −100 is where binary cross-entropy needs a finite loss for a certain and wrong prediction. Error of
/// <see cref="LogOperator"/>; −100 at ±0 and wherever ln x is below it, NaN below 0; NaN stays NaN.
/// </remarks>
internal readonly struct SafeLogOperator : IUnaryOperator
{
    [MethodImpl(AggressiveInlining)]
    public static TV Invoke<TV, T>(TV x)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TV.Max(TV.Literal(-100), LogOperator.Invoke<TV, T>(x));
}
