using System.Numerics;

namespace Functional.Kernels;

/// <summary>An elementwise function of one value, written once for every width and precision.</summary>
internal interface IUnaryOperator
{
    static abstract TV Invoke<TV, T>(TV x)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>An elementwise function of two values.</summary>
internal interface IBinaryOperator
{
    static abstract TV Invoke<TV, T>(TV x, TV y)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>An elementwise function of three values.</summary>
internal interface ITernaryOperator
{
    static abstract TV Invoke<TV, T>(TV x, TV y, TV z)
        where TV : unmanaged, IVector<TV, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
