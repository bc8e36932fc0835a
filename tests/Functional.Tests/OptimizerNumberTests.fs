/// What optimizers make of their options, beyond the steps they take: rates, numbers of a step, origins, and what they refuse.
module OptimizerNumberTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.Graphs

/// A formula's value where its variables have these.
let private valueOf (variable: string -> float) (formula: Scalar) =
    ScalarWalk.Fold<float>(
        formula,
        variable,
        id,
        (fun f x ->
            match f with
            | UnaryFunction.Sign -> float (sign x)
            | UnaryFunction.Sqrt -> sqrt x
            | _ -> failtest $"no {f} here"),
        (fun f a b ->
            match f with
            | BinaryFunction.Add -> a + b
            | BinaryFunction.Subtract -> a - b
            | BinaryFunction.Multiply -> a * b
            | BinaryFunction.Divide -> a / b
            | _ -> failtest $"no {f} here"),
        (fun _ _ _ -> failtest "no condition here")
    )

/// The k of a ← a + k·(b − a), which Lion's state moves by: its value where a is 0 and b is 1.
let private rateOf (beta2: float) =
    let struct (_, mean) = Optimizer.Lion(beta2 = beta2).States[0]
    mean |> valueOf (fun name -> if name = "g" then 1.0 else 0.0)

let private rates =
    testList
        "rates"
        [
            testProperty "of short decimals are the short decimals that are left" (fun (number: int) ->
                let thousandths = abs (number % 1000)
                Expect.equal (rateOf (float thousandths / 1000.0)) (float (1000 - thousandths) / 1000.0) "1 − x")

            testProperty "of numbers with more digits are what is left of 1, to the last bit" (fun (seed: int) ->
                let random = Random(seed)
                let hasMoreDigits (x: float) = Double.Parse(x.ToString "G15") <> x
                let x = Seq.initInfinite (fun _ -> random.NextDouble()) |> Seq.find hasMoreDigits
                Expect.equal (rateOf x) (1.0 - x) "1 − x")
        ]

