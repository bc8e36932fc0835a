module ThreadTests

#nowarn "9" // native pointers
#nowarn "51" // addresses of locals

open System
open System.Collections.Concurrent
open System.Threading
open System.Threading.Tasks
open Microsoft.FSharp.NativeInterop
open Expecto
open Functional
open Functional.Execution
open Functional.Plans

/// Large enough for its products, its softmax and its elementwise steps to be shared.
let private network =
    Network.Parse "Gelu >> Gelu >> Dense(300, 200) >> Tanh >> Dense(200, 300) >> Relu >> Dense(300, 70) >> Softmax"

let private rows = 257

let private random = Random 5

let private features = Array.init (rows * 300) (fun _ -> float32 (random.NextDouble() - 0.5))

let private labels = Array.init rows (fun _ -> float32 (random.Next 70))

let private planOf layout threads =
    let options = CompileOptions(Threads = threads, Layout = layout)
    network.CompileTraining<float32>(Loss.CrossEntropy, Optimizer.Adam 0.01, rows, options)

let private plan = planOf LayoutPolicy.Cheapest

/// Three steps of a full batch and one of a partial batch.
let private trained (plan: TrainingPlan<float32>) =
    use session = plan.Start 3UL
    let losses = [ for _ in 1..3 -> session.Step(ReadOnlySpan features, ReadOnlySpan labels) ]
    let last = session.Step(ReadOnlySpan(features, 0, 101 * 300), ReadOnlySpan(labels, 0, 101))
    last :: losses, session.Snapshot().Parameters

let private patience = TimeSpan.FromSeconds 30.0

/// A kernel whose parts wait for each other: none ends before all have begun, so that each needs a thread of its own.
type Meeting private () =
    static let mutable expected = new CountdownEvent 0
    static let mutable met = ConcurrentBag()

    static member Run(_arguments: nativeint) =
        expected.Signal() |> ignore
        met.Add(Environment.CurrentManagedThreadId, expected.Wait patience)

    /// As a kernel.
    static member Pointer =
        (typeof<Meeting>.GetMethod(nameof Meeting.Run) |> Unchecked.nonNull).MethodHandle.GetFunctionPointer()

    static member Expect parts =
        expected <- new CountdownEvent(parts)
        met <- ConcurrentBag()

    /// The threads that met, or a failure.
    static member Threads =
        for _, inTime in met do
            Expect.isTrue inTime "a part waited in vain for the others to begin"

        [ for thread, _ in met -> thread ]

let private withKernel pointer (step: BoundStep) : BoundStep =
    let field = typeof<BoundStep>.GetField "Kernel" |> Unchecked.nonNull
    let boxed = box step
    field.SetValue(boxed, pointer)
    unbox boxed

/// Alone: a team that another run has is not there for this one.
let private sharing =
    testSequenced (
        testList
            "run parts of one step at the same time, each its own"
            [
                testCase "by the team" (fun () ->
                    for threads in [ 2; 4 ] do
                        match WorkerTeam.TryTake threads with
                        | null -> failtest "nobody else has the team"
                        | team ->
                            Meeting.Expect threads
                            let mutable step = withKernel Meeting.Pointer (BoundStep(Parts = threads))
                            team.Run(&&step)
                            team.Release()
                            let met = Meeting.Threads
                            Expect.hasLength met threads "every part ran once"
                            Expect.hasLength (List.distinct met) threads "no two on one thread")

                testCase "by a plan" (fun () ->
                    let threads = 3
                    let plan = plan threads
                    use executor = Executor<float32>.Create(plan.Compiled.Plan, VectorWidth.Auto, threads)
                    let steps = PlanRuns.stepsOf executor

                    let shared =
                        [
                            for i in 0 .. plan.Compiled.Plan.Steps.Count - 1 do
                                if (NativePtr.get steps i).Parts > 1 then
                                    i
                        ]

                    Expect.isGreaterThan shared.Length 5 "its products are worth sharing"

                    for i in shared do
                        let step = NativePtr.get steps i
                        Meeting.Expect step.Parts
                        NativePtr.set steps i (withKernel Meeting.Pointer step)
                        executor.Run rows
                        NativePtr.set steps i step
                        let met = Meeting.Threads
                        Expect.hasLength met threads "every part ran once"
                        Expect.hasLength (List.distinct met) threads "no two on one thread"
                        Expect.contains met Environment.CurrentManagedThreadId "the caller takes a part too")
            ]
    )

let tests =
    testList
        "Threads"
        [
            sharing
            testCase "do not change a bit" (fun () ->
                for layout in [ LayoutPolicy.RowMajor; LayoutPolicy.FeatureMajor ] do
                    let expected = trained (planOf layout 1)

                    for threads in [ 2; 3; 7 ] do
                        Expect.isTrue
                            (trained (planOf layout threads) = expected)
                            $"{threads} threads give the bits of one, {layout}")
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
                Expect.throwsT<ArgumentOutOfRangeException> (fun () -> plan 0 |> ignore) "no thread"
                Expect.throwsT<ArgumentOutOfRangeException> (fun () -> plan 1025 |> ignore) "too many")
        ]
