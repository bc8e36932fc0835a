module MnistExperimentTests

open System
open System.IO
open System.Threading
open Expecto
open Functional
open Functional.Experiments

let private defaultSeed = 42UL

let private mnist =
    lazy
        (let folder = Repository.path "../shared/data/mnist"

         if Directory.Exists folder then Some(Datasets.Mnist folder) else None)

let private experiment name =
    Catalogue.All |> Seq.find (fun experiment -> experiment.Name = name)

let private contextFor (experiment: Experiment) =
    match experiment.UsesMnist, mnist.Value with
    | false, _ -> ExperimentContext defaultSeed
    | true, Some mnist -> ExperimentContext(defaultSeed, mnist)
    | true, None -> skiptest "MNIST is not here: ../shared/data/mnist, beside the repository, is absent."

let private names = [ "depth"; "vanishing-gradient"; "initialization"; "batch-norm"; "mnist" ]

/// The result with the default seed, once for all tests.
let private result =
    let run name =
        lazy
            (let experiment = experiment name
             experiment.Run.Invoke(contextFor experiment))

    let results = dict [ for name in names -> name, run name ]
    fun name -> results[name].Value

let private table name (result: ExperimentResult) =
    result.Data |> Seq.find (fun table -> table.Name = name)

/// A table's rows, each as a function from its columns' names to cells.
let private rows (table: DataTable) =
    [
        for row in table.Rows ->
            fun column ->
                match Seq.tryFindIndex ((=) column) table.Columns with
                | Some index -> row[index]
                | None -> failtest $"{table.Name} has no column {column}"
    ]

let private number (cell: obj | null) =
    match cell with
    | :? double as x -> x
    | :? int as n -> double n
    | other -> failtest $"{other} is not a number"

let private text (cell: obj | null) = string cell

/// All rows of a key, for every key.
let private by (keys: string list) rows =
    rows |> List.groupBy (fun (row: string -> obj | null) -> [ for key in keys -> text (row key) ])

let private claims =
    testList
        "is as it claims"
        [
            for name in names ->
                testCase name (fun () ->
                    let result = result name
                    Expect.isGreaterThanOrEqual result.Claims.Count 3 "claims"

                    for claim in result.Claims do
                        Expect.isTrue claim.Holds $"{claim.Statement}: {claim.Evidence}"
                        Expect.isMatch claim.Evidence @"\d" "evidence has numbers")
        ]