let private refused<'e when 'e :> exn> (texts: string list) (f: unit -> obj) =
    Expect.throwsC (f >> ignore) (fun e ->
        Expect.isTrue (e :? 'e) $"{e}"

        for text in texts do
            Expect.stringContains e.Message text "the message")

let private source name sizes =
    Primitive.Source(SourceKind.Parameter, name, Shape(ReadOnlySpan(Array.ofList sizes)))

let private paths =
    testList
        "paths"
        [
            testCase "of a network without parameters are none, and that is no error" (fun () ->
                Expect.isEmpty ((Optimizer.Sgd 0.1).Trained([], [])) "what is trained")

            testCase "of the only parameter cannot be frozen" (fun () ->
                refused<ArgumentException> [ "every parameter is frozen" ] (fun () ->
                    (Optimizer.Sgd 0.1).Freeze("dense1").Trained([ source "dense1/W" [ 2; 1 ] ], [])))

            testTheory
                "that there are not get the nearest that there is"
                [
                    "dense1/w", "dense1/W"
                    "dens1", "dense1"
                    "part/dense1/v", "part/dense1/b"
                    "part/dense2", "part/dense1"
                    "parts", "part"
                ]
                (fun (path, nearest) ->
                    let all = [ "dense1/W"; "part/dense1/b" ] |> List.map (fun name -> source name [ 2 ])

                    refused<ArgumentException> [ $"no parameter or part {path}. Did you mean {nearest}?" ] (fun () ->
                        (Optimizer.Sgd 0.1).Freeze(path).Trained(all, [])))
        ]

let private parts =
    testList
        "an optimizer"
        [
            testCase "has no numbers of the step for what is frozen" (fun () ->
                let adam = Optimizer.Adam 0.1
                Expect.equal (adam.Freeze "a").Scalars adam.Scalars "two corrections, as without"
                Expect.equal (adam.ForLayer("a", 0.2).Scalars.Count) 3 "and a rate more for a learning rate more")

            testCase "is where its nodes come from" (fun () ->
                let g = GraphBuilder()
                let w = g.Source(SourceKind.Parameter, "w", Shape.Scalar)
                let gradient = g.Unary(UnaryFunction.Tanh, w)
                let optimizer = (Optimizer.Sgd(0.1, momentum = 0.9)).ClipValue 1.0
                let graph = optimizer.Append(Graph.Of [ GraphOutput(OutputKind.Gradient, "w", gradient) ])

                for output in graph.Outputs do
                    Expect.equal output.Node.Origin optimizer.Name $"{output.Kind}")

            testCase "refuses nothing for a schedule or paths" (fun () ->
                let sgd = Optimizer.Sgd 0.1
                refused<ArgumentNullException> [ "schedule" ] (fun () -> sgd.With(Unchecked.defaultof<_>))
                refused<ArgumentNullException> [ "paths" ] (fun () -> sgd.Freeze(Unchecked.defaultof<string array>))

                let next = Unchecked.defaultof<LearningRateSchedule>
                refused<ArgumentNullException> [ "next" ] (fun () -> LearningRateSchedule.Constant.Then(5L, next))

                refused<ArgumentNullException> [ "factor" ] (fun () ->
                    LearningRateSchedule.By(Unchecked.defaultof<Func<int64, float>>))

                refused<ArgumentNullException> [ "name" ] (fun () ->
                    LearningRateSchedule.By((fun _ -> 1.0), Unchecked.defaultof<string>)))

            testCase "limits the norm of no gradients to none" (fun () ->
                let g = GraphBuilder()
                let loss = GraphOutput(OutputKind.Loss, "", g.Source(SourceKind.Features, "x", Shape.Scalar))
                let graph = (Optimizer.Sgd 0.1).ClipNorm(1.0).Append(Graph.Of [ loss ])

                Expect.equal
                    [ for output in graph.Outputs -> output.Kind ]
                    [ OutputKind.Loss ]
                    "the loss, and no update")

            testCase "says which learning rates a part can have" (fun () ->
                for bad in [ -1.0; nan; infinity ] do
                    refused<ArgumentOutOfRangeException> [ "learningRate must be positive and finite" ] (fun () ->
                        (Optimizer.Sgd 0.1).ForLayer("a", bad)))

            testTheory
                "decays by all of a weight as by any part of it"
                [
                    Optimizer.Sgd(0.25, weightDecay = 1.0)
                    Optimizer.Sgd(0.25, 0.5, false, 1.0)
                    Optimizer.Lion(0.25, weightDecay = 1.0)
                ]
                (fun optimizer ->
                    let weightAlone name = if name = "w" then 1.0 else 0.0
                    Expect.equal (optimizer.Parameter |> valueOf weightAlone) 0.75 "1 − 0.25·1 where g is 0")

            testCase "takes options at the ends of their ranges" (fun () ->
                Expect.equal (Optimizer.Sgd(0.1, 0.0, false, 0.0)) (Optimizer.Sgd 0.1) "0 is no momentum and no decay"
                Expect.isEmpty (Optimizer.Sgd 0.1).States "and no velocity"
                let same = LearningRateSchedule.Cosine(4L, 1.0)
                let cycle = LearningRateSchedule.OneCycle(4L, 0.5, 1.0, 1.0)

                let shortest = LearningRateSchedule.OneCycle(2L, ``end`` = 0.25)
                Expect.equal (shortest.At 2L) 0.25 "the end of a cycle of two steps"
                let longest = 1L <<< 53
                Expect.equal (LearningRateSchedule.WarmUp(longest).At longest) 1.0 "as many steps as doubles can count"
                refused<ArgumentOutOfRangeException> [ "2⁵³" ] (fun () -> LearningRateSchedule.WarmUp(longest + 1L))
                refused<ArgumentOutOfRangeException> [ "2⁵³" ] (fun () -> LearningRateSchedule.OneCycle(longest + 1L))

                for step in 1L .. 5L do
                    Expect.equal (same.At step) 1.0 $"{same} at {step}"
                    Expect.equal (cycle.At step) 1.0 $"{cycle} at {step}")
        ]

let private rules =
    testList
        "a rule"
        [
            testCase "has numbers of the step only where its formulas use them" (fun () ->
                let names (optimizer: Optimizer) =
                    [ for scalar in optimizer.Scalars -> scalar.Name ]

                let schedule = LearningRateSchedule.WarmUp 5L
                Expect.equal (names (Optimizer.Sgd 0.1)) [] "a learning rate is a number of the formula"
                Expect.equal (names ((Optimizer.Sgd 0.1).With schedule)) [ "learningRate" ] "a scheduled one is not"
                Expect.equal (names (Optimizer.Adam 0.1)) [ "rate"; "epsilon" ] "Adam's corrections"

                Expect.equal
                    (names ((Optimizer.Adam 0.1).With schedule))
                    [ "rate"; "epsilon" ]
                    "of which one has the learning rate in it"

                Expect.equal
                    (names ((Optimizer.AdamW 0.1).With schedule))
                    [ "rate"; "epsilon"; "learningRate" ]
                    "and decoupled decay needs it too")

            testCase "can use the learning rate in a state" (fun () ->
                let product: Scalar = UpdateRule.Eta * UpdateRule.G
                let states = [ struct ("s", product) ] |> ValueList.ToValueList
                let update = UpdateRule(UpdateRule.W, States = states).At(0.5, null)
                let struct (name, value) = update.States[0]
                Expect.equal (name, string value) ("s", "0.5 * g") "a number in its formula")
        ]

let tests = testList "Optimizer's numbers" [ rates; paths; parts; rules ]
