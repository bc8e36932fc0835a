module ThreadTests

open System.Threading.Tasks
open Expecto
open Functional

/// Large enough for its products, its softmax and its elementwise steps to be shared.
let private network = Network.Parse "Dense(96, 200) >> Tanh >> Dense(200, 300) >> Relu >> Dense(300, 70) >> Softmax"

let private rows = 257

let private random = System.Random 5

let private features = Array.init (rows * 96) (fun _ -> float32 (random.NextDouble() - 0.5))

let private labels = Array.init rows (fun _ -> float32 (random.Next 70))

let private plan threads =
    network.CompileTraining<float32>(Loss.CrossEntropy, Optimizer.Adam 0.01, rows, CompileOptions(Threads = threads))

/// Three steps of a full batch and one of a partial batch.
let private trained (plan: TrainingPlan<float32>) =
    use session = plan.Start 3UL
    let losses = [ for _ in 1..3 -> session.Step(System.ReadOnlySpan features, System.ReadOnlySpan labels) ]
    let last = session.Step(System.ReadOnlySpan(features, 0, 101 * 96), System.ReadOnlySpan(labels, 0, 101))
    last :: losses, session.Snapshot().Parameters

let tests =
    testList
        "Threads"
        [
            testCase "do not change a bit" (fun () ->
                let expected = trained (plan 1)

                for threads in [ 2; 3; 7 ] do
                    Expect.isTrue (trained (plan threads) = expected) $"{threads} threads give the bits of one")
            testCase "have scratch of their own" (fun () ->
                Expect.isGreaterThan (plan 2).ArenaBytes (plan 1).ArenaBytes "each thread has scratch of its own")
            testCase "are shared by sessions that run at once" (fun () ->
                let expected = trained (plan 1)
                let shared = plan 3
                let results = Array.init 6 (fun _ -> Task.Run(fun () -> trained shared))
                Task.WaitAll(results |> Array.map (fun task -> task :> Task))

                for result in results do
                    Expect.isTrue (result.Result = expected) "every session gives the bits of one thread")
            testCase "must be at least one" (fun () ->
                Expect.throwsT<System.ArgumentOutOfRangeException> (fun () -> plan 0 |> ignore) "no thread"
                Expect.throwsT<System.ArgumentOutOfRangeException> (fun () -> plan 1025 |> ignore) "too many")
        ]
