module FSharpTests

open System
open System.IO
open System.Reflection
open Expecto
open Functional
open Functional.FSharp
open FSharpFixtures

/// What a program reads that opens the namespaces the other way round.
module private OtherOrder =
    open Functional.FSharp
    open Functional

    let network: Network = dense 2 20 --> relu --> denseTo 1 --> tanh
    let parsed = Network.parse "Relu", Network.Parse "Relu"
    let optimizer = Optimizer.adam 0.1, Optimizer.Adam 0.1
    let data = Datasets.xor 4 0.0 1, Datasets.Xor(4, 0.0, 1UL)

let private some = Initializer.HeUniform
let private other = Initializer.Constant 0.5

let private networks =
    equals
        "networks"
        [
            "dense", dense 2 20, Layers.Dense(2, 20)
            "denseTo", denseTo 20, Layers.Dense 20
            "denseWith the defaults", denseWith denseDefaults 2 20, Layers.Dense(2, 20)
            "denseWith no bias", denseWith { denseDefaults with Bias = false } 2 20, Layers.Dense(2, 20, bias = false)
            "denseWith initializers",
            denseWith
                { denseDefaults with
                    Weights = Some some
                    Biases = Some other
                }
                2
                20,
            Layers.Dense(2, 20, weights = some, biases = other)
            "denseToWith", denseToWith { denseDefaults with Bias = false } 20, Layers.Dense(20, bias = false)
            "denseToWith initializers",
            denseToWith
                { denseDefaults with
                    Weights = Some some
                    Biases = Some other
                }
                20,
            Layers.Dense(20, weights = some, biases = other)
            "relu", relu, Layers.Relu
            "leakyRelu", leakyRelu, Layers.LeakyRelu
            "elu", elu, Layers.Elu
            "gelu", gelu, Layers.Gelu
            "swish", swish, Layers.Swish
            "softplus", softplus, Layers.Softplus
            "sigmoid", sigmoid, Layers.Sigmoid
            "tanh", tanh, Layers.Tanh
            "softmax", softmax, Layers.Softmax
            "logSoftmax", logSoftmax, Layers.LogSoftmax
            "activate", activate (Activation.leakyReluWith 0.2), Network.Activate(Activation.LeakyReluWith 0.2)
            "identity", identity, Network.Identity
            "flatten", flatten, Layers.Flatten
            "dropout", dropout 0.3, Layers.Dropout 0.3
            "batchNorm", batchNorm, Layers.BatchNorm()
            "batchNormWith",
            batchNormWith
                { batchNormDefaults with
                    Momentum = 0.01
                },
            Layers.BatchNorm(momentum = 0.01)
            "batchNormWith its other options",
            batchNormWith
                { batchNormDefaults with
                    Epsilon = 0.1
                    Affine = false
                },
            Layers.BatchNorm(epsilon = 0.1, affine = false)
            "layerNorm", layerNorm, Layers.LayerNorm()
            "layerNormWith", layerNormWith 0.1 false, Layers.LayerNorm(0.1, false)
            "embedding", embedding 10 3 2, Layers.Embedding(10, 3, columns = 2)
            "embeddingWith",
            embeddingWith Initializer.zeros 10 3 1,
            Layers.Embedding(10, 3, weights = Initializer.Zeros)
            "concat", concat [ relu; tanh ], Layers.Concat(ReadOnlySpan [| Layers.Relu; Layers.Tanh |])
            "shared", shared "tied" (dense 3 3), Layers.Shared("tied", Layers.Dense(3, 3))
            "residual", residual (dense 3 3 --> tanh), Layers.Residual(Layers.Dense(3, 3).Then Layers.Tanh)
            "named", named "head" (dense 3 2), Layers.Named("head", Layers.Dense(3, 2))
            "mlp", mlp [ 4; 8; 3 ] relu, Layers.Mlp(ReadOnlySpan [| 4; 8; 3 |], Layers.Relu)
            "mlp --> output",
            mlp [ 4; 8; 3 ] relu --> softmax,
            Layers.Mlp(ReadOnlySpan [| 4; 8; 3 |], Layers.Relu, Layers.Softmax)
            "-->", dense 2 3 --> relu, Layers.Dense(2, 3).Then Layers.Relu
            "--> to the left", (dense 2 3 --> relu) --> denseTo 1, dense 2 3 --> (relu --> denseTo 1)
            "compose", Network.compose [ dense 2 3; relu ], dense 2 3 --> relu
            "layers", Network.compose (Network.layers FSharpPlanTests.Program.network), FSharpPlanTests.Program.network
            "parse", Network.parse "Dense(2, 3) >> Relu", dense 2 3 --> relu
            "withInput", denseTo 3 --> relu |> Network.withInput (shape [ 2 ]), dense 2 3 --> relu
            "the other order of opening", OtherOrder.network, dense 2 20 --> relu --> denseTo 1 --> tanh
        ]

