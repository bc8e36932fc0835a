using FsCheck;
using FsCheck.Fluent;
using Functional;
using Functional.FsCheck;
using Xunit;
using static Functional.Layers;

/// <summary>Checks of gradients with xunit.</summary>
public class Gradients
{
    private static readonly Network Classifier = Dense(2, 8) >> Gelu >> Dense(3) >> Softmax;

    // Squareplus (Barron 2021), with its derivative as its author would write it.
    private static readonly Activation Squareplus = Activation.Define(
        "squareplus",
        x => 0.5 * (x + Scalar.Sqrt(x * x + 4)),
        x => 0.5 * (1 + x / Scalar.Sqrt(x * x + 4))
    );

    // The same with a mistake: the inner derivative is left out.
    private static readonly Activation Mistaken = Activation.Define(
        "squareplus",
        x => 0.5 * (x + Scalar.Sqrt(x * x + 4)),
        x => 0.5 * (1 + 1 / Scalar.Sqrt(x * x + 4))
    );

    [Fact]
    public void OfOurNetwork() => GradientCheck.Check(Classifier, Loss.CrossEntropy).ThrowIfFailed();

    [Fact]
    public void OfOurNetworkAtAnyBatch() =>
        Check.QuickThrowOnFailure(
            GradientProperties.GradientEqualsCentralDifferenceOf(
                Classifier,
                Loss.CrossEntropy,
                GradientCheckOptions.Default
            )
        );

    [Fact]
    public void OfAnyNetworkWithOurActivation() =>
        Check.QuickThrowOnFailure(
            GradientProperties.GradientEqualsCentralDifferenceIn(
                Contents.Kinked.WithActivations(Squareplus),
                GradientCheckOptions.Default
            )
        );

    [Fact]
    public void AMistakeIsFoundAndNamed()
    {
        GradientCheckResult result = GradientCheck.Check(
            Dense(2, 8) >> Mistaken >> Dense(3) >> Softmax,
            Loss.CrossEntropy
        );

        Assert.False(result.Passed);
        Assert.Equal("squareplus1", Assert.Single(result.Faults).Path);
    }
}
