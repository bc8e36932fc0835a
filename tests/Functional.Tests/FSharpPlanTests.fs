/// What the façade compiles, trains and asks models.
module FSharpPlanTests

open System
open System.Threading
open Expecto
open Functional
open Functional.FSharp

/// The program of the design, with nothing else opened.
module Program =
    open Functional.FSharp

    let network = dense 2 20 --> relu --> dense 20 40 --> relu --> dense 40 20 --> relu --> dense 20 1 --> sigmoid

    let run () =
        let plan = network |> Network.compileTraining Loss.binaryCrossEntropy (Optimizer.adam 0.01) 10
        let result = plan |> Plan.train (Datasets.moons 1000 0.1 7) 100 42
        plan, result

let private training =
    testCase "the design's program learns the moons" (fun () ->
        let plan, result = Program.run ()
        let unseen = result.Model |> Model.evaluate Loss.binaryCrossEntropy (Datasets.moons 1000 0.1 8)
        Expect.isGreaterThanOrEqual unseen.Accuracy.Value 0.97 "accuracy on new rows"

        let core = Program.network.CompileTraining<float32>(Loss.BinaryCrossEntropy, Optimizer.Adam 0.01, 10)

        let same = core.Train(Datasets.Moons(1000, 0.1, 7UL), 100, 42UL)
        Expect.equal result.Model same.Model "what the C# API trains, bit for bit"
        Expect.equal (Plan.explain plan) (core.Explain()) "explain"
        (Plan.verify 5 plan).ThrowIfFailed())

let private small = dense 2 4 --> tanh --> dense 4 1 --> sigmoid
let private xor = Datasets.xor 4 0.0 0
let private smallOptimizer = Optimizer.sgd 0.5

