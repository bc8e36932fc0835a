using Functional.Execution;
using Functional.Graphs;

namespace Functional.Checking;

/// <summary>What is checked: a loss of a network, as a function and with its gradient.</summary>
internal sealed class Subject
{
    // How close to 0 a probability may come where its logarithm is taken as written: nearer, rounding shows in differences.
    private const double Saturation = 1e-5;

    private readonly Graph _objective;
    private readonly Graph _stable;
    private readonly Lazy<Graph> _derived;
    private readonly GradientFunction _gradient;

    public Subject(Inference network, Loss loss, LayerMode mode, GradientFunction? gradient)
    {
        (Network, Loss, Mode) = (network, loss, mode);
        // The function itself, whatever derivatives its parts were given.
        _objective = loss.Append(Lowering.Lower(network, mode, derivatives: false), derivatives: false);
        _stable = Simplification.Simplify(_objective);
        _derived = new(() =>
            Compiler.DeriveGradient(network, loss, null, network.IndexLimit is null, mode, CompileOptions.Default)
        );
        _gradient = gradient ?? Derived;
    }

    /// <summary>The network, every size stated, with its layers.</summary>
    public Inference Network { get; }

    public Loss Loss { get; }

    public LayerMode Mode { get; }

    /// <summary>The parameters to differentiate by.</summary>
    /// <exception cref="ArgumentException">The network has none of a path asked for.</exception>
    public IEnumerable<ParameterInfo> Parameters(GradientCheckOptions options) =>
        Network.Choose(options.Parameters, nameof(GradientCheckOptions.Parameters));

    /// <summary>The graph of the loss, and of its gradient by every parameter and, where it has one, by the input.</summary>
    public Graph DerivedGradient => _derived.Value;

    /// <summary>The loss near a point: as written, or in its stable form where a logarithm of nearly nothing is taken.</summary>
    public Neighborhood Near(GradientPoint point)
    {
        Neighborhood written = Near(point, _objective, OutputKind.Loss);
        return IsStable(written) ? written : Near(point, _stable, OutputKind.Loss);
    }

    /// <summary>Outputs of a graph near a point.</summary>
    public Neighborhood Near(GradientPoint point, Graph graph, params OutputKind[] kinds) =>
        new(
            graph,
            graph.Outputs.Where(output => kinds.Contains(output.Kind)).Select(output => output.Node),
            point.Rows,
            ValuesAt(point),
            point.Key
        );

    /// <summary>What the network predicts at a point.</summary>
    public Tensor<double> Prediction(GradientPoint point) =>
        new(
            _objective.Output(OutputKind.Prediction).Shape.ForRows(point.Rows),
            Near(point, _objective, OutputKind.Prediction).Center
        );

    /// <summary>Whether the gradient under test is one of the loss at a point: in a part of a network it may draw other masks than the whole.</summary>
    public bool IsTested(GradientPoint point, GradientCheckOptions options)
    {
        if (point.FirstMask == 0 || !Network.Layers.Any(place => Lowering.DrawsMask(place.Layer, Mode)))
            return true;
        double loss = Near(point).Center[0];
        return Math.Abs(_gradient(point).Loss - loss) <= options.ToleranceOf(loss);
    }

    /// <summary>The gradient under test at a point, by variable.</summary>
    /// <exception cref="ShapeException">It lacks a parameter, or one has another shape.</exception>
    public Func<Primitive.Source, ReadOnlyMemory<double>> GradientAt(GradientPoint point)
    {
        Gradient<double> gradient =
            _gradient(point)
            ?? throw new InvalidOperationException("The gradient under test gave null. Return a Gradient<double>.");
        return variable =>
        {
            Tensor<double>? given =
                variable.Kind == SourceKind.Features
                    ? gradient.InputIfAny
                    : gradient.Parameters.GetValueOrDefault(variable.Name);
            Shape expected = variable.Shape.ForRows(point.Rows);
            return given?.Shape == expected
                ? given.Data.ToArray()
                : throw new ShapeException(
                    $"The gradient under test by {variable.Name}: expected shape {expected}, got {given?.Shape.ToString() ?? "none"}. Give the derivative by every element."
                );
        };
    }

    /// <summary>The numbers behind every source of a graph at a point.</summary>
    public static Func<Primitive.Source, ReadOnlyMemory<double>> ValuesAt(GradientPoint point)
    {
        double[] features = point.Features.Data.ToArray();
        double[] targets = point.Targets.Data.ToArray();
        Dictionary<string, double[]> parameters = point.Parameters.ToDictionary(
            pair => pair.Key,
            pair => pair.Value.Data.ToArray()
        );
        return source =>
            source.Kind switch
            {
                SourceKind.Features => features,
                SourceKind.Targets => targets,
                _ => parameters[source.Name],
            };
    }

    // The gradient that the compiler derives, by the oracle.
    private Gradient<double> Derived(GradientPoint point)
    {
        IReadOnlyDictionary<(OutputKind Kind, string Name), Tensor<double>> values = ReferenceInterpreter.Evaluate(
            DerivedGradient,
            point.Rows,
            ValuesAt(point),
            point.Key
        );
        return new(
            values[(OutputKind.Loss, "")].Data[0],
            new(
                Network.Trained.Select(info => KeyValuePair.Create(info.Path, values[(OutputKind.Gradient, info.Path)]))
            ),
            values.GetValueOrDefault((OutputKind.Gradient, Lowering.InputName))
        );
    }

    private bool IsStable(Neighborhood near) =>
        _objective.Nodes.All(node =>
            node.Primitive is not Primitive.Unary(UnaryFunction.SafeLog)
            || near[node.Inputs[0]].All(probability => probability >= Saturation)
        );
}
