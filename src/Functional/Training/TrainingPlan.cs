using System.Numerics;
using Functional.Execution;

namespace Functional;

/// <summary>
/// A network, a loss and an optimizer compiled to one training step: an immutable value, thread-safe, shared by any number of
/// sessions. Its memory is known before the first step.
/// </summary>
/// <typeparam name="T">The precision: <see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class TrainingPlan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Lazy<GradientPlan<T>> _gradient;
    private readonly Lazy<EvaluationPlan<T>> _evaluation;
    private readonly Lazy<ObservationPlan<T>> _observation;

    internal TrainingPlan(Loss loss, Optimizer optimizer, Compilation compiled)
    {
        (Loss, Optimizer, Compiled) = (loss, optimizer, compiled);
        Batch = new(compiled, loss);
        Executor<T>.CompileKernels(compiled.Plan, compiled.Options.Width);
        _gradient = new(() => new(loss, Compiler.CompileGradient(Network, loss, BatchSize, compiled.Options)));
        _evaluation = new(() => new(compiled.Network, loss, compiled.Options));
        _observation = new(() => new(this));
    }

    internal Compilation Compiled { get; }

    internal BatchMemory<T> Batch { get; }

    internal GradientPlan<T> GradientPlan => _gradient.Value;

    internal EvaluationPlan<T> Evaluation => _evaluation.Value;

    /// <summary>The network, every size stated.</summary>
    public Network Network => Compiled.Network.Network;

    /// <summary>The loss.</summary>
    public Loss Loss { get; }

    /// <summary>The optimizer.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The most rows of a batch; a step runs any smaller number too.</summary>
    public int BatchSize => Compiled.Plan.BatchSize;

    /// <summary>The number of numbers in all parameters, frozen ones too.</summary>
    public long ParameterCount => Compiled.Network.ParameterCount;

    /// <summary>The bytes of memory that a session takes: parameters, optimizer state, batch, intermediates and scratch.</summary>
    public long ArenaBytes => Executor<T>.BytesOf(Compiled.Plan, Compiled.Options.Width, Compiled.Options.Threads);

    /// <summary>The composite function, the chain rule derived for every parameter, and the plan: steps, operations, memory.</summary>
    public string Explain() => PlanExplanation.Explain<T>(Compiled, Loss, Optimizer);

    /// <inheritdoc cref="Explain"/>
    public override string ToString() => Explain();

    /// <summary>
    /// Runs this plan and the float64 oracle side by side on a random batch: loss, every gradient, every parameter after a step, and
    /// that every trainable parameter moved. Where they disagree, the same training step is compiled and compared again with one stage
    /// changed at a time (threads, vector width, buffer reuse, layout, fusion, simplification, precision) until they agree, and the report
    /// names that stage.
    /// </summary>
    /// <param name="seed">Chooses parameters and batch.</param>
    /// <remarks>
    /// Two rows that nearly agree in a feature are told apart by BatchNorm magnified some hundred times, and their rounding with them: after
    /// several in a row, a float32 plan of batches of two may exceed the tolerance although it is right. Verify with more rows.
    /// </remarks>
    public VerificationReport Verify(ulong seed = 0) => Verification.Verify(this, seed);

    /// <summary>A model with the parameters' first values.</summary>
    /// <param name="seed">The same seed gives the same values.</param>
    public Model<T> Initialize(ulong seed = 0) => Model<T>.Initialize(Compiled, seed);

    /// <summary>A session that begins with the parameters' first values.</summary>
    /// <param name="seed">The same seed gives the same values, and the same dropout.</param>
    public TrainingSession<T> Start(ulong seed = 0) => Start(Initialize(seed), seed);

    /// <summary>A session that begins with a model's parameters.</summary>
    /// <param name="model">The parameters and running statistics to begin with.</param>
    /// <param name="seed">Chooses what dropout drops.</param>
    /// <exception cref="ShapeException">The model is of another network.</exception>
    public TrainingSession<T> Start(Model<T> model, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new(this, model.Parameters, seed);
    }

    internal TrainingSession<T> Start(ulong seed, Model<T>? model) => Start(model ?? Initialize(seed), seed);

    /// <summary>
    /// Trains on seeded, shuffled mini-batches; an epoch's last batch may be smaller. The same arguments give the same bits.
    /// </summary>
    /// <param name="data">The rows to learn.</param>
    /// <param name="epochs">How often to go through them, at least 1.</param>
    /// <param name="seed">Chooses first values and the order of rows.</param>
    /// <param name="validation">Rows to evaluate after every epoch.</param>
    /// <param name="start">The model to begin with; null draws first values by the seed.</param>
    /// <param name="progress">Told at the end of every epoch, and in between at most ten times a second.</param>
    /// <param name="cancellationToken">Stops training; the result then holds the model of the last completed epoch.</param>
    /// <exception cref="DataException">The dataset's shapes or classes are not the network's.</exception>
    /// <exception cref="TrainingDivergedException{T}">The loss or a parameter became NaN or infinite.</exception>
    /// <exception cref="LearningRateException">The optimizer's schedule gave no factor for a step.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of epochs is below 1.</exception>
    public TrainingResult<T> Train(
        Dataset data,
        int epochs,
        ulong seed = 0,
        Dataset? validation = null,
        Model<T>? start = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default
    ) =>
        Train(
            data,
            epochs,
            seed,
            new()
            {
                Validation = validation,
                Start = start,
                Progress = progress,
            },
            cancellationToken
        );

    /// <summary>Trains as the other overload does, and may stop early, go back to the best model and report to the caller.</summary>
    /// <param name="data">The rows to learn.</param>
    /// <param name="epochs">How often to go through them at most, at least 1.</param>
    /// <param name="seed">Chooses first values and the order of rows.</param>
    /// <param name="options">Validation, early stopping, what to call after every epoch.</param>
    /// <param name="cancellationToken">Stops training; the result then holds the model of the last completed epoch, or the best one
    /// where <see cref="EarlyStopping.RestoreBest"/> is set.</param>
    /// <exception cref="DataException">The dataset's shapes or classes are not the network's.</exception>
    /// <exception cref="TrainingDivergedException{T}">The loss or a parameter became NaN or infinite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of epochs is below 1.</exception>
    /// <exception cref="ArgumentException">Early stopping watches what the validation set does not give.</exception>
    public TrainingResult<T> Train(
        Dataset data,
        int epochs,
        ulong seed,
        TrainingLoopOptions<T> options,
        CancellationToken cancellationToken = default
    )
    {
        Trainer<T>.Check(this, data, epochs, options);
        using TrainingSession<T> session = Start(seed, options.Start);
        return new Trainer<T>(this, session, data, epochs, seed, options).Run(cancellationToken);
    }

    /// <summary>
    /// Trains on threads of the pool, one epoch whenever the next one is asked for, and gives every epoch's model and results:
    /// <c>await foreach (EpochResult&lt;float&gt; epoch in plan.TrainAsync(data, epochs: 100))</c>. The same arguments give the same
    /// bits as <see cref="Train(Dataset, int, ulong, TrainingLoopOptions{T}, CancellationToken)"/>, whose model is that of the last result,
    /// or with <see cref="EarlyStopping.RestoreBest"/> of the last result that is the best. Every enumeration trains anew, and frees its
    /// memory when it ends or is left.
    /// </summary>
    /// <param name="data">The rows to learn.</param>
    /// <param name="epochs">How often to go through them at most, at least 1.</param>
    /// <param name="seed">Chooses first values and the order of rows.</param>
    /// <param name="options">Validation, early stopping, what to call after every epoch.</param>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>, within an epoch too.</param>
    /// <inheritdoc cref="Train(Dataset, int, ulong, TrainingLoopOptions{T}, CancellationToken)"/>
    public IAsyncEnumerable<EpochResult<T>> TrainAsync(
        Dataset data,
        int epochs,
        ulong seed = 0,
        TrainingLoopOptions<T>? options = null,
        CancellationToken cancellationToken = default
    )
    {
        options ??= new();
        Trainer<T>.Check(this, data, epochs, options);
        return Trainer<T>.RunAsync(this, data, epochs, seed, options, cancellationToken);
    }

    /// <summary>The loss of a batch and its gradient by every parameter and by the input.</summary>
    /// <param name="model">The parameters' values.</param>
    /// <param name="features">1 … batch size rows of features, row-major.</param>
    /// <param name="targets">As many target rows.</param>
    /// <param name="seed">With <paramref name="step"/> chooses what dropout drops: what a session of the seed drops in that step.</param>
    /// <param name="step">The step's number, from 1.</param>
    /// <exception cref="ShapeException">A length does not fit.</exception>
    public Gradient<T> Gradient(
        Model<T> model,
        ReadOnlySpan<T> features,
        ReadOnlySpan<T> targets,
        ulong seed = 0,
        long step = 1
    ) => GradientPlan.Gradient(model, features, targets, seed, step);

    /// <summary>
    /// What a training step does to a model on one batch, layer by layer: the activations' mean, standard deviation, histogram and
    /// zeros, every parameter's gradient norm, and how far the optimizer's first step moves it.
    /// </summary>
    /// <remarks>
    /// It is the first step of a new session: Adam's moments begin at 0, a warm-up at its least rate. Compile a plan with a larger batch to
    /// look at more rows at once.
    /// </remarks>
    /// <param name="model">The parameters' values.</param>
    /// <param name="features">1 … batch size rows of features, row-major.</param>
    /// <param name="targets">As many target rows.</param>
    /// <param name="bins">The number of bins of every histogram, at least 1.</param>
    /// <param name="seed">Chooses what dropout drops: what a session of the seed drops in its first step.</param>
    /// <exception cref="ShapeException">A length does not fit, or the model is of another network.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of bins is below 1.</exception>
    public Inspection Inspect(
        Model<T> model,
        ReadOnlySpan<T> features,
        ReadOnlySpan<T> targets,
        int bins = 20,
        ulong seed = 0
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        return _observation.Value.Inspect(model, features, targets, bins, seed);
    }

    /// <summary>The mean loss of a model over a dataset, and its accuracy where targets are classes.</summary>
    /// <exception cref="DataException">The dataset's shapes or classes are not the network's.</exception>
    public Evaluation Evaluate(Model<T> model, Dataset data)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        return Evaluation.Evaluate(model.Parameters, data);
    }
}
