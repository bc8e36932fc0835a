using Functional.Graphs;

namespace Functional.Gradients;

/// <summary>
/// The Hessian times a direction without the Hessian: the gradient along v is a scalar, ∇L·v, and its gradient is H·v
/// (Pearlmutter 1994, here by reverse mode over reverse mode).
/// </summary>
internal static class HessianProduct
{
    /// <summary>A graph with the loss and, as <see cref="OutputKind.HessianProduct"/>, H·v for every parameter of a gradient graph.</summary>
    /// <param name="gradient">A graph with its loss and its gradient by parameters; v is a <see cref="SourceKind.Given"/> source by each path.</param>
    /// <param name="rule">The table of rules; another one for tests of what finds wrong rules.</param>
    public static Graph Derive(Graph gradient, ReverseMode.Rule? rule = null)
    {
        GraphBuilder builder = GraphBuilder.From(gradient);
        Node slope = builder.Constant(0);
        List<Node> parameters = [];
        foreach (GraphOutput output in gradient.Outputs.Where(output => output.Kind == OutputKind.Gradient))
        {
            Shape shape = output.Node.Shape;
            parameters.Add(builder.Source(SourceKind.Parameter, output.Name, shape));
            Node direction = builder.Source(SourceKind.Given, output.Name, shape);
            Node product = builder.Product(output.Node, direction);
            slope = builder.Sum(slope, builder.SumTo(product, Shape.Scalar));
        }
        GraphOutput loss = new(OutputKind.Loss, "", gradient.Output(OutputKind.Loss));
        Graph along = Graph.Of(loss, new GraphOutput(OutputKind.DirectionalDerivative, "", slope));
        Graph second = ReverseMode.Differentiate(along, slope, parameters, rule);
        return GraphVerifier.Verify(
            Graph.Of([
                loss,
                .. second
                    .Outputs.Where(output => output.Kind == OutputKind.Gradient)
                    .Select(output => output with { Kind = OutputKind.HessianProduct }),
            ])
        );
    }
}
