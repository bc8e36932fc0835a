using Functional.Graphs;
using static Functional.Scalar;

namespace Functional;

/// <summary>What a loss compares the prediction with.</summary>
public enum TargetKind
{
    /// <summary>A row of numbers of the prediction's shape.</summary>
    Values,

    /// <summary>One class index, 0 … n − 1, for a prediction of n probabilities.</summary>
    ClassIndex,

    /// <summary>A row of n probabilities for a prediction of n probabilities.</summary>
    Probabilities,
}

/// <summary>
/// A loss as a value: a scalar expression of the prediction p and the target y, summed or averaged over a row's elements and
/// averaged over the rows of a batch. It takes probabilities; the compiler rewrites it to the stable logit form.
/// </summary>
public sealed partial record Loss
{
    private static readonly Variable P = new("p");
    private static readonly Variable Y = new("y");

    private Loss(
        string name,
        Scalar expression,
        TargetKind target,
        bool averagesElements,
        bool needsProbabilities = false,
        Scalar? derivative = null
    ) =>
        (Name, Expression, Target, AveragesElements, NeedsProbabilities, Derivative) = (
            name,
            expression,
            target,
            averagesElements,
            needsProbabilities,
            derivative
        );

    /// <summary>The name it prints under.</summary>
    public string Name { get; }

    /// <summary>The loss of one element, of the variables <c>p</c> and <c>y</c>.</summary>
    public Scalar Expression { get; }

    /// <summary>Its derivative by <c>p</c> as it was given; null where it follows from the table of rules.</summary>
    public Scalar? Derivative { get; }

    /// <summary>What it compares with.</summary>
    public TargetKind Target { get; }

    /// <summary>Whether a row's elements are averaged; otherwise they are summed.</summary>
    public bool AveragesElements { get; }

    /// <summary>Whether predictions must be probabilities in [0, 1].</summary>
    public bool NeedsProbabilities { get; }

    /// <summary>Mean squared error, mean (p − y)² over rows and elements.</summary>
    public static Loss MeanSquaredError { get; } =
        new("MeanSquaredError", Square(P - Y), TargetKind.Values, averagesElements: true);

    /// <summary>Mean absolute error, mean |p − y|; derivative 0 at equality.</summary>
    public static Loss MeanAbsoluteError { get; } =
        new("MeanAbsoluteError", Abs(P - Y), TargetKind.Values, averagesElements: true);

    /// <summary>Huber's loss with δ = 1: ½(p − y)² where |p − y| &lt; 1, otherwise |p − y| − ½.</summary>
    public static Loss Huber { get; } = HuberWith(1);

    /// <summary>Binary cross-entropy −[y·ln p + (1 − y)·ln(1 − p)], mean over rows and elements; logarithms of a probability that is not a sigmoid's or softmax's are
    /// clamped at −100.</summary>
    public static Loss BinaryCrossEntropy { get; } =
        new(
            "BinaryCrossEntropy",
            -(Y * SafeLog(P) + (1 - Y) * SafeLog(1 - P)),
            TargetKind.Values,
            averagesElements: true,
            needsProbabilities: true
        );

    /// <summary>Cross-entropy −ln p[class] of integer class labels, mean over rows; the logarithm of a probability that is not a softmax's
    /// is clamped at −100.</summary>
    public static Loss CrossEntropy { get; } =
        new(
            "CrossEntropy",
            -(Y * SafeLog(P)),
            TargetKind.ClassIndex,
            averagesElements: false,
            needsProbabilities: true
        );

    /// <summary>Cross-entropy −Σ y·ln p of rows of probabilities, mean over rows; the logarithm of a probability that is not a softmax's
    /// is clamped at −100.</summary>
    public static Loss CrossEntropyOfProbabilities { get; } =
        new(
            "CrossEntropyOfProbabilities",
            -(Y * SafeLog(P)),
            TargetKind.Probabilities,
            averagesElements: false,
            needsProbabilities: true
        );

