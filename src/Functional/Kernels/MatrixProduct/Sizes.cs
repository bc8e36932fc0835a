using System.Runtime.CompilerServices;

namespace Functional.Kernels;

// A number as the size of a type: the JIT folds sizeof(TRows) > 3 before it looks at the code behind the test, so that a tile kernel's
// unused rows cost no time to compile (a static abstract property is folded only after everything was inlined).

[InlineArray(1)]
internal struct Size1
{
    private byte _element;
}

[InlineArray(2)]
internal struct Size2
{
    private byte _element;
}

[InlineArray(3)]
internal struct Size3
{
    private byte _element;
}

[InlineArray(4)]
internal struct Size4
{
    private byte _element;
}

[InlineArray(5)]
internal struct Size5
{
    private byte _element;
}

[InlineArray(6)]
internal struct Size6
{
    private byte _element;
}

[InlineArray(7)]
internal struct Size7
{
    private byte _element;
}

[InlineArray(8)]
internal struct Size8
{
    private byte _element;
}

[InlineArray(9)]
internal struct Size9
{
    private byte _element;
}

[InlineArray(10)]
internal struct Size10
{
    private byte _element;
}

[InlineArray(11)]
internal struct Size11
{
    private byte _element;
}

[InlineArray(12)]
internal struct Size12
{
    private byte _element;
}

[InlineArray(13)]
internal struct Size13
{
    private byte _element;
}

[InlineArray(14)]
internal struct Size14
{
    private byte _element;
}

[InlineArray(15)]
internal struct Size15
{
    private byte _element;
}

[InlineArray(16)]
internal struct Size16
{
    private byte _element;
}

[InlineArray(17)]
internal struct Size17
{
    private byte _element;
}

[InlineArray(18)]
internal struct Size18
{
    private byte _element;
}

[InlineArray(19)]
internal struct Size19
{
    private byte _element;
}

[InlineArray(20)]
internal struct Size20
{
    private byte _element;
}

[InlineArray(21)]
internal struct Size21
{
    private byte _element;
}

[InlineArray(22)]
internal struct Size22
{
    private byte _element;
}

[InlineArray(23)]
internal struct Size23
{
    private byte _element;
}

[InlineArray(24)]
internal struct Size24
{
    private byte _element;
}
