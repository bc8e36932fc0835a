module SharedTests

open System
open System.Collections.Generic
open Expecto
open Functional
open Differences
open LayerFixtures

let private mse = Loss.MeanSquaredError

let private block = compose [ dense 3 3; Layers.LayerNorm(); Layers.Tanh ]

/// A network around some part that comes twice.
let private around (first: Network) (second: Network) =
    compose [ dense 2 3; first; Layers.Residual second; dense 3 2 ]

let private tied =
    let part = Layers.Shared("tied", block)
    around part part

let private copies = around block block

/// Of a path in one of the copies: the path in the shared one.
let private inShared (path: string) =
    match path with
    | "dense2/W"
    | "dense2/b"
    | "layernorm1/gamma"
    | "layernorm1/beta" -> "tied/" + path.Replace("dense2", "dense1")
    | "dense3/W"
    | "dense3/b" -> path.Replace("dense3", "dense2")
    | path when path.StartsWith "residual1/" -> "tied/" + path["residual1/".Length ..]
    | path -> path

let private isShared (path: string) = path.StartsWith "tied/"

let private parameters =
    testList
        "under one name"
        [
            testCase "have one set of parameters, counted once" (fun () ->
                let paths = [ "tied/dense1/W"; "tied/dense1/b"; "tied/layernorm1/gamma"; "tied/layernorm1/beta" ]
                let model = (tied.CompileTraining<float>(mse, Optimizer.Sgd 0.1)).Initialize 1UL

                Expect.sequenceEqual
                    model.Parameters.Keys
                    [ "dense1/W"; "dense1/b"; yield! paths; "dense2/W"; "dense2/b" ]
                    "the paths"

                Expect.equal tied.ParameterCount (9L + 12L + 6L + 8L) "ParameterCount"
                Expect.equal model.Parameters.ElementCount tied.ParameterCount "elements"
                let plan = tied.CompileTraining<float>(mse, Optimizer.Sgd 0.1)
                Expect.equal plan.ParameterCount tied.ParameterCount "the plan's"
                let described = tied.Describe() |> Seq.filter (fun layer -> layer.Path = "tied/dense1") |> List.ofSeq
                Expect.equal described.Length 2 "in both places")

            testCase "without Shared are two independent copies" (fun () ->
                Expect.equal copies.ParameterCount (9L + 2L * (12L + 6L) + 8L) "ParameterCount"
                let plan = copies.CompileTraining<float>(mse, Optimizer.Sgd 0.1, 4)
                let first, second = "dense2/W", "residual1/dense1/W"
                let model = plan.Initialize 1UL
                Expect.notEqual model.Parameters[first] model.Parameters[second] "begin apart"
                let equal = Model<float>(copies, model.Parameters.With(second, model.Parameters[first]))
                use session = plan.Start equal
                let x, y = Array.concat (normals (Random 1) 4 2), Array.concat (normals (Random 2) 4 2)
                session.Step(ReadOnlySpan x, ReadOnlySpan y) |> ignore
                let after = session.Snapshot().Parameters
                Expect.notEqual after[first] after[second] "and move apart when they begin together")

            ToleranceTable.lawOf
                []
                20
                "predict as copies of equal weights do, with the sum of their gradients"
                (fun (seed: int) ->
                    let random = Random seed
                    let model = modelOf tied 2 random

                    let values =
                        [
                            for info in (inferenceOf copies 2).Parameters ->
                                KeyValuePair(info.Path, model.Parameters[inShared info.Path])
                        ]

                    let equal = Model<float>(copies, Parameters<float> values)
                    let rows = random.Next(1, 9)
                    let x, y = Array.concat (normals random rows 2), Array.concat (normals random rows 2)

                    Expect.equal
                        (model.Predict(ReadOnlySpan x))
                        (equal.Predict(ReadOnlySpan x))
                        "the same predictions, bit for bit"

                    let gradient (network: Network) (model: Model<float>) =
                        (network.CompileGradient<float>(mse, 8)).Gradient(model, ReadOnlySpan x, ReadOnlySpan y)

                    let together, apart = gradient tied model, gradient copies equal
                    expectClose 1e-12 [| together.Loss |] [| apart.Loss |] "loss"
                    expectClose 1e-12 (doubles together.Input) (doubles apart.Input) "∂L/∂x"

                    let sums =
                        apart.Parameters
                        |> Seq.groupBy (fun pair -> inShared pair.Key)
                        |> Seq.map (fun (path, parts) ->
                            path, parts |> Seq.map (fun pair -> doubles pair.Value) |> List.ofSeq)
                        |> List.ofSeq

                    Expect.equal (sums |> List.length) together.Parameters.Count "the same paths"

                    for path, parts in sums do
                        Expect.equal parts.Length (if isShared path then 2 else 1) $"{path} in each copy"

                        expectClose
                            1e-12
                            (doubles together.Parameters[path])
                            (List.reduce (Array.map2 (+)) parts)
                            $"∂L/∂ {path}")

            testCase "make a model that is its network and parameters" (fun () ->
                let plan = tied.CompileTraining<float32>(mse, Optimizer.Adam 0.01, 4)
                use session = plan.Start 1UL
                let x, y = singles (normals (Random 1) 4 2), singles (normals (Random 2) 4 2)

                for _ in 1..3 do
                    session.Step(ReadOnlySpan x, ReadOnlySpan y) |> ignore

                let model = session.Snapshot()
                let again = Model<float32>(Network.Parse(string model.Network), Parameters<float32> model.Parameters)
                Expect.equal again model "the same value"
                Expect.equal (again.Predict(ReadOnlySpan x)) (model.Predict(ReadOnlySpan x)) "the same predictions"
                use going = plan.Start(again, 1UL)
                Expect.equal (going.Snapshot()) model "to begin with again")

            testCase "may be optimized and frozen by their path" (fun () ->
                let plan = tied.CompileTraining<float32>(mse, (Optimizer.Sgd 0.1).Freeze "tied/dense1/W", 4)
                use session = plan.Start 1UL
                let before = session.Snapshot().Parameters
                let x, y = singles (normals (Random 1) 4 2), singles (normals (Random 2) 4 2)
                session.Step(ReadOnlySpan x, ReadOnlySpan y) |> ignore
                let after = session.Snapshot().Parameters
                Expect.equal after["tied/dense1/W"] before["tied/dense1/W"] "frozen"
                Expect.notEqual after["tied/dense1/b"] before["tied/dense1/b"] "not frozen")
        ]

