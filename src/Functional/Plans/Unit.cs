using Functional.Graphs;

namespace Functional.Plans;

/// <summary>Nodes that become one step: elementwise members, and at most one product or reduction before or after them.</summary>
internal sealed class Unit(Node first)
{
    /// <summary>The nodes of the unit, anchors included.</summary>
    public HashSet<Node> Nodes { get; } = [first];

    /// <summary>The product, reduction or softmax whose result the elementwise members start from; null if there is none.</summary>
    public Node? Anchor { get; set; } = first.Primitive.IsElementwise ? null : first;

    /// <summary>Members computed before the anchor, a reduction; the others come after it.</summary>
    public HashSet<Node> Prologue { get; } = [];

    /// <summary>The elementwise members after the anchor, in graph order.</summary>
    public List<Node> Members =>
        [.. Nodes.Where(node => node != Anchor && !Prologue.Contains(node)).OrderBy(node => node.Id)];

    /// <summary>The shape that the elementwise members run over.</summary>
    public Shape Shape { get; } = first.Shape;

    /// <summary>The columns that a member's broadcasts demand; 0 if any will do.</summary>
    public int Columns { get; set; }

    /// <summary>The earliest node's place in the graph.</summary>
    public int Order => (Anchor ?? Nodes.MinBy(node => node.Id)!).Id;
}
