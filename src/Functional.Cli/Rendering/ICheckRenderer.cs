namespace Functional.Cli;

/// <summary>How a gradient check is shown.</summary>
internal interface ICheckRenderer
{
    /// <summary>Checks a network, showing how far the check has come.</summary>
    TResult Watch<TResult>(Func<IProgress<GradientCheckProgress>, TResult> check);

    /// <summary>Checks generated networks, showing how many were tried.</summary>
    TResult Watch<TResult>(int count, Func<IProgress<int>, TResult> check);

    /// <summary>Shows what was found about generated networks.</summary>
    void Show(RandomCheckResult result);

    /// <summary>Shows what was found about a network.</summary>
    void Show(CheckSettings settings, GradientCheckResult result);
}
