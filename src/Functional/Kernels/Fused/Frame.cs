using System.Numerics;
using System.Runtime.CompilerServices;
using Functional.Plans;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Functional.Kernels;

/// <summary>The memory a fused program reads and writes: one pointer and row stride (in elements) per operand.</summary>
internal unsafe struct ProgramArguments
{
    private fixed long _pointers[KernelLimits.Operands];
    private fixed long _strides[KernelLimits.Operands];

    public void Bind(int operand, void* pointer, long stride)
    {
        _pointers[operand] = (long)pointer;
        _strides[operand] = stride;
    }

    /// <summary>Elements from a row of the operand to the next; 0 where every row reads the same, or there is no such operand.</summary>
    public readonly nint Stride(int operand) => (nint)_strides[operand];

    /// <summary>The operand's address at the start of a row.</summary>
    [MethodImpl(AggressiveInlining)]
    public readonly T* RowStart<T>(int operand, nint row)
        where T : unmanaged => (T*)_pointers[operand] + row * (nint)_strides[operand];
}

/// <summary>Where a running program stands: its operands' addresses in this row, the column, and its local values.</summary>
internal unsafe ref struct Frame<T, TV>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TV : unmanaged, IVector<TV, T>
{
    private T* _p0,
        _p1,
        _p2,
        _p3,
        _p4,
        _p5,
        _p6,
        _p7,
        _p8,
        _p9,
        _p10,
        _p11,
        _p12,
        _p13,
        _p14,
        _p15;
    private TV _s0,
        _s1,
        _s2,
        _s3,
        _s4,
        _s5,
        _s6,
        _s7,
        _s8,
        _s9,
        _s10,
        _s11,
        _s12,
        _s13,
        _s14,
        _s15;
    private TV _l0,
        _l1,
        _l2,
        _l3,
        _l4,
        _l5,
        _l6,
        _l7,
        _l8,
        _l9,
        _l10,
        _l11;

    /// <summary>The matrix product's tile, at the start of this row and shifted so that <see cref="Column"/> indexes it.</summary>
    public T* Product;

    /// <summary>The first column of this vector.</summary>
    public nint Column;

    /// <summary>Lanes in use when the vector is a row's last, partial one.</summary>
    public int Lanes;

    /// <summary>The address of an operand in this row; <paramref name="operand"/> is a constant to the JIT.</summary>
    [MethodImpl(AggressiveInlining)]
    public readonly T* Pointer(int operand) =>
        operand switch
        {
            0 => _p0,
            1 => _p1,
            2 => _p2,
            3 => _p3,
            4 => _p4,
            5 => _p5,
            6 => _p6,
            7 => _p7,
            8 => _p8,
            9 => _p9,
            10 => _p10,
            11 => _p11,
            12 => _p12,
            13 => _p13,
            14 => _p14,
            _ => _p15,
        };

    /// <summary>Moves operands 0 … count − 1 to the start of a row.</summary>
    [MethodImpl(AggressiveInlining)]
    public void MoveTo(ProgramArguments* arguments, nint row, int operands)
    {
        if (operands > 0)
            _p0 = arguments->RowStart<T>(0, row);
        if (operands > 1)
            _p1 = arguments->RowStart<T>(1, row);
        if (operands > 2)
            _p2 = arguments->RowStart<T>(2, row);
        if (operands > 3)
            _p3 = arguments->RowStart<T>(3, row);
        if (operands > 4)
            _p4 = arguments->RowStart<T>(4, row);
        if (operands > 5)
            _p5 = arguments->RowStart<T>(5, row);
        if (operands > 6)
            _p6 = arguments->RowStart<T>(6, row);
        if (operands > 7)
            _p7 = arguments->RowStart<T>(7, row);
        if (operands > 8)
            _p8 = arguments->RowStart<T>(8, row);
        if (operands > 9)
            _p9 = arguments->RowStart<T>(9, row);
        if (operands > 10)
            _p10 = arguments->RowStart<T>(10, row);
        if (operands > 11)
            _p11 = arguments->RowStart<T>(11, row);
        if (operands > 12)
            _p12 = arguments->RowStart<T>(12, row);
        if (operands > 13)
            _p13 = arguments->RowStart<T>(13, row);
        if (operands > 14)
            _p14 = arguments->RowStart<T>(14, row);
        if (operands > 15)
            _p15 = arguments->RowStart<T>(15, row);
    }

    /// <summary>An operand's only element in this row; <paramref name="operand"/> is a constant to the JIT.</summary>
    [MethodImpl(AggressiveInlining)]
    public readonly TV Single(int operand) =>
        operand switch
        {
            0 => _s0,
            1 => _s1,
            2 => _s2,
            3 => _s3,
            4 => _s4,
            5 => _s5,
            6 => _s6,
            7 => _s7,
            8 => _s8,
            9 => _s9,
            10 => _s10,
            11 => _s11,
            12 => _s12,
            13 => _s13,
            14 => _s14,
            _ => _s15,
        };

    /// <summary>Keeps an operand's only element in this row; <paramref name="operand"/> is a constant to the JIT.</summary>
    [MethodImpl(AggressiveInlining)]
    public void SetSingle(int operand, TV value)
    {
        switch (operand)
        {
            case 0:
                _s0 = value;
                break;
            case 1:
                _s1 = value;
                break;
            case 2:
                _s2 = value;
                break;
            case 3:
                _s3 = value;
                break;
            case 4:
                _s4 = value;
                break;
            case 5:
                _s5 = value;
                break;
            case 6:
                _s6 = value;
                break;
            case 7:
                _s7 = value;
                break;
            case 8:
                _s8 = value;
                break;
            case 9:
                _s9 = value;
                break;
            case 10:
                _s10 = value;
                break;
            case 11:
                _s11 = value;
                break;
            case 12:
                _s12 = value;
                break;
            case 13:
                _s13 = value;
                break;
            case 14:
                _s14 = value;
                break;
            default:
                _s15 = value;
                break;
        }
    }

    /// <summary>A local value; <paramref name="local"/> is a constant to the JIT.</summary>
    [MethodImpl(AggressiveInlining)]
    public readonly TV Local(int local) =>
        local switch
        {
            0 => _l0,
            1 => _l1,
            2 => _l2,
            3 => _l3,
            4 => _l4,
            5 => _l5,
            6 => _l6,
            7 => _l7,
            8 => _l8,
            9 => _l9,
            10 => _l10,
            _ => _l11,
        };

    /// <summary>Names a local value; <paramref name="local"/> is a constant to the JIT.</summary>
    [MethodImpl(AggressiveInlining)]
    public void SetLocal(int local, TV value)
    {
        switch (local)
        {
            case 0:
                _l0 = value;
                break;
            case 1:
                _l1 = value;
                break;
            case 2:
                _l2 = value;
                break;
            case 3:
                _l3 = value;
                break;
            case 4:
                _l4 = value;
                break;
            case 5:
                _l5 = value;
                break;
            case 6:
                _l6 = value;
                break;
            case 7:
                _l7 = value;
                break;
            case 8:
                _l8 = value;
                break;
            case 9:
                _l9 = value;
                break;
            case 10:
                _l10 = value;
                break;
            default:
                _l11 = value;
                break;
        }
    }
}
