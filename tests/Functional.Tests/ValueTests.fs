module ValueTests

open System
open Expecto
open FsCheck
open Functional

/// A small size from any number.
let private size (n: int) = abs (n % 4) + 1

let private dims (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))

let private shapeOf (numbers: int list) =
    numbers |> List.truncate 4 |> List.map size |> dims

let private at (tensor: Tensor<float>) (index: int list) =
    tensor[ReadOnlySpan(Array.ofList index)]

let private tensorOf (shape: Shape) =
    Tensor<float>(shape, Array.init shape.Count float)

/// Every index of a shape, in row-major order.
let rec private indices dimensions =
    match dimensions with
    | [] -> [ [] ]
    | size :: rest ->
        [
            for i in 0 .. size - 1 do
                for tail in indices rest -> i :: tail
        ]

let private message (f: unit -> 'a) =
    try
        f () |> ignore
        failtest "Expected an exception, none was thrown."
    with :? FunctionalException as e ->
        e.Message

let private shapes =
    testList
        "Shape"
        [
            testCase "prints its sizes, the batch as B" (fun () ->
                Expect.equal (string (dims [ 32; 784 ])) "[32, 784]" "two dimensions"
                Expect.equal (string (dims [ Shape.Batch; 28; 28 ])) "[B, 28, 28]" "a batch of images"
                Expect.equal (string Shape.Scalar) "[]" "a scalar")

            testProperty "counts the product of its sizes" (fun numbers ->
                let shape = shapeOf numbers
                shape.Count = Array.fold (*) 1 (shape.Dimensions.ToArray()))

            testProperty "adds a batch dimension and takes it away" (fun numbers rows ->
                let shape = shapeOf numbers

                shape.WithBatch().HasBatch
                && shape.WithBatch().WithoutBatch() = shape
                && shape.WithBatch().Count = shape.Count
                && shape.WithBatch().ForRows(size rows).Count = shape.Count * size rows)

            testProperty "ends with each of its own tails" (fun numbers ->
                let shape = shapeOf numbers

                List.forall (fun skip -> shape.EndsWith(Shape(shape.Dimensions.Slice skip))) [ 0 .. shape.Rank ])

            testProperty "equals by its sizes" (fun numbers others ->
                let one, two = shapeOf numbers, shapeOf others

                (one = two) = (one.Dimensions.ToArray() = two.Dimensions.ToArray())
                && one.GetHashCode() = shapeOf(numbers).GetHashCode())

            testCase "refuses sizes below 1 and more elements than an array holds" (fun () ->
                Expect.stringContains (message (fun () -> dims [ 3; 0 ])) "got 0 at position 1" "a size of 0"

                Expect.stringContains
                    (message (fun () -> dims [ 3; Shape.Batch ]))
                    "got -1 at position 1"
                    "an inner batch"

                Expect.stringContains (message (fun () -> dims [ 65536; 65536 ])) "more than" "2³² elements")
        ]

let private tensors =
    testList
        "Tensor"
        [
            testProperty "is row-major: the n-th index is the n-th element" (fun numbers ->
                let tensor = tensorOf (shapeOf numbers)

                indices (List.ofArray (tensor.Shape.Dimensions.ToArray()))
                |> List.map (fun index -> at tensor index)
                |> (=) (List.ofArray (tensor.Data.ToArray())))

            testProperty "slices to what the full index reads" (fun first numbers ->
                let tensor = tensorOf (shapeOf (first :: List.truncate 3 numbers))

                List.forall
                    (fun i ->
                        let slice = tensor.Slice(ReadOnlySpan [| i |])

                        indices (List.ofArray (slice.Shape.Dimensions.ToArray()))
                        |> List.forall (fun index -> at slice index = at tensor (i :: index)))
                    [ 0 .. tensor.Shape[Index 0] - 1 ])

            testProperty "joins its ranges of rows to itself" (fun first numbers cut ->
                let tensor = tensorOf (shapeOf (first :: List.truncate 3 numbers))
                let rows = tensor.Shape[Index 0]
                let cut = abs (cut % rows)

                let part (start: int) (stop: int) =
                    if start = stop then
                        [||]
                    else
                        tensor.Rows(Range(Index start, Index stop)).Data.ToArray()

                Array.append (part 0 cut) (part cut rows) = tensor.Data.ToArray())

            testProperty "keeps its data under another shape" (fun numbers ->
                let tensor = tensorOf (shapeOf numbers)
                let flat = tensor.Reshape(dims [ tensor.Count ])

                flat.Data.SequenceEqual tensor.Data && flat.Reshape tensor.Shape = tensor)

            testProperty "equals by shape and elements, NaN included" (fun (values: float list) ->
                let values = Array.ofList (nan :: values)
                let shape = dims [ values.Length ]
                let tensor = Tensor<float>(shape, values)

                tensor = Tensor<float>(shape, values)
                && tensor.GetHashCode() = Tensor<float>(shape, values).GetHashCode()
                && tensor <> tensor.Reshape(dims [ 1; values.Length ]))

            testCase "copies what it is made from" (fun () ->
                let data = [| 1.0; 2.0 |]
                let tensor = Tensor<float>(dims [ 2 ], ReadOnlySpan data)
                data[0] <- 9.0
                Expect.equal (at tensor [ 0 ]) 1.0 "the tensor's own element")

            testCase "casts each element" (fun () ->
                Expect.equal
                    (Tensor<float>(dims [ 2 ], [| 0.1; -2.0 |]).Cast<float32>())
                    (Tensor<float32>(dims [ 2 ], [| 0.1f; -2.0f |]))
                    "to float32")

            testCase "prints the ends of long dimensions" (fun () ->
                Expect.equal (string (tensorOf (dims [ 2; 2 ]))) "[2, 2] [[0, 1], [2, 3]]" "all of a small one"
                Expect.equal (string (tensorOf (dims [ 9 ]))) "[9] [0, 1, 2, …, 6, 7, 8]" "three at each end")

            testCase "refuses data and indices that do not fit" (fun () ->
                Expect.stringContains
                    (message (fun () -> Tensor<float>(dims [ 3 ], [| 1.0 |])))
                    "expected 3 elements, got 1"
                    "a wrong length"

                let tensor = tensorOf (dims [ 2; 3 ])
                Expect.throwsT<IndexOutOfRangeException> (fun () -> at tensor [ 2; 0 ] |> ignore) "an index too large"
                Expect.throwsT<IndexOutOfRangeException> (fun () -> at tensor [ 1 ] |> ignore) "an index too few"

                Expect.throwsT<IndexOutOfRangeException>
                    (fun () -> at tensor [ 0; 0; 0 ] |> ignore)
                    "an index too many")
        ]

let private lists =
    testList
        "ValueList"
        [
            testProperty "equals by its elements" (fun (one: int list) (two: int list) ->
                let first, second = ValueList.ToValueList one, ValueList.ToValueList two

                (first = second) = (one = two)
                && first = ValueList.ToValueList one
                && first.GetHashCode() = ValueList.ToValueList(one).GetHashCode())

            testProperty "lists its elements in order" (fun (items: string list) ->
                let list = ValueList.ToValueList items
                List.ofSeq list = items && list.Count = items.Length)

            testCase "is empty by default" (fun () ->
                let empty = Unchecked.defaultof<ValueList<int>>
                Expect.equal empty.Count 0 "no elements"
                Expect.equal empty (ValueList.ToValueList []) "equal to a made one")
        ]

let private stream seed index =
    RandomStream(seed, RandomPurpose.Data, index)

let private words count (start: RandomStream) =
    let mutable random = start
    Array.init count (fun _ -> random.NextUInt())

let private philox =
    testList
        "Philox"
        [
            // philox4x32-10 in kat_vectors of Random123, by the authors of the paper.
            testCase "gives the published words" (fun () ->
                let all = UInt32.MaxValue

                Expect.equal
                    (Philox.Block(0u, 0u, 0u, 0u, 0u, 0u))
                    (struct (0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u))
                    "all zeros"

                Expect.equal
                    (Philox.Block(all, all, all, all, all, all))
                    (struct (0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu))
                    "all ones"

                Expect.equal
                    (Philox.Block(0xa4093822u, 0x299f31d0u, 0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u))
                    (struct (0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u))
                    "the digits of π")

            testProperty "streams are their blocks in order" (fun seed index ->
                let blocks =
                    [|
                        for block in 0UL .. 3UL do
                            let struct (a, b, c, d) = Philox.Block(seed, RandomPurpose.Data, index, block)
                            yield! [ a; b; c; d ]
                    |]

                words 16 (stream seed index) = blocks)

            testProperty "streams of other seeds, purposes or indices differ" (fun seed index ->
                [
                    words 4 (stream seed index)
                    words 4 (stream (seed + 1UL) index)
                    words 4 (stream (seed ^^^ (1UL <<< 63)) index)
                    words 4 (stream seed (index + 1UL))
                    words 4 (stream seed (index ^^^ (1UL <<< 63)))
                    for purpose in Enum.GetValues<RandomPurpose>() do
                        if purpose <> RandomPurpose.Data then
                            words 4 (RandomStream(seed, purpose, index))
                ]
                |> fun streams -> List.distinct streams = streams)

            testProperty "uniform numbers lie in [0, 1), integers below their bound" (fun seed (PositiveInt bound) ->
                let mutable random = stream seed 0UL

                [ 1..20 ]
                |> List.forall (fun _ ->
                    let u = random.NextUniform()
                    let n = random.NextInt bound
                    u >= 0.0 && u < 1.0 && n >= 0 && n < bound))

            testProperty "shuffling keeps the items" (fun seed (items: int list) ->
                let mutable random = stream seed 0UL
                let shuffled = Array.ofList items
                Philox.Shuffle(Span shuffled, &random)
                List.sort (List.ofArray shuffled) = List.sort items)

            // Six standard errors: a right generator fails one seed in 10⁹, and the seed is fixed.
            testCase "uniform and normal numbers have their moments" (fun () ->
                let count = 200_000
                let mutable random = stream 11UL 0UL
                let uniform = Array.init count (fun _ -> random.NextUniform())
                let normal = Array.init count (fun _ -> random.NextNormal())
                let error = 6.0 / sqrt (float count)

                let near expected width (actual: float) =
                    Expect.isLessThan (abs (actual - expected)) (width * error)

                near 0.5 (sqrt (1.0 / 12.0)) (Array.average uniform) "the mean of uniform numbers"
                near 0.0 1.0 (Array.average normal) "the mean of normal numbers"
                near 1.0 (sqrt 2.0) (normal |> Array.averageBy (fun z -> z * z)) "their variance"
                near 0.0 (sqrt 15.0) (normal |> Array.averageBy (fun z -> z ** 3.0)) "their third moment"
                near 3.0 (sqrt 96.0) (normal |> Array.averageBy (fun z -> z ** 4.0)) "their fourth moment")

            testCase "every order of three is equally likely" (fun () ->
                let count = 60_000

                let frequencies =
                    Array.init count (fun i ->
                        Philox.Permutation(3, 5UL, RandomPurpose.Shuffle, uint64 i) |> List.ofArray)
                    |> Array.countBy id

                Expect.hasLength frequencies 6 "six orders"
                let error = 6.0 * sqrt (float count * (1.0 / 6.0) * (5.0 / 6.0))

                for _, frequency in frequencies do
                    Expect.isLessThan (abs (float frequency - float count / 6.0)) error "one order in six")
        ]

let tests = testList "Values" [ shapes; tensors; lists; philox ]
