namespace Functional.FsCheck

open FsCheck
open FsCheck.FSharp
open Functional

/// <summary>
/// Instances for properties of one's own that take these types: register the type, as with <c>Config.WithArbitrary</c>, Expecto's
/// <c>arbitrary = [ typeof&lt;Arbitraries&gt; ]</c> or xunit's <c>[Properties(Arbitrary = [typeof(Arbitraries)])]</c>. With all of them one
/// can compute.
/// </summary>
[<AbstractClass; Sealed>]
type Arbitraries =
    /// Expressions of x, finite everywhere.
    static member Scalar() =
        Arb.fromGenShrink (Expressions.tame true, Expressions.shrinkTame true)

    /// Built-in and defined activations.
    static member Activation() : Arbitrary<Activation> =
        Arb.fromGenShrink (Activations.generate Contents.Kinked, Activations.shrink Contents.Kinked)

    /// Shapes of input rows.
    static member Shape() =
        Arb.fromGenShrink (Shapes.generate Contents.Kinked, Shapes.shrink)

    /// Networks that state their sizes.
    static member Network() : Arbitrary<Network> =
        Networks.arbitrary Contents.Kinked AnyOutput

    /// Losses of rows of numbers, which any network can have.
    static member Loss() : Arbitrary<Loss> =
        Arb.fromGenShrink (Losses.generate Contents.Kinked AnyOutput 1, Losses.shrink)

    /// Every optimizer.
    static member Optimizer() : Arbitrary<Optimizer> =
        Arb.fromGenShrink (Optimizers.generate, Optimizers.shrink)

    /// Networks with losses and batches.
    static member GradientCase() = GradientCases.arbitrary Contents.Kinked

    /// The same without kinks, for second derivatives.
    static member HessianCase() = HessianCases.arbitrary Contents.Smooth

    /// Networks with losses, parameters and batches, to take the point of.
    static member PointCase() = PointCases.arbitrary Contents.Kinked

    /// The same with optimizers, without kinks.
    static member PlanCase() = PlanCases.arbitrary Contents.Smooth
