module GradientCheckProgressTests

open System
open System.Collections.Generic
open System.Threading
open Expecto
open Functional
open Functional.FsCheck
open Cases
open GradientFixtures

/// Keeps what it is told, and does something with it.
type private Told(heed: GradientCheckProgress -> unit) =
    let told = List<GradientCheckProgress>()
    member _.All = List.ofSeq told

    interface IProgress<GradientCheckProgress> with
        member _.Report reached =
            told.Add reached
            heed reached

let private progress =
    let network = dense 2 3 >>> Layers.Tanh >>> dense 3 1
    let droppedBias = GradientCheckOptions(Gradient = derivedBy droppedBias)

    testList
        "tells how far it has come"
        [
            law 50 "and ends each point with what is decided, and what is not" (fun (case: Case) ->
                let told = Told ignore
                // Of whole numbers some lie on kinks.
                let options =
                    GradientCheckOptions.Default.DrawnBy(case.Seed, case.Rows, 0, Option.toNullable case.Input)

                let result = GradientCheck.Check(case.Network, case.Loss, options, told)
                Expect.equal result (GradientCheck.Check(case.Network, case.Loss, options)) "the same result"
                let total = result.Items |> Seq.sumBy (fun item -> item.Checked + item.Excluded)
                let checkedCount = result.Items |> Seq.sumBy _.Checked

                Expect.equal
                    (List.last told.All)
                    (GradientCheckProgress(checkedCount, total, result.Points, null))
                    "all of it"

                Expect.equal
                    (told.All |> List.map _.Point |> List.distinct)
                    [ 1 .. result.Points ]
                    "every point, in order"

                let decided = told.All |> List.map _.Decided
                Expect.equal decided (List.sort decided) "never less")

            testCase "also in locating a fault" (fun () ->
                let told = Told ignore
                let result = GradientCheck.Check(network, mse, droppedBias, told)
                Expect.isFalse result.Passed "it fails"

                Expect.equal
                    (told.All |> List.map (_.Part >> Option.ofObj) |> List.distinct)
                    [
                        None
                        Some(string network)
                        Some "Dense(2, 3)"
                        Some "Tanh"
                        Some "Dense(3, 1)"
                        Some "MeanSquaredError"
                    ]
                    "the whole, then part by part, and the loss")

            testCase "direction by direction of the Hessian" (fun () ->
                let told = Told ignore
                GradientCheck.CheckHessian(network, mse, GradientCheckOptions(Directions = 3), told) |> ignore

                Expect.equal
                    told.All
                    [ for number in 1..3 -> GradientCheckProgress(number, 3, 1, null) ]
                    "three directions")
        ]

let private cancellation =
    let network = dense 2 3 >>> Layers.Tanh >>> dense 3 1

    let stops name (check: CancellationTokenSource -> unit) =
        testCase name (fun () ->
            use source = new CancellationTokenSource()
            Expect.throwsT<OperationCanceledException> (fun () -> check source) "cancelled")

    testList
        "stops when cancelled"
        [
            stops "before it begins" (fun source ->
                source.Cancel()
                GradientCheck.Check(network, mse, cancellationToken = source.Token) |> ignore)

            stops "before the Hessian's" (fun source ->
                source.Cancel()
                GradientCheck.CheckHessian(network, mse, cancellationToken = source.Token) |> ignore)

            stops "between two derivatives" (fun source ->
                let options =
                    GradientCheckOptions(
                        Gradient =
                            fun point ->
                                source.Cancel()
                                point.Compiled()
                    )

                GradientCheck.Check(network, mse, options, cancellationToken = source.Token) |> ignore)

            // A gradient of one's own may throw at parts: this is something else.
            stops "while it locates a fault" (fun source ->
                let options = GradientCheckOptions(Gradient = derivedBy droppedBias)

                let told =
                    Told(fun reached ->
                        if not (isNull reached.Part) then
                            source.Cancel())

                GradientCheck.Check(network, mse, options, told, source.Token) |> ignore)

            stops "between two directions of the Hessian" (fun source ->
                GradientCheck.CheckHessian(
                    network,
                    mse,
                    progress = Told(fun _ -> source.Cancel()),
                    cancellationToken = source.Token
                )
                |> ignore)
        ]

let tests = testList "GradientCheck on the way" [ progress; cancellation ]
