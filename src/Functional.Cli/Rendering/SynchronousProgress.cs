namespace Functional.Cli;

/// <summary>Progress told at once, on the thread that trains; <see cref="Progress{T}"/> would tell it later, in any order.</summary>
internal sealed class SynchronousProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
