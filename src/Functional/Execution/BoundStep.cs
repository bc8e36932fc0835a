using System.Runtime.CompilerServices;

namespace Functional.Execution;

/// <summary>A step with its kernel and arguments found: all that running it needs.</summary>
internal unsafe struct BoundStep
{
    public delegate* <void*, void> Kernel;

    /// <summary>The first part's arguments; those of the others follow at distances of <see cref="Stride"/>.</summary>
    public byte* Arguments;

    /// <summary>In how many parts threads may run it, each a range of the output's rows or columns.</summary>
    public int Parts;

    /// <summary>Bytes from one part's arguments to the next one's.</summary>
    public int Stride;

    /// <summary>Runs one part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Run(int part) => Kernel(Arguments + part * Stride);
}
