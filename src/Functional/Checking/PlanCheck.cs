using System.Numerics;
using Functional.Execution;
using Functional.Graphs;

namespace Functional.Checking;

/// <summary>A compiled plan's gradient against the derived gradient in float64, per tensor; and what is exactly 0 stays 0.</summary>
internal static class PlanCheck
{
    // How many times as far as the oracle with rounded values a plan may be: it sums in another order, and its functions err by some ulp.
    private const double Movements = 8;

    private const int Disturbances = 3;

    // With less than two digits left, there is nothing to agree on.
    private const double MostTolerance = 1e-2;

    // Far above rounding: what is 0 because its terms cancel is not 0 any more.
    private const double Visible = 1e-9;

    public static VerificationReport Run(
        Subject subject,
        GradientPoint point,
        Precision precision,
        GradientCheckOptions options
    ) =>
        precision == Precision.Double
            ? Run<double>(subject, point, Tolerances.Double, options)
            : Run<float>(subject, point, Tolerances.SingleGradient, options);

    private static VerificationReport Run<T>(
        Subject subject,
        GradientPoint drawn,
        double tolerance,
        GradientCheckOptions options
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Network network = subject.Network.Network;
        Parameters<T> parameters = drawn.Parameters.Cast<T>();
        (Tensor<T> features, Tensor<T> targets) = (drawn.Features.Cast<T>(), drawn.Targets.Cast<T>());
        // What the plan is given, without its rounding.
        GradientPoint point = drawn with
        {
            Parameters = parameters.Cast<double>(),
            Features = features.Cast<double>(),
            Targets = targets.Cast<double>(),
        };
        bool input = options.Input && subject.Network.IndexLimit is null;
        GradientPlan<T> plan = new(
            subject.Loss,
            Compiler.CompileGradient(
                network,
                subject.Loss,
                point.Rows,
                options.Compilation with
                {
                    Input = subject.Network.Input,
                },
                subject.Parameters(options).Select(info => info.Path).ToHashSet(),
                input,
                subject.Mode
            )
        );
        Gradient<T> actual = plan.Gradient(parameters, features.Data, targets.Data, point.Key);

        Graph derived = subject.DerivedGradient;
        Dictionary<Node, double[]> oracle = Oracle(derived, point);
        Dictionary<Node, double[]> disturbed = Disturbed(derived, point, Visible, number: 0);
        double rounding = double.CreateTruncating(T.BitIncrement(T.One) - T.One);
        Dictionary<Node, double[]>[] rounded =
        [
            .. Enumerable.Range(1, Disturbances).Select(number => Disturbed(derived, point, rounding, number)),
        ];
        double floor = Verification.Floor(derived, oracle);
        List<VerificationItem> items = [Item("loss", [actual.Loss], derived.Output(OutputKind.Loss))];
        foreach ((string path, Tensor<T> tensor) in actual.Parameters)
            Compare(path, tensor);
        if (input)
            Compare(Lowering.InputName, actual.Input);
        return new(items.ToValueList());

        VerificationItem Item(string name, double[] values, Node node) =>
            new(
                name,
                Verification.Error(values, oracle[node], floor),
                // Where a tensor magnifies its own rounding by more, it is not the plan's fault.
                Math.Clamp(
                    Movements * rounded.Max(moved => Verification.Error(moved[node], oracle[node], floor)),
                    tolerance,
                    MostTolerance
                )
            );

        void Compare(string path, Tensor<T> tensor)
        {
            Node node = derived.Output(OutputKind.Gradient, path);
            double[] values = ReferenceInterpreter.Widen(tensor.Data);
            items.Add(Item($"∂L/∂ {path}", values, node));
            if (
                values.Where((value, i) => value != 0 && oracle[node][i] == 0 && disturbed[node][i] == 0).Count()
                is > 0
                    and int moved
            )
                items.Add(new($"∂L/∂ {path}: numbers that are exactly 0", moved, 0));
        }
    }

    private static Dictionary<Node, double[]> Oracle(Graph graph, GradientPoint point) =>
        ReferenceInterpreter.EvaluateAll(graph, point.Rows, Subject.ValuesAt(point), point.Key);

    // The same where every number on the way is changed a little; what is 0 because every term is stays 0.
    private static Dictionary<Node, double[]> Disturbed(Graph graph, GradientPoint point, double size, int number)
    {
        Func<Primitive.Source, ReadOnlyMemory<double>> at = Subject.ValuesAt(point);
        RandomStream random = new(point.Seed, RandomPurpose.Direction, (ulong)number);
        Dictionary<Node, double[]> values = [];
        foreach (Node node in graph.Nodes)
        {
            double[][] inputs = [.. node.Inputs.Select(input => values[input])];
            double[] result = ReferenceInterpreter.Evaluate(node, point.Rows, at, point.Key, inputs);
            // Sources may be numbers of classes or vectors.
            if (node.Primitive is not Primitive.Source)
                for (int i = 0; i < result.Length; i++)
                    result[i] *= 1 + size * random.NextNormal();
            // x − ln Σeˣ: of a class that is almost certain, the rounding of the sum is all that remains.
            if (node.Primitive is Primitive.LogSoftmax)
                for (int i = 0; i < result.Length; i++)
                    if (result[i] != 0)
                        result[i] += size * random.NextNormal();
            values[node] = result;
        }
        return values;
    }
}
