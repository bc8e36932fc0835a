using System.Runtime.InteropServices;

namespace Functional.Buffers;

/// <summary>
/// Memory in 2 MiB pages where Linux grants them on request: a step over large weights then misses the translation cache 512 times less.
/// Advice only: where it is refused, or on another system, the memory is the same with pages of the usual size.
/// </summary>
internal static unsafe partial class LargePages
{
    /// <summary>Bytes of one page, and the size from which memory is asked for in such.</summary>
    public const int Size = 2 << 20;

    private const int MadviseHugePage = 14;

    /// <summary>Memory that begins at a page; <see cref="NativeMemory.AlignedFree"/> frees it.</summary>
    /// <exception cref="OutOfMemoryException">The machine does not have as much.</exception>
    public static nint Allocate(long bytes)
    {
        void* memory = NativeMemory.AlignedAlloc((nuint)bytes, Size);
        if (OperatingSystem.IsLinux())
            _ = Advise(memory, (nuint)bytes / Size * Size, MadviseHugePage);
        return (nint)memory;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
