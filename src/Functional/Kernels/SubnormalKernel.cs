using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Sets subnormal numbers to 0: machines compute with them many times slower.</summary>
internal static unsafe class SubnormalKernel
{
    /// <summary>Sets those of <paramref name="count"/> values to +0, and −0; NaN stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Clear<TV, T>(T* values, long count)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // 2⁻¹²⁶ and 2⁻¹⁰²²
        double least = sizeof(T) == sizeof(float) ? 1.1754943508222875e-38 : 2.2250738585072014e-308;
        TV leastNormal = TV.Literal(least);
        long i = 0;
        for (; i <= count - TV.Count; i += TV.Count)
        {
            TV value = TV.Load(values + i);
            TV.Store(TV.Select(TV.GreaterThan(leastNormal, TV.Abs(value)), TV.Zero, value), values + i);
        }
        for (; i < count; i++)
            if (T.Abs(values[i]) < T.CreateTruncating(least))
                values[i] = T.Zero;
    }
}
