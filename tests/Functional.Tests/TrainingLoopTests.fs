module TrainingLoopTests

open System
open System.Collections.Generic
open System.Threading
open System.Threading.Tasks
open Expecto
open Functional
open TrainingFixtures

let private validation = Datasets.Moons(40, 0.3, 4UL)
let private loop = TrainingLoopOptions<float32>()

/// All of a training, and what it ended with.
let private collect (epochs: IAsyncEnumerable<EpochResult<float32>>) (token: CancellationToken) =
    task {
        let results = ResizeArray()
        use enumerator = epochs.GetAsyncEnumerator token

        try
            let mutable goesOn = true

            while goesOn do
                let! more = enumerator.MoveNextAsync()
                goesOn <- more

                if more then
                    results.Add enumerator.Current

            return List.ofSeq results, None
        with e ->
            return List.ofSeq results, Some e
    }

let private all epochs =
    collect epochs CancellationToken.None |> _.GetAwaiter().GetResult() |> fst

/// A report without the time it took.
let private timeless (report: EpochReport) =
    report.Epoch, report.TrainLoss, report.ValidationLoss, report.ValidationAccuracy

let private decision (f: EpochResult<float32> -> EpochDecision) = Func<_, _> f

let private message<'e when 'e :> exn> (f: unit -> unit) =
    try
        f ()
        failtest $"Expected a {typeof<'e>.Name}."
    with :? 'e as e ->
        e.Message

/// A rate at which the validation loss goes up and down.
let private restless = lazy planOf (Optimizer.Sgd(3.0, momentum = 0.5)) 10

let private law count name (property: int -> unit) =
    testPropertyWithConfig
        { FsCheckConfig.defaultConfig with
            maxTest = ToleranceTable.scaled count
        }
        name
        property

let private sameBits =
    testList
        "gives the same bits"
        [
            law 10 "by Train, TrainAsync and a session's steps in the same order, validated or not" (fun seed ->
                let random = Random seed

                let plan =
                    planOf
                        (if random.Next 2 = 0 then adam else Optimizer.Sgd(0.1, momentum = 0.9))
                        (random.Next(1, 40))

                let epochs, seed = random.Next(1, 4), uint64 (random.Next())
                let options = if random.Next 2 = 0 then loop else TrainingLoopOptions(Validation = validation)
                let train = plan.Train(moons, epochs, seed, options)
                let results = all (plan.TrainAsync(moons, epochs, seed, options))
                let steps = (moons.Count + plan.BatchSize - 1) / plan.BatchSize
                Expect.equal train.Model (plan.Train(moons, epochs, seed)).Model "without options"
                Expect.equal results.Length epochs "a result per epoch"

                for epoch, result in Seq.indexed results do
                    let model = replay plan moons seed (steps * (epoch + 1))
                    Expect.equal result.Model model $"the session's after epoch {epoch + 1}"
                    Expect.isTrue result.IsBest "without a rule every epoch is"

                Expect.equal (List.last results).Model train.Model "the last epoch's"

                Expect.equal
                    (results |> List.map (_.Report >> timeless))
                    (train.History |> Seq.map timeless |> List.ofSeq)
                    "the reports")

            testCase "with dropout and running statistics, and validates with those" (fun () ->
                let network =
                    compose
                        [
                            Layers.Dense(2, 8)
                            Layers.BatchNorm()
                            Layers.Relu
                            Layers.Dropout 0.3
                            Layers.Dense(8, 1)
                            Layers.Sigmoid
                        ]

                let plan = network.CompileTraining<float32>(Loss.BinaryCrossEntropy, adam, 10)
                let options = TrainingLoopOptions(Validation = validation)
                let result = plan.Train(moons, 3, 5UL, options)
                Expect.equal result.Model (replay plan moons 5UL 33) "the session's steps"
                let results = all (plan.TrainAsync(moons, 3, 5UL, options))
                Expect.equal (List.last results).Model result.Model "TrainAsync"

                for epoch in results do
                    let evaluation = plan.Evaluate(epoch.Model, validation)
                    Expect.equal epoch.Report.ValidationLoss (Nullable evaluation.Loss) "its own model's loss")

            testCase "whenever an asynchronous training is enumerated again" (fun () ->
                let training = (planOf adam 10).TrainAsync(moons, 2, 5UL)
                Expect.equal (all training |> List.map _.Model) (all training |> List.map _.Model) "the models")

            testCase "from a given start" (fun () ->
                let plan = planOf adam 10
                let options = TrainingLoopOptions(Start = plan.Initialize 77UL)
                let expected = plan.Train(moons, 2, 5UL, start = options.Start)
                Expect.equal (plan.Train(moons, 2, 5UL, options)).Model expected.Model "with options"
                Expect.equal (List.last (all (plan.TrainAsync(moons, 2, 5UL, options)))).Model expected.Model "async")
        ]

