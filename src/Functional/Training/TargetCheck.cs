using System.Globalization;
using System.Numerics;

namespace Functional;

/// <summary>Refuses targets that a loss cannot compare.</summary>
internal static class TargetCheck
{
    /// <summary>Every target must be a class of the network's where the loss compares classes, and a probability where it compares those.</summary>
    /// <exception cref="DataException">One is not.</exception>
    public static void Check<T>(this Loss loss, Inference network, ReadOnlySpan<T> targets)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (loss.Target == TargetKind.ClassIndex)
            CheckClasses(loss, network.Output!.Value[^1], targets);
        else if (loss.NeedsProbabilities)
            CheckProbabilities(loss, targets);
    }

    private static void CheckProbabilities<T>(Loss loss, ReadOnlySpan<T> targets)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < targets.Length; i++)
            if (!(targets[i] >= T.Zero && targets[i] <= T.One))
                throw new DataException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Target {i} is {targets[i]}, but {loss} compares probabilities. Give numbers from 0 to 1."
                    )
                );
    }

    private static void CheckClasses<T>(Loss loss, int classes, ReadOnlySpan<T> targets)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < targets.Length; i++)
            if (!(targets[i] >= T.Zero && targets[i] < T.CreateTruncating(classes) && T.IsInteger(targets[i])))
                throw new DataException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Target {i} is {targets[i]}, but {loss} compares class indices 0 … {classes - 1}. Give whole numbers in that range."
                    )
                );
    }
}
