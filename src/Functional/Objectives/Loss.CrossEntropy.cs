using Functional.Graphs;

namespace Functional;

// Cross-entropies with smoothed labels and weighted classes.
public sealed partial record Loss
{
    private Loss(Loss crossEntropy, double labelSmoothing, ValueList<double> classWeights)
        : this(
            $"{crossEntropy.Name}({Describe(labelSmoothing, classWeights)})",
            crossEntropy.Expression,
            crossEntropy.Target,
            crossEntropy.AveragesElements,
            crossEntropy.NeedsProbabilities
        ) => (LabelSmoothing, ClassWeights) = (labelSmoothing, classWeights);

    /// <summary>ε, the share of every target that is spread evenly over the n classes: y becomes (1 − ε)·y + ε/n; 0 for none.</summary>
    public double LabelSmoothing { get; }

    /// <summary>The weight of each class's rows; empty where all weigh 1.</summary>
    public ValueList<double> ClassWeights { get; }

    /// <summary>
    /// Cross-entropy of integer class labels with smoothed labels, weighted classes, or both: mean over rows of
    /// −w[class]·Σ y·ln p, where y is (1 − ε) at the class plus ε/n everywhere. Smoothing: Szegedy et al. 2016, section 7.
    /// </summary>
    /// <remarks>
    /// The mean is over the number of rows, so that a row counts the same in every batch; PyTorch divides by the sum of the batch's weights
    /// instead, and weighs the smoothed part of each class by that class's own weight.
    /// </remarks>
    /// <param name="labelSmoothing">ε, at least 0 and below 1.</param>
    /// <param name="classWeights">w, one number per class, from 0 up and not all 0; none for 1 everywhere.</param>
    /// <exception cref="ArgumentOutOfRangeException">ε or a weight is outside its range.</exception>
    public static Loss CrossEntropyWith(double labelSmoothing = 0, ReadOnlySpan<double> classWeights = default) =>
        With(CrossEntropy, labelSmoothing, classWeights);

    /// <summary>
    /// Cross-entropy of rows of probabilities y with smoothing, weighted classes, or both: mean over rows of
    /// −(Σ w·y)·Σ y′·ln p with y′ = (1 − ε)·y + ε/n. Of one-hot rows it is <see cref="CrossEntropyWith"/> of their classes.
    /// </summary>
    /// <inheritdoc cref="CrossEntropyWith"/>
    public static Loss CrossEntropyOfProbabilitiesWith(
        double labelSmoothing = 0,
        ReadOnlySpan<double> classWeights = default
    ) => With(CrossEntropyOfProbabilities, labelSmoothing, classWeights);

    /// <summary>
    /// Binary cross-entropy with smoothed labels, a weight of positive rows, or both: mean over rows and elements of
    /// −[w·y′·ln p + (1 − y′)·ln(1 − p)] with y′ = (1 − ε)·y + ε/2.
    /// </summary>
    /// <param name="labelSmoothing">ε, at least 0 and below 1.</param>
    /// <param name="positiveWeight">w, positive and finite: above 1 where positives are rare.</param>
    /// <exception cref="ArgumentOutOfRangeException">ε or the weight is outside its range.</exception>
    public static Loss BinaryCrossEntropyWith(double labelSmoothing = 0, double positiveWeight = 1)
    {
        CheckSmoothing(labelSmoothing);
        if (!(positiveWeight > 0 && double.IsFinite(positiveWeight)))
            throw new ArgumentOutOfRangeException(
                nameof(positiveWeight),
                positiveWeight,
                "The weight of positive rows must be positive and finite; 1 weighs all alike."
            );
        if (labelSmoothing == 0 && positiveWeight == 1)
            return BinaryCrossEntropy;
        Scalar y = labelSmoothing == 0 ? Y : (1 - labelSmoothing) * Y + labelSmoothing / 2;
        return new(
            $"BinaryCrossEntropy({Describe(labelSmoothing, positiveWeight == 1 ? [] : [positiveWeight])})",
            -((positiveWeight == 1 ? y : positiveWeight * y) * Scalar.SafeLog(P) + (1 - y) * Scalar.SafeLog(1 - P)),
            TargetKind.Values,
            averagesElements: true,
            needsProbabilities: true
        );
    }

    private static Loss With(Loss crossEntropy, double labelSmoothing, ReadOnlySpan<double> classWeights)
    {
        CheckSmoothing(labelSmoothing);
        double largest = 0;
        foreach (double weight in classWeights)
        {
            if (!(weight >= 0 && double.IsFinite(weight)))
                throw new ArgumentOutOfRangeException(
                    nameof(classWeights),
                    weight,
                    "A class weight must be positive or 0, and finite."
                );
            largest = Math.Max(largest, weight);
        }
        if (classWeights.Length > 0 && largest == 0)
            throw new ArgumentOutOfRangeException(
                nameof(classWeights),
                largest,
                "All class weights are 0, so that there is nothing to learn. Give at least one positive weight."
            );
        return labelSmoothing == 0 && classWeights.IsEmpty
            ? crossEntropy
            : new(crossEntropy, labelSmoothing, ValueList.Create(classWeights));
    }

    private static void CheckSmoothing(double labelSmoothing)
    {
        if (!(labelSmoothing >= 0 && labelSmoothing < 1))
            throw new ArgumentOutOfRangeException(
                nameof(labelSmoothing),
                labelSmoothing,
                "Label smoothing must be at least 0 and below 1; 0.1 is usual."
            );
    }

    // y′ = (1 − ε)·y + ε/n
    private Node Smoothed(GraphBuilder builder, Node y) =>
        LabelSmoothing == 0
            ? y
            : builder.Sum(
                builder.Product(builder.Constant(1 - LabelSmoothing), y),
                builder.Constant(LabelSmoothing / y.Shape[^1])
            );

    // (Σ w·y)·y′ at every row; w·y where y is 1 at one class and 0 elsewhere.
    private Node Weighted(GraphBuilder builder, Node y, Node smoothed)
    {
        if (ClassWeights.Count == 0)
            return smoothed;
        Node weights = builder.Product(builder.Add(new Primitive.Vector(ClassWeights)), y);
        return Target == TargetKind.ClassIndex && LabelSmoothing == 0
            ? weights
            : builder.Product(builder.SumTo(weights, new Shape([Shape.Batch, 1])), smoothed);
    }

    private static string Describe(double labelSmoothing, ValueList<double> classWeights) =>
        string.Join(
            ", ",
            [
                .. labelSmoothing == 0 ? Array.Empty<string>() : [$"ε = {ScalarPrinter.Number(labelSmoothing)}"],
                .. classWeights.Count == 0 ? Array.Empty<string>() : [$"w = {ScalarPrinter.Numbers(classWeights)}"],
            ]
        );
}