let private earlyStopping =
    testList
        "stops early"
        [
            law 10 "where the rule does, with the model of the epoch that it says" (fun seed ->
                let random = Random seed
                let seed = uint64 (random.Next())
                let plan = restless.Value

                let monitor =
                    [| EpochMetric.ValidationLoss; EpochMetric.ValidationAccuracy; EpochMetric.TrainLoss |][random.Next
                                                                                                                3]

                let restores = random.Next 2 = 0
                let rule = EarlyStopping(random.Next(1, 4), random.NextDouble() / 50.0, monitor, restores)
                let options = TrainingLoopOptions(Validation = validation, EarlyStopping = rule)
                let epochs = 12
                let whole = plan.Train(moons, epochs, seed, validation)
                let models = all (plan.TrainAsync(moons, epochs, seed, TrainingLoopOptions(Validation = validation)))
                let result = plan.Train(moons, epochs, seed, options)

                let states =
                    (EarlyStopping.State(), whole.History)
                    ||> Seq.scan (fun state report -> rule.After(state, report[monitor].Value))
                    |> Seq.tail
                    |> List.ofSeq

                let last = states |> List.tryFind rule.Stops |> Option.defaultValue (List.last states)

                let ends = if last.Epoch < epochs then TrainingEnd.EarlyStopping else TrainingEnd.AllEpochs

                Expect.equal (result.History.Count, result.End) (last.Epoch, ends) "the epoch it stops at"
                Expect.equal result.ModelEpoch (if restores then last.BestEpoch else last.Epoch) "whose model it is"
                Expect.equal result.Model models[result.ModelEpoch - 1].Model "that model"
                let results = all (plan.TrainAsync(moons, epochs, seed, options))
                Expect.equal results.Length last.Epoch "TrainAsync ends there too"
                let best = results |> List.filter _.IsBest |> List.last
                Expect.equal best.Report.Epoch last.BestEpoch "and tells the best"

                if restores then
                    Expect.equal best.Model result.Model "which is what Train gives")

            testCase "only with a validation set that has what it watches" (fun () ->
                let plan = planOf adam 10

                let says (plan: TrainingPlan<float32>) data options (part: string) =
                    for train in
                        [
                            fun () -> plan.Train(data, 1, 0UL, (options: TrainingLoopOptions<float32>)) |> ignore
                            fun () -> plan.TrainAsync(data, 1, 0UL, options) |> ignore
                        ] do
                        Expect.stringContains (message<ArgumentException> train) part "the message"

                for metric in [ EpochMetric.ValidationLoss; EpochMetric.ValidationAccuracy ] do
                    says plan moons (TrainingLoopOptions(EarlyStopping = EarlyStopping(1, 0.0, metric))) $"{metric}"

                let line = (Layers.Dense(1, 1)).CompileTraining<float32>(Loss.MeanSquaredError, Optimizer.Sgd 0.1, 4)
                let data = Dataset.Create(ReadOnlySpan [| 1.0f |], shape [ 1 ], ReadOnlySpan [| 1.0f |], shape [ 1 ])

                says
                    line
                    data
                    (TrainingLoopOptions(
                        Validation = data,
                        EarlyStopping = EarlyStopping(1, 0.0, EpochMetric.ValidationAccuracy)
                    ))
                    "EpochMetric.ValidationLoss")

            testCase "and cancelled gives the best model too" (fun () ->
                use source = new CancellationTokenSource()
                let plan = restless.Value

                let options =
                    TrainingLoopOptions(
                        Validation = validation,
                        EarlyStopping = EarlyStopping 100,
                        OnEpoch =
                            decision (fun result ->
                                // An epoch that is not the best, after one that is.
                                if not result.IsBest then
                                    source.Cancel()

                                EpochDecision.Continue)
                    )

                let result = plan.Train(moons, 100, 3UL, options, source.Token)
                Expect.equal result.End TrainingEnd.Cancelled "cancelled"
                Expect.isTrue result.IsCancelled "cancelled"
                Expect.equal result.ModelEpoch (result.History.Count - 1) "the epoch before the last"
                Expect.equal result.Model (plan.Train(moons, result.ModelEpoch, 3UL)).Model "its model")
        ]