let private measured =
    testList
        "measures"
        [
            testCase "the gradient of every layer at every depth" (fun () ->
                let gradients =
                    result "vanishing-gradient" |> table "gradients" |> rows |> by [ "activation"; "layers" ]

                Expect.hasLength gradients (3 * 19) "networks"

                for key, layers in gradients do
                    let norms = [ for row in layers -> number (row "norm") ]

                    Expect.equal
                        [ for row in layers -> number (row "layer") ]
                        [ 1.0 .. double key[1] ]
                        $"layers of {key}"

                    Expect.isTrue (norms |> List.forall (fun norm -> norm > 0.0 && Double.IsFinite norm)) $"{key}"

                    if key[0] = "Sigmoid" then
                        Expect.isAscending norms $"{key}: less the further it has come")

            testCase "one width at every depth, and the widest that the parameters allow" (fun () ->
                let parameters (sizes: int list) =
                    sizes |> List.pairwise |> List.sumBy (fun (inputs, outputs) -> inputs * outputs + outputs)

                let widened (sizes: int list) =
                    sizes |> List.mapi (fun i size -> if i = 0 || i = sizes.Length - 1 then size else size + 1)

                let parse (cell: string) =
                    cell.Trim('[', ']').Split(", ") |> Array.map int |> List.ofArray

                let summary = (result "depth").Summary |> rows |> by [ "with" ] |> dict
                let lists = [ for row in summary[[ "width 8" ]] -> parse (text (row "layer sizes")) ]
                Expect.equal lists [ for hidden in 0..6 -> [ 2; yield! List.replicate hidden 8; 7 ] ] "width 8"
                let bounded = summary[[ "200 parameters" ]]
                Expect.hasLength bounded 6 "depths"

                for row in bounded do
                    let sizes = parse (text (row "layer sizes"))
                    Expect.equal (number (row "parameters")) (double (parameters sizes)) $"parameters of {sizes}"
                    Expect.isLessThanOrEqual (parameters sizes) 200 $"{sizes}"
                    Expect.isGreaterThan (parameters (widened sizes)) 200 $"{sizes} could be wider")

            testCase "every epoch of every start, of which the summary has the median" (fun () ->
                let result = result "depth"
                let keys = [ "with"; "layer sizes" ]
                let histories = result |> table "history" |> rows |> by (keys @ [ "start" ])
                Expect.hasLength histories (13 * 5) "trainings"

                for key, epochs in histories do
                    Expect.equal [ for row in epochs -> number (row "epoch") ] [ 1.0 .. 60.0 ] $"epochs of {key}"

                let starts = result |> table "starts" |> rows |> by keys |> dict

                for row in rows result.Summary do
                    let key = [ for key in keys -> text (row key) ]
                    let losses = List.sort [ for start in starts[key] -> number (start "validation loss") ]
                    Expect.equal (number (row "validation loss")) losses[2] $"the median of {key}")

            testCase "activations of every layer, and epochs up to a divergence" (fun () ->
                let result = result "initialization"
                let keys = [ "activation"; "initializer" ]
                let histories = result |> table "history" |> rows |> by keys |> dict
                let signals = result |> table "activations" |> rows |> by keys |> dict
                Expect.hasLength (rows result.Summary) 8 "networks"

                for row in rows result.Summary do
                    let key = [ for key in keys -> text (row key) ]
                    let deviations = [ for signal in signals[key] -> number (signal "deviation") ]
                    Expect.hasLength deviations 10 $"layers of {key}"
                    Expect.all deviations (fun deviation -> deviation > 0.0) $"deviations of {key}"

                    if key[0] = "Tanh" then
                        Expect.all deviations (fun deviation -> deviation <= 1.0) $"tanh is within ±1: {key}"

                    let epochs =
                        match histories.TryGetValue key with
                        | true, rows -> rows.Length
                        | _ -> 0

                    match row "diverged in step" with
                    | null -> Expect.equal epochs 8 $"epochs of {key}"
                    | step ->
                        Expect.equal (double epochs) (floor ((number step - 1.0) / 200.0)) $"whole epochs of {key}")

            testCase "every epoch with and without batch normalization, at the same rates" (fun () ->
                let histories =
                    result "batch-norm" |> table "history" |> rows |> by [ "hidden layers"; "learning rate" ]

                Expect.equal
                    (List.map fst histories)
                    [
                        for layers in [ "dense, σ"; "dense, batch norm, σ" ] do
                            for rate in [ "0.1"; "0.3"; "1"; "3"; "10" ] -> [ layers; rate ]
                    ]
                    "networks"

                for key, epochs in histories do
                    Expect.equal [ for row in epochs -> number (row "epoch") ] [ 1.0 .. 8.0 ] $"epochs of {key}")

            testCase "the outputs of normalized neurons, before training as after it" (fun () ->
                let result = result "batch-norm"
                let keys = [ "hidden layers"; "learning rate"; "when"; "hidden layer" ]
                let signals = result |> table "activations" |> rows |> by keys
                let histograms = result |> table "histogram" |> rows |> by keys
                Expect.hasLength signals (2 * 5 * 2 * 3) "layers"
                Expect.equal (List.map fst histograms) (List.map fst signals) "a histogram each"

                for key, bins in histograms do
                    Expect.equal
                        [ for row in bins -> number (row "edge") ]
                        [ for bin in 0..19 -> double bin / 20.0 ]
                        $"edges of {key}"

                    let shares = [ for row in bins -> number (row "share") ]
                    Expect.all shares (fun share -> share >= 0.0) $"shares of {key}"
                    Expect.floatClose Accuracy.high (List.sum shares) 1.0 $"all outputs of {key}"

                // u is of mean 0 and deviation 1, and E(σ(u)²) − ¼ = 0.2083² if it is normal.
                for key, layer in signals do
                    if key[0] = "dense, batch norm, σ" && key[2] = "before training" then
                        for row in layer do
                            let deviation = number (row "deviation over images")
                            Expect.isLessThan (abs (deviation - 0.2083)) 0.01 $"deviation of {key}")

            testCase "every epoch of three activations" (fun () ->
                let histories = result "mnist" |> table "history" |> rows |> by [ "activation" ]
                Expect.equal (List.map fst histories) [ [ "Sigmoid" ]; [ "Tanh" ]; [ "Relu" ] ] "activations"

                for key, epochs in histories do
                    Expect.equal [ for row in epochs -> number (row "epoch") ] [ 1.0 .. 10.0 ] $"epochs of {key}")
        ]

let private runs =
    testList
        "runs"
        [
            testCase "the same from the same seed, divergence included" (fun () ->
                let experiment = experiment "initialization"
                let first = result experiment.Name
                Expect.equal (experiment.Run.Invoke(contextFor experiment)) first "results")

            testCase "until it is cancelled" (fun () ->
                for experiment in Catalogue.All do
                    use cancellation = new CancellationTokenSource()
                    let mutable lines = 0

                    let report (_: string) =
                        lines <- lines + 1
                        cancellation.Cancel()

                    let context = contextFor experiment
                    let stopping = ExperimentContext(defaultSeed, context.Mnist, report, cancellation.Token)

                    Expect.throwsT<OperationCanceledException>
                        (fun () -> experiment.Run.Invoke stopping |> ignore)
                        experiment.Name

                    Expect.equal lines 1 $"{experiment.Name} goes no further")

            testCase "with MNIST only where it says so" (fun () ->
                for experiment in Catalogue.All do
                    if experiment.UsesMnist then
                        let error =
                            ModelFixtures.message<DataException>(fun () ->
                                experiment.Run.Invoke(ExperimentContext defaultSeed) |> ignore)

                        Expect.stringContains error $"The experiment {experiment.Name} needs MNIST" "what is missing"
                        Expect.stringContains error "Datasets.Mnist(folder)" "the fix")
        ]

let tests = testList "experiments with depth and MNIST" [ claims; measured; runs ]
