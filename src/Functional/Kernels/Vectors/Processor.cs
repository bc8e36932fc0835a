using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>What the machine's instructions cost, where that decides between two ways to the same number.</summary>
internal static class Processor
{
    /// <summary>
    /// Whether the roots of 16 floats take less than half a dozen multiply-adds do, as on AMD's processors (some 4 cycles on Zen 5); on Intel's they take 18 and more.
    /// </summary>
    public static readonly bool HasFastRoots = IsOf("AuthenticAMD");

    // The name of the maker is in three registers, in this order.
    private static bool IsOf(string maker)
    {
        if (!X86Base.IsSupported)
            return false;
        (_, int first, int last, int middle) = X86Base.CpuId(0, 0);
        return Text(first) + Text(middle) + Text(last) == maker;
    }

    private static string Text(int register) => System.Text.Encoding.ASCII.GetString(BitConverter.GetBytes(register));
}
