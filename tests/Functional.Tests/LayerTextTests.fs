/// Layers as text, what their arguments may be, and losses that cannot follow them.
module LayerTextTests

open System
open Expecto
open Functional
open LayerFixtures

let private texts =
    [
        testList
            "are undone by parsing"
            [
                for example in examples ->
                    testCase example.Name (fun () ->
                        let text = string example.Network
                        Expect.equal (Network.Parse text) example.Network text
                        Expect.equal (string (Network.Parse text)) text "and printed the same again")
            ]

        testTheory
            "are the code that makes them"
            [
                "Dropout(0.25)", Layers.Dropout 0.25
                "BatchNorm()", Layers.BatchNorm()
                "BatchNorm(momentum: 0.01, epsilon: 0.001, affine: false)", Layers.BatchNorm(0.01, 0.001, false)
                "LayerNorm()", Layers.LayerNorm()
                "LayerNorm(epsilon: 0.001, affine: false)", Layers.LayerNorm(0.001, false)
                "Embedding(10, 3)", Layers.Embedding(10, 3)
                "Embedding(10, 3, columns: 2, weights: Initializer.HeNormal)",
                Layers.Embedding(10, 3, 2, Initializer.HeNormal)
                "Concat(Relu, Dense(2, 3) >> Tanh, Identity)",
                concat [ Layers.Relu; compose [ dense 2 3; Layers.Tanh ]; Layers.Identity ]
                "Shared(\"tied\", Dense(2, 2) >> Relu)", Layers.Shared("tied", compose [ dense 2 2; Layers.Relu ])
            ]
            (fun (text, network) ->
                Expect.equal (string network) text "printed"
                Expect.equal (Network.Parse text) network "parsed")

        testTheory
            "take arguments by position too"
            [
                "Dropout(rate: 0.25)", Layers.Dropout 0.25
                "BatchNorm(0.01, 0.001, false)", Layers.BatchNorm(0.01, 0.001, false)
                "LayerNorm(0.001, false)", Layers.LayerNorm(0.001, false)
                "Embedding(10, 3, 2, Initializer.HeNormal)", Layers.Embedding(10, 3, 2, Initializer.HeNormal)
                "Shared(network: Relu, name: \"tied\")", Layers.Shared("tied", Layers.Relu)
            ]
            (fun (text, network) -> Expect.equal (Network.Parse text) network text)

        testTheory
            "are refused where an argument is wrong, with what would be right"
            [
                "Dropout(1)", "must be in [0, 1)"
                "Dropout(-0.1)", "must be in [0, 1)"
                "Dropout()", "expected a number for the argument rate"
                "Dropout(p: 0.5)", "Unknown argument of Dropout, p"
                "BatchNorm(0)", "must be in (0, 1]"
                "BatchNorm(momentum: 1.1)", "must be in (0, 1]"
                "BatchNorm(epsilon: 0)", "BatchNorm(epsilon): ε must be positive"
                "BatchNorm(affine: 1)", "expected true or false for the argument affine"
                "BatchNorm", "Expected \"(\" after BatchNorm"
                "LayerNorm(epsilon: -1)", "LayerNorm(epsilon): ε must be positive"
                "Embedding(10)", "expected an integer for the argument size"
                "Embedding(10, 2.5)", "expected an integer for the argument size, got 2.5"
                "Concat(Relu)", "at least two branches"
                "Concat()", "at least two branches"
                "Concat(Relu, 3)", "expected a network for the argument branches 2, got 3"
                "Shared(Relu, Relu)", "expected a string for the argument name"
                "Shared(\"a b\", Relu)", "use only letters"
            ]
            (fun (text, message) ->
                let error = errorOf<NetworkParseException>(fun () -> Network.Parse text |> ignore)
                Expect.stringContains error message text)

        testTheory
            "are refused where sizes do not fit, with the fix"
            [
                "Embedding(0, 3)", "all three must be at least 1"
                "Embedding(3, 3, columns: 0)", "all three must be at least 1"
                "Embedding(100000, 100000)", "Reduce a size"
                "Dense(2, 3) >> Concat(Dense(2, 1), Relu)", "Write Dense(3, 1)"
                "Dense(2, 3) >> Concat(Relu, Relu) >> Dense(3, 1)", "Write Dense(6, 1)"
            ]
            (fun (text, fix) ->
                let error = errorOf<ShapeException>(fun () -> Network.Parse text |> ignore)
                Expect.stringContains error fix text)

        testCase "are refused on rows that are not features, with Flatten" (fun () ->
            for layer in [ Layers.BatchNorm(); Layers.LayerNorm(); concat [ Layers.Relu; Layers.Tanh ] ] do
                let error = errorOf<ShapeException>(fun () -> layer.WithInput(shape [ 2; 3 ]) |> ignore)
                Expect.stringContains error "Flatten" (string layer))

        testCase "are refused where a number is out of range" (fun () ->
            let refuses what (make: float -> Network) numbers =
                for number in numbers do
                    Expect.throwsT<ArgumentOutOfRangeException> (fun () -> make number |> ignore) $"{what}({number})"

            refuses "Dropout" Layers.Dropout [ -1e-9; -1.0; 1.0; 2.0; nan; infinity; -infinity ]
            let notPositive = [ 0.0; -1e-9; nan; infinity; -infinity ]
            refuses "momentum" (fun m -> Layers.BatchNorm(momentum = m)) (1.0000001 :: notPositive)
            refuses "ε" (fun epsilon -> Layers.BatchNorm(epsilon = epsilon)) notPositive
            refuses "ε" (fun epsilon -> Layers.LayerNorm(epsilon = epsilon)) notPositive)
    ]

let private losses =
    testTheory
        "that end a network before a cross-entropy are refused with the fix"
        [
            "Dense(3, 2) >> Softmax >> BatchNorm()", "BatchNorm()"
            "Dense(3, 2) >> Softmax >> LayerNorm()", "LayerNorm()"
            "Dense(3, 2) >> Softmax >> Dropout(0.5)", "Dropout(0.5)"
            "Dense(3, 2) >> BatchNorm(affine: false) >> Flatten", "BatchNorm(affine: false)"
            "Dense(3, 2) >> Shared(\"norm\", BatchNorm())", "BatchNorm()"
            "Dense(3, 2) >> Named(\"end\", Softmax >> Dropout(0.5))", "Dropout(0.5)"
            "Embedding(9, 3)", "Embedding(9, 3)"
        ]
        (fun (text, last) ->
            let network = Network.Parse text

            for loss: Loss, fix in
                [
                    Loss.CrossEntropy, "Append Softmax"
                    Loss.CrossEntropyOfProbabilities, "Append Softmax"
                    Loss.BinaryCrossEntropy, "Append Sigmoid"
                ] do
                let error =
                    errorOf<LossException>(fun () ->
                        network.CompileTraining<float32>(loss, Optimizer.Adam()) |> ignore)

                Expect.stringContains error $"ends with {last}" "the layer"
                Expect.stringContains error fix "the fix"

            network.Then(Layers.Softmax).CompileTraining<float32>(Loss.CrossEntropy, Optimizer.Adam()) |> ignore)

let tests = testList "Layers as text" [ yield! texts; losses ]
