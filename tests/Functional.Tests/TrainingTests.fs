module TrainingTests

open System
open System.Threading
open Expecto
open Functional
open TrainingFixtures

/// Told of progress at once, on the training thread.
type private Listener(hear: TrainingProgress -> unit) =
    interface IProgress<TrainingProgress> with
        member _.Report progress = hear progress

let private hear (f: TrainingProgress -> unit) =
    Listener f :> IProgress<TrainingProgress>

let tests =
    testList
        "Training"
        [
            testCase "gives the same bits for the same seed, and others for another" (fun () ->
                let first = train (planOf adam 10) 3 5UL
                let second = train (planOf adam 10) 3 5UL
                Expect.equal first.Model second.Model "the same parameters"

                Expect.equal
                    (first.History |> Seq.map _.TrainLoss |> List.ofSeq)
                    (second.History |> Seq.map _.TrainLoss |> List.ofSeq)
                    "losses"

                let other = train (planOf adam 10) 3 6UL

                for path in first.Model.Parameters.Keys do
                    Expect.notEqual other.Model.Parameters[path] first.Model.Parameters[path] path)

            testCase "is its steps on the seed's shuffled batches, the last partial one included" (fun () ->
                let plan = planOf adam 10
                let result = train plan 2 9UL
                Expect.equal result.Model (replay plan moons 9UL 22) "11 batches an epoch: ten of 10 rows and one of 3"
                Expect.equal result.SampleCount 206L "every row twice"
                Expect.notEqual result.Model (replay plan moons 9UL 21) "without the last batch")

            testCase
                "learns the moons: at least 0.99 of held-out rows right with the settings of the documentation"
                (fun () ->
                    let network =
                        compose
                            [
                                Layers.Dense(2, 20)
                                Layers.Relu
                                Layers.Dense(20, 40)
                                Layers.Relu
                                Layers.Dense(40, 20)
                                Layers.Relu
                                Layers.Dense(20, 1)
                                Layers.Sigmoid
                            ]

                    let plan = network.CompileTraining<float32>(Loss.BinaryCrossEntropy, Optimizer.Adam 0.01, 10)
                    let result = plan.Train(Datasets.Moons(1000, 0.1, 7UL), 100, 42UL)
                    let heldOut = result.Model.Evaluate(Datasets.Moons(2000, 0.1, 8UL), Loss.BinaryCrossEntropy)
                    Expect.isGreaterThanOrEqual heldOut.Accuracy.Value 0.99 "accuracy"
                    Expect.isLessThan heldOut.Loss 0.05 "loss")

            testCase "reports every epoch with its mean loss over the rows, and validation if there is any" (fun () ->
                let plan = planOf (Optimizer.Sgd 1e-30) 10 // the parameters stay as they are
                let validation = Datasets.Moons(50, 0.1, 4UL)
                let result = plan.Train(moons, 3, 5UL, validation)
                let model = plan.Initialize 5UL
                let onTraining = plan.Evaluate(model, moons)
                let onValidation = plan.Evaluate(model, validation)
                Expect.equal (result.History |> Seq.map _.Epoch |> List.ofSeq) [ 1; 2; 3 ] "the epochs"

                for report in result.History do
                    Expect.floatClose
                        Accuracy.medium
                        report.TrainLoss
                        onTraining.Loss
                        "the rows' mean, whatever the batches"

                    Expect.equal report.ValidationLoss (Nullable onValidation.Loss) "validation loss"
                    Expect.equal report.ValidationAccuracy onValidation.Accuracy "validation accuracy"

                Expect.isNull (box (train plan 1 5UL).History[0].ValidationLoss) "no validation"
                Expect.isGreaterThanOrEqual result.Elapsed result.History[2].Elapsed "time goes on"
                Expect.isFalse result.IsCancelled "all epochs ran")

            testCase "tells progress in order: each epoch's report last, at most every 100 ms in between" (fun () ->
                let heard = ResizeArray<TrainingProgress>()
                let plan = planOf adam 10
                let result = plan.Train(moons, 4, 5UL, progress = hear heard.Add)

                Expect.equal
                    [
                        for p in heard do
                            yield! Option.toList (Option.ofObj p.Report)
                    ]
                    (List.ofSeq result.History)
                    "reports"

                let last = heard[heard.Count - 1]
                Expect.equal (last.Epoch, last.Epochs, last.Step, last.Steps) (4, 4, 44L, 44L) "the last"
                Expect.isAscending (heard |> Seq.map (fun p -> p.Epoch, p.Step)) "epochs and steps"
                Expect.isAscending (heard |> Seq.map _.Elapsed) "time"

                for p in heard do
                    match p.Report with
                    | null -> ()
                    | report ->
                        Expect.equal (p.Step, p.Loss) (int64 p.Epoch * 11L, report.TrainLoss) "at the epoch's end"

                for before, after in Seq.pairwise heard do
                    if isNull after.Report then
                        Expect.isGreaterThanOrEqual
                            (after.Elapsed - before.Elapsed)
                            (TimeSpan.FromMilliseconds 100.0)
                            "throttled")

            testCase "tells progress within an epoch, once 100 ms have passed" (fun () ->
                let heard = ResizeArray<TrainingProgress>()

                let slow =
                    hear (fun p ->
                        heard.Add p
                        Thread.Sleep 110)

                (planOf adam 10).Train(moons, 2, 5UL, progress = slow) |> ignore
                let within = heard |> Seq.filter (fun p -> isNull p.Report && p.Epoch = 2) |> List.ofSeq
                Expect.equal within[0].Step 12L "the step after the first epoch's report"
                Expect.all within (fun p -> Double.IsFinite p.Loss) "with the loss so far")

            testCase "cancelled gives the last completed epoch's model, and says so" (fun () ->
                let plan = planOf adam 10
                use source = new CancellationTokenSource()

                let cancel =
                    hear (fun p ->
                        if p.Epoch = 3 && not (isNull p.Report) then
                            source.Cancel())

                let result = plan.Train(moons, 100, 5UL, progress = cancel, cancellationToken = source.Token)
                Expect.isTrue result.IsCancelled "cancelled"
                Expect.equal result.History.Count 3 "completed epochs"
                Expect.equal result.Model (train plan 3 5UL).Model "their model"
                let never = plan.Train(moons, 5, 5UL, cancellationToken = CancellationToken true)

                Expect.isTrue
                    (never.IsCancelled && never.History.Count = 0 && never.SampleCount = 0L)
                    "before the first step"

                Expect.equal never.Model (plan.Initialize 5UL) "the first values")

            testCase "cancelled within an epoch forgets that epoch's steps" (fun () ->
                let plan = planOf adam 10
                use source = new CancellationTokenSource()

                // The pause makes the next step report.
                let cancel =
                    hear (fun p ->
                        if not (isNull p.Report) then
                            Thread.Sleep 110
                        elif p.Epoch = 2 then
                            source.Cancel())

                let result = plan.Train(moons, 9, 5UL, progress = cancel, cancellationToken = source.Token)
                Expect.isTrue result.IsCancelled "cancelled"
                Expect.equal result.SampleCount 113L "in the second epoch, after its first step"
                Expect.equal result.History.Count 1 "completed epochs"
                Expect.equal result.Model (train plan 1 5UL).Model "the first epoch's model")

            testCase "starts from a model, and a second training goes on from the first's" (fun () ->
                let plan = planOf (Optimizer.Sgd 0.1) 10
                let start = (train plan 2 1UL).Model
                let result = plan.Train(moons, 1, 8UL, start = start)
                Expect.equal (plan.Train(moons, 1, 8UL, start = start)).Model result.Model "the same bits"
                Expect.notEqual result.Model (train plan 1 8UL).Model "other than from the seed's first values"

                Expect.isLessThan
                    result.History[0].TrainLoss
                    (train plan 1 8UL).History[0].TrainLoss
                    "better from the start"

                let still = planOf (Optimizer.Sgd 1e-30) 10

                Expect.equal
                    (still.Train(moons, 1, 8UL, start = start)).Model
                    start
                    "without steps worth the name, the same")

            testCase "in double is the same algorithm: losses agree with float's to its precision" (fun () ->
                let single = train (planOf adam 10) 3 5UL
                let plan = small.CompileTraining<float>(Loss.BinaryCrossEntropy, adam, 10)
                let double = plan.Train(moons, 3, 5UL)

                for a, b in Seq.zip single.History double.History do
                    Expect.floatClose { absolute = 0.0; relative = 1e-4 } a.TrainLoss b.TrainLoss $"epoch {a.Epoch}"

                Expect.isTrue (plan.Verify().Passed) (string (plan.Verify())))
        ]