    /// <summary>Huber's loss: ½(p − y)² where |p − y| &lt; δ, otherwise δ·(|p − y| − ½δ); mean over rows and elements (Huber 1964).</summary>
    /// <exception cref="ArgumentOutOfRangeException">δ is not positive and finite.</exception>
    public static Loss HuberWith(double delta)
    {
        if (!(delta > 0) || !double.IsFinite(delta))
            throw new ArgumentOutOfRangeException(nameof(delta), delta, "δ must be positive and finite.");
        Scalar error = P - Y;
        return new(
            delta == 1 ? "Huber" : $"Huber(δ = {ScalarPrinter.Number(delta)})",
            Where(delta - Abs(error), 0.5 * Square(error), delta * (Abs(error) - 0.5 * delta)),
            TargetKind.Values,
            averagesElements: true
        );
    }

    /// <summary>
    /// A loss given as an expression of prediction and target, averaged over rows and elements:
    /// <c>Loss.Define("cosh", (p, y) => Log(0.5 * (Exp(p - y) + Exp(y - p))))</c>.
    /// </summary>
    /// <exception cref="ArgumentException">The name is empty, or the expression uses other variables.</exception>
    public static Loss Define(string name, Func<Scalar, Scalar, Scalar> function) =>
        new(name, Checked(name, "", function), TargetKind.Values, averagesElements: true);

    /// <summary>
    /// A loss given with its own derivative by the prediction, ∂/∂p as an expression of p and y:
    /// <c>Loss.Define("cosh", (p, y) => Log(0.5 * (Exp(p - y) + Exp(y - p))), (p, y) => Tanh(p - y))</c>.
    /// </summary>
    /// <remarks>
    /// The derivative is used as given, in place of the function's: for gradients, and where they are differentiated again. That may be
    /// a better computed form, or on purpose another function. <c>GradientCheck.Check</c> tells whether it is the function's derivative.
    /// </remarks>
    /// <param name="name">The name it prints under.</param>
    /// <param name="function">The loss of one element, of prediction and target.</param>
    /// <param name="derivative">Its derivative by the prediction, of prediction and target.</param>
    /// <exception cref="ArgumentException">The name is empty, or an expression uses other variables.</exception>
    public static Loss Define(
        string name,
        Func<Scalar, Scalar, Scalar> function,
        Func<Scalar, Scalar, Scalar> derivative
    ) =>
        new(
            name,
            Checked(name, "", function),
            TargetKind.Values,
            averagesElements: true,
            derivative: Checked(name, ", derivative", derivative)
        );

