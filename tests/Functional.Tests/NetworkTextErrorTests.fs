/// Texts that are no network, and the limits of those that are.
module NetworkTextErrorTests

open System
open System.Diagnostics
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.FsCheck
open Generators

/// Text, the position of the error, and how its message begins.
let private mistakes =
    [
        "Dense(2, 20) >> Rellu", 16, "Unknown layer Rellu; did you mean Relu? Known: BatchNorm, Concat, Define,"
        "relu", 0, "Unknown layer relu; did you mean Relu?"
        "Convolution(3)", 0, "Unknown layer Convolution. Known:"
        "", 0, "Expected a layer, got the end of the text."
        "Relu >>", 7, "Expected a layer, got the end of the text."
        "Relu Tanh", 5, "Expected \">>\" or the end of the text, got Tanh."
        "Dense(2, 20", 11, "Expected \")\" or \",\" after the arguments of Dense, got the end of the text."
        "Dense", 5, "Expected \"(\" after Dense, got the end of the text."
        "Relu(3)", 4, "Relu takes no arguments."
        "Dense()", 6, "Dense: expected an integer for the argument outputs, got none."
        "Dense(2.5)", 6, "Dense: expected an integer for the argument outputs, got 2.5."
        "Dense(2, 99999999999)", 9, "Dense: expected an integer for the argument outputs, got 99999999999."
        "Dense(2, 1e999)", 9, "The number 1e999 is too large for a double."
        "Dense(2, biass: false)",
        9,
        "Unknown argument of Dense, biass; did you mean bias? Known: outputs, bias, weights, biases."
        "Dense(2, bias: false, bias: true)", 28, "Dense: the argument bias is given twice."
        "Dense(bias: false, 2)", 19, "Dense: an argument without a name cannot follow one with a name."
        "Dense(2, bias: 1)", 15, "Dense: expected true or false for the argument bias, got 1."
        "Dense(2, weights: Relu)", 18, "Dense: expected an initializer for the argument weights, got a network."
        "Dense(2, weights: Initializer.HeNorml)",
        30,
        "Unknown initializer HeNorml; did you mean HeNormal? Known: Constant,"
        "Dense(2, weights: Initializer.Uniform(2, 1))", 30, "Uniform(2, 1): the bounds must be finite"
        "Named(\"a b\", Relu)", 0, "Named(\"a b\", …): use only letters"
        "Named(\"a", 6, "This string has no end."
        "Named(\"\\q\", Relu)", 7, "This escape is not known."
        "Relu ; Tanh", 5, "The character \";\" has no place in a network."
        "Define(\"f\", x => y)", 17, "Unknown variable y. Known: x."
        "Define(\"f\", x => Sigmid(x))", 17, "Unknown function Sigmid; did you mean Sigmoid? Known: Abs,"
        "Define(\"f\", x => Max(x))", 22, "Expected \",\" and argument 2 of 2 of Max, got \")\"."
        "Define(\"f\", x => )", 17, "Expected a number, x, a function or \"(\", got \")\"."
        "Mlp(3, Relu)", 4, "Mlp: expected a list of integers, [784, 128, 10] for the argument sizes, got 3."
        "LeakyReluWith(\"a\")", 14, "LeakyReluWith: expected a number for the argument slope, got a string."
    ]

let private failure (text: string) =
    try
        let network = Network.Parse text
        failtestf "Expected no network, got %O" network
    with :? NetworkParseException as e ->
        e

