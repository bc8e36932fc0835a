module VjpTests

open System
open System.Collections.Generic
open System.Collections.Immutable
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.Gradients
open Functional.Graphs
open Differences

let private shape (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))
let private B = Shape.Batch

/// A primitive with shapes for its inputs, and numbers it is differentiable at, by the inputs' places.
type private Example =
    {
        Primitive: Primitive
        Inputs: Shape list
        Draw: int -> Random -> float
    }

let private example primitive inputs =
    {
        Primitive = primitive
        Inputs = List.map shape inputs
        Draw = fun _ -> Random.normal
    }

/// Away from 0, of either sign.
let private nonzero (random: Random) =
    (0.3 + 2.0 * random.NextDouble()) * float (2 * random.Next 2 - 1)

let private positive (random: Random) = 0.3 + 2.0 * random.NextDouble()

let private unary =
    [
        for f in Enum.GetValues<UnaryFunction>() do
            { example (Primitive.Unary f) [ [ B; 3 ] ] with
                Draw =
                    fun _ ->
                        match f with
                        | UnaryFunction.Log
                        | UnaryFunction.SafeLog
                        | UnaryFunction.Sqrt -> positive
                        | UnaryFunction.Reciprocal -> nonzero
                        | _ -> Random.normal
            }
    ]

let private binary =
    [
        for f in Enum.GetValues<BinaryFunction>() do
            { example (Primitive.Binary f) [ [ B; 2 ]; [ B; 2 ] ] with
                Draw = fun _ -> if f = BinaryFunction.Divide then nonzero else Random.normal
            }
    ]

/// A value's shape and the larger one it repeats to.
let private repetitions =
    [
        [], [ 3 ]
        [], [ B ]
        [], [ B; 3 ]
        [], [ 2; 3; 2 ]
        [ 3 ], [ B; 3 ]
        [ 1 ], [ B; 1 ]
        [ 3 ], [ 2; 3 ]
        [ 2; 3 ], [ B; 2; 3 ]
        [ B; 1 ], [ B; 4 ]
        [ 2; 1 ], [ 2; 3 ]
        [ B; 2; 1 ], [ B; 2; 3 ]
    ]

let private products =
    [
        example (Primitive.MatMul(false, false)) [ [ B; 3 ]; [ 3; 2 ] ]
        example (Primitive.MatMul(false, false)) [ [ 4; 3 ]; [ 3; 2 ] ]
        example (Primitive.MatMul(true, false)) [ [ B; 3 ]; [ B; 2 ] ]
        example (Primitive.MatMul(true, false)) [ [ 3; 4 ]; [ 3; 2 ] ]
        example (Primitive.MatMul(false, true)) [ [ B; 3 ]; [ 2; 3 ] ]
        example (Primitive.MatMul(false, true)) [ [ 4; 3 ]; [ 2; 3 ] ]
        example (Primitive.MatMul(true, true)) [ [ 3; 4 ]; [ 2; 3 ] ]
    ]

let private rowwise =
    [
        for primitive in [ Primitive.Softmax() :> Primitive; Primitive.LogSoftmax() ] do
            for inputs in [ [ 4 ]; [ B; 3 ]; [ B; 1 ]; [ B; 2; 3 ] ] do
                example primitive [ inputs ]
    ]

/// Numbers of rows, which a small change does not make others.
let private numbers count (random: Random) = 0.25 + float (random.Next count)

let private rearranged =
    [
        for a, b in [ [ B; 2 ], [ B; 3 ]; [ 2 ], [ 1 ]; [ B; 2; 1 ], [ B; 2; 2 ]; [ 3; 2 ], [ 3; 2 ] ] do
            example (Primitive.Concat()) [ a; b ]
        for start, length in [ 0, 5; 0, 2; 2, 3; 1, 1 ] do
            for inputs in [ [ 5 ]; [ B; 5 ]; [ B; 2; 5 ] ] do
                example (Primitive.Slice(start, length)) [ inputs ]
        for width in [ 1; 3 ] do
            { example (Primitive.Gather()) [ [ 4; width ]; [ B; 2 ] ] with
                Draw = fun input -> if input = 1 then numbers 4 else Random.normal
            }

            { example (Primitive.ScatterSum 4) [ [ B; 2 ]; [ B; 2; width ] ] with
                Draw = fun input -> if input = 0 then numbers 4 else Random.normal
            }
    ]

let private others =
    [
        example (Primitive.Select()) [ [ B; 2 ]; [ B; 2 ]; [ B; 2 ] ]
        example (Primitive.Reshape(shape [ B; 6 ])) [ [ B; 2; 3 ] ]
        example (Primitive.Reshape(shape [ 2; 2 ])) [ [ 4 ] ]
        { example (Primitive.OneHot 3) [ [ B; 1 ] ] with
            Draw = fun _ -> numbers 3
        }
        example (Primitive.Constant 0.7) []
        example (Primitive.Vector(ValueList.ToValueList [ 0.7; -1.5 ])) []
        example (Primitive.RandomMask(3, 0.4, shape [ B; 2 ])) []
        example (Primitive.InverseRows()) []
        example (Primitive.Source(SourceKind.Given, "s", shape [ B; 2 ])) []
    ]

let private examples =
    [
        yield! unary
        yield! binary
        for small, large in repetitions do
            example (Primitive.Broadcast(shape large)) [ small ]
            example (Primitive.SumTo(shape small)) [ large ]
        yield! products
        yield! rowwise
        yield! rearranged
        yield! others
    ]

