module ParameterGroupTests

open System
open Expecto
open Functional
open Functional.Graphs
open TrainingFixtures

let private sgd = Optimizer.Sgd 0.1

let private deep =
    Network.Parse "Named(\"encoder\", Dense(2, 8) >> Tanh >> Dense(8, 6) >> Tanh) >> Dense(6, 1) >> Sigmoid"

let private planFor (optimizer: Optimizer) =
    deep.CompileTraining<float32>(Loss.BinaryCrossEntropy, optimizer, 10)

let private encoder = [ "encoder/dense1/W"; "encoder/dense1/b"; "encoder/dense2/W"; "encoder/dense2/b" ]
let private head = [ "dense1/W"; "dense1/b" ]

let private named kind (graph: Graph) =
    [
        for node in graph.Sources kind do
            match node.Primitive with
            | :? Primitive.Source as source -> source.Name
            | _ -> ()
    ]

let private message (optimizer: Optimizer) =
    try
        planFor optimizer |> ignore
        failtest $"{optimizer} compiles"
    with :? ArgumentException as e ->
        e.Message

let private frozen =
    testList
        "Frozen parameters"
        [
            testCase "keep their bits while the others learn" (fun () ->
                for optimizer in [ Optimizer.Adam 0.05; Optimizer.AdamW(0.05).ClipNorm 0.1; Optimizer.Lion(0.01) ] do
                    for paths, moving in [ [ "encoder" ], head; [ "dense1" ], encoder ] do
                        let plan = planFor (optimizer.Freeze(Array.ofList paths))
                        let before = (plan.Initialize 3UL).Parameters
                        let after = (plan.Train(moons, 3, 3UL)).Model.Parameters

                        for path in encoder @ head do
                            if List.contains path moving then
                                Expect.notEqual after[path] before[path] path
                            else
                                Expect.equal after[path] before[path] path)

            testCase "have neither state nor gradient" (fun () ->
                let plan = planFor ((Optimizer.Adam 0.01).Freeze "encoder")
                let states = named SourceKind.State plan.Compiled.Plan.Graph
                Expect.containsAll states [ "dense1/W:m"; "dense1/b:v" ] "states of the head"
                Expect.isEmpty (states |> List.filter _.StartsWith("encoder")) "states of the encoder"

                let gradients =
                    [
                        for output in plan.Compiled.Derived.Outputs do
                            if output.Kind = OutputKind.Gradient then
                                output.Name
                    ]

                Expect.equal gradients head "gradients"

                // Forward 2·8 + 8·6 + 6·1, back 6·1 alone: the way back ends at the head.
                let products (plan: TrainingPlan<float32>) =
                    plan.Compiled.Plan.Graph.Nodes
                    |> Seq.filter (fun node -> node.Primitive :? Primitive.MatMul)
                    |> Seq.length

                Expect.equal (products plan) 4 "products"
                Expect.equal (products (planFor (Optimizer.Adam 0.01))) 8 "products without Freeze")

            testCase "leave the others' step as it is" (fun () ->
                let after (optimizer: Optimizer) =
                    use session = (planFor optimizer).Start 5UL
                    let x, y = rowsOf (moons.Take 10)
                    session.Step(ReadOnlySpan x, ReadOnlySpan y) |> ignore
                    session.Snapshot().Parameters

                let all, some = after sgd, after (sgd.Freeze "encoder/dense2")

                for path in encoder @ head do
                    if not (path.StartsWith "encoder/dense2") then
                        for a, b in Seq.zip (all[path].Data.ToArray()) (some[path].Data.ToArray()) do
                            Expect.floatClose Accuracy.medium (float b) (float a) path)

            testCase "that the loss does not depend on stay too" (fun () ->
                // Nothing in the plan reads them.
                let loss = Loss.Define("target", fun _ y -> y * y)
                let plan = small.CompileTraining<float32>(loss, sgd.Freeze "dense1", 10)
                let before = plan.Initialize 3UL
                Expect.equal (plan.Train(moons, 2, 3UL)).Model.Parameters before.Parameters "all parameters"
                Expect.isTrue (plan.Verify().Passed) (string (plan.Verify())))

            testCase "keep their running statistics too, also where a layer has nothing else" (fun () ->
                for text, path in
                    [
                        "Named(\"encoder\", Dense(2, 3) >> BatchNorm()) >> Dense(1)", "encoder"
                        "Dense(2, 3) >> BatchNorm(affine: false) >> Dense(1)", "batchnorm1"
                    ] do
                    let train (optimizer: Optimizer) =
                        let network = Network.Parse text
                        let plan = network.CompileTraining<float>(Loss.MeanSquaredError, optimizer, 4)
                        let before = plan.Initialize 1UL
                        use session = plan.Start(before, 1UL)

                        for _ in 1..3 do
                            session.Step(ReadOnlySpan [| 1.0; 2.0; -1.0; 0.5 |], ReadOnlySpan [| 1.0; 0.0 |]) |> ignore

                        Expect.isTrue (plan.Verify 3UL).Passed $"{text}, {optimizer}"
                        before.Parameters, session.Snapshot().Parameters

                    let inPart (parameters: Parameters<float>) =
                        [
                            for KeyValue(name, tensor) in parameters do
                                if name.StartsWith path then
                                    name, tensor
                        ]

                    let before, frozen = train ((Optimizer.Sgd 0.1).Freeze path)
                    Expect.equal (inPart frozen) (inPart before) $"{path} stays"
                    let before, moved = train (Optimizer.Sgd 0.1)

                    for (name, before), (_, after) in List.zip (inPart before) (inPart moved) do
                        if name.EndsWith "mean" || name.EndsWith "variance" then
                            Expect.notEqual after before $"{name} moves otherwise")

            testCase "are shown in the explanation" (fun () ->
                let text =
                    (planFor ((Optimizer.Adam 0.01).Freeze("encoder").ForLayer("dense1/b", 0.5).ClipNorm 2.0))
                        .Explain()

                for part in
                    [
                        "Adam(learningRate: 0.01).ClipNorm(2).Freeze(\"encoder\").ForLayer(\"dense1/b\", 0.5): w ← w - rate * "
                        "g ← g·2 / Max(‖g‖, 2)"
                        "encoder: frozen"
                        "dense1/b: w ← w - rate:dense1/b * "
                        "is not computed"
                    ] do
                    Expect.stringContains text part "the explanation")
        ]

