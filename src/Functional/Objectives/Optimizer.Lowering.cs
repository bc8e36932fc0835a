using Functional.Graphs;

namespace Functional;

public sealed partial record Optimizer
{
    /// <summary>The parameters that are not frozen.</summary>
    /// <param name="parameters">All parameters of the network.</param>
    /// <param name="statistics">The paths of its running statistics, which can be frozen too.</param>
    /// <exception cref="ArgumentException">A group has none of them, or all are frozen.</exception>
    internal IReadOnlyList<Primitive.Source> Trained(
        IEnumerable<Primitive.Source> parameters,
        IEnumerable<string> statistics
    )
    {
        Primitive.Source[] all = [.. parameters];
        string[] paths = [.. all.Select(parameter => parameter.Name), .. statistics];
        foreach (ParameterGroup group in Groups)
            if (!paths.Any(group.Contains))
                throw new ArgumentException(
                    $"Optimizer {Name}: the network has no parameter or part {group.Path}.{Suggest(group.Path, paths)} There are: {string.Join(", ", paths)}."
                );
        Primitive.Source[] trained = [.. all.Where(parameter => !IsFrozen(parameter.Name))];
        if (trained.Length == 0 && all.Length > 0)
            throw new ArgumentException(
                $"Optimizer {Name}: every parameter is frozen, so there is nothing to train. Leave out a path of Freeze, or compile with CompileInference."
            );
        return trained;
    }

    /// <summary>Whether a parameter stays as it is.</summary>
    internal bool IsFrozen(string path) => GroupOf(path) is { IsFrozen: true };

    /// <summary>
    /// Adds the update of every parameter that is not frozen to a graph that has their gradients; the gradients themselves are outputs no
    /// more.
    /// </summary>
    internal Graph Append(Graph graph)
    {
        GraphBuilder builder = GraphBuilder.From(graph);
        builder.Origin = Name;
        List<GraphOutput> outputs =
        [
            .. graph.Outputs.Where(output =>
                output.Kind is not OutputKind.Gradient and not OutputKind.Prediction
                && !(output.Kind == OutputKind.UpdatedStatistic && IsFrozen(output.Name))
            ),
        ];
        GraphOutput[] trained =
        [
            .. graph.Outputs.Where(output => output.Kind == OutputKind.Gradient && !IsFrozen(output.Name)),
        ];
        Node[] gradients = Clips.Aggregate(
            trained.Select(output => output.Node).ToArray(),
            (nodes, clip) => clip.Apply(builder, nodes)
        );
        foreach ((string path, Node gradient) in trained.Zip(gradients, (output, node) => (output.Name, node)))
        {
            Shape shape = gradient.Shape;
            Node w = builder.Source(SourceKind.Parameter, path, shape);
            Update update = UpdateOf(GroupOf(path));
            outputs.Add(new(OutputKind.UpdatedParameter, path, Lower(update.Parameter)));
            foreach ((string state, Scalar value) in update.States)
                outputs.Add(new(OutputKind.UpdatedState, StateName(path, state), Lower(value)));

            Node Lower(Scalar expression) => builder.Broadcast(builder.Expression(expression, Variable), shape);

            Node Variable(string name) =>
                name == UpdateRule.W.Name ? w
                : name == UpdateRule.G.Name ? gradient
                : update.Scalars.Any(scalar => scalar.Name == name)
                    ? builder.Source(SourceKind.StepScalar, name, Shape.Scalar)
                : builder.Source(SourceKind.State, StateName(path, name), shape);
        }
        return GraphVerifier.Verify(Graph.Of(outputs));
    }

    internal static string StateName(string path, string state) => $"{path}:{state}";

    private ParameterGroup? GroupOf(string path) => Groups.LastOrDefault(group => group.Contains(path));

    // The nearest path of a parameter or of what it is part of.
    private static string Suggest(string path, IEnumerable<string> parameters)
    {
        IEnumerable<string> known = parameters.SelectMany(parameter =>
        {
            string[] parts = parameter.Split('/');
            return parts.Select((_, index) => string.Join('/', parts[..(index + 1)]));
        });
        return Spelling.Nearest(path, known.Distinct()) is string nearest ? $" Did you mean {nearest}?" : "";
    }
}