let private plans =
    testCase "plans" (fun () ->
        let plan = small |> Network.compileTraining Loss.binaryCrossEntropy smallOptimizer 4
        let model = plan |> Plan.initialize 3
        Expect.equal model (plan.Initialize 3UL) "initialize"

        let reports = ResizeArray()

        let options =
            { Plan.trainDefaults with
                Validation = Some xor
                Start = Some model
                Progress = Some reports.Add
            }

        let result = plan |> Plan.trainWith options xor 5 42
        Expect.equal result.Model (plan.Train(xor, 5, 42UL, start = model)).Model "trainWith begins with the model"
        Expect.isTrue (result.History |> Seq.forall _.ValidationLoss.HasValue) "trainWith validates"
        let epochs = reports |> Seq.filter (fun report -> not (isNull report.Report))
        Expect.sequenceEqual (epochs |> Seq.map _.Epoch) [ 1..5 ] "trainWith reports every epoch"

        let defaults = plan |> Plan.trainWith Plan.trainDefaults xor 5 42
        Expect.equal defaults.Model (plan |> Plan.train xor 5 42).Model "trainDefaults change nothing"

        let cancelled =
            { Plan.trainDefaults with
                Cancellation = Some(CancellationToken true)
            }

        Expect.isTrue (plan |> Plan.trainWith cancelled xor 5 42).IsCancelled "trainWith can be cancelled"

        use session = plan |> Plan.start 3
        use second = plan |> Plan.startFrom model
        let features, targets = xor.Features<float32>().Data.ToArray(), xor.Targets<float32>().Data.ToArray()
        Expect.equal (session.Step(features, targets)) (second.Step(features, targets)) "start, startFrom"

        let gradient = plan |> Plan.gradient model features targets
        let core = small.CompileGradient<float32>(Loss.BinaryCrossEntropy, 4)
        Expect.equal gradient (core.Gradient(model, features, targets)) "gradient"
        let derived = small |> Network.compileGradient Loss.binaryCrossEntropy 4
        Expect.equal (derived |> GradientPlan.gradient model features targets) gradient "a gradient plan"
        Expect.equal (GradientPlan.explain derived) (core.Explain()) "and what it explains"

        Expect.equal (derived |> GradientPlan.initialize 3) model "GradientPlan.initialize"

        let inspection = plan |> Plan.inspect model features targets
        Expect.equal inspection (plan.Inspect(model, features, targets)) "inspect"

        let minimized = derived |> Lbfgs.minimize Lbfgs.defaults xor model
        Expect.equal minimized.Model (Functional.Lbfgs().Minimize(core, model, xor)).Model "Lbfgs.minimize"
        let iterations = ResizeArray()

        let told =
            { Lbfgs.minimizeDefaults with
                Progress = Some iterations.Add
            }

        let reported = derived |> Lbfgs.minimizeWith told Lbfgs.defaults xor model
        Expect.equal reported.Model minimized.Model "Lbfgs.minimizeWith, Lbfgs.minimizeDefaults"

        Expect.sequenceEqual
            (iterations |> Seq.map _.Loss)
            (Seq.tail minimized.Losses)
            "Lbfgs.minimizeWith tells every iteration"

        let cancelled =
            { Lbfgs.minimizeDefaults with
                Cancellation = Some(CancellationToken true)
            }

        let stopped = derived |> Lbfgs.minimizeWith cancelled Lbfgs.defaults xor model
        Expect.equal (stopped.Reason, stopped.Model) (LbfgsStop.Cancelled, model) "Lbfgs.minimizeWith can be cancelled"

        let curvature = small |> Network.compileHessian Loss.binaryCrossEntropy 4
        let second = small.CompileHessian<float32>(Loss.BinaryCrossEntropy, 4)
        Expect.equal (HessianPlan.explain curvature) (second.Explain()) "a Hessian plan"

        Expect.equal
            (curvature |> HessianPlan.product model features targets model.Parameters)
            (second.Product(model, features, targets, model.Parameters))
            "its products"

        Expect.equal
            (curvature |> HessianPlan.hessian model features targets)
            (second.Hessian(model, features, targets))
            "its matrix"

        Expect.equal (curvature |> HessianPlan.initialize 3) model "HessianPlan.initialize"

        let inference = small |> Network.compileInference 4
        Expect.equal (InferencePlan.explain inference) (small.CompileInference<float32>(4).Explain()) "explain"
        let outputs = Array.zeroCreate 4
        inference |> InferencePlan.predictInto model.Parameters features outputs
        Expect.equal outputs (model |> Model.predict features) "an inference plan")