let private verification =
    let optimizers =
        [
            sgd.Freeze "encoder"
            (Optimizer.Adam 0.01).Freeze("dense1").ForLayer("encoder/dense1", 0.1)
            (Optimizer.Lion 0.01).ClipNorm(0.1).ForLayer("encoder", 0.02)
            (Optimizer.AdamW 0.01).ClipValue(0.001).With(LearningRateSchedule.WarmUp 3L)
        ]

    testList
        "A verification"
        [
            testCase "passes with groups, limits and schedules" (fun () ->
                for optimizer in optimizers do
                    let report = (planFor optimizer).Verify()
                    Expect.isTrue report.Passed $"{optimizer}\n{report}")

            testCase "says what stays, and why" (fun () ->
                let names (optimizer: Optimizer) =
                    [ for item in (planFor optimizer).Verify().Items -> item.Name ]

                Expect.containsAll
                    (names (sgd.Freeze "encoder"))
                    [ "encoder/dense2/W stays: it is frozen"; "dense1/W moves" ]
                    "frozen"

                Expect.contains
                    (names (sgd.With(LearningRateSchedule.By(fun step -> float (step - 1L)))))
                    "dense1/W stays: the first step's learning rate is 0"
                    "a rate of 0")

            testCase "fails if a frozen parameter moves, or a limit or rate is another one" (fun () ->
                let tampered (claimed: Optimizer) (used: Optimizer) =
                    TrainingPlan<float32>(Loss.BinaryCrossEntropy, claimed, (planFor used).Compiled).Verify()

                let failed (report: VerificationReport) =
                    [
                        for item in report.Items do
                            if not item.Passed then
                                item.Name
                    ]

                Expect.isEmpty (failed (tampered (sgd.Freeze "dense1/b") (sgd.Freeze "dense1/b"))) "untampered"

                Expect.equal
                    (failed (tampered (sgd.Freeze "dense1/b") sgd))
                    [ "dense1/b stays: it is frozen" ]
                    "frozen"

                for claimed in [ sgd.ClipNorm 1e-3; sgd.ClipValue 1e-3; sgd.ForLayer("dense1", 0.5) ] do
                    Expect.contains (failed (tampered claimed sgd)) "dense1/W after a step" $"{claimed}")
        ]

