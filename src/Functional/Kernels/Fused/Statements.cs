using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>A fused program as a type: statements over the vector of elements where the frame stands.</summary>
internal interface IStatement
{
    /// <summary>Reads, at the start of a row, what is the same for all of it.</summary>
    static abstract void Begin<TV, T>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    static abstract void Execute<TV, T, TPart>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart;
}

/// <summary>Names a value that the program uses more than once.</summary>
internal readonly struct Let<TLocal, TValue> : IStatement
    where TLocal : struct, INumber
    where TValue : struct, IExpression
{
    [MethodImpl(AggressiveInlining)]
    public static void Execute<TV, T, TPart>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart => frame.SetLocal(TLocal.Value, TValue.Evaluate<TV, T, TPart>(ref frame));

    [MethodImpl(AggressiveInlining)]
    public static void Begin<TV, T>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TValue.Begin<TV, T>(ref frame);
}

/// <summary>Writes a value to a full operand.</summary>
internal readonly unsafe struct Store<TOperand, TValue> : IStatement
    where TOperand : struct, INumber
    where TValue : struct, IExpression
{
    [MethodImpl(AggressiveInlining)]
    public static void Execute<TV, T, TPart>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart
    {
        TV value = TValue.Evaluate<TV, T, TPart>(ref frame);
        T* target = frame.Pointer(TOperand.Value) + frame.Column;
        if (TPart.IsWhole)
            TV.Store(value, target);
        else
            TV.StorePartial(value, target, frame.Lanes);
    }

    [MethodImpl(AggressiveInlining)]
    public static void Begin<TV, T>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TValue.Begin<TV, T>(ref frame);
}

/// <summary>One statement after the other; nested as a balanced tree, so that the JIT's inlining depth suffices.</summary>
internal readonly struct Then<TFirst, TSecond> : IStatement
    where TFirst : struct, IStatement
    where TSecond : struct, IStatement
{
    [MethodImpl(AggressiveInlining)]
    public static void Execute<TV, T, TPart>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart
    {
        TFirst.Execute<TV, T, TPart>(ref frame);
        TSecond.Execute<TV, T, TPart>(ref frame);
    }

    [MethodImpl(AggressiveInlining)]
    public static void Begin<TV, T>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TFirst.Begin<TV, T>(ref frame);
        TSecond.Begin<TV, T>(ref frame);
    }
}