/// ⟨y, ȳ⟩ for y = f(inputs) and a random cotangent ȳ, with the rule's cotangents of the inputs: ⟨y, ȳ⟩'s derivatives.
let private pull (example: Example) =
    let builder = GraphBuilder()

    let given name inputShape =
        builder.Source(SourceKind.Given, name, inputShape)

    let inputs = example.Inputs |> List.mapi (fun i inputShape -> given $"input{i}" inputShape)
    let y = builder.Add(example.Primitive, ImmutableArray.CreateRange inputs)
    let dy = given "cotangent" y.Shape
    let inner = builder.SumTo(builder.Product(y, dy), Shape.Scalar)
    let pulled = VjpRules.Pull(builder, y, dy)

    let graph =
        Graph.Of
            [
                GraphOutput(OutputKind.Loss, "", inner)
                for input, cotangent in Seq.zip inputs pulled do
                    match cotangent with
                    | null -> ()
                    | cotangent -> GraphOutput(OutputKind.Gradient, (sourceOf input).Name, cotangent)
            ]

    List.map sourceOf inputs, Array.toList pulled, GraphVerifier.Verify graph

let private check (example: Example) (rows: int) (random: Random) =
    let inputs, pulled, graph = pull example

    let draw () : Values =
        let values = Dictionary()

        for source in sources graph do
            let count = source.Shape.ForRows(rows).Count

            values[source] <-
                match List.tryFindIndex ((=) source) inputs with
                | Some input -> Array.init count (fun _ -> example.Draw input random)
                | None -> Random.normals random count

        values

    let loss values =
        (evaluate graph rows values)[struct (OutputKind.Loss, "")] |> doubles

    /// ∂⟨y, ȳ⟩/∂ every element of an input.
    let differences (values: Values) (input: Primitive.Source) =
        let at = values[input]

        let partial i =
            derivative (fun t -> loss (replace input (Array.updateAt i (at[i] + t) at) values))
            |> Option.map Array.exactlyOne

        let partials = Array.init at.Length partial

        if Array.forall Option.isSome partials then
            Some(Array.map Option.get partials)
        else
            None

    let attempt () =
        let values = draw ()
        let expected = inputs |> List.map (differences values)

        if List.forall Option.isSome expected then
            Some(values, List.map Option.get expected)
        else
            None

    match Seq.init 50 ignore |> Seq.tryPick attempt with
    | None -> failtest $"no point found at which {example.Primitive} is differentiable"
    | Some(values, expected) ->
        let outputs = evaluate graph rows values

        for input, cotangent, expected in List.zip3 inputs pulled expected do
            let name = $"∂⟨{GraphPrinter.Print example.Primitive}, ȳ⟩/∂{input.Name} {input.Shape}"

            match cotangent with
            | null -> expectClose ToleranceTable.differences (Array.zeroCreate expected.Length) expected name
            | cotangent ->
                Expect.equal cotangent.Shape input.Shape $"{name} has the input's shape"

                expectClose
                    ToleranceTable.differences
                    (doubles outputs[struct (OutputKind.Gradient, input.Name)])
                    expected
                    name

let private target (primitive: Primitive) =
    match primitive with
    | :? Primitive.Broadcast as broadcast -> $" to {broadcast.Shape}"
    | :? Primitive.SumTo as sum -> $" to {sum.Shape}"
    | _ -> ""

let private covered = examples |> List.map _.Primitive

let tests =
    testList
        "VJP rules"
        [
            testList
                "equal central differences"
                [
                    for example in examples do
                        let inputs = String.Join(", ", example.Inputs |> List.map string)

                        let name =
                            $"{(GraphPrinter.Print example.Primitive).Trim()} of {inputs}{target example.Primitive}"

                        ToleranceTable.lawOf [] 10 name (fun (PositiveInt rows) seed ->
                            check example (1 + rows % 3) (Random(seed: int)))
                ]

            // There the slope is a convention, which differences do not know.
            testCase "bound the safe logarithm's slope by 1e12" (fun () ->
                let arguments = [| 0.0; 1e-300; 5e-13; 1e-12; 1.5e-12; 3e-12; 0.5; 2.0 |]
                let builder = GraphBuilder()
                let x = builder.Source(SourceKind.Given, "x", shape [ arguments.Length ])
                let sum = builder.SumTo(builder.Unary(UnaryFunction.SafeLog, x), Shape.Scalar)

                let gradient =
                    ReverseMode.Differentiate(Graph.Of [ GraphOutput(OutputKind.Loss, "", sum) ], sum, [ x ])

                let values = Dictionary()
                values[sourceOf x] <- arguments
                let slopes = (evaluate gradient 1 values)[struct (OutputKind.Gradient, "x")] |> doubles
                Expect.equal slopes (arguments |> Array.map (fun a -> 1.0 / max a 1e-12)) "1/max(x, 1e-12)")

            testCase "are tried for every primitive" (fun () ->
                let cases =
                    typeof<Primitive>.GetNestedTypes()
                    |> Array.filter (fun case -> case.IsSubclassOf typeof<Primitive>)
                    // A copy is made after differentiation, for a plan.
                    |> Array.filter (fun case -> case <> typeof<Primitive.Copy>)
                    // No difference knows a derivative that is given: CustomDerivativeTests.
                    |> Array.filter (fun case -> case <> typeof<Primitive.CustomDerivative>)

                let tried = covered |> List.map _.GetType() |> List.distinct
                Expect.isGreaterThan cases.Length 10 "the cases are found"
                Expect.containsAll tried cases "every case"

                for left in [ false; true ] do
                    for right in [ false; true ] do
                        Expect.contains covered (Primitive.MatMul(left, right)) "every form of the product")
        ]