let private askingNetworks =
    testCase "networks are asked for sizes" (fun () ->
        Expect.equal (Network.print (dense 2 3 --> relu)) "Dense(2, 3) >> Relu" "print"
        Expect.equal (Network.parameterCount FSharpPlanTests.Program.network) 1741L "parameterCount"
        Expect.equal (Network.inputShape FSharpPlanTests.Program.network) (shape [ 2 ]) "inputShape"
        Expect.equal (Network.outputShape FSharpPlanTests.Program.network) (shape [ 1 ]) "outputShape"

        Expect.sequenceEqual
            (Network.describe FSharpPlanTests.Program.network |> List.map _.Path)
            (FSharpPlanTests.Program.network.Describe() |> Seq.map _.Path)
            "describe"

        Expect.equal (shape [ 28; 28 ]) (Shape(ReadOnlySpan [| 28; 28 |])) "shape"

        Expect.throwsT<ShapeException> (fun () -> dense 2 20 --> dense 30 1 |> ignore) "a mismatch is an error at once")

let private activations =
    equals
        "activations"
        [
            "relu", Activation.relu, Activation.Relu
            "leakyRelu", Activation.leakyRelu, Activation.LeakyRelu
            "leakyReluWith", Activation.leakyReluWith 0.2, Activation.LeakyReluWith 0.2
            "elu", Activation.elu, Activation.Elu
            "eluWith", Activation.eluWith 0.5, Activation.EluWith 0.5
            "gelu", Activation.gelu, Activation.Gelu
            "swish", Activation.swish, Activation.Swish
            "softplus", Activation.softplus, Activation.Softplus
            "sigmoid", Activation.sigmoid, Activation.Sigmoid
            "tanh", Activation.tanh, Activation.Tanh
            "softmax", Activation.softmax, Activation.Softmax
            "logSoftmax", Activation.logSoftmax, Activation.LogSoftmax
            "define",
            Activation.define "s" (fun x -> x * Scalar.sigmoid x),
            Activation.Define("s", (fun x -> x * Scalar.Sigmoid x))
            "defineWith",
            Activation.defineWith "s" (fun x -> x * x) (fun x -> Scalar.constant 2.0 * x),
            Activation.Define("s", (fun x -> x * x), (fun x -> Scalar.Constant 2.0 * x))
        ]

let private scalars =
    let x: Scalar = Scalar.Variable "x"
    let y: Scalar = Scalar.Variable "y"

    equals
        "expressions"
        [
            "constant", Scalar.constant 0.5, Scalar.Constant 0.5
            "exp", Scalar.exp x, Scalar.Exp x
            "exp of F#", exp x, Scalar.Exp x
            "expm1", Scalar.expm1 x, Scalar.Expm1 x
            "log", Scalar.log x, Scalar.Log x
            "safeLog", Scalar.safeLog x, Scalar.SafeLog x
            "sqrt", Scalar.sqrt x, Scalar.Sqrt x
            "abs", Scalar.abs x, Scalar.Abs x
            "sign", Scalar.sign x, Scalar.Sign x
            "relu", Scalar.relu x, Scalar.Relu x
            "step", Scalar.step x, Scalar.Step x
            "sigmoid", Scalar.sigmoid x, Scalar.Sigmoid x
            "tanh", Scalar.tanh x, Scalar.Tanh x
            "softplus", Scalar.softplus x, Scalar.Softplus x
            "erf", Scalar.erf x, Scalar.Erf x
            "sin", Scalar.sin x, Scalar.Sin x
            "cos", Scalar.cos x, Scalar.Cos x
            "reciprocal", Scalar.reciprocal x, Scalar.Reciprocal x
            "square", Scalar.square x, Scalar.Square x
            "max", Scalar.max x y, Scalar.Max(x, y)
            "min", Scalar.min x y, Scalar.Min(x, y)
            "greater", Scalar.greater x y, Scalar.Greater(x, y)
            "where", Scalar.where x y x, Scalar.Where(x, y, x)
        ]