let private calls =
    testList
        "calls OnEpoch"
        [
            testCase "after every epoch and its progress, with the model and the report" (fun () ->
                let plan = planOf adam 10
                let heard = ResizeArray<Choice<EpochReport, EpochResult<float32>>>()

                let progress =
                    { new IProgress<TrainingProgress> with
                        member _.Report p =
                            p.Report |> Option.ofObj |> Option.iter (Choice1Of2 >> heard.Add)
                    }

                let onEpoch =
                    decision (fun result ->
                        heard.Add(Choice2Of2 result)
                        EpochDecision.Continue)

                let result = plan.Train(moons, 3, 5UL, TrainingLoopOptions(OnEpoch = onEpoch, Progress = progress))
                let models = all (plan.TrainAsync(moons, 3, 5UL))

                for epoch in 0..2 do
                    match heard[2 * epoch], heard[2 * epoch + 1] with
                    | Choice1Of2 report, Choice2Of2 told ->
                        Expect.equal report result.History[epoch] "progress"
                        Expect.equal told.Report report "then the same report"
                        Expect.equal told.Model models[epoch].Model "with the model"
                    | other -> failtest $"not progress and then the call: {other}"

                Expect.equal (heard.Count, result.End) (6, TrainingEnd.AllEpochs) "no more")

            testCase "and stops when it says so, unless all epochs have run" (fun () ->
                let plan = planOf adam 10

                for stop in 1..3 do
                    let options =
                        TrainingLoopOptions(
                            OnEpoch =
                                decision (fun result ->
                                    if result.Report.Epoch = stop then
                                        EpochDecision.Stop
                                    else
                                        EpochDecision.Continue)
                        )

                    let result = plan.Train(moons, 3, 5UL, options)
                    let ends = if stop = 3 then TrainingEnd.AllEpochs else TrainingEnd.OnEpoch
                    Expect.equal (result.History.Count, result.ModelEpoch, result.End) (stop, stop, ends) "the end"
                    Expect.equal result.Model (train plan stop 5UL).Model "the model"
                    Expect.hasLength (all (plan.TrainAsync(moons, 3, 5UL, options))) stop "TrainAsync ends too")

            testCase "and lets through what it throws" (fun () ->
                let options = TrainingLoopOptions(OnEpoch = decision (fun _ -> raise (TimeoutException "mine")))
                let plan = planOf adam 10
                Expect.throwsT<TimeoutException> (fun () -> plan.Train(moons, 3, 5UL, options) |> ignore) "Train"

                let results, error =
                    (collect (plan.TrainAsync(moons, 3, 5UL, options)) CancellationToken.None).GetAwaiter().GetResult()

                Expect.isEmpty results "no result"
                Expect.isTrue (error.Value :? TimeoutException) "TrainAsync")
        ]

