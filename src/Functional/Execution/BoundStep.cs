namespace Functional.Execution;

/// <summary>A step with its kernel and arguments found: all that running it needs.</summary>
internal unsafe struct BoundStep
{
    public delegate* <void*, void> Kernel;
    public void* Arguments;
}