let private initializers =
    equals
        "initializers"
        [
            "xavierUniform", Initializer.xavierUniform, Initializer.XavierUniform
            "xavierNormal", Initializer.xavierNormal, Initializer.XavierNormal
            "heUniform", Initializer.heUniform, Initializer.HeUniform
            "heNormal", Initializer.heNormal, Initializer.HeNormal
            "scaledUniform", Initializer.scaledUniform, Initializer.ScaledUniform
            "zeros", Initializer.zeros, Initializer.Zeros
            "constant", Initializer.constant 0.5, Initializer.Constant 0.5
            "uniform", Initializer.uniform -1.0 2.0, Initializer.Uniform(-1.0, 2.0)
            "defaultFor relu", Initializer.defaultFor (Some Activation.relu), Initializer.DefaultFor Activation.Relu
            "defaultFor nothing", Initializer.defaultFor None, Initializer.DefaultFor null
        ]

let private otherOrder =
    equals
        "optimizers, opened the other way round"
        [ "the other order of opening", fst OtherOrder.optimizer, snd OtherOrder.optimizer ]

let private losses =
    equals
        "losses"
        [
            "meanSquaredError", Loss.meanSquaredError, Loss.MeanSquaredError
            "meanAbsoluteError", Loss.meanAbsoluteError, Loss.MeanAbsoluteError
            "huber", Loss.huber, Loss.Huber
            "huberWith", Loss.huberWith 2.0, Loss.HuberWith 2.0
            "binaryCrossEntropy", Loss.binaryCrossEntropy, Loss.BinaryCrossEntropy
            "crossEntropy", Loss.crossEntropy, Loss.CrossEntropy
            "crossEntropyOfProbabilities", Loss.crossEntropyOfProbabilities, Loss.CrossEntropyOfProbabilities
            "crossEntropyWith",
            Loss.crossEntropyWith 0.1 [ 1.0; 2.0 ],
            Loss.CrossEntropyWith(0.1, ReadOnlySpan [| 1.0; 2.0 |])
            "binaryCrossEntropyWith", Loss.binaryCrossEntropyWith 0.1 3.0, Loss.BinaryCrossEntropyWith(0.1, 3.0)
            "crossEntropyOfProbabilitiesWith",
            Loss.crossEntropyOfProbabilitiesWith 0.1 [ 1.0; 2.0 ],
            Loss.CrossEntropyOfProbabilitiesWith(0.1, ReadOnlySpan [| 1.0; 2.0 |])
            "define",
            Loss.define "d" (fun p y -> Scalar.square (p - y)),
            Loss.Define("d", (fun p y -> Scalar.Square(p - y)))
            "defineWith",
            Loss.defineWith "d" (fun p y -> Scalar.square (p - y)) (fun p y -> Scalar.constant 2.0 * (p - y)),
            Loss.Define("d", (fun p y -> Scalar.Square(p - y)), (fun p y -> Scalar.Constant 2.0 * (p - y)))
            for i, loss in List.indexed Loss.builtIns do
                "builtIns", loss, Loss.BuiltIns[i]
        ]

let private inFolder (work: string -> unit) =
    let folder = Directory.CreateTempSubdirectory().FullName

    try
        work folder
    finally
        Directory.Delete(folder, true)

