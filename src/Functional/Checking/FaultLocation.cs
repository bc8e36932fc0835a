using Functional.Graphs;

namespace Functional.Checking;

/// <summary>
/// Finds where a wrong gradient comes from. A network is composed of networks, so its parts are checked like the whole: each by itself, at
/// the numbers that reach it, with the loss Σ v·z of its output z and random v. A part that fails while none of its own parts does is at
/// fault; so is the loss, if it fails by itself.
/// </summary>
internal sealed class FaultLocation
{
    private static readonly Loss InnerProduct = Loss.Define("InnerProduct", (p, y) => p * y);

    private readonly Inference _whole;
    private readonly GradientPoint _point;
    private readonly GradientCheckOptions _options;
    private readonly CheckRun _run;

    // What passed in the whole is not at fault in a part, which a gradient of one's own may take for another.
    private readonly IReadOnlySet<string> _passed;
    private readonly List<GradientFault> _faults = [];

    // The first layer of the part that is visited, in order of application.
    private int _layer;

    private FaultLocation(
        Inference whole,
        GradientPoint point,
        GradientCheckOptions options,
        CheckRun run,
        IReadOnlySet<string> passed
    ) => (_whole, _point, _options, _run, _passed) = (whole, point, options, run, passed);

    /// <summary>The smallest parts that are wrong by themselves, in order of application; where none is, the parameters that failed.</summary>
    /// <param name="subject">What failed.</param>
    /// <param name="point">Where.</param>
    /// <param name="options">How it was checked.</param>
    /// <param name="items">What was found by parameter.</param>
    /// <param name="run">Who is told of progress, and what ends the check.</param>
    public static ValueList<GradientFault> Find(
        Subject subject,
        GradientPoint point,
        GradientCheckOptions options,
        ValueList<GradientCheckItem> items,
        CheckRun run
    )
    {
        FaultLocation location = new(
            subject.Network,
            point,
            options with
            {
                Parameters = null,
                Input = true,
            },
            run,
            items.Where(item => item.Verdict == GradientVerdict.Passed).Select(item => item.Path).ToHashSet()
        );
        try
        {
            Tensor<double> prediction = location.Visit(subject.Network.Network, point.Features);
            location.VisitLoss(subject.Loss, prediction, point.Targets);
        }
        // A gradient of one's own need not answer for parts, whose parameters have other paths.
        catch (Exception e)
            when (options.Gradient is not null && e is not (OutOfMemoryException or OperationCanceledException))
        {
            location._faults.Clear();
        }
        return location._faults.Count > 0
            ? location._faults.DistinctBy(fault => (fault.Path, fault.By)).ToValueList()
            : Failed(subject, items).ToValueList();
    }

    // The parameters whose derivative failed, each with its layer; the input's, if it is the only one, with the whole network.
    private static IEnumerable<GradientFault> Failed(Subject subject, ValueList<GradientCheckItem> items)
    {
        GradientCheckItem[] failed = [.. items.Where(item => item.Verdict == GradientVerdict.Failed)];
        GradientFault[] parameters =
        [
            .. subject
                .Network.Layers.DistinctBy(layer => layer.Path)
                .SelectMany(layer =>
                    failed
                        .Where(item => layer.Parameters.Any(info => info.Path == item.Path))
                        .Select(item => new GradientFault(
                            layer.Path,
                            layer.Layer.ToString(),
                            item.Path.Split('/')[^1],
                            item.Worst!
                        ))
                ),
        ];
        string whole = $"{subject.Network.Network} with {subject.Loss}";
        return parameters.Length > 0
            ? parameters
            : failed.Select(item => new GradientFault(whole, whole, item.Path, item.Worst!));
    }