let private limits =
    testList
        "Limits of the gradient"
        [
            testCase "are finite where it is 0" (fun () ->
                // No unit is ever positive.
                let network = Network.Parse "Dense(2, 3) >> Relu >> Dense(3, 1, bias: false)"

                for optimizer in [ sgd.ClipNorm 0.1; sgd.ClipValue 0.1; (Optimizer.Adam 0.1).ClipNorm 0.1 ] do
                    let plan = network.CompileTraining<float32>(Loss.MeanSquaredError, optimizer, 2)

                    let dead =
                        (plan.Initialize 1UL)
                            .Parameters.With("dense1/b", Tensor(shape [ 3 ], ReadOnlySpan [| -99f; -99f; -99f |]))

                    use session = plan.Start(Model<float32>(network, dead))
                    session.Step(ReadOnlySpan [| 1f; 2f; 3f; 4f |], ReadOnlySpan [| 1f; 2f |]) |> ignore
                    Expect.equal (session.Snapshot().Parameters) dead $"{optimizer}")

            testCase "do not hide what is no number" (fun () ->
                for optimizer in [ sgd; sgd.ClipNorm 0.1; sgd.ClipValue 0.1 ] do
                    use session = (planOf optimizer 2).Start 1UL
                    session.Step(ReadOnlySpan [| 1f; nanf; 3f; 4f |], ReadOnlySpan [| 1f; 0f |]) |> ignore
                    let w = session.Snapshot().Parameters["dense2/W"].Data.ToArray()
                    Expect.isTrue (Array.forall Single.IsNaN w) $"{optimizer}: %A{w}")
        ]

let private refusals =
    testList
        "A path"
        [
            testCase "that the network does not have is refused, with all that there are" (fun () ->
                for optimizer in [ sgd.Freeze "encodr"; sgd.ForLayer("encodr", 0.1) ] do
                    let text = message optimizer
                    Expect.stringContains text "the network has no parameter or part encodr" "what"
                    Expect.stringContains text "Did you mean encoder?" "the nearest"

                    for path in encoder @ head do
                        Expect.stringContains text path "the parameters")

            testCase "names whole parts" (fun () ->
                for path in [ "enc"; "encoder/"; "encoder/dense"; "dense"; "dense1/W/x"; "Encoder" ] do
                    Expect.stringContains (message (sgd.Freeze path)) $"no parameter or part {path}." path)

            testCase "of everything cannot be frozen" (fun () ->
                for optimizer in [ sgd.Freeze("encoder", "dense1"); sgd.Freeze(Array.ofList (encoder @ head)) ] do
                    Expect.stringContains (message optimizer) "every parameter is frozen" "what"

                Expect.isTrue
                    ((planFor (sgd.Freeze(Array.ofList (encoder @ [ "dense1/W" ])))).Verify().Passed)
                    "all but one")

            testCase "is not empty" (fun () ->
                for path in [ ""; " " ] do
                    Expect.throwsT<ArgumentException> (fun () -> sgd.Freeze path |> ignore) "Freeze"
                    Expect.throwsT<ArgumentException> (fun () -> sgd.ForLayer(path, 0.1) |> ignore) "ForLayer")

            testCase "with a learning rate of 0 is told of Freeze" (fun () ->
                Expect.throwsC (fun () -> sgd.ForLayer("dense1", 0.0) |> ignore) (fun e ->
                    Expect.stringContains e.Message "write Freeze(\"dense1\")" "the fix"))
        ]

let tests = testList "Parameter groups" [ frozen; verification; limits; refusals ]
