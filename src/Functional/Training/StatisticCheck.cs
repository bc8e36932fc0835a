using System.Numerics;

namespace Functional;

/// <summary>
/// What running statistics must be. NaN and infinities pass, as they do in parameters: they are seen in what is predicted. Of a negative
/// variance the root is NaN, or with ε a number that means nothing.
/// </summary>
internal static class StatisticCheck
{
    /// <summary>Refuses negative variances.</summary>
    /// <exception cref="ParameterException">A variance has a negative element.</exception>
    public static void Check<T>(IEnumerable<ParameterInfo> network, Parameters<T> parameters)
        where T : unmanaged, INumber<T>
    {
        foreach (ParameterInfo info in network)
            if (
                info.IsVariance
                && parameters.TryGetValue(info.Path, out Tensor<T>? tensor)
                && FirstNegative(tensor.Data) is int at
            )
                throw new ParameterException(
                    FormattableString.Invariant(
                        $"Parameter {info.Path}: element [{at}] is {tensor.Data[at]}, but a running variance is at least 0. Give the mean squared deviations of the training rows, neither their logarithms nor shifted ones; 1 is where training begins."
                    )
                );
    }

    private static int? FirstNegative<T>(ReadOnlySpan<T> values)
        where T : INumber<T>
    {
        for (int i = 0; i < values.Length; i++)
            if (values[i] < T.Zero)
                return i;
        return null;
    }
}
