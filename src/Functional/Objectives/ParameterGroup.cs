namespace Functional;

/// <summary>Parameters that an optimizer treats differently: the one of a path, or all of a layer or part.</summary>
/// <param name="Path">A parameter's path, such as <c>dense1/W</c>, or its first parts, such as <c>dense1</c>.</param>
/// <param name="LearningRate">Their learning rate; null freezes them.</param>
internal sealed record ParameterGroup(string Path, double? LearningRate)
{
    public bool IsFrozen => LearningRate is null;

    /// <summary>Whether a parameter or a group of this path is part of the group.</summary>
    public bool Contains(string path) =>
        path == Path || (path.StartsWith(Path, StringComparison.Ordinal) && path[Path.Length] == '/');

    /// <summary>The call that adds the group to an optimizer.</summary>
    public override string ToString() =>
        LearningRate is double rate ? $".ForLayer(\"{Path}\", {ScalarPrinter.Number(rate)})" : $".Freeze(\"{Path}\")";
}
