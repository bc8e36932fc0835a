module EarlyStoppingTests

open System
open Expecto
open FsCheck
open Functional

/// What the rule knows after all values, or after the one at which it stops.
let private run (rule: EarlyStopping) (values: float list) =
    let rec go (state: EarlyStopping.State) values =
        match values with
        | value :: rest when not (rule.Stops state) || state.Epoch = 0 -> go (rule.After(state, value)) rest
        | _ -> state

    go (EarlyStopping.State()) values

/// The first epoch of the smallest value.
let private firstSmallest (values: float list) =
    1 + List.findIndex ((=) (List.min values)) values

let private finite (values: NormalFloat list) =
    values |> List.map (fun (NormalFloat v) -> v)

let tests =
    testList
        "EarlyStopping"
        [
            testProperty
                "stops at the first epoch that ends so many in a row, none better than the best before; the best is the first smallest"
                (fun (values: NormalFloat list) (PositiveInt patience) ->
                    // Few different values, so that there are equal ones.
                    let values = finite values |> List.map (fun v -> Math.Round(v % 4.0))
                    let patience = 1 + patience % 5

                    let ends epoch =
                        epoch > patience
                        && List.min (List.take (epoch - patience) values)
                           <= List.min (values |> List.take epoch |> List.skip (epoch - patience))

                    let stop = [ 1 .. values.Length ] |> List.tryFind ends
                    let state = run (EarlyStopping patience) values
                    Expect.equal state.Epoch (Option.defaultValue values.Length stop) "the epoch it stops at"

                    if not values.IsEmpty then
                        Expect.equal state.BestEpoch (firstSmallest (List.take state.Epoch values)) "the best"
                        Expect.equal state.Best values[state.BestEpoch - 1] "its value")

            testProperty
                "counts only what is better than the last that counted by more than the minimum"
                (fun (values: NormalFloat list) (PositiveInt patience) (NormalFloat least) ->
                    let values, least = finite values, abs least % 10.0
                    let rule = EarlyStopping(patience, least)
                    let state = run rule values

                    let improving =
                        ([], List.indexed (List.take state.Epoch values))
                        ||> List.fold (fun counted (i, value) ->
                            match counted with
                            | (_, best) :: _ when not (value < best - least) -> counted
                            | _ -> (i + 1, value) :: counted)

                    let best = improving |> List.tryHead |> Option.map fst |> Option.defaultValue 0
                    Expect.equal state.BestEpoch best "the last that counted"

                    Expect.isTrue
                        (state.Epoch = values.Length || state.Epoch - state.BestEpoch = patience)
                        "it stops at once, and never before")

            testProperty
                "of the accuracy is that of the loss with its sign turned"
                (fun (values: NormalFloat list) (PositiveInt patience) (NormalFloat least) ->
                    let values, least = finite values, abs least
                    let loss = run (EarlyStopping(patience, least)) (List.map (~-) values)
                    let accuracy = run (EarlyStopping(patience, least, EpochMetric.ValidationAccuracy)) values
                    Expect.equal (accuracy.Epoch, accuracy.BestEpoch) (loss.Epoch, loss.BestEpoch) "the same epochs")

            testProperty
                "takes NaN for worse than every number"
                (fun (values: float option list) (PositiveInt patience) ->
                    let values = values |> List.map (Option.filter (Double.IsNaN >> not))
                    let worst = Option.defaultValue infinity
                    let state = run (EarlyStopping patience) (values |> List.map (Option.defaultValue nan))
                    let other = run (EarlyStopping patience) (List.map worst values)

                    // Infinity is worse than every finite number too, but not than NaN.
                    if values |> List.forall (Option.forall Double.IsFinite) then
                        Expect.equal (state.Epoch, state.BestEpoch) (other.Epoch, other.BestEpoch) "the same epochs")

            testCase "refuses a patience below 1, an improvement that is none and a metric that is none" (fun () ->
                let refuses patience least metric =
                    Expect.throwsT<ArgumentOutOfRangeException>
                        (fun () -> EarlyStopping(patience, least, metric) |> ignore)
                        $"{patience}, {least}, {metric}"

                refuses 0 0.0 EpochMetric.TrainLoss
                refuses -1 0.0 EpochMetric.TrainLoss

                for least in [ -1.0; nan; infinity ] do
                    refuses 1 least EpochMetric.TrainLoss

                refuses 1 0.0 (enum 7))
        ]
