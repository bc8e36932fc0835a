module NetworkTextTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.FsCheck
open Generators

let private property name law = testPropertyWithConfig config name law

let private printing =
    testList
        "printing"
        [
            property "is undone by parsing" (fun (network: Network) ->
                Expect.equal (Network.Parse(string network)) network "the same network")

            property "of an activation is undone by parsing" (fun (activation: Activation) ->
                Expect.equal (Network.Parse(string activation)) (Network.Activate activation) "the same activation")

            property "of an expression is undone by parsing, without qualifiers too" (fun (expression: Scalar) ->
                let activation = Activation.Define("f", expression)
                let code = string (activation :?> Activation.Elementwise).Expression
                Expect.equal (Network.Parse $"Define(\"f\", x => {code})") (Network.Activate activation) code)

            testCase "is the code that makes it" (fun () ->
                let code =
                    "Dense(2, 20) >> Relu >> Residual(Dense(20, 20) >> Tanh) >> "
                    + "Named(\"encoder\", Dense(20, 5, bias: false, weights: Initializer.HeNormal)) >> "
                    + "Activation.Define(\"swish2\", x => x * Scalar.Sigmoid(x)) >> Activation.LeakyReluWith(0.2) >> Flatten >> "
                    + "Dense(7, weights: Initializer.Uniform(-0.5, 1E-05), biases: Initializer.Constant(2)) >> "
                    + "Residual(Identity) >> LogSoftmax"

                let network =
                    Network.Compose
                        [
                            Layers.Dense(2, 20)
                            Layers.Relu
                            Layers.Residual(Layers.Dense(20, 20).Then Layers.Tanh)
                            Layers.Named("encoder", Layers.Dense(20, 5, bias = false, weights = Initializer.HeNormal))
                            Activation.op_Implicit (Activation.Define("swish2", fun x -> x * Scalar.Sigmoid x))
                            Activation.op_Implicit (Activation.LeakyReluWith 0.2)
                            Layers.Flatten
                            Layers.Dense(
                                7,
                                weights = Initializer.Uniform(-0.5, 0.00001),
                                biases = Initializer.Constant 2.0
                            )
                            Layers.Residual Network.Identity
                            Layers.LogSoftmax
                        ]

                Expect.equal (string network) code "printed"
                Expect.equal (string Network.Identity) "Identity" "the unit")

            testTheory
                "of an expression has the parentheses it needs and no others"
                [
                    "x - (x - 1) - x"
                    "x / (x / 2) * x"
                    "(x + 1) * x + 2 * (x - 3)"
                    "-x * (-x) - -2 * x"
                    "-(-(x * x))"
                    "x * (-2) + Max(-x, 1E-300)"
                    "Where(x, x * x / (-1), -0.0)"
                ]
                (fun code ->
                    match Network.Parse $"Define(\"f\", x => {code})" with
                    | :? Network.Activate as a ->
                        Expect.equal (string (a.Activation :?> Activation.Elementwise).Expression) code "printed"
                    | other -> failtestf "Expected an activation, got %O" other)
        ]

let private parsing =
    let parses (text: string) (expected: Network) =
        Expect.equal (Network.Parse text) expected text

    testList
        "parsing"
        [
            property
                "takes any white space, parentheses, qualifiers and F#'s operator"
                (fun (KinkedNetwork network) seed ->
                    let random = Random(seed: int)
                    let pick (choices: string list) = choices[random.Next choices.Length]

                    let rewritten =
                        string network
                        |> _.Replace(" >> ", "§")
                        |> _.Replace(",", pick [ ","; " ,\n " ])
                        |> _.Replace("Dense", pick [ "Dense"; "Layers.Dense"; "Functional.Layers.Dense" ])
                        |> _.Replace("§", pick [ " >> "; "\r\n\t--> "; ">>" ])
                        |> _.Replace("Activation.", pick [ "Activation."; "" ])

                    parses (pick [ rewritten; $"({rewritten})"; $" \n{rewritten}\t" ]) network)

            testCase "binds arguments as C# does" (fun () ->
                let dense =
                    Layers.Dense(2, 3, bias = false, weights = Initializer.Zeros, biases = Initializer.HeNormal)

                parses "Dense(2, 3, false, Initializer.Zeros, Initializer.HeNormal)" dense
                parses "Dense(2, 3, biases: Initializer.HeNormal, weights: Initializer.Zeros, bias: false)" dense

                parses
                    "Dense(outputs: 3, bias: false, inputs: 2, weights: Functional.Initializer.Zeros, biases: Initializer.HeNormal)"
                    dense

                parses "Dense(3, bias: true, weights: null)" (Layers.Dense 3)
                parses "Dense(3, false)" (Layers.Dense(3, bias = false))

                parses
                    "Residual(body: Named(name: \"a\", network: Relu))"
                    (Layers.Residual(Layers.Named("a", Layers.Relu)))

                parses "Dense(1_000, 2)" (Layers.Dense(1000, 2)))

            testCase "makes perceptrons from lists of sizes" (fun () ->
                let sizes = [| 784; 128; 64; 10 |]

                parses
                    "Mlp([784, 128, 64, 10], hidden: Relu, output: Softmax)"
                    (Layers.Mlp(sizes, Layers.Relu, Layers.Softmax))

                parses "Mlp([784, 128, 64, 10], Relu >> Tanh)" (Layers.Mlp(sizes, Layers.Relu.Then Layers.Tanh)))

            testCase "reads expressions with C#'s precedence and any argument name" (fun () ->
                let defines (code: string) (build: Scalar -> Scalar) =
                    parses $"Activation.Define(\"f\", {code})" (Activation.op_Implicit (Activation.Define("f", build)))

                let n (value: float) : Scalar = Scalar.Constant value
                defines "x => x + 2 * x - x / 4" (fun x -> x + n 2.0 * x - x / n 4.0)
                defines "input_1 => -input_1 * -(input_1 - 1)" (fun x -> -x * -(x - n 1.0))
                defines "x=>2*3-1e-2*x" (fun x -> n 6.0 - n 0.01 * x)

                defines "x => Where(Scalar.Greater(x, .5), Square(x), Min(x, double.NaN))" (fun x ->
                    Scalar.Where(Scalar.Greater(x, n 0.5), x * x, Scalar.Min(x, n nan)))

                defines "x => x - -1" (fun x -> x - n -1.0))
        ]

let tests = testList "Network text" [ printing; parsing ]