let private steps =
    testCase "what dropout drops in a step" (fun () ->
        let network = dense 2 40 --> tanh --> dropout 0.5 --> dense 40 1 --> sigmoid
        let loss = Loss.binaryCrossEntropy
        let plan = network |> Network.compileTraining loss smallOptimizer 4
        let gradients = network |> Network.compileGradient loss 4
        let curvature = dense 2 4 --> dropout 0.5 --> dense 4 1 |> Network.compileHessian Loss.meanSquaredError 4
        let model, small = gradients |> GradientPlan.initialize 3, curvature |> HessianPlan.initialize 3
        let features, targets = xor.Features<float32>().Data.ToArray(), xor.Targets<float32>().Data.ToArray()
        let seventh: StepOptions = { Seed = 42; Step = 7L }

        let holds name (withOptions: StepOptions -> 'a) (expected: 'a) (otherwise: 'a) =
            Expect.equal (withOptions seventh) expected name
            Expect.notEqual (withOptions { seventh with Step = 8L }) expected $"{name} of another step"
            Expect.notEqual (withOptions { seventh with Seed = 43 }) expected $"{name} of another seed"

            Expect.equal
                (withOptions Plan.stepDefaults)
                otherwise
                $"{name} of Plan.stepDefaults is that without options"

        holds
            "Plan.gradientWith"
            (fun step -> plan |> Plan.gradientWith step model features targets)
            (plan.Gradient(model, features, targets, 42UL, 7L))
            (plan |> Plan.gradient model features targets)

        holds
            "GradientPlan.gradientWith"
            (fun step -> gradients |> GradientPlan.gradientWith step model features targets)
            (gradients.Gradient(model, features, targets, 42UL, 7L))
            (gradients |> GradientPlan.gradient model features targets)

        holds
            "HessianPlan.productWith"
            (fun step -> curvature |> HessianPlan.productWith step small features targets small.Parameters)
            (curvature.Product(small, features, targets, small.Parameters, 42UL, 7L))
            (curvature |> HessianPlan.product small features targets small.Parameters)

        holds
            "HessianPlan.hessianWith"
            (fun step -> curvature |> HessianPlan.hessianWith step small features targets)
            (curvature.Hessian(small, features, targets, 42UL, 7L))
            (curvature |> HessianPlan.hessian small features targets))

let private variables =
    testCase "gradients by some variables" (fun () ->
        let loss = Loss.binaryCrossEntropy
        let features, targets = xor.Features<float32>().Data.ToArray(), xor.Targets<float32>().Data.ToArray()
        let all = small |> Network.compileGradient loss 4
        let model = all |> GradientPlan.initialize 3
        let expected = all |> GradientPlan.gradient model features targets

        let by variables =
            small
            |> Network.compileGradientBy variables CompileOptions.Default loss 4
            |> GradientPlan.gradient model features targets

        Expect.equal (by Network.allVariables) expected "Network.allVariables"

        let withoutInput =
            by
                { Network.allVariables with
                    Input = false
                }

        Expect.equal withoutInput.Parameters expected.Parameters "by the parameters alone"
        Expect.throwsT<InvalidOperationException> (fun () -> withoutInput.Input |> ignore) "not by the input"

        let one =
            by
                { Network.allVariables with
                    Parameters = Some [ "dense2/W" ]
                }

        Expect.sequenceEqual one.Parameters.Keys [ "dense2/W" ] "by one parameter"
        Expect.equal one.Parameters["dense2/W"] expected.Parameters["dense2/W"] "which is the same"
        Expect.equal one.Input expected.Input "and by the input"

        let double: GradientPlan<float> =
            denseTo 1 --> sigmoid
            |> Network.Of<float>.compileGradientBy
                { Network.allVariables with
                    Input = false
                }
                (CompileOptions(Input = shape [ 2 ]))
                loss
                4

        let gradient =
            double
            |> GradientPlan.gradient
                (double |> GradientPlan.initialize 1)
                (xor.Features<float>().Data.ToArray())
                (xor.Targets<float>().Data.ToArray())

        Expect.sequenceEqual gradient.Parameters.Keys [ "dense1/W"; "dense1/b" ] "Of.compileGradientBy"
        Expect.throwsT<InvalidOperationException> (fun () -> gradient.Input |> ignore) "without the input"

        Expect.throwsT<ArgumentException>
            (fun () ->
                by
                    { Network.allVariables with
                        Parameters = Some [ "dense3/W" ]
                    }
                |> ignore)
            "no such parameter")

let private precisions =
    testCase "plans with options and in double precision" (fun () ->
        let open_ = denseTo 1 --> sigmoid
        let loss = Loss.binaryCrossEntropy
        let options = CompileOptions(Input = shape [ 2 ], Fuse = false)
        let sized = open_ |> Network.withInput (shape [ 2 ])
        let single: TrainingPlan<float32> = open_ |> Network.compileTrainingWith options loss smallOptimizer 4
        Expect.equal single.Network sized "compileTrainingWith"
        Expect.equal (open_ |> Network.compileGradientWith options loss 4).Network sized "compileGradientWith"
        Expect.equal (open_ |> Network.compileInferenceWith options 4).Network sized "compileInferenceWith"
        Expect.equal (open_ |> Network.compileHessianWith options loss 4).Network sized "compileHessianWith"

        let double = small |> Network.Of<float>.compileTraining loss smallOptimizer 4

        Expect.equal
            (double |> Plan.train xor 5 42).Model
            (small.CompileTraining<float>(Loss.BinaryCrossEntropy, Optimizer.Sgd 0.5, 4).Train(xor, 5, 42UL)).Model
            "Of.compileTraining"

        let gradient: GradientPlan<float> = small |> Network.Of<float>.compileGradient loss 4
        let inference: InferencePlan<float> = small |> Network.Of<float>.compileInference 4
        Expect.equal (gradient.Network, inference.Network) (small, small) "Of.compileGradient, Of.compileInference"
        let curvature: HessianPlan<float> = small |> Network.Of<float>.compileHessian loss 4
        Expect.equal curvature.Network small "Of.compileHessian"

        Expect.equal
            (open_ |> Network.Of<float>.compileHessianWith options loss 4).Network
            sized
            "Of.compileHessianWith"

        Expect.equal
            (open_ |> Network.Of<float>.compileTrainingWith options loss smallOptimizer 4).Network
            sized
            "Of.compileTrainingWith"

        Expect.equal
            (open_ |> Network.Of<float>.compileGradientWith options loss 4).Network
            sized
            "Of.compileGradientWith"

        Expect.equal
            (open_ |> Network.Of<float>.compileInferenceWith options 4).Network
            sized
            "Of.compileInferenceWith")

let private models =
    testCase "models" (fun () ->
        let plan = small |> Network.compileTraining Loss.binaryCrossEntropy smallOptimizer 4
        let model = plan |> Plan.initialize 3
        Expect.equal (Model.network model) small "network"
        Expect.equal (Model.parameters model) model.Parameters "parameters"
        Expect.equal (Model.create small model.Parameters) model "create"
        let rows = xor.Features<float32>()
        let data = rows.Data.ToArray()
        Expect.equal (model |> Model.predict data) (model.Predict(ReadOnlySpan data)) "predict"
        Expect.equal (model |> Model.predictTensor rows) (model.Predict rows) "predictTensor"
        Expect.equal (model |> Model.classify data[..1]) (model.Classify(ReadOnlySpan data[..1])) "classify"
        Expect.equal (model |> Model.classifyAll data) (model.ClassifyAll(ReadOnlySpan data)) "classifyAll"

        Expect.equal
            (model |> Model.evaluate Loss.binaryCrossEntropy xor)
            (model.Evaluate(xor, Loss.BinaryCrossEntropy))
            "evaluate")

let private loops =
    testCase "training loops" (fun () ->
        let plan = small |> Network.compileTraining Loss.binaryCrossEntropy smallOptimizer 4
        Expect.equal (EarlyStopping.after 3) (EarlyStopping 3) "EarlyStopping.after"

        Expect.equal
            (EarlyStopping.on EpochMetric.TrainLoss 0.25 2)
            (EarlyStopping(2, 0.25, EpochMetric.TrainLoss))
            "EarlyStopping.on"

        let options =
            { Plan.trainDefaults with
                EarlyStopping = Some(EarlyStopping.on EpochMetric.TrainLoss 1.0 2)
            }

        let result = plan |> Plan.trainWith options xor 9 42
        Expect.equal (result.End, result.History.Count) (TrainingEnd.EarlyStopping, 3) "trainWith stops early"

        let stopping =
            { Plan.trainDefaults with
                OnEpoch =
                    Some(fun epoch -> if epoch.Report.Epoch = 2 then EpochDecision.Stop else EpochDecision.Continue)
            }

        let stopped = plan |> Plan.trainWith stopping xor 9 42
        Expect.equal (stopped.End, stopped.ModelEpoch) (TrainingEnd.OnEpoch, 2) "trainWith calls OnEpoch"
        let epochs = (plan |> Plan.trainAsync stopping xor 9 42).GetAsyncEnumerator()
        Expect.isTrue (epochs.MoveNextAsync().AsTask().Result && epochs.MoveNextAsync().AsTask().Result) "two epochs"
        Expect.equal epochs.Current.Model stopped.Model "Plan.trainAsync"
        epochs.DisposeAsync().AsTask().Wait()

        let history = result.History
        Expect.equal (TrainingHistory.create history) history "TrainingHistory.create"
        let best = Option.ofObj (history.Best EpochMetric.TrainLoss)
        Expect.equal (history |> TrainingHistory.best EpochMetric.TrainLoss) best "TrainingHistory.best"
        Expect.isNone (history |> TrainingHistory.best EpochMetric.ValidationLoss) "TrainingHistory.best of none"
        Expect.equal (TrainingHistory.toCsv history) (history.ToCsv()) "TrainingHistory.toCsv"
        Expect.equal (TrainingHistory.toJson history) (history.ToJson()) "TrainingHistory.toJson"
        Expect.equal (TrainingHistory.parseCsv (history.ToCsv())) history "TrainingHistory.parseCsv"
        Expect.equal (TrainingHistory.parseJson (history.ToJson())) history "TrainingHistory.parseJson"
        let folder = IO.Directory.CreateTempSubdirectory().FullName
        let file = IO.Path.Combine(folder, "curve.csv")

        try
            TrainingHistory.write file history
            Expect.equal (TrainingHistory.read file) history "TrainingHistory.write, TrainingHistory.read"
        finally
            IO.Directory.Delete(folder, true))

let private metrics =
    testCase "metrics" (fun () ->
        let plan = dense 2 3 --> softmax |> Network.compileTraining Loss.crossEntropy smallOptimizer 4
        let model = plan |> Plan.initialize 3
        let data = Datasets.blobs 30 3 0.1 1
        let features, labels = data.Features<float32>().Data.ToArray(), data.Labels.ToArray()
        let report = model.ClassificationReport data
        Expect.equal (model |> Model.classificationReport data) report "Model.classificationReport"
        Expect.equal (model |> Model.topKAccuracy 2 data) (model.TopKAccuracy(data, 2)) "Model.topKAccuracy"
        let classes = model |> Model.classifyAll features
        Expect.equal (Metrics.classification 3 classes labels) report "Metrics.classification"
        let outputs = model |> Model.predict features
        Expect.equal (Metrics.topKAccuracy 2 outputs labels) (model.TopKAccuracy(data, 2)) "Metrics.topKAccuracy"
        let numbers = Dataset.create32 (shape [ 2 ]) features (shape [ 3 ]) outputs
        let perfect = Metrics.regression 3 outputs outputs
        Expect.equal perfect.MeanAbsoluteError 0.0 "Metrics.regression"
        Expect.equal (model |> Model.regressionReport numbers) perfect "Model.regressionReport")

let private checks =
    testCase "gradient checks" (fun () ->
        let loss = Loss.meanSquaredError
        let network = dense 2 3 --> tanh --> dense 3 1
        let two = GradientCheckOptions(Rows = 2)
        Expect.equal GradientCheck.defaults GradientCheckOptions.Default "GradientCheck.defaults"
        let expected = Functional.GradientCheck.Check(network, loss)
        Expect.equal (network |> GradientCheck.check loss) expected "GradientCheck.check"
        let expected = Functional.GradientCheck.Check(network, loss, two)
        Expect.equal (network |> GradientCheck.checkWith two loss) expected "GradientCheck.checkWith"
        let expected = Functional.GradientCheck.CheckHessian(network, loss)
        Expect.equal (network |> GradientCheck.checkHessian loss) expected "GradientCheck.checkHessian"
        let expected = Functional.GradientCheck.CheckHessian(network, loss, two)
        Expect.equal (network |> GradientCheck.checkHessianWith two loss) expected "GradientCheck.checkHessianWith")

let tests = [ training; plans; steps; variables; precisions; models; loops; metrics; checks ]
