using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>What the machine's instructions cost, where that decides between two ways to the same number.</summary>
internal static class Processor
{
    /// <summary>
    /// Whether the instruction for the roots of 16 floats is faster than an estimate and its Newton step, six operations. Taken to be so on AMD's
    /// processors: measured on Zen 5, 4 cycles. Intel's take 18 and more.
    /// </summary>
    public static readonly bool HasFastRoots = IsOf("AuthenticAMD");

    // The maker's name is in EBX, EDX and ECX, in this order.
    private static bool IsOf(string maker)
    {
        if (!X86Base.IsSupported)
            return false;
        (_, int ebx, int ecx, int edx) = X86Base.CpuId(0, 0);
        return Text(ebx) + Text(edx) + Text(ecx) == maker;
    }

    private static string Text(int register) => System.Text.Encoding.ASCII.GetString(BitConverter.GetBytes(register));
}
