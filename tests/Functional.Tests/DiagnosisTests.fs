module DiagnosisTests

open System
open System.Collections.Generic
open System.Collections.Immutable
open Expecto
open Functional
open Functional.FsCheck
open Functional.Buffers
open Functional.Graphs
open Functional.Plans
open Cases

let private widest = VectorWidths.Resolve VectorWidth.Auto

let private hasWidths = VectorWidths.OfMachine.Count > 1

let private usesWidest (options: CompileOptions) =
    VectorWidths.Resolve options.Width = widest

/// What a fault may need in order to show: a stage at work. How its suspect begins, and how the report says that it was taken away.
let private stages =
    [
        "Threads (", "one thread", (fun (options: CompileOptions) -> options.Threads > 1)
        if hasWidths then
            $"Kernels at {widest} (", "width Bits", usesWidest
        "Buffer assignment (", "a place for every value", _.ReuseBuffers
        "Layout selection (", "values row-major", (fun options -> options.Layout = LayoutPolicy.Cheapest)
        "Fusion (", "fusion off", _.Fuse
        "Simplification (", "simplification off", _.Simplify
    ]

let private threaded = CompileOptions(Threads = 3)

let private right = VerificationItem("loss", 0.0, 1e-4)

let private wrong = VerificationItem("loss", 1.0, 1e-4)

/// What a diagnosis says of a fault, which is there or not under a setting, and the settings that it tried.
let private diagnose (options: CompileOptions) isDouble (isFaulty: PlanSetting -> bool) =
    let tried = List<PlanSetting>()

    let struct (attempts, suspect) =
        Diagnosis.Of(
            PlanSetting(options, isDouble),
            fun setting ->
                tried.Add setting
                if isFaulty setting then wrong else right
        )

    List.ofSeq attempts, suspect, List.ofSeq tried

let private named (suspect: string) =
    [
        for stage, _, _ in stages do
            if suspect.Contains stage then
                stage
    ]

/// Every choice of some of the stages.
let private choices =
    List.fold (fun chosen stage -> chosen @ List.map (fun some -> some @ [ stage ]) chosen) [ [] ] stages
    |> List.filter (not << List.isEmpty)

let private name (stage, _, _) = stage

let private suspectOf (report: VerificationReport) =
    report.Suspect |> Option.ofObj |> Option.defaultWith (fun () -> failtest $"no suspect in\n{report}")

let private search =
    testList
        "the search"
        [
            testCase "names every stage any of which shows the fault, and no other" (fun () ->
                for chosen in choices do
                    let attempts, suspect, _ =
                        diagnose threaded true (fun setting ->
                            List.exists (fun (_, _, at) -> at setting.Options) chosen)

                    Expect.equal (named suspect) (List.map name chosen) suspect

                    for _, change, _ in chosen do
                        Expect.stringContains suspect change "what helped"

                    let repaired = List.filter (fun (attempt: VerificationAttempt) -> attempt.Agrees) attempts
                    Expect.isNonEmpty repaired "what helped is among the attempts"
                    Expect.stringContains suspect $"with {(List.last repaired).Change} " "the smallest change")

            testCase "names the latest of the stages that show a fault only together" (fun () ->
                for chosen in choices do
                    let _, suspect, _ =
                        diagnose threaded true (fun setting ->
                            List.forall (fun (_, _, at) -> at setting.Options) chosen)

                    Expect.equal (named suspect) [ name chosen.Head ] suspect)

            testCase "tries no setting twice, nor one that is as it was" (fun () ->
                for chosen in choices do
                    for options in [ threaded; CompileOptions.Default; CompileOptions(Fuse = false, Width = widest) ] do
                        for isDouble in [ true; false ] do
                            let attempts, _, tried =
                                diagnose options isDouble (fun setting ->
                                    List.exists (fun (_, _, at) -> at setting.Options) chosen)

                            Expect.equal (List.distinct tried) tried "settings"
                            Expect.equal attempts.Length tried.Length "all are told"
                            Expect.isLessThanOrEqual tried.Length 18 "attempts"

                            Expect.isTrue
                                (tried |> List.forall (fun setting -> setting.IsDouble || not isDouble))
                                "float64")

            testCase "goes on to wider registers too" (fun () ->
                if hasWidths then
                    let narrow = CompileOptions(Width = VectorWidth.Bits128)

                    let _, suspect, _ =
                        diagnose narrow true (fun setting -> setting.Options.Width = VectorWidth.Bits128)

                    Expect.stringStarts suspect "Kernels at Bits128 (Kernels/): with width " "the width")

            testCase "tells rounding from faults by float64" (fun () ->
                let attempts, suspect, _ = diagnose threaded false (fun setting -> not setting.IsDouble)
                Expect.stringStarts suspect "Rounding, not a fault" suspect
                Expect.equal (List.last attempts).Change "float64" "the last attempt"

                let _, suspect, _ =
                    diagnose threaded false (fun setting -> not setting.IsDouble && setting.Options.Fuse)

                Expect.equal (named suspect) [ "Fusion (" ] suspect
                Expect.stringContains suspect "it may be rounding" suspect)

            testCase "says so if nothing helps, or nothing need be changed" (fun () ->
                let _, suspect, _ = diagnose threaded false (fun _ -> true)
                Expect.isEmpty (named suspect) suspect
                Expect.stringStarts suspect "What all these plans share" suspect
                Expect.stringContains suspect "GradientCheck" "the tool for formulas"

                let attempts, suspect, _ = diagnose threaded false (fun _ -> false)
                Expect.isEmpty (named suspect) suspect
                Expect.stringStarts suspect "No stage" suspect
                Expect.equal [ for attempt in attempts -> attempt.Change ] [ "all as it was" ] "one attempt")
        ]

