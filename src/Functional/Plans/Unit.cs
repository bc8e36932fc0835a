using Functional.Graphs;

namespace Functional.Plans;

/// <summary>Nodes that become one step, elementwise members and at most one product or reduction, or one node that needs no step.</summary>
/// <param name="nodes">The nodes of the unit in graph order, anchor included.</param>
/// <param name="isStep">Whether it becomes a step.</param>
internal sealed class Unit(List<Node> nodes, bool isStep = true)
{
    /// <summary>The nodes of the unit in graph order, anchor included.</summary>
    public List<Node> Nodes { get; } = nodes;

    /// <summary>Whether it becomes a step.</summary>
    public bool IsStep { get; } = isStep;

    /// <summary>The product, reduction or softmax whose result the elementwise members start from; null if there is none.</summary>
    public Node? Anchor { get; init; }

    /// <summary>What is computed before the anchor, a reduction, and never stored.</summary>
    public FusedProgram? Prologue { get; set; }

    /// <summary>The elementwise members, in graph order.</summary>
    public List<Node> Members => Anchor is null ? Nodes : Nodes.FindAll(node => node != Anchor);

    /// <summary>The shape that the elementwise members run over.</summary>
    public Shape Shape => Nodes[0].Shape;

    /// <summary>The columns that a member's broadcasts demand; 0 if any will do.</summary>
    public int Columns { get; init; }

    /// <summary>The node in whose place in the graph the unit stands.</summary>
    public Node Leader => Anchor ?? Nodes[0];
}