let private asynchronously =
    testList
        "asynchronously"
        [
            testCase "runs on the pool, one epoch whenever it is asked for" (fun () ->
                let epochs = ResizeArray<int * bool>()

                let onEpoch =
                    decision (fun result ->
                        epochs.Add(result.Report.Epoch, Thread.CurrentThread.IsThreadPoolThread)
                        EpochDecision.Continue)

                let training = (planOf adam 10).TrainAsync(moons, 5, 5UL, TrainingLoopOptions(OnEpoch = onEpoch))
                Expect.equal epochs.Count 0 "nothing before it is enumerated"
                let enumerator = training.GetAsyncEnumerator()

                for epoch in 1..2 do
                    // A thread that is not of the pool.
                    let caller = Thread(fun () -> enumerator.MoveNextAsync().AsTask().Wait())
                    caller.Start()
                    caller.Join()
                    Expect.equal enumerator.Current.Report.Epoch epoch "in order"
                    Expect.equal (List.ofSeq epochs) [ for e in 1..epoch -> e, true ] "no further"

                enumerator.DisposeAsync().AsTask().Wait()
                Expect.equal epochs.Count 2 "nor after it is left")

            testCaseTask "cancelled ends with OperationCanceledException, within an epoch too" (fun () ->
                task {
                    let plan = planOf adam 10

                    // By the argument and by the enumerator; the pause makes the next step report.
                    for byArgument in [ true; false ] do
                        use source = new CancellationTokenSource()

                        let progress =
                            { new IProgress<TrainingProgress> with
                                member _.Report p =
                                    if not (isNull p.Report) then
                                        Thread.Sleep 110
                                    elif p.Epoch = 3 then
                                        source.Cancel()
                            }

                        let options = TrainingLoopOptions(Progress = progress)
                        let token = if byArgument then source.Token else CancellationToken.None
                        let training = plan.TrainAsync(moons, 50, 5UL, options, token)

                        let! results, error =
                            collect training (if byArgument then CancellationToken.None else source.Token)

                        Expect.isTrue (error.Value :? OperationCanceledException) $"{error}"
                        Expect.equal (results |> List.map _.Report.Epoch) [ 1; 2 ] "the completed epochs"
                        Expect.equal (List.last results).Model (train plan 2 5UL).Model "the last one's model"

                    let! results, error = collect (plan.TrainAsync(moons, 5)) (CancellationToken true)

                    Expect.isTrue
                        (results.IsEmpty && error.Value :? OperationCanceledException)
                        "before the first step"
                })

            testCaseTask "cancelled after the last epoch is complete" (fun () ->
                task {
                    use source = new CancellationTokenSource()

                    let onEpoch =
                        decision (fun result ->
                            if result.Report.Epoch = 2 then
                                source.Cancel()

                            EpochDecision.Continue)

                    let options = TrainingLoopOptions(OnEpoch = onEpoch)
                    let! results, error = collect ((planOf adam 10).TrainAsync(moons, 2, 5UL, options)) source.Token
                    Expect.isNone error "no error"
                    Expect.hasLength results 2 "all epochs"
                })

            testCaseTask "that diverges ends with the same exception as Train" (fun () ->
                task {
                    let network = compose [ Layers.Dense(2, 8); Layers.Tanh; Layers.Dense(8, 1) ]
                    let plan = network.CompileTraining<float32>(Loss.MeanSquaredError, Optimizer.Sgd 30.0, 10)
                    let! _, error = collect (plan.TrainAsync(moons, 200, 5UL)) CancellationToken.None

                    match
                        error,
                        (try
                            Choice1Of2(plan.Train(moons, 200, 5UL))
                         with e ->
                             Choice2Of2 e)
                    with
                    | Some(:? TrainingDivergedException<float32> as e),
                      Choice2Of2(:? TrainingDivergedException<float32> as other) ->
                        Expect.equal (e.Message, e.LastGoodModel) (other.Message, other.LastGoodModel) "the same"
                    | other -> failtest $"{other}"
                })

            testCase "refuses at once what Train refuses" (fun () ->
                let plan = planOf adam 10

                Expect.throwsT<ArgumentOutOfRangeException> (fun () -> plan.TrainAsync(moons, 0) |> ignore) "no epochs"

                Expect.throwsT<ArgumentNullException>
                    (fun () -> plan.TrainAsync(Unchecked.defaultof<_>, 1) |> ignore)
                    "no data"

                Expect.throwsT<DataException>
                    (fun () -> plan.TrainAsync(Datasets.Blobs(30, 4, 0.1, 1UL), 1) |> ignore)
                    "other classes")
        ]

let tests = testList "Training loop" [ sameBits; earlyStopping; calls; asynchronously ]
