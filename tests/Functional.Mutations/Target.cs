namespace Functional.Mutations;

/// <summary>What the faults of a file are about.</summary>
[Flags]
internal enum Area
{
    Derivatives = 1,
    Rewrites = 2,
    Places = 4,
    Updates = 8,
    All = Derivatives | Rewrites | Places | Updates,
}

/// <summary>A file that faults are planted in.</summary>
/// <param name="File">The path from the core's folder.</param>
/// <param name="Area">What its faults are about.</param>
/// <param name="TestLists">The tests that are about it, which meet its mutants first.</param>
internal sealed record Target(string File, Area Area, params IReadOnlyList<string> TestLists)
{
    public static IReadOnlyList<Target> All { get; } =
    [
        new("Gradients/VjpRules.cs", Area.Derivatives, "VJP rules", "Gradients", "Hessians"),
        new("Graphs/Simplification.cs", Area.Rewrites, "Simplification", "Rewrites", "CrossEntropy", "Gradients"),
        new("Buffers/Liveness.cs", Area.Places, "Placement", "Buffers"),
        new("Buffers/BufferAssignment.cs", Area.Places, "Placement", "Buffers", "Layouts"),
        new("Plans/Scheduling.cs", Area.Places, "Placement", "Fusion", "Gradients"),
        new("Objectives/Optimizer.Rules.cs", Area.Updates, "Optimizer", "Training errors"),
        new("Objectives/Optimizer.Lowering.cs", Area.Updates, "Parameter groups", "Optimizer"),
        new("Objectives/Optimizer.cs", Area.Updates, "Optimizer", "Parameter groups", "LearningRateSchedule"),
        new("Objectives/OptimizerOptions.cs", Area.Updates, "Optimizer", "Parameter groups", "LearningRateSchedule"),
        new("Objectives/UpdateRule.cs", Area.Updates, "Optimizer", "Parameter groups", "LearningRateSchedule"),
        new("Objectives/GradientClip.cs", Area.Updates, "Parameter groups", "Optimizer"),
        new("Objectives/LearningRateSchedule.cs", Area.Updates, "LearningRateSchedule", "Optimizer's numbers"),
    ];
}
