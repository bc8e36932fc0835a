using System.Globalization;
using System.Numerics;

namespace Functional;

/// <summary>Refuses features that a network which begins with an embedding cannot take.</summary>
internal static class IndexCheck
{
    /// <summary>Every feature must be a whole number below the limit; any number will do where there is none.</summary>
    /// <exception cref="DataException">One is not.</exception>
    public static void Check<T>(this Inference network, ReadOnlySpan<T> features, int? row = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (network.IndexLimit is not int limit)
            return;
        for (int i = 0; i < features.Length; i++)
            if (!(features[i] >= T.Zero && features[i] < T.CreateTruncating(limit) && T.IsInteger(features[i])))
                throw new DataException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{(row is null ? "Feature" : $"Row {row}: feature")} {i} is {features[i]}, but the network's embedding numbers its {limit} vectors 0 … {limit - 1}. Give whole numbers in that range, or a larger embedding."
                    )
                );
    }

    /// <summary>Every row of a dataset.</summary>
    /// <exception cref="DataException">A feature is no whole number below the limit.</exception>
    public static void Check<T>(this Inference network, Dataset data)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (network.IndexLimit is null)
            return;
        T[] row = new T[data.FeatureShape.Count];
        for (int i = 0; i < data.Count; i++)
        {
            data.CopyFeatures<T>(i, row);
            network.Check<T>(row, i);
        }
    }
}