let private allowed =
    testTheory
        "fit"
        [
            "Shared(\"a\", Dense(2, 2)) >> Shared(\"a\", Dense(2, 2))", 6L
            "Shared(\"a\", Dense(2, 2)) >> Shared(\"a\", Dense(2))", 6L
            "Shared(\"a\", Dense(2, 2)) >> Shared(\"b\", Dense(2, 2))", 12L
            "Shared(\"a\", Dense(2, 2)) >> Named(\"b\", Shared(\"a\", Dense(2, 2)))", 6L
            "Shared(\"a\", Shared(\"b\", Dense(2, 2))) >> Shared(\"b\", Dense(2, 2))", 6L
            "Shared(\"a\", Relu) >> Dense(2, 3) >> Shared(\"a\", Relu)", 9L
            "Dense(2, 2) >> Concat(Shared(\"a\", Dense(2, 1)), Tanh >> Shared(\"a\", Dense(2, 1)))", 9L
            "Dense(2, 2) >> Shared(\"dense2\", Dense(2, 2))", 12L
        ]
        (fun (text, count) -> Expect.equal (Network.Parse text).ParameterCount count text)

let private refused =
    let another = "Choose another one."

    testTheory
        "are refused, with the fix,"
        [
            "Shared(\"a\", Dense(2, 2)) >> Shared(\"a\", Dense(2, 2, bias: false))",
            "Share one network, or choose another name."
            "Shared(\"a\", Dense(2, 2)) >> Shared(\"a\", Dense(2, 3))", "Share one network, or choose another name."
            "Shared(\"a\", Dense(2, 2)) >> Shared(\"a\", Dense(2, 2) >> Relu)",
            "Share one network, or choose another name."
            "Dense(2, 3) >> Shared(\"a\", Dense(4)) >> Shared(\"a\", Dense(4))",
            "Share one network, or choose another name."
            "Shared(\"a\", Relu) >> Shared(\"a\", Tanh)", "Share one network, or choose another name."
            "Dense(2, 3) >> Shared(\"a\", BatchNorm()) >> Dense(4) >> Shared(\"a\", BatchNorm())",
            "Share networks between inputs of the same size only."
            "Dense(2, 3) >> Shared(\"a\", LayerNorm()) >> Dense(4) >> Shared(\"a\", LayerNorm())",
            "Share networks between inputs of the same size only."
            "Shared(\"dense1\", Dense(2, 2)) >> Dense(2, 2)", another
            "Dense(2, 2) >> Shared(\"dense1\", Dense(2, 2))", another
            "Named(\"a\", Dense(2, 2)) >> Shared(\"a\", Dense(2, 2))", another
            "Residual(Dense(2, 2)) >> Shared(\"residual1\", Dense(2, 2))", another
        ]
        (fun (text, fix) ->
            let error = errorOf<ShapeException>(fun () -> Network.Parse text |> ignore)
            Expect.stringContains error "Shared" text
            Expect.stringContains error fix text)

let private names =
    testCase "have names of letters, digits and some signs" (fun () ->
        for name in [ ""; "a/b"; "a b"; "a\"b" ] do
            Expect.throwsT<ArgumentException> (fun () -> Layers.Shared(name, Layers.Relu) |> ignore) $"\"{name}\""

        Expect.throwsT<ArgumentNullException>
            (fun () -> Layers.Shared("a", Unchecked.defaultof<Network>) |> ignore)
            "no network"

        Expect.equal (string (Layers.Shared("é_1.-", Layers.Relu))) "Shared(\"é_1.-\", Relu)" "those")

let tests = testList "Shared networks" [ parameters; allowed; refused; names ]
