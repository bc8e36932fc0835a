using System.Numerics;

namespace Functional;

/// <summary>What one element of an IDX array is; the value is the type code in the file.</summary>
public enum IdxElementType : byte
{
    /// <summary>8 bits without sign: <see cref="byte"/>.</summary>
    UnsignedByte = 0x08,

    /// <summary>8 bits with sign: <see cref="sbyte"/>.</summary>
    SignedByte = 0x09,

    /// <summary>16 bits with sign: <see cref="short"/>.</summary>
    Short = 0x0B,

    /// <summary>32 bits with sign: <see cref="int"/>.</summary>
    Int = 0x0C,

    /// <summary>32-bit floating point: <see cref="float"/>.</summary>
    Float = 0x0D,

    /// <summary>64-bit floating point: <see cref="double"/>.</summary>
    Double = 0x0E,
}

/// <summary>The content of an IDX file: a shape, an element type, and the elements.</summary>
public sealed class IdxArray
{
    internal IdxArray(IdxElementType elementType, Shape shape, Array data)
    {
        ElementType = elementType;
        Shape = shape;
        Data = data;
    }

    /// <summary>What the elements are.</summary>
    public IdxElementType ElementType { get; }

    /// <summary>The sizes, outermost first.</summary>
    public Shape Shape { get; }

    /// <summary>The elements, row-major, as an array of the element type; never written to.</summary>
    internal Array Data { get; }

    /// <summary>The elements in the file's own type; shares the memory. For another type use <c>.Cast&lt;TOther&gt;()</c> on the result.</summary>
    /// <typeparam name="T">The .NET type of <see cref="ElementType"/>.</typeparam>
    /// <exception cref="DataException">The file holds another type.</exception>
    public Tensor<T> Values<T>()
        where T : unmanaged, INumber<T> =>
        // By the exact type: the runtime would also let byte[] pass as sbyte[].
        Data.GetType() == typeof(T[])
            ? new Tensor<T>(Shape, (T[])Data)
            : throw new DataException(
                $"IDX array {Shape}: its elements are {ElementType}, not {typeof(T).Name}. "
                    + $"Use Values<{Data.GetType().GetElementType()!.Name}>(), followed by Cast<{typeof(T).Name}>() to convert."
            );

    /// <summary>Element type and shape: <c>UnsignedByte [60000, 28, 28]</c>.</summary>
    public override string ToString() => $"{ElementType} {Shape}";
}