    private static Scalar Checked(string name, string part, Func<Scalar, Scalar, Scalar> function)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(function);
        Scalar expression = function(P, Y);
        ArgumentNullException.ThrowIfNull(expression);
        expression.Check($"Loss \"{name}\"{part}", P.Name, Y.Name);
        return expression;
    }

    /// <summary>All losses that have a name of their own.</summary>
    public static IReadOnlyList<Loss> BuiltIns =>
        [MeanSquaredError, MeanAbsoluteError, Huber, BinaryCrossEntropy, CrossEntropy, CrossEntropyOfProbabilities];

    /// <summary>The shape of one target row for predictions of a shape.</summary>
    public Shape TargetShape(Shape prediction) => Target == TargetKind.ClassIndex ? new Shape(1) : prediction;

    /// <summary>Refuses a network whose output cannot be what the loss compares, as every compilation of both does.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input">The shape of one input row; null when the network itself tells.</param>
    /// <exception cref="ShapeException">Sizes do not fit or are not known, or the output is no row of as many classes as the loss needs.</exception>
    /// <exception cref="LossException">The loss needs probabilities and the network gives none, or it weighs another number of classes.</exception>
    public void ThrowIfUnfit(Network network, Shape? input = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        Inference inference = LayerInference.Complete(network, input);
        Check(inference.Network, inference.Output!.Value);
    }

    /// <summary>The loss's name.</summary>
    public override string ToString() => Name;

    /// <summary>Adds the loss of a graph's prediction: mean over rows of the sum or mean over elements of the expression.</summary>
    /// <param name="graph">A graph with a prediction.</param>
    /// <param name="derivatives">Whether the graph will be differentiated: otherwise a derivative that was given is left out.</param>
    internal Graph Append(Graph graph, bool derivatives = true)
    {
        GraphBuilder builder = GraphBuilder.From(graph);
        builder.Origin = Name;
        Node p = graph.Output(OutputKind.Prediction);
        Node y = builder.Source(SourceKind.Targets, "y", TargetShape(p.Shape.WithoutBatch()).WithBatch());
        if (Target == TargetKind.ClassIndex)
            y = builder.Add(new Primitive.OneHot(p.Shape[^1]), y);
        y = Weighted(builder, y, Smoothed(builder, y));
        // A network that ends in a log-softmax predicts logarithms of probabilities.
        if (NeedsProbabilities && p.Primitive is Primitive.LogSoftmax)
            p = builder.Unary(UnaryFunction.Exp, p);
        Node element = builder.Function(Expression, derivatives ? Derivative : null, p, name => name == P.Name ? p : y);
        Node sum = builder.SumTo(element, Shape.Scalar);
        if (AveragesElements)
            sum = builder.Product(builder.Constant(1.0 / p.Shape.Count), sum);
        Node mean = builder.Product(builder.InverseRows(), sum);
        return GraphVerifier.Verify(Graph.Of([.. graph.Outputs, new GraphOutput(OutputKind.Loss, "", mean)]));
    }

    /// <summary>Refuses a network whose output cannot be what the loss compares.</summary>
    internal void Check(Network network, Shape output)
    {
        if (output.Rank != 1 && Target != TargetKind.Values)
            throw new ShapeException(
                $"Loss {Name}: the output must be a row of class probabilities, [n], got {output}. End the network with Flatten."
            );
        if (Target != TargetKind.Values && output[^1] < 2)
            throw new ShapeException(
                $"Loss {Name}: at least two classes are needed, got an output of shape {output}. For one probability use Loss.BinaryCrossEntropy after Sigmoid."
            );
        if (ClassWeights.Count > 0 && ClassWeights.Count != output[^1])
            throw new LossException(
                $"Loss {Name} weighs {ClassWeights.Count} classes, but the network tells {output[^1]} apart. Give one weight per class."
            );
        if (NeedsProbabilities && Last(network) is string last)
            throw new LossException(
                $"Loss {Name} compares probabilities, but the network ends with {last}. Append {(Target == TargetKind.Values ? "Sigmoid" : "Softmax")}: the compiler rewrites both together to the stable form of the logits."
            );
    }

    // The layer that the output's values come from, as printed, if they are known not to be probabilities.
    private static string? Last(Network network) =>
        Source(network) switch
        {
            Network.Dense
            or Network.Residual
            or Network.Embedding
            or Network.Dropout
            or Network.BatchNorm
            or Network.LayerNorm => Source(network)!.ToString(),
            Network.Activate { Activation: Activation.Elementwise { IsBuiltIn: true } activation }
                when activation.Name != "Sigmoid" => activation.ToString(),
            _ => null,
        };

    // The last layer that does more than pass its input on.
    private static Network? Source(Network network) =>
        network switch
        {
            Network.Sequence sequence => sequence
                .Parts.Reverse()
                .Select(Source)
                .FirstOrDefault(layer => layer is not null),
            Network.Named or Network.Shared => Source(network.Parts().Single()),
            Network.Flatten => null,
            _ => network,
        };
}

/// <summary>A network and a loss that do not belong together.</summary>
public sealed class LossException : FunctionalException
{
    internal LossException(string message)
        : base(message) { }
}
