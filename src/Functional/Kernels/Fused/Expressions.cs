using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>
/// An elementwise expression as a type: composing <c>Binary&lt;MultiplyOperator, Full&lt;N0&gt;, Row&lt;N1&gt;&gt;</c> composes code,
/// which the JIT inlines into one loop. Types carry no data, so evaluation is static.
/// </summary>
internal interface IExpression
{
    /// <summary>Reads, at the start of a row, what is the same for all of it.</summary>
    static virtual void Begin<TV, T>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> { }

    static abstract TV Evaluate<TV, T, TPart>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart;
}

/// <summary>A number as a type, so that it is a constant to the JIT.</summary>
internal interface INumber
{
    static abstract int Value { get; }
}

/// <summary>Whether a vector is whole or a row's last, partial one.</summary>
internal interface IPart
{
    static abstract bool IsWhole { get; }
}

internal readonly struct Whole : IPart
{
    public static bool IsWhole => true;
}

internal readonly struct Partial : IPart
{
    public static bool IsWhole => false;
}

/// <summary>An operand with one element per row and column.</summary>
internal readonly unsafe struct Full<TOperand> : IExpression
    where TOperand : struct, INumber
{
    [MethodImpl(AggressiveInlining)]
    public static TV Evaluate<TV, T, TPart>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart
    {
        T* source = frame.Pointer(TOperand.Value) + frame.Column;
        return TPart.IsWhole ? TV.Load(source) : TV.LoadPartial(source, frame.Lanes);
    }
}

/// <summary>An operand of one element, or one per row (stride 1), the same for every column.</summary>
internal readonly unsafe struct Single<TOperand> : IExpression
    where TOperand : struct, INumber
{
    [MethodImpl(AggressiveInlining)]
    public static TV Evaluate<TV, T, TPart>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart => frame.Single(TOperand.Value);

    [MethodImpl(AggressiveInlining)]
    public static void Begin<TV, T>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        frame.SetSingle(TOperand.Value, TV.Broadcast(*frame.Pointer(TOperand.Value)));
}

/// <summary>The matrix product's or reduction's own value, not yet in memory.</summary>
internal readonly unsafe struct Product : IExpression
{
    [MethodImpl(AggressiveInlining)]
    public static TV Evaluate<TV, T, TPart>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart
    {
        T* source = frame.Product + frame.Column;
        return TPart.IsWhole ? TV.Load(source) : TV.LoadPartial(source, frame.Lanes);
    }
}

/// <summary>The column's index, as a number.</summary>
internal readonly struct ColumnIndex : IExpression
{
    [MethodImpl(AggressiveInlining)]
    public static TV Evaluate<TV, T, TPart>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart => TV.Broadcast(T.CreateTruncating((int)frame.Column)) + TV.Indices;
}

/// <summary>A value named earlier in the program.</summary>
internal readonly struct Local<TLocal> : IExpression
    where TLocal : struct, INumber
{
    [MethodImpl(AggressiveInlining)]
    public static TV Evaluate<TV, T, TPart>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart => frame.Local(TLocal.Value);
}

internal readonly struct Unary<TOperator, TX> : IExpression
    where TOperator : struct, IUnaryOperator
    where TX : struct, IExpression
{
    [MethodImpl(AggressiveInlining)]
    public static TV Evaluate<TV, T, TPart>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart => TOperator.Invoke<TV, T>(TX.Evaluate<TV, T, TPart>(ref frame));

    [MethodImpl(AggressiveInlining)]
    public static void Begin<TV, T>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TX.Begin<TV, T>(ref frame);
}

internal readonly struct Binary<TOperator, TX, TY> : IExpression
    where TOperator : struct, IBinaryOperator
    where TX : struct, IExpression
    where TY : struct, IExpression
{
    [MethodImpl(AggressiveInlining)]
    public static TV Evaluate<TV, T, TPart>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart =>
        TOperator.Invoke<TV, T>(TX.Evaluate<TV, T, TPart>(ref frame), TY.Evaluate<TV, T, TPart>(ref frame));

    [MethodImpl(AggressiveInlining)]
    public static void Begin<TV, T>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TX.Begin<TV, T>(ref frame);
        TY.Begin<TV, T>(ref frame);
    }
}

internal readonly struct Ternary<TOperator, TX, TY, TZ> : IExpression
    where TOperator : struct, ITernaryOperator
    where TX : struct, IExpression
    where TY : struct, IExpression
    where TZ : struct, IExpression
{
    [MethodImpl(AggressiveInlining)]
    public static TV Evaluate<TV, T, TPart>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TPart : struct, IPart =>
        TOperator.Invoke<TV, T>(
            TX.Evaluate<TV, T, TPart>(ref frame),
            TY.Evaluate<TV, T, TPart>(ref frame),
            TZ.Evaluate<TV, T, TPart>(ref frame)
        );

    [MethodImpl(AggressiveInlining)]
    public static void Begin<TV, T>(ref Frame<T, TV> frame)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TX.Begin<TV, T>(ref frame);
        TY.Begin<TV, T>(ref frame);
        TZ.Begin<TV, T>(ref frame);
    }
}