/// The plan of the same graph with wrong constants.
let private wrongConstants (plan: ExecutionPlan) (options: CompileOptions) =
    let builder = GraphBuilder()
    let copies = Dictionary<Node, Node>()

    for node in plan.Graph.Nodes do
        copies[node] <-
            match node.Primitive with
            | :? Primitive.Constant as constant -> builder.Constant(constant.Value + 0.01)
            | primitive ->
                builder.Add(primitive, ImmutableArray.CreateRange(node.Inputs |> Seq.map (fun x -> copies[x])))

    let graph = Graph.Of(plan.Graph.Outputs |> Seq.map (fun o -> GraphOutput(o.Kind, o.Name, copies[o.Node])))

    Compiler.Plan(
        graph,
        plan.BatchSize,
        CompileOptions(Fuse = options.Fuse, Layout = options.Layout, ReuseBuffers = options.ReuseBuffers)
    )

/// The plan with all that steps leave for later ones in one place.
let private overlapping (plan: ExecutionPlan) (_: CompileOptions) =
    let struct (start, _) = plan.Buffers.RangeOf Region.Intermediates
    let placements = Dictionary<Node, Placement>()

    for KeyValue(node, place) in plan.Buffers.Placements do
        placements[node] <-
            if place.Region = Region.Intermediates then
                Placement(place.Region, start, place.Length, place.Life, place.IsFeatureMajor)
            else
                place

    ExecutionPlan(plan.Graph, plan.Steps, BufferAssignment(placements, plan.Buffers.Length), plan.BatchSize)

/// The plan without its last step.
let internal shortened (plan: ExecutionPlan) (_: CompileOptions) =
    let steps = Seq.take (plan.Steps.Count - 1) plan.Steps
    ExecutionPlan(plan.Graph, ValueList.ToValueList<Step> steps, plan.Buffers, plan.BatchSize)

let private planted (options: CompileOptions) (isFaulty: CompileOptions -> bool) fault =
    let plant (plan: ExecutionPlan) options =
        if isFaulty options then fault plan options else plan

    CompileOptions(
        Input = options.Input,
        Width = options.Width,
        Threads = options.Threads,
        Fuse = options.Fuse,
        Planted = Func<_, _, _> plant
    )

let private network = Network.Parse "Dense(3, 20) >> Tanh >> Dense(20, 12) >> Gelu >> Dense(12, 2)"

let private plan options =
    network.CompileTraining<float>(Loss.MeanSquaredError, Optimizer.Adam 0.01, 9, options)

/// Faults that show where a stage is at work, and how that stage's suspect begins.
let private faults =
    [
        for stage, _, isAtWork in stages do
            stage, isAtWork, wrongConstants
            stage, isAtWork, shortened

            if stage.StartsWith "Buffer" || stage.StartsWith "Fusion" then
                stage, isAtWork, overlapping
    ]

