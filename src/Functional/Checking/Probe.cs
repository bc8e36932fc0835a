using System.Globalization;
using Functional.Graphs;

namespace Functional.Checking;

/// <summary>The directions in which one variable's gradient is checked, and what was found so far.</summary>
/// <param name="variable">The parameter, or the features.</param>
/// <param name="rows">The rows of the batch.</param>
/// <param name="elementwise">Whether every element is a direction of its own.</param>
/// <param name="options">Tolerances, and otherwise how many random directions.</param>
internal sealed class Probe(Primitive.Source variable, int rows, bool elementwise, GradientCheckOptions options)
{
    private readonly Shape _shape = variable.Shape.ForRows(rows);
    private readonly SortedSet<int> _pending =
    [
        .. Enumerable.Range(0, elementwise ? variable.Shape.ForRows(rows).Count : options.Directions),
    ];
    private GradientComparison? _worst;
    private bool _isZero = true;
    private string? _reason;

    public Primitive.Source Variable => variable;

    /// <summary>The directions left to decide.</summary>
    public IReadOnlyCollection<int> Pending => _pending;

    /// <summary>How many are decided.</summary>
    public int Decided { get; private set; }

    /// <summary>Whether a derivative was found wrong.</summary>
    public bool HasFailed => _worst?.Verdict == GradientVerdict.Failed;

    /// <summary>Decides the derivative along a direction if a point can decide it.</summary>
    /// <param name="number">One of <see cref="Pending"/>.</param>
    /// <param name="near">The loss near the point.</param>
    /// <param name="gradient">The gradient under test by this variable.</param>
    public void Try(int number, Neighborhood near, ReadOnlySpan<double> gradient)
    {
        double[] direction = elementwise
            ? Directions.Unit(_shape.Count, number)
            : Directions.Random(variable.Name, _shape.Count, number, options.Seed);
        double analytic = Dot(gradient, direction);
        Func<double, Sample> f = near.Along((variable, direction));
        (GradientComparison comparison, Node? kink) = Compare(CentralDifference.LargestStep);
        // An error bar is an estimate, which a coincidence can make too small: nothing fails without a second one.
        if (comparison.Verdict == GradientVerdict.Failed)
            (comparison, kink) = Compare(CentralDifference.SmallerStep);
        if (comparison.Verdict == GradientVerdict.Undecided)
        {
            _reason = Undecided.Because(comparison, kink);
            return;
        }
        _pending.Remove(number);
        Decided++;
        _isZero &= comparison is { Analytic: 0, Numeric: 0 };
        if (_worst is null || comparison.Badness > _worst.Badness)
            _worst = comparison;

        (GradientComparison, Node?) Compare(double largestStep)
        {
            (Difference[] differences, Node? nearest) = CentralDifference.Of(
                f,
                derivative => options.ToleranceOf(derivative) / 10,
                Directions.Step(largestStep, variable.Name, number, options.Seed)
            );
            return (differences[0].Compare(Name(number), analytic, options), nearest);
        }
    }

    /// <summary>What was found.</summary>
    public GradientCheckItem Result() =>
        new(variable.Name, _shape, Decided, _pending.Count, _worst, _pending.Count > 0 ? _reason : null)
        {
            IsZero = _isZero && Decided > 0,
        };

    private string Name(int number) =>
        elementwise
            ? Directions.Element(_shape, number)
            : string.Create(CultureInfo.InvariantCulture, $"direction {number + 1}");

    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            if (y[i] != 0)
                sum += x[i] * y[i];
        return sum;
    }
}
