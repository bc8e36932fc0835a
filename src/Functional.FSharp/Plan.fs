namespace Functional.FSharp

open System
open System.Numerics
open System.Threading
open Functional

/// How a function of the caller's is told of progress.
module internal Progress =
    let ofOption (report: ('P -> unit) option) : IProgress<'P> | null =
        match report with
        | None -> null
        | Some report ->
            { new IProgress<'P> with
                member _.Report progress = report progress
            }

/// What training may be told beyond data, epochs and seed; begin with <c>Plan.trainDefaults</c>.
[<NoComparison; NoEquality>]
type TrainOptions<'T
    when 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType
    and 'T :> IBinaryFloatingPointIeee754<'T>> =
    {
        /// Data to evaluate after every epoch.
        Validation: Dataset option
        /// The model to begin with; by default the seed draws one.
        Start: Model<'T> option
        /// When to stop because nothing improves any more.
        EarlyStopping: EarlyStopping option
        /// Called after every epoch with its model and results; says whether to go on.
        OnEpoch: (EpochResult<'T> -> EpochDecision) option
        /// Called as training proceeds, at the end of every epoch and about ten times a second.
        Progress: (TrainingProgress -> unit) option
        /// Ends training early; the result says so.
        Cancellation: CancellationToken option
    }

    /// The same for the C# API.
    member internal options.ForLoop =
        TrainingLoopOptions<'T>(
            Validation = Option.toObj options.Validation,
            Start = Option.toObj options.Start,
            EarlyStopping = Option.toObj options.EarlyStopping,
            OnEpoch = (options.OnEpoch |> Option.map (fun f -> Func<_, _> f) |> Option.toObj),
            Progress = Progress.ofOption options.Progress
        )

/// Which training step's dropout a gradient or Hessian takes; begin with <c>Plan.stepDefaults</c>.
type StepOptions =
    {
        /// The seed of the session: with the step's number it chooses what dropout drops.
        Seed: int
        /// The step's number, from 1.
        Step: int64
    }

/// What L-BFGS may be told beyond its own options; begin with <c>Lbfgs.minimizeDefaults</c>.
[<NoComparison; NoEquality>]
type MinimizeOptions =
    {
        /// Called after every iteration.
        Progress: (LbfgsProgress -> unit) option
        /// Ends it between two batches; the result then holds the model of the last completed iteration.
        Cancellation: CancellationToken option
    }

/// When training stops because a metric no longer improves.
[<RequireQualifiedAccess>]
module EarlyStopping =
    /// <summary>Stops after so many epochs in which the validation loss did not improve, and goes back to the best model.</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The patience is below 1.</exception>
    let after patience = EarlyStopping patience

    /// <summary>The same for any metric and least improvement: <c>EarlyStopping.on EpochMetric.ValidationAccuracy 0.001 5</c>.</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The patience is below 1, or the improvement negative or not finite.</exception>
    let on metric minimumImprovement patience =
        EarlyStopping(patience, minimumImprovement, metric)

/// Learning curves: the results of every epoch, as values that files hold.
[<RequireQualifiedAccess>]
module TrainingHistory =
    /// A learning curve of epochs.
    let create (epochs: EpochReport seq) =
        TrainingHistory(ValueList.ToValueList epochs)

    /// The first epoch with the best value of a metric.
    let best metric (history: TrainingHistory) = Option.ofObj (history.Best metric)

    /// A header and a line per epoch.
    let toCsv (history: TrainingHistory) = history.ToCsv()

    /// An array with an object per epoch.
    let toJson (history: TrainingHistory) = history.ToJson()

    /// <summary>Reads what <c>toCsv</c> wrote.</summary>
    /// <exception cref="T:Functional.DataException">The text is not a history.</exception>
    let parseCsv text = TrainingHistory.ParseCsv text

    /// <summary>Reads what <c>toJson</c> wrote.</summary>
    /// <exception cref="T:Functional.DataException">The text is not a history.</exception>
    let parseJson text = TrainingHistory.ParseJson text

    /// <summary>Writes a .csv or .json file.</summary>
    /// <exception cref="T:System.ArgumentException">The name ends with neither.</exception>
    let write path (history: TrainingHistory) = history.Write path

    /// <summary>Reads a .csv or .json file that <c>write</c> wrote.</summary>
    /// <exception cref="T:Functional.DataException">The text is not a history.</exception>
    let read path = TrainingHistory.Read path

/// Plans for training: what was derived, and what runs it.
[<RequireQualifiedAccess>]
module Plan =
    /// No validation, a start drawn from the seed, all epochs, no reports, no cancellation.
    let trainDefaults: TrainOptions<'T> =
        {
            Validation = None
            Start = None
            EarlyStopping = None
            OnEpoch = None
            Progress = None
            Cancellation = None
        }

    /// The first step of a session of seed 0.
    let stepDefaults: StepOptions = { Seed = 0; Step = 1L }

    /// The composite function, the chain rule for every W and b, the steps, their costs and the memory.
    let explain (plan: TrainingPlan<'T>) = plan.Explain()

    /// Runs the plan beside the reference: loss, every gradient, every parameter after a step. Where they disagree, the report names the stage.
    let verify (seed: int) (plan: TrainingPlan<'T>) = plan.Verify(uint64 seed)

    /// The model that training with this seed begins with.
    let initialize (seed: int) (plan: TrainingPlan<'T>) = plan.Initialize(uint64 seed)

    /// <summary>Trains: <c>plan |> Plan.train data 100 42</c> for 100 epochs from seed 42.</summary>
    /// <exception cref="T:Functional.FunctionalException">The data does not fit the network, or the loss became NaN or infinite.</exception>
    let train data epochs (seed: int) (plan: TrainingPlan<'T>) = plan.Train(data, epochs, uint64 seed)

    /// <summary>Trains with options: <c>Plan.trainWith { Plan.trainDefaults with Validation = Some test } data 100 42</c>.</summary>
    /// <exception cref="T:Functional.FunctionalException">The data does not fit the network, or the loss became NaN or infinite.</exception>
    let trainWith (options: TrainOptions<'T>) data epochs (seed: int) (plan: TrainingPlan<'T>) =
        plan.Train(
            data,
            epochs,
            uint64 seed,
            options.ForLoop,
            Option.defaultValue CancellationToken.None options.Cancellation
        )

    /// <summary>
    /// Trains on threads of the pool, an epoch whenever the next one is asked for, and gives every epoch's model and results. The same
    /// arguments give the same bits as <c>trainWith</c>. Cancelled, it ends with an OperationCanceledException.
    /// </summary>
    /// <exception cref="T:Functional.FunctionalException">The data does not fit the network, or the loss became NaN or infinite.</exception>
    let trainAsync (options: TrainOptions<'T>) data epochs (seed: int) (plan: TrainingPlan<'T>) =
        plan.TrainAsync(
            data,
            epochs,
            uint64 seed,
            options.ForLoop,
            Option.defaultValue CancellationToken.None options.Cancellation
        )

    /// The loss and its gradient at a model, for one batch of rows, row-major.
    let gradient model (features: 'T[]) (targets: 'T[]) (plan: TrainingPlan<'T>) =
        plan.Gradient(model, ReadOnlySpan features, ReadOnlySpan targets)

    /// <summary>The same with what dropout drops in another step: <c>Plan.gradientWith { Seed = 42; Step = 7L } model features targets</c>.</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The step is below 1.</exception>
    let gradientWith (options: StepOptions) model (features: 'T[]) (targets: 'T[]) (plan: TrainingPlan<'T>) =
        plan.Gradient(model, ReadOnlySpan features, ReadOnlySpan targets, uint64 options.Seed, options.Step)

    /// What a training step does to a model on one batch, layer by layer: activations, gradients and updates; prints as tables.
    let inspect model (features: 'T[]) (targets: 'T[]) (plan: TrainingPlan<'T>) =
        plan.Inspect(model, ReadOnlySpan features, ReadOnlySpan targets)

    /// A session that takes one step at a time, from the model that the seed draws; dispose it.
    let start (seed: int) (plan: TrainingPlan<'T>) = plan.Start(uint64 seed)

    /// The same from a model.
    let startFrom (model: Model<'T>) (plan: TrainingPlan<'T>) = plan.Start model

/// Plans for the loss and its gradient.
[<RequireQualifiedAccess>]
module GradientPlan =
    /// What the plan computes, and how.
    let explain (plan: GradientPlan<'T>) = plan.Explain()

    /// The model that training with this seed begins with.
    let initialize (seed: int) (plan: GradientPlan<'T>) = plan.Initialize(uint64 seed)

    /// The loss and its gradient at a model, for one batch of rows, row-major.
    let gradient model (features: 'T[]) (targets: 'T[]) (plan: GradientPlan<'T>) =
        plan.Gradient(model, ReadOnlySpan features, ReadOnlySpan targets)

    /// <summary>The same with what dropout drops in another step: <c>GradientPlan.gradientWith { Seed = 42; Step = 7L } model features targets</c>.</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The step is below 1.</exception>
    let gradientWith (options: StepOptions) model (features: 'T[]) (targets: 'T[]) (plan: GradientPlan<'T>) =
        plan.Gradient(model, ReadOnlySpan features, ReadOnlySpan targets, uint64 options.Seed, options.Step)

/// L-BFGS: a quasi-Newton method over whole datasets, for small networks.
[<RequireQualifiedAccess>]
module Lbfgs =
    /// Memory 10, at most 100 iterations; another: <c>Lbfgs(Memory = 20, Iterations = 500)</c>.
    let defaults = Lbfgs()

    /// <summary>Makes the mean loss over all rows small: <c>plan |> Lbfgs.minimize Lbfgs.defaults data start</c>.</summary>
    /// <exception cref="T:Functional.FunctionalException">Data or model do not fit the network, or the loss at the start is not finite.</exception>
    let minimize (options: Lbfgs) data (start: Model<'T>) (plan: GradientPlan<'T>) = options.Minimize(plan, start, data)

    /// No reports, no cancellation.
    let minimizeDefaults: MinimizeOptions = { Progress = None; Cancellation = None }

    /// <summary>
    /// The same, telling progress and stopping when told to:
    /// <c>plan |> Lbfgs.minimizeWith { Lbfgs.minimizeDefaults with Progress = Some(printfn "%A") } Lbfgs.defaults data start</c>.
    /// </summary>
    /// <exception cref="T:Functional.FunctionalException">Data or model do not fit the network, or the loss at the start is not finite.</exception>
    let minimizeWith (run: MinimizeOptions) (options: Lbfgs) data (start: Model<'T>) (plan: GradientPlan<'T>) =
        options.Minimize(
            plan,
            start,
            data,
            Progress.ofOption run.Progress,
            Option.defaultValue CancellationToken.None run.Cancellation
        )

/// Plans for products with a Hessian.
[<RequireQualifiedAccess>]
module HessianPlan =
    /// What the plan computes, and how.
    let explain (plan: HessianPlan<'T>) = plan.Explain()

    /// The model that training with this seed begins with.
    let initialize (seed: int) (plan: HessianPlan<'T>) = plan.Initialize(uint64 seed)

    /// <summary>The Hessian at a model times a direction, for one batch of rows, row-major.</summary>
    /// <exception cref="T:Functional.ShapeException">The direction's parameters are not the network's.</exception>
    let product model (features: 'T[]) (targets: 'T[]) (direction: Parameters<'T>) (plan: HessianPlan<'T>) =
        plan.Product(model, ReadOnlySpan features, ReadOnlySpan targets, direction)

    /// <summary>The same with what dropout drops in another step.</summary>
    /// <exception cref="T:Functional.ShapeException">The direction's parameters are not the network's.</exception>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The step is below 1.</exception>
    let productWith
        (options: StepOptions)
        model
        (features: 'T[])
        (targets: 'T[])
        (direction: Parameters<'T>)
        (plan: HessianPlan<'T>)
        =
        plan.Product(model, ReadOnlySpan features, ReadOnlySpan targets, direction, uint64 options.Seed, options.Step)

    /// <summary>The whole Hessian at a model, for one batch of rows, with its eigenvalues and condition number.</summary>
    /// <exception cref="T:Functional.ShapeException">The network has too many parameters.</exception>
    let hessian model (features: 'T[]) (targets: 'T[]) (plan: HessianPlan<'T>) =
        plan.Hessian(model, ReadOnlySpan features, ReadOnlySpan targets)

    /// <summary>The same with what dropout drops in another step.</summary>
    /// <exception cref="T:Functional.ShapeException">The network has too many parameters.</exception>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The step is below 1.</exception>
    let hessianWith (options: StepOptions) model (features: 'T[]) (targets: 'T[]) (plan: HessianPlan<'T>) =
        plan.Hessian(model, ReadOnlySpan features, ReadOnlySpan targets, uint64 options.Seed, options.Step)

/// Plans for prediction.
[<RequireQualifiedAccess>]
module InferencePlan =
    /// What the plan computes, and how.
    let explain (plan: InferencePlan<'T>) = plan.Explain()

    /// Writes the outputs of any number of rows, row-major.
    let predictInto (parameters: Parameters<'T>) (rows: 'T[]) (outputs: 'T[]) (plan: InferencePlan<'T>) =
        plan.Predict(parameters, ReadOnlySpan rows, Span outputs)