let private datasets =
    let numbers = [| 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 |]
    let singles = Array.map float32 numbers
    let row = shape [ 2 ]
    let one = shape [ 1 ]
    let labels = [| 0; 1; 2 |]
    let moons = Datasets.moons 30 0.1 7
    let struct (training, validation) = moons.Split(0.8, 3UL)

    let struct (fairTraining, fairValidation) = moons.Split(0.8, 3UL, stratified = true)

    equals
        "datasets"
        [
            "moons", moons, Datasets.Moons(30, 0.1, 7UL)
            "circles", Datasets.circles 30 0.1 0.4 7, Datasets.Circles(30, 0.1, 0.4, 7UL)
            "blobs", Datasets.blobs 30 4 0.5 7, Datasets.Blobs(30, 4, 0.5, 7UL)
            "blobsIn", Datasets.blobsIn 5 30 4 0.5 7, Datasets.Blobs(30, 4, 0.5, 7UL, 5)
            "spiral", Datasets.spiral 30 4 0.1 7, Datasets.Spiral(30, 4, 0.1, 7UL)
            "xor", Datasets.xor 30 0.2 7, Datasets.Xor(30, 0.2, 7UL)
            "the other order of opening", fst OtherOrder.data, snd OtherOrder.data
            "create",
            Dataset.create row numbers one [| 1.0; 2.0; 3.0 |],
            Dataset.Create(ReadOnlySpan numbers, row, ReadOnlySpan [| 1.0; 2.0; 3.0 |], one)
            "create32",
            Dataset.create32 row singles one [| 1f; 2f; 3f |],
            Dataset.Create(ReadOnlySpan singles, row, ReadOnlySpan [| 1f; 2f; 3f |], one)
            "createLabelled",
            Dataset.createLabelled row numbers 3 labels,
            Dataset.CreateLabelled(ReadOnlySpan numbers, row, ReadOnlySpan labels, 3)
            "createLabelled32",
            Dataset.createLabelled32 row singles 3 labels,
            Dataset.CreateLabelled(ReadOnlySpan singles, row, ReadOnlySpan labels, 3)
            "createLabelledBytes",
            Dataset.createLabelledBytes 0.5 row (Array.map byte numbers) 3 labels,
            Dataset.CreateLabelled(ReadOnlySpan(Array.map byte numbers), 0.5, row, ReadOnlySpan labels, 3)
            "take", Dataset.take 4 moons, moons.Take 4
            "select", Dataset.select [ 4; 0; 4 ] moons, moons.Select(ReadOnlySpan [| 4; 0; 4 |])
            "split, training", fst (Dataset.split 0.8 3 moons), training
            "split, validation", snd (Dataset.split 0.8 3 moons), validation
            "splitStratified, training", fst (Dataset.splitStratified 0.8 3 moons), fairTraining
            "splitStratified, validation", snd (Dataset.splitStratified 0.8 3 moons), fairValidation
            "reshape", Dataset.reshape (shape [ 2; 1 ]) moons, moons.Reshape(shape [ 2; 1 ])
            "concat", Dataset.concat training validation, training.Concat validation
            "normalize",
            Dataset.normalize (Normalization.standard moons) moons,
            (Normalization.Standard moons).Apply moons
            "normalize by range",
            Dataset.normalize (Normalization.minMax moons) moons,
            (Normalization.MinMax moons).Apply moons
            "normalize by hand", Dataset.normalize (Normalization.create [ 0.0; 0.0 ] [ 1.0; 1.0 ]) moons, moons
        ]

let private files =
    testCase "files and the rows of a dataset" (fun () ->
        let moons = Datasets.moons 30 0.1 7
        Expect.equal (Dataset.count moons) 30 "count"
        Expect.equal (Dataset.batchCount 8 moons) (moons.BatchCount 8) "batchCount"
        Expect.sequenceEqual (Dataset.labels moons) (moons.Labels.ToArray()) "labels"

        inFolder (fun folder ->
            let csv = Path.Combine(folder, "irises.csv")
            File.WriteAllText(csv, "length;width;species\n1;2;setosa\n3;4;virginica\n")
            let options = CsvOptions(Label = "species")
            Expect.equal (Dataset.ofCsv "species" csv) (Csv.Load(csv, options)) "ofCsv"
            let other = CsvOptions(Label = "species", Delimiter = ';')
            Expect.equal (Dataset.ofCsvWith other csv) (Csv.Load(csv, other)) "ofCsvWith"
            Expect.throwsT<DataException> (fun () -> Datasets.mnist folder |> ignore) "mnist names the missing files"))

let private completeness =
    testCase "every public function is tested" (fun () ->
        let words =
            Text.RegularExpressions.Regex.Matches(
                String.concat
                    "\n"
                    [
                        for name in [ "FSharpTests"; "FSharpOptimizerTests"; "FSharpPlanTests" ] ->
                            File.ReadAllText(Repository.path $"tests/Functional.Tests/{name}.fs")
                    ],
                @"[A-Za-z0-9.]+(?:<\w+>\.\w+)?|-->"
            )
            |> Seq.map (fun m -> m.Value.Replace("<float>", ""))
            |> set

        let unused =
            [
                for t in typeof<DenseOptions>.Assembly.GetExportedTypes() do
                    if t.IsAbstract && t.IsSealed then
                        for m in
                            t.GetMembers(BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.DeclaredOnly) do
                            let name = m.Name.Replace("op_MinusMinusGreater", "-->")
                            let outer = t.FullName |> string |> _.Substring("Functional.FSharp.".Length)
                            // Network+Of`1.compileTraining is written Network.Of<float>.compileTraining.
                            let path = outer.Replace('+', '.').Replace("`1", "") + "." + name
                            let written = if t.Name = "Layers" then name else path

                            if
                                m.MemberType <> MemberTypes.NestedType
                                && not (name.StartsWith "get_")
                                && not (words.Contains written)
                            then
                                written
            ]

        Expect.isEmpty unused "public functions that no test mentions")

let tests =
    testList
        "FSharp façade"
        [
            testList
                "equals the C# API in"
                [
                    networks
                    activations
                    scalars
                    initializers
                    losses
                    otherOrder
                    yield! FSharpOptimizerTests.tests
                    datasets
                ]
            askingNetworks
            files
            completeness
            yield! FSharpPlanTests.tests
        ]