/// Text that was once a network: some of its characters replaced, moved, repeated or left out.
let private damaged =
    let words =
        [
            ">>"
            "("
            ")"
            "["
            "]"
            ","
            ":"
            "."
            "=>"
            "-"
            "\""
            "\\"
            "\n"
            "Dense"
            "Named"
            "Mlp"
            "Residual"
            "Define"
        ]
        @ [
            "Initializer"
            "null"
            "true"
            "double"
            "Activation"
            "x"
            "1e999"
            "0"
            "-1"
            "99999999999"
            "1e-400"
            "\ud800"
            "é"
        ]

    let damage (text: string) =
        gen {
            let! start = Gen.choose (0, text.Length)
            let! length = Gen.choose (0, min 5 (text.Length - start))

            let! word =
                Gen.oneof [ Gen.elements words; Gen.constant ""; Gen.map string (Gen.choose (32, 127) |> Gen.map char) ]

            return text.Remove(start, length).Insert(start, word)
        }

    let rec repeat times text =
        if times = 0 then
            Gen.constant text
        else
            damage text |> Gen.bind (repeat (times - 1))

    gen {
        let! network = Networks.generate Contents.Printable AnyOutput
        let! times = Gen.choose (0, 4)
        return! repeat times (string network)
    }

let tests =
    testList
        "Network text errors"
        [
            testTheory
                "is refused with place, expectation and what stood there"
                mistakes
                (fun (text, position, message) ->
                    let e = failure text
                    Expect.stringStarts e.Message message "what"
                    Expect.equal e.Position position "where")

            testCase "is shown with a caret below the place" (fun () ->
                let shown (e: exn) =
                    e.Message.Split(Environment.NewLine) |> Array.skip 1 |> List.ofArray

                Expect.equal (shown (failure "Relu >> Rellu")) [ "  Relu >> Rellu"; "          ^ at 9" ] "one line"

                Expect.equal
                    (shown (failure "Relu >>\n\tRellu >>\n Tanh"))
                    [ "   Rellu >>"; "   ^ at 10" ]
                    "the line it is on"

                let long = String.replicate 100 "Relu >> "

                match shown (failure (long + "Rellu" + String.replicate 100 " >> Relu")) with
                | [ text; caret ] ->
                    Expect.isLessThan text.Length 120 "a part of a long line"
                    Expect.equal (text.Substring(caret.IndexOf '^', 5)) "Rellu" "with the caret below the place"
                | lines -> failtestf "Expected two lines, got %A" lines)

            testPropertyWithConfig
                { config with maxTest = 2000 }
                "never ends in any other error"
                (Prop.forAll (Arb.fromGen damaged) (fun text ->
                    try
                        let network = Network.Parse text
                        Expect.equal (Network.Parse(string network)) network "what is one prints as one"
                    with
                    | :? NetworkParseException as e ->
                        Expect.isTrue (0 <= e.Position && e.Position <= text.Length) "the place is in the text"
                    | :? ShapeException -> ()))

            testTheory
                "is refused however deep or long it is"
                [
                    "", "("
                    "", "Residual("
                    "", "Named(\"a\", "
                    "", "Mlp([1, 1], hidden: "
                    "", "["
                    "", "a"
                    "Dense(", "9"
                    "Define(\"f\", x => ", "-"
                    "Define(\"f\", x => ", "("
                    "Define(\"f\", x => ", "Exp("
                    "Define(\"f\", x => x", " + x"
                    "Define(\"f\", x => x", " * x"
                ]
                (fun (start, repeated) ->
                    let e = failure (start + String.replicate 100_000 repeated)
                    Expect.isLessThan e.Message.Length 1000 "a message that can be read")

            testCase "does not include long or moderately deep ones" (fun () ->
                let clock = Stopwatch.StartNew()
                let long = Network.Parse("Dense(3, 3)" + String.replicate 20_000 " >> Dense(3) >> Flatten")
                Expect.equal long.Layers.Count 40_001 "all its layers"
                Expect.isLessThan clock.Elapsed.TotalSeconds 5.0 "in time linear in their number"
                let deep = String.replicate 90 "Residual(" + "Relu" + String.replicate 90 ")"
                Expect.equal (string (Network.Parse deep)) deep "90 levels"
                let sum = "Activation.Define(\"f\", x => x" + String.replicate 450 " + x" + ")"
                Expect.equal (string (Network.Parse sum)) sum "451 terms")
        ]