    // Checks a part at its input, and its own parts if it fails; gives its output.
    private Tensor<double> Visit(Network part, Tensor<double> input)
    {
        if (part is Network.Named or Network.Shared)
            return Visit(part.Parts().Single(), input);
        int first = _layer;
        LayerInfo[] places = [.. _whole.Layers.Skip(first).Take(part.Leaves().Count())];
        if (part == Network.Identity)
            return input;
        Inference alone = LayerInference.Complete(part, new Shape(input.Shape.Dimensions[1..]));
        Dictionary<string, string> paths = Paths(alone.Layers, places);
        Parameters<double> parameters = new(
            alone.Parameters.Select(info => KeyValuePair.Create(info.Path, _point.Parameters[paths[info.Path]]))
        );
        (Subject subject, GradientPoint point) = At(
            alone,
            InnerProduct,
            parameters,
            input,
            Weights(alone.Output!.Value.WithBatch().ForRows(_point.Rows))
        );
        Tensor<double> output = subject.Prediction(point);
        GradientCheckItem[] failed =
        [
            .. Failed(subject, point, part.ToString())
                .Where(item => !(paths.TryGetValue(item.Path, out string? path) && _passed.Contains(path))),
        ];
        int known = _faults.Count;
        if (failed.Length > 0)
            VisitParts(part, input);
        if (_faults.Count == known)
            _faults.AddRange(
                failed.Select(item =>
                    part.IsComposite()
                        ? new GradientFault(
                            part.ToString(),
                            part.ToString(),
                            paths.GetValueOrDefault(item.Path, item.Path),
                            item.Worst!
                        )
                        : new(places[0].Path, part.ToString(), item.Path.Split('/')[^1], item.Worst!)
                )
            );
        _layer = first + places.Length;
        return output;
    }

    private void VisitParts(Network part, Tensor<double> input)
    {
        if (part is Network.Sequence sequence)
            sequence.Parts.Aggregate(input, (value, next) => Visit(next, value));
        else
            foreach (Network branch in part.Parts())
                Visit(branch, input);
    }

    private void VisitLoss(Loss loss, Tensor<double> prediction, Tensor<double> targets)
    {
        Inference identity = LayerInference.Complete(Network.Identity, new Shape(prediction.Shape.Dimensions[1..]));
        (Subject subject, GradientPoint point) = At(identity, loss, new([]), prediction, targets);
        foreach (GradientCheckItem item in Failed(subject, point, loss.ToString()))
            _faults.Add(new("loss", loss.ToString(), "p", item.Worst!));
    }

    // Numbers of an embedding have no gradient, and it may have nothing else.
    private IEnumerable<GradientCheckItem> Failed(Subject subject, GradientPoint point, string part)
    {
        if (subject.Network is { IndexLimit: not null, ParameterCount: 0 } || !subject.IsTested(point, _options))
            return [];
        _run.Part = part;
        return ElementCheck.At(subject, point, _options, _run).Where(item => item.Verdict == GradientVerdict.Failed);
    }

    // The part that is visited, with the masks it has in the whole.
    private (Subject Subject, GradientPoint Point) At(
        Inference network,
        Loss loss,
        Parameters<double> parameters,
        Tensor<double> features,
        Tensor<double> targets
    ) =>
        (
            new(network, loss, _point.Mode, _options.Gradient),
            new(network.Network, loss, _point.Mode, parameters, features, targets, _point.Seed)
            {
                FirstMask = _whole.Layers.Take(_layer).Count(place => Lowering.DrawsMask(place.Layer, _point.Mode)),
            }
        );

    // v, so large that the mean over rows and elements is a sum.
    private Tensor<double> Weights(Shape output)
    {
        double[] weights = Directions.Random("v", output.Count, 0, _point.Seed);
        for (int i = 0; i < weights.Length; i++)
            weights[i] *= output.Count;
        return new(output, weights);
    }

    // Paths of a part's parameters, by itself and in the whole.
    private static Dictionary<string, string> Paths(ValueList<LayerInfo> alone, LayerInfo[] places)
    {
        Dictionary<string, string> paths = [];
        for (int layer = 0; layer < places.Length; layer++)
        for (int i = 0; i < places[layer].Parameters.Count; i++)
            paths[alone[layer].Parameters[i].Path] = places[layer].Parameters[i].Path;
        return paths;
    }
}
