using System.Numerics;

namespace Functional;

/// <summary>Which class an output row stands for.</summary>
internal static class Classification
{
    /// <summary>The index of the largest output (the first of equals, NaN smaller than every number); for one output, 1 if it is at least ½ and 0 otherwise.</summary>
    public static int ClassOf<T>(ReadOnlySpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (output.Length == 1)
            return output[0] >= T.CreateTruncating(0.5) ? 1 : 0;
        int best = 0;
        for (int i = 1; i < output.Length; i++)
            if (output[i] > output[best] || (T.IsNaN(output[best]) && !T.IsNaN(output[i])))
                best = i;
        return best;
    }
}
