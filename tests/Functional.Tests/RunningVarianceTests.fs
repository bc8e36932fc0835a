/// What a running variance may be that a caller gives.
module RunningVarianceTests

open System
open Expecto
open Functional
open Differences
open LayerFixtures

let tests =
    testList
        "a running variance"
        [
            for name, path, networkOf in
                [
                    "folded", "batchnorm1/variance", (fun n -> compose [ dense 2 n; Layers.BatchNorm() ])
                    "kept", "batchnorm1/variance", (fun n -> compose [ dense 2 n; Layers.Tanh; Layers.BatchNorm() ])
                    "shared",
                    "norm/batchnorm1/variance",
                    (fun n -> compose [ dense 2 n; Layers.Shared("norm", Layers.BatchNorm()) ])
                    "the second",
                    "batchnorm2/variance",
                    (fun n -> compose [ dense 2 n; Layers.BatchNorm(); Layers.BatchNorm() ])
                ] do
                ToleranceTable.lawOf [] 20 $"is refused when it is negative, and named: {name}" (fun (seed: int) ->
                    let random = Random seed
                    let columns = random.Next(1, 40)
                    let network = networkOf columns
                    let model = modelOf network 2 random
                    let at = random.Next columns
                    let x = [| 0.5; -0.25 |]

                    let withNumber number =
                        let numbers = Array.copy (doubles model.Parameters[path])

                        for i in at .. columns - 1 do
                            numbers[i] <- number

                        model.Parameters.With(path, Tensor<float>(shape [ columns ], ReadOnlySpan numbers))

                    let plan = network.CompileInference<float>(4, options 2)

                    let predict parameters =
                        let outputs = Array.zeroCreate columns
                        plan.Predict(parameters, ReadOnlySpan x, outputs.AsSpan())
                        outputs

                    for number in [ -0.25; -1e-300; -infinity ] do
                        let wrong = withNumber number

                        for refused in
                            [
                                fun () -> Model<float>(network, wrong) |> ignore
                                fun () -> predict wrong |> ignore
                            ] do
                            let error = errorOf<ParameterException> refused
                            let text = FormattableString.Invariant $"Parameter {path}: element [{at}] is {number}, "
                            Expect.stringStarts error text "which, and where"
                            Expect.stringContains error "at least 0. Give the mean squared deviations" "the fix"

                    Expect.equal (predict model.Parameters) (model.Predict(ReadOnlySpan x)) "the plan still predicts"

                    let single = Parameters<float>(withNumber -2.0).Cast<float32>()

                    errorOf<ParameterException>(fun () -> Model<float32>(network, single) |> ignore) |> ignore

                    for number in [ 0.0; -0.0; 1e-300; infinity ] do
                        let parameters = withNumber number
                        let predicted = Model<float>(network, parameters).Predict(ReadOnlySpan x)
                        Expect.equal (predict parameters) predicted "the same"
                        Expect.isFalse (Array.exists Double.IsNaN predicted) $"{number} is a variance"

                    let undefined = withNumber nan
                    let predicted = Model<float>(network, undefined).Predict(ReadOnlySpan x)

                    for i in 0 .. columns - 1 do
                        Expect.equal (Double.IsNaN predicted[i]) (i >= at) "NaN is seen, as of any parameter")
        ]
