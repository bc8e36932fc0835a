namespace Functional.Cli;

/// <summary>Text without escapes: the check's own table, then its worst derivative.</summary>
internal sealed class PlainChecks(TextWriter output) : ICheckRenderer
{
    private const int Interval = 100;

    public TResult Watch<TResult>(int count, Func<IProgress<int>, TResult> check) =>
        check(
            new SynchronousProgress<int>(tried =>
            {
                if (tried % Interval != 0 || tried == 0)
                    return;
                output.WriteLine(CheckWording.Progress(tried, count));
                output.Flush();
            })
        );

    // Where nobody watches, the result says all.
    public TResult Watch<TResult>(Func<IProgress<GradientCheckProgress>, TResult> check) =>
        check(new SynchronousProgress<GradientCheckProgress>(_ => { }));

    public void Show(RandomCheckResult result)
    {
        output.WriteLine(CheckWording.Verdict(result));
        foreach (string part in CheckWording.Failure(result))
        {
            output.WriteLine();
            output.WriteLine(part);
        }
    }

    public void Show(CheckSettings settings, GradientCheckResult result)
    {
        if (CheckWording.Subject(settings) is { } subject)
            output.WriteLine(subject);
        output.WriteLine(result);
        output.WriteLine(CheckWording.Worst(result));
    }
}
