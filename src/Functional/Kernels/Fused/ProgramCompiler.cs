using System.Collections.Concurrent;
using System.Diagnostics;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Functional.Plans;

namespace Functional.Kernels;

/// <summary>Closes the generic type that a program is, and has the JIT compile it: one kernel per program, precision and width.</summary>
internal static class ProgramCompiler
{
    private static readonly ConcurrentDictionary<(ProgramCode, Type), nint> Kernels = new();

    private static readonly Type[] Numbers =
    [
        typeof(N0),
        typeof(N1),
        typeof(N2),
        typeof(N3),
        typeof(N4),
        typeof(N5),
        typeof(N6),
        typeof(N7),
        typeof(N8),
        typeof(N9),
        typeof(N10),
        typeof(N11),
        typeof(N12),
        typeof(N13),
        typeof(N14),
        typeof(N15),
        typeof(N16),
    ];

    private static readonly MethodInfo Run = typeof(ProgramKernel).GetMethod(nameof(ProgramKernel.Run))!;
    private static readonly MethodInfo RunRowEnds = typeof(ProgramKernel).GetMethod(nameof(ProgramKernel.RunRowEnds))!;

    /// <summary>The address of <see cref="ProgramKernel.Run"/> closed over a program.</summary>
    /// <exception cref="PlatformNotSupportedException">The process cannot compile code at run time (NativeAOT).</exception>
    public static nint Compile<TV, T>(ProgramCode code)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
            throw new PlatformNotSupportedException(
                "Functional compiles its fused kernels at run time, which this process cannot do (NativeAOT). Publish without PublishAot."
            );
        return Kernels.GetOrAdd(
            (code, typeof(TV)),
            static key =>
            {
                // What the processor is like is a constant to the JIT once it is known.
                RuntimeHelpers.RunClassConstructor(typeof(Processor).TypeHandle);
                (ProgramCode code, _) = key;
                Type program = TypeOf([.. code.Statements.Select(TypeOf)]);
                Type[] arguments = [typeof(TV), typeof(T), program, Numbers[code.Operands]];
                RuntimeMethodHandle method = Run.MakeGenericMethod(arguments).MethodHandle;
                RuntimeHelpers.PrepareMethod(method);
                RuntimeHelpers.PrepareMethod(RunRowEnds.MakeGenericMethod(arguments).MethodHandle);
                return method.GetFunctionPointer();
            }
        );
    }

    // Statements as a balanced tree.
    private static Type TypeOf(ReadOnlySpan<Type> statements) =>
        statements is [Type only]
            ? only
            : typeof(Then<,>).MakeGenericType(
                TypeOf(statements[..(statements.Length / 2)]),
                TypeOf(statements[(statements.Length / 2)..])
            );

    private static Type TypeOf(ProgramStatement statement) =>
        statement switch
        {
            ProgramStatement.Let(int local, var value) => typeof(Let<,>).MakeGenericType(Numbers[local], TypeOf(value)),
            ProgramStatement.Store(int operand, var value) => typeof(Store<,>).MakeGenericType(
                Numbers[operand],
                TypeOf(value)
            ),
            _ => throw new UnreachableException(),
        };

    private static Type TypeOf(ProgramExpression expression) =>
        expression switch
        {
            ProgramExpression.Full(int operand) => typeof(Full<>).MakeGenericType(Numbers[operand]),
            ProgramExpression.Single(int operand) => typeof(Single<>).MakeGenericType(Numbers[operand]),
            ProgramExpression.Product => typeof(Product),
            ProgramExpression.ColumnIndex => typeof(ColumnIndex),
            ProgramExpression.Local(int index) => typeof(Local<>).MakeGenericType(Numbers[index]),
            ProgramExpression.Unary(var f, var x) => typeof(Unary<,>).MakeGenericType(OperatorOf(f), TypeOf(x)),
            ProgramExpression.Binary(var f, var x, var y) => typeof(Binary<,,>).MakeGenericType(
                OperatorOf(f),
                TypeOf(x),
                TypeOf(y)
            ),
            ProgramExpression.Equal(var x, var y) => typeof(Binary<,,>).MakeGenericType(
                typeof(EqualOperator),
                TypeOf(x),
                TypeOf(y)
            ),
            ProgramExpression.MultiplyAdd(var x, var y, var z) => typeof(Ternary<,,,>).MakeGenericType(
                typeof(MultiplyAddOperator),
                TypeOf(x),
                TypeOf(y),
                TypeOf(z)
            ),
            ProgramExpression.MultiplySubtract(var x, var y, var z) => typeof(Ternary<,,,>).MakeGenericType(
                typeof(MultiplySubtractOperator),
                TypeOf(x),
                TypeOf(y),
                TypeOf(z)
            ),
            ProgramExpression.SubtractProduct(var x, var y, var z) => typeof(Ternary<,,,>).MakeGenericType(
                typeof(SubtractProductOperator),
                TypeOf(x),
                TypeOf(y),
                TypeOf(z)
            ),
            ProgramExpression.RootQuotient(var x, var v, var e) => typeof(Ternary<,,,>).MakeGenericType(
                typeof(RootQuotientOperator),
                TypeOf(x),
                TypeOf(v),
                TypeOf(e)
            ),
            ProgramExpression.Select(var c, var y, var z) => typeof(Ternary<,,,>).MakeGenericType(
                typeof(SelectOperator),
                TypeOf(c),
                TypeOf(y),
                TypeOf(z)
            ),
            _ => throw new UnreachableException(),
        };

    /// <summary>The operator of a function: one more case for every new one.</summary>
    internal static Type OperatorOf(UnaryFunction function) =>
        function switch
        {
            UnaryFunction.Negate => typeof(NegateOperator),
            UnaryFunction.Reciprocal => typeof(ReciprocalOperator),
            UnaryFunction.Exp => typeof(ExpOperator),
            UnaryFunction.Expm1 => typeof(Expm1Operator),
            UnaryFunction.Log => typeof(LogOperator),
            UnaryFunction.SafeLog => typeof(SafeLogOperator),
            UnaryFunction.Sqrt => typeof(SqrtOperator),
            UnaryFunction.Abs => typeof(AbsOperator),
            UnaryFunction.Sign => typeof(SignOperator),
            UnaryFunction.Relu => typeof(ReluOperator),
            UnaryFunction.Step => typeof(StepOperator),
            UnaryFunction.Sigmoid => typeof(SigmoidOperator),
            UnaryFunction.Tanh => typeof(TanhOperator),
            UnaryFunction.Softplus => typeof(SoftplusOperator),
            UnaryFunction.Erf => typeof(ErfOperator),
            UnaryFunction.Sin => typeof(SinOperator),
            UnaryFunction.Cos => typeof(CosOperator),
            _ => throw new UnreachableException(),
        };

    /// <summary>The operator of a function of two values.</summary>
    internal static Type OperatorOf(BinaryFunction function) =>
        function switch
        {
            BinaryFunction.Add => typeof(AddOperator),
            BinaryFunction.Subtract => typeof(SubtractOperator),
            BinaryFunction.Multiply => typeof(MultiplyOperator),
            BinaryFunction.Divide => typeof(DivideOperator),
            BinaryFunction.Maximum => typeof(MaximumOperator),
            BinaryFunction.Minimum => typeof(MinimumOperator),
            BinaryFunction.Greater => typeof(GreaterOperator),
            _ => throw new UnreachableException(),
        };
}
