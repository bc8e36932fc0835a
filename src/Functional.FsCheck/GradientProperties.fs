namespace Functional.FsCheck

open System
open FsCheck
open FsCheck.FSharp
open Functional

/// <summary>
/// Laws of gradients, plans and networks as FsCheck's properties: Expecto's <c>testProperty "…" GradientProperties.gradientEqualsCentralDifference</c>,
/// or in xunit and NUnit <c>Check.QuickThrowOnFailure(GradientProperties.GradientEqualsCentralDifference)</c>. A failure shrinks to a minimal
/// case, printed as C# and F# code, with the check's table and FsCheck's replay seed. How many cases are tried is FsCheck's configuration.
/// </summary>
[<RequireQualifiedAccess>]
module GradientProperties =
    /// What failed, as messages.
    let private nothing (differences: string list) =
        if not differences.IsEmpty then
            failwith (String.concat "\n" differences)

    // A case of which some derivative is undecided, for a kink at every point tried, is one that FsCheck rejects.
    let private passes (result: GradientCheckResult) : Property =
        let isWrong = result.Items |> Seq.exists (fun item -> item.Verdict = GradientVerdict.Failed)

        let isPlanWrong =
            match result.Plan with
            | null -> false
            | plan -> not plan.Passed

        if isWrong || isPlanWrong then
            result.ThrowIfFailed()

        result.Passed ==> true

    // A shrunk network may have lost the parameters in question.
    let private isAskable (case: GradientCase) =
        let paths = case.Network.Describe(Option.toNullable case.Input) |> Seq.collect _.Parameters |> Seq.map _.Path

        match case.Check.Parameters with
        | null -> true
        | asked -> asked |> Seq.forall (fun path -> Seq.contains path paths)

    let private checkOf (case: GradientCase) =
        GradientCheck.Check(case.Network, case.Loss, case.Options)

    let private agree (case: GradientCase) : Property =
        isAskable case ==> lazy (passes (checkOf case))

    /// The same for a gradient that may answer only for the network that it was written for.
    let private agreeWhereAnswered (network: Network) (case: GradientCase) : Property =
        isAskable case
        ==> lazy
            (try
                passes (checkOf case)
             with e when
                 not (isNull case.Check.Gradient) && case.Network <> network && not (e :? GradientCheckException) ->
                 false ==> true)

    let private drawn (options: GradientCheckOptions) =
        if not (isNull options.At) || not (isNull options.Features) || not (isNull options.Targets) then
            invalidArg
                (nameof options)
                "At, Features and Targets must be null: the property draws points and batches itself. For one of your own use GradientCheck.Check."

    /// <summary>
    /// The gradient of a generated network's loss equals the central differences of the loss. With <c>GradientCheckOptions.Gradient</c> a gradient
    /// of one's own is held against them, and with <c>GradientCheckOptions.Plan</c> the compiled plan's.
    /// </summary>
    /// <exception cref="T:System.ArgumentException">The options say at which point or batch.</exception>
    [<CompiledName "GradientEqualsCentralDifferenceIn">]
    let gradientEqualsCentralDifferenceIn (contents: Contents) (options: GradientCheckOptions) : Property =
        drawn options
        Prop.forAll (GradientCases.arbitraryFor contents options) agree

    /// The gradient of a generated network's loss equals the central differences of the loss.
    [<CompiledName "GradientEqualsCentralDifference">]
    let gradientEqualsCentralDifference: Property =
        gradientEqualsCentralDifferenceIn Contents.Kinked GradientCheckOptions.Default

    /// <summary>
    /// The same of a network and a loss of one's own, at generated batches of up to as many rows as the options say, and generated points. A
    /// failure shrinks the network itself, but never to one for which a gradient of one's own throws.
    /// </summary>
    /// <exception cref="T:System.ArgumentException">The options say at which point or batch.</exception>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The options allow no row.</exception>
    /// <exception cref="T:Functional.ShapeException">Sizes do not fit or are not known.</exception>
    /// <exception cref="T:Functional.LossException">The loss needs probabilities and the network gives none.</exception>
    [<CompiledName "GradientEqualsCentralDifferenceOf">]
    let gradientEqualsCentralDifferenceOf (network: Network) (loss: Loss) (options: GradientCheckOptions) : Property =
        drawn options

        if options.Rows < 1 then
            raise (
                ArgumentOutOfRangeException(
                    nameof options,
                    box options.Rows,
                    "Rows, the most that a batch is drawn with, must be at least 1; 4 is usual."
                )
            )

        loss.ThrowIfUnfit(network, options.Compilation.Input)

        let arbitrary = Arb.fromGenShrink (GradientCases.of' network loss options, GradientCases.shrink Contents.Kinked)

        Prop.forAll arbitrary (agreeWhereAnswered network)

    /// Products of the loss's Hessian with directions equal the central differences of the gradient, in networks without kinks.
    [<CompiledName "HessianEqualsGradientDifference">]
    let hessianEqualsGradientDifference: Property =
        Prop.forAll (HessianCases.arbitrary Contents.Smooth) (fun (HessianCase case) ->
            passes (GradientCheck.CheckHessian(case.Network, case.Loss, case.Options)))

    /// <summary>
    /// Compiled plans agree with the float64 oracle: those of doubles on loss, gradients and a step of a generated optimizer
    /// (<c>TrainingPlan.Verify</c>), those of floats on loss and gradients, within 1e-5 or what rounding alone does to them
    /// (<c>GradientCheckOptions.Plan</c>).
    /// </summary>
    [<CompiledName "PlanAgreesWithOracle">]
    let planAgreesWithOracle: Property =
        Prop.forAll (PlanCases.arbitrary Contents.Smooth) (fun plan ->
            let case = plan.Case

            case.Network
                .CompileTraining<float>(case.Loss, plan.Optimizer, case.Rows, case.Compilation)
                .Verify(case.Seed)
                .ThrowIfFailed()

            let single =
                { case with
                    Check = GradientCheckOptions(Plan = Precision.Float)
                }

            let result = GradientCheck.Check(case.Network, case.Loss, single.Options)

            match result.Plan with
            | null -> ()
            | verification -> verification.ThrowIfFailed())

    /// However a network is cut, its parts compose to it; Identity is the unit; and its predictions are those of its parts one after the other.
    [<CompiledName "CompositionIsAssociative">]
    let compositionIsAssociative: Property =
        Prop.forAll (PointCases.arbitrary Contents.Smooth) (fun at ->
            let (PointCase case) = at
            nothing (Composition.asValues case.Network)
            nothing (Composition.asPredictions (PointCases.point at)))

    /// The gradient of a batch's mean loss is the mean of its rows' gradients, where rows do not depend on each other.
    [<CompiledName "BatchGradientIsSumOfRows">]
    let batchGradientIsSumOfRows: Property =
        let contents =
            { Contents.Kinked with
                Dropout = false
                BatchNorm = false
            }

        Prop.forAll (PointCases.arbitrary contents) (PointCases.point >> RowGradients.differences >> nothing)

    /// Training by one seed gives the same losses and parameters, bit for bit, on any number of threads.
    [<CompiledName "TrainingIsDeterministic">]
    let trainingIsDeterministic: Property =
        let contents = Contents.Kinked.WithBounds(Contents.Kinked.MostParts, 40, 100)
        Prop.forAll (PlanCases.arbitrary contents) (Training.differences >> nothing)

    /// What a network prints as is read back as the same network.
    [<CompiledName "PrintedNetworkParses">]
    let printedNetworkParses: Property =
        Prop.forAll (Networks.arbitrary Contents.Printable AnyOutput) (fun network ->
            let parsed = Network.Parse(string network)

            if parsed <> network then
                failwith $"It is read back as {parsed}.")