let private ofPlans =
    testList
        "of plans with a planted fault"
        [
            testCase "names the stage, and prints it" (fun () ->
                for stage, isAtWork, fault in faults do
                    let report = (plan (planted threaded isAtWork fault)).Verify 1UL
                    Expect.isFalse report.Passed $"a fault of {stage}"
                    Expect.equal (named (suspectOf report)) [ stage ] (report.ToString())
                    Expect.stringContains (report.ToString()) $"Suspect: {stage}" "the report"

                    for attempt in report.Attempts do
                        Expect.stringContains (report.ToString()) attempt.Change "the report"

                    Expect.throwsC (fun () -> report.ThrowIfFailed()) (fun e ->
                        Expect.stringContains (e.Message.Split('\n')[0]) stage "the message"))

            testCase "names the stages that show it each by itself" (fun () ->
                let options = planted threaded (fun options -> options.Fuse || options.ReuseBuffers) overlapping
                let report = (plan options).Verify 1UL
                Expect.equal (named (suspectOf report)) [ "Buffer assignment ("; "Fusion (" ] (report.ToString()))

            testCase "says so if no change helps" (fun () ->
                let report = (plan (planted threaded (fun _ -> true) wrongConstants)).Verify 1UL
                Expect.stringStarts (suspectOf report) "What all these plans share" (report.ToString()))

            testCase "says so if the plan compiled anew is right" (fun () ->
                let mutable count = 0

                let isFirst _ =
                    count <- count + 1
                    count = 1

                let report = (plan (planted threaded isFirst shortened)).Verify 1UL
                Expect.stringStarts (suspectOf report) "No stage" (report.ToString()))

            testCase "goes on where a plan cannot be compiled" (fun () ->
                let plant (plan: ExecutionPlan) (options: CompileOptions) =
                    if options.Layout = LayoutPolicy.RowMajor then
                        raise (InternalErrorException("a rule is broken", "evidence"))
                    elif options.Fuse then
                        shortened plan options
                    else
                        plan

                let report = (plan (CompileOptions(Planted = Func<_, _, _> plant))).Verify 1UL
                Expect.equal (named (suspectOf report)) [ "Fusion (" ] (report.ToString())
                Expect.stringContains (report.ToString()) "values row-major: bug in Functional" "the attempt"
                Expect.stringContains (report.ToString()) "a rule is broken" "its message")

            law 6 "names it for whatever network, if the fault does harm" (fun (SmoothCase case) optimizer ->
                for stage, isAtWork, fault in faults do
                    let options =
                        planted (CompileOptions(Input = Option.toNullable case.Input, Threads = 2)) isAtWork fault

                    let report =
                        case.Network
                            .CompileTraining<float>(case.Loss, optimizer, case.Rows, options)
                            .Verify(uint64 case.Seed)

                    if not report.Passed then
                        Expect.equal (named (suspectOf report)) [ stage ] (report.ToString()))
        ]

let private healthy =
    testList
        "of healthy plans"
        [
            testCase "is not made" (fun () ->
                let mutable count = 0

                let plant (plan: ExecutionPlan) (_: CompileOptions) =
                    count <- count + 1
                    plan

                let report = (plan (CompileOptions(Planted = Func<_, _, _> plant))).Verify 1UL
                Expect.isTrue report.Passed (report.ToString())
                Expect.isEmpty report.Attempts "attempts"
                Expect.isNull report.Suspect "a suspect"
                Expect.isFalse ((report.ToString()).Contains "Suspect") "in print"
                Expect.equal count 2 "the plans of the step and of the gradient, nothing more")

            law 10 "would find all of them right, whatever it changes" (fun (SmoothCase case) optimizer ->
                let options = CompileOptions(Input = Option.toNullable case.Input, Threads = 2)
                let _, _, tried = diagnose options true (fun _ -> true)

                for setting in tried do
                    let report =
                        case.Network
                            .CompileTraining<float>(case.Loss, optimizer, case.Rows, setting.Options)
                            .Verify(uint64 case.Seed)

                    Expect.isTrue report.Passed $"{setting.Options}\n{report}")

            testCase "finds rounding where a network magnifies it" (fun () ->
                let steep = Activation.Define("steep", fun x -> Scalar.Sin(Scalar.Constant 1e5 * x))

                let network =
                    Network.Compose [ Layers.Dense(3, 20); Activation.op_Implicit steep; Layers.Dense(20, 2) ]

                let report = network.CompileTraining<float32>(Loss.MeanSquaredError, Optimizer.Sgd 0.01, 9).Verify 1UL

                Expect.isFalse report.Passed (report.ToString())
                Expect.stringStarts (suspectOf report) "Rounding, not a fault" (report.ToString()))

            testCase "can do without simplification" (fun () ->
                let network = Network.Parse "Dense(3, 4) >> Softmax"

                let nodes options =
                    network
                        .CompileTraining<float>(Loss.CrossEntropy, Optimizer.Sgd 0.1, 5, options)
                        .Compiled.Plan.Graph.Nodes

                let has (options: CompileOptions) =
                    nodes options |> Seq.exists (fun node -> node.Primitive :? Primitive.LogSoftmax)

                Expect.isTrue (has CompileOptions.Default) "simplified to the stable form"
                Expect.isFalse (has (CompileOptions(Simplify = false))) "as lowered")
        ]

let tests = testList "Diagnosis" [ search; ofPlans; healthy ]
