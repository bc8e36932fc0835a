module DataTests

open System
open System.IO
open Expecto
open FsCheck
open Functional
open DataFixtures

/// Labelled rows of one byte per column, so that every stored type can hold them.
let private bytes rows columns seed =
    let mutable random = random seed
    Array.init (rows * columns) (fun _ -> byte (random.NextInt 256)), Array.init rows (fun _ -> random.NextInt 3)

let private floats rows columns seed =
    let values, labels = bytes rows columns seed
    Dataset.CreateLabelled(Array.map float values, dims [ columns ], labels, 3)

let private rowsOf (dataset: Dataset) =
    let features = dataset.Features<float>()
    let width = dataset.FeatureShape.Count
    features.Data.ToArray() |> Array.chunkBySize width |> Array.zip (dataset.Labels.ToArray())

let private datasets =
    testList
        "Dataset"
        [
            // Lengths around every vector width, where a tail begins.
            testTheory
                "copies a batch as it copies its rows, from every stored type"
                [ 1; 2; 3; 4; 5; 7; 8; 9; 15; 16; 17; 31; 32; 33; 63; 64; 65; 127; 128; 130; 784 ]
                (fun columns ->
                    let count = 9
                    let values, labels = bytes count columns 3UL
                    let shape = dims [ columns ]
                    let rows = [| 8; 0; 3; 3; 5 |]

                    let batch (dataset: Dataset) =
                        let single = Array.create (rows.Length * columns + 1) -1f
                        let double = Array.create (rows.Length * columns + 1) -1.0
                        dataset.CopyFeatures(ReadOnlySpan rows, Span single)
                        dataset.CopyFeatures(ReadOnlySpan rows, Span double)
                        single, double

                    let check name (dataset: Dataset) (single: byte -> float32) (double: byte -> float) =
                        let expected (convert: byte -> 'n) beyond =
                            [|
                                for row in rows do
                                    for column in 0 .. columns - 1 do
                                        yield convert values[row * columns + column]
                                yield beyond
                            |]

                        let singles, doubles = batch dataset
                        Expect.equal singles (expected single -1f) $"{name} as float"
                        Expect.equal doubles (expected double -1.0) $"{name} as double"
                        let one = Array.zeroCreate<float> columns
                        dataset.CopyFeatures(rows[0], Span one)
                        Expect.equal one doubles[.. columns - 1] $"{name}, one row"

                    let scale = 1.0 / 255.0

                    check
                        "bytes"
                        (Dataset.CreateLabelled(values, scale, shape, labels, 3))
                        (fun b -> float32 b * float32 scale)
                        (fun b -> float b * scale)

                    let third b = float b / 3.0

                    check
                        "double"
                        (Dataset.CreateLabelled(Array.map third values, shape, labels, 3))
                        (third >> float32)
                        third

                    check
                        "float"
                        (Dataset.CreateLabelled(Array.map (third >> float32) values, shape, labels, 3))
                        (third >> float32)
                        (third >> float32 >> float))

            testCase "copies batches without allocating" (fun () ->
                let dataset = Datasets.Moons 100
                let rows = [| 0..9 |]
                let features, targets = Array.zeroCreate<float32> 20, Array.zeroCreate<float32> 10

                let allocated () =
                    let before = GC.GetAllocatedBytesForCurrentThread()
                    dataset.CopyFeatures(ReadOnlySpan rows, Span features)
                    dataset.CopyTargets(ReadOnlySpan rows, Span targets)
                    GC.GetAllocatedBytesForCurrentThread() - before

                allocated () |> ignore
                Expect.equal (allocated ()) 0L "managed bytes")

            testCase "gives all of it as tensors" (fun () ->
                let dataset = Dataset.Create([| 1.0; 2.0; 3.0; 4.0 |], dims [ 1; 2 ], [| 5.0; 6.0 |], dims [ 1 ])

                Expect.equal
                    (dataset.Features<float>())
                    (Tensor(dims [ 2; 1; 2 ], [| 1.0; 2.0; 3.0; 4.0 |]))
                    "features"

                Expect.equal (dataset.Targets<float32>()) (Tensor(dims [ 2; 1 ], [| 5f; 6f |])) "targets"
                Expect.equal (string dataset) "2 rows, features [1, 2], targets [1]" "printed"
                Expect.isFalse dataset.ClassCount.HasValue "numbers are no classes")

            testProperty "splits into two sets that hold every row once" (fun seed (PositiveInt extra) stratified ->
                let dataset = floats (extra + 1) 2 seed
                let struct (training, validation) = dataset.Split(0.7, seed, stratified)
                let both = Array.append (rowsOf training) (rowsOf validation)
                let struct (again, _) = dataset.Split(0.7, seed, stratified)

                Array.sort both = Array.sort (rowsOf dataset)
                && training.Count = Math.Clamp(int (round (0.7 * float dataset.Count)), 1, dataset.Count - 1)
                && training = again)

            testProperty "stratified, gives every class its share" (fun seed (PositiveInt extra) ->
                let dataset = floats (extra + 1) 2 seed
                let struct (training, _) = dataset.Split(0.7, seed, stratified = true)
                let share = float training.Count / float dataset.Count

                let size (set: Dataset) label =
                    set.Labels.ToArray() |> Array.filter ((=) label) |> Array.length

                [ 0..2 ]
                |> List.forall (fun label ->
                    abs (float (size training label) - share * float (size dataset label)) < 1.0))

            testProperty "taking, selecting and joining keep the rows" (fun seed (PositiveInt extra) cut ->
                let dataset = floats (extra + 1) 3 seed
                let cut = abs (cut % extra) + 1
                let rest = dataset.Select(ReadOnlySpan [| cut .. dataset.Count - 1 |])

                dataset.Take(cut).Concat rest = dataset
                && dataset.Take cut = dataset.Select(ReadOnlySpan [| 0 .. cut - 1 |])
                && dataset.Reshape(dims [ 3; 1 ]).Features<float>().Data.SequenceEqual(dataset.Features<float>().Data))

            testCase "joins different stored types without loss" (fun () ->
                let values, labels = bytes 4 3 1UL
                let shape = dims [ 3 ]
                let asBytes = Dataset.CreateLabelled(values, 0.125, shape, labels, 3)
                let asFloats = Dataset.CreateLabelled(Array.map float32 values, shape, labels, 3)
                let asDoubles = Dataset.CreateLabelled(Array.map (float >> sqrt) values, shape, labels, 3)

                for first, second in [ asBytes, asFloats; asDoubles, asFloats; asBytes, asDoubles; asBytes, asBytes ] do
                    let joined = first.Concat second

                    Expect.equal
                        (joined.Features<float32>().Data.ToArray())
                        (Array.append
                            (first.Features<float32>().Data.ToArray())
                            (second.Features<float32>().Data.ToArray()))
                        "features in order")

            testCase "says what is wrong with what it is given" (fun () ->
                let shape, one = dims [ 2 ], dims [ 1 ]

                let labelled (features: float array) labels =
                    Dataset.CreateLabelled(features, shape, (labels: int array), 3)

                says (fun () -> labelled [||] [||]) [ "no features"; "[2]" ]
                says (fun () -> labelled [| 1.0; 2.0; 3.0 |] [| 0 |]) [ "3 numbers"; "1 are left over" ]
                says (fun () -> labelled [| 1.0; 2.0 |] [| 0; 1 |]) [ "1 rows of features but 2 rows of targets" ]
                says (fun () -> labelled [| 1.0; 2.0; 3.0; nan |] [| 0; 1 |]) [ "row 1, column 1"; "NaN" ]
                says (fun () -> labelled [| -infinity; 2.0 |] [| 0 |]) [ "row 0, column 0"; "−∞" ]
                says (fun () -> labelled [| 1.0; 2.0 |] [| 3 |]) [ "row 0 is 3"; "0 … 2" ]
                says (fun () -> labelled [| 1.0; 2.0 |] [| -1 |]) [ "row 0 is -1" ]
                says (fun () -> Dataset.CreateLabelled([| 1.0 |], one, [| 0 |], 1)) [ "at least 2" ]
                says (fun () -> Dataset.CreateLabelled([| 1uy |], 0.0, one, [| 0 |], 2)) [ "scale"; "1.0 / 255" ]
                says (fun () -> Dataset.Create([| 1.0 |], Shape.Scalar, [| 1.0 |], one)) [ "Use [1]" ]
                says (fun () -> Dataset.Create([| 1.0 |], one, [| nan |], one)) [ "targets" ]
                says (fun () -> Dataset.Create([| 1.0 |], one, [| 1.0 |], one, names [ "a"; "b" ])) [ "2 names for 1" ]
                let dataset = floats 3 2 1UL
                says (fun () -> dataset.Take 4) [ "Take(4) of 3" ]
                says (fun () -> dataset.Split(1.0, 0UL)) [ "between 0 and 1" ]
                says (fun () -> dataset.Take(1).Split(0.5, 0UL)) [ "one row" ]
                says (fun () -> dataset.Reshape(dims [ 3 ])) [ "[2]"; "[3]" ]
                says (fun () -> dataset.Concat(Datasets.Moons 10)) [ "classes are 3 and 2" ]
                says (fun () -> Dataset.Create([| 1.0 |], one, [| 1.0 |], one).Split(0.5, 0UL)) [ "one row" ]

                Expect.throwsT<ArgumentOutOfRangeException>
                    (fun () -> dataset.CopyFeatures(3, Span(Array.zeroCreate<float> 2)))
                    "no such row"

                Expect.throwsT<ArgumentException>
                    (fun () -> dataset.CopyFeatures(0, Span(Array.zeroCreate<float> 1)))
                    "too short")
        ]

let private normalizations =
    testList
        "Normalization"
        [
            testCase "standard: mean 0, deviation 1, a constant column 0" (fun () ->
                let mutable random = random 4UL

                let values =
                    [|
                        for _ in 1..500 do
                            random.NextNormal() * 3.0 + 1e3
                            0.1
                            random.NextUniform()
                    |]

                let dataset = Dataset.Create(values, dims [ 3 ], Array.zeroCreate<float> 500, dims [ 1 ])
                let normalization = Normalization.Standard dataset
                let mapped = normalization.Apply(dataset).Features<float>()

                let column i =
                    Array.init 500 (fun row -> mapped[ReadOnlySpan [| row; i |]])

                for i in [ 0; 2 ] do
                    Expect.floatClose Accuracy.high (Array.average (column i)) 0.0 "mean"
                    Expect.floatClose Accuracy.high (column i |> Array.averageBy (fun x -> x * x)) 1.0 "variance"

                Expect.allEqual (column 1) 0.0 "the constant column"
                Expect.equal normalization.Scale[1] 1.0 "the constant column's scale")

            testCase "minimum and maximum: 0 and 1, and the same value for other data" (fun () ->
                let dataset =
                    Dataset.Create(
                        [| 2.0; 5.0; 4.0; 5.0; 6.0; 5.0 |],
                        dims [ 2 ],
                        Array.zeroCreate<float> 3,
                        dims [ 1 ]
                    )

                let normalization = Normalization.MinMax dataset

                Expect.equal
                    (normalization.Apply(dataset).Features<float>().Data.ToArray())
                    [| 0.0; 0.0; 0.5; 0.0; 1.0; 0.0 |]
                    "mapped"

                let input = [| 8.0; 6.0 |]
                normalization.Apply(ReadOnlySpan input, Span input)
                Expect.equal input [| 1.5; 1.0 |] "an input outside the range"
                Expect.equal normalization (Normalization.MinMax dataset) "equal by value")

            testCase "refuses other columns" (fun () ->
                let normalization = Normalization.Standard(Datasets.Moons 10)
                says (fun () -> normalization.Apply(floats 4 3 1UL)) [ "2 feature columns"; "3 columns" ]

                says
                    (fun () -> Normalization(ValueList.ToValueList [ 0.0 ], ValueList.ToValueList [ 0.0 ]))
                    [ "column 0" ])
        ]

let private sortedRows (dataset: Dataset) = rowsOf dataset |> Array.sort

let private generators =
    testList
        "Datasets"
        [
            testTheory "moons are scikit-learn's half circles" [ 2; 3; 10; 101 ] (fun count ->
                let linspace n =
                    [| for i in 0 .. n - 1 -> if n = 1 then 0.0 else Math.PI * float i / float (n - 1) |]

                let expected =
                    Array.append
                        [| for t in linspace (count / 2) -> 0, [| cos t; sin t |] |]
                        [| for t in linspace (count - count / 2) -> 1, [| 1.0 - cos t; 1.0 - sin t - 0.5 |] |]

                let actual = sortedRows (Datasets.Moons(count, noise = 0.0))

                let rounded rows =
                    rows
                    |> Array.map (fun (label: int, row) ->
                        label, row |> Array.map (fun (x: float) -> round (x * 1e9) + 0.0))

                Expect.equal (rounded actual |> Array.sort) (rounded expected |> Array.sort) "points and labels")

            testCase "noise has the deviation asked for" (fun () ->
                let clean, noisy = Datasets.Moons(20_000, 0.0, 3UL), Datasets.Moons(20_000, 0.2, 3UL)
                Expect.isTrue (clean.Labels.SequenceEqual noisy.Labels) "the same order"

                let differences =
                    Array.map2 (-) (noisy.Features<float>().Data.ToArray()) (clean.Features<float>().Data.ToArray())

                let deviation = differences |> Array.averageBy (fun d -> d * d) |> sqrt
                Expect.isLessThan (abs (deviation - 0.2)) 0.005 "the deviation")

            testCase "exclusive or without noise is its truth table" (fun () ->
                Expect.equal
                    (sortedRows (Datasets.Xor(4, noise = 0.0)))
                    [| 0, [| 0.0; 0.0 |]; 0, [| 1.0; 1.0 |]; 1, [| 0.0; 1.0 |]; 1, [| 1.0; 0.0 |] |]
                    "four rows")

            testCase "circles without noise lie on their radii" (fun () ->
                for label, row in rowsOf (Datasets.Circles(51, 0.0, 0.25)) do
                    Expect.floatClose
                        Accuracy.veryHigh
                        (sqrt (Array.sumBy (fun x -> x * x) row))
                        (if label = 0 then 1.0 else 0.25)
                        "radius")

            testProperty
                "each has the rows and classes asked for, and the same for the same seed"
                (fun seed (PositiveInt extra) ->
                    let count = extra + 5

                    [
                        (fun seed -> Datasets.Moons(count, 0.1, seed)), 2
                        (fun seed -> Datasets.Circles(count, 0.1, 0.5, seed)), 2
                        (fun seed -> Datasets.Blobs(count, 4, 1.0, seed, 3)), 4
                        (fun seed -> Datasets.Spiral(count, 5, 0.02, seed)), 5
                        (fun seed -> Datasets.Xor(count, 0.1, seed)), 2
                    ]
                    |> List.forall (fun (make, classes) ->
                        let dataset: Dataset = make seed

                        dataset.Count = count
                        && dataset.ClassCount = Nullable classes
                        && (dataset.Labels.ToArray() |> Array.distinct |> Array.length) = classes
                        && dataset = make seed
                        && dataset <> make (seed + 1UL)))

            testCase "each refuses what makes no sense" (fun () ->
                says (fun () -> Datasets.Moons 1) [ "Moons"; "got 1" ]
                says (fun () -> Datasets.Moons(10, -0.1)) [ "noise"; "-0.1" ]
                says (fun () -> Datasets.Circles(10, 0.1, 1.0)) [ "factor" ]
                says (fun () -> Datasets.Blobs(10, 1)) [ "at least 2 classes" ]
                says (fun () -> Datasets.Spiral(2, 3)) [ "count must be 3" ])
        ]

let private mnistFolder =
    let rec root (folder: DirectoryInfo | null) =
        match folder with
        | null -> None
        | folder when File.Exists(Path.Combine(folder.FullName, "Functional.sln")) -> Some folder.FullName
        | folder -> root folder.Parent

    root (DirectoryInfo AppContext.BaseDirectory)
    |> Option.map (fun root -> Path.GetFullPath(Path.Combine(root, "..", "shared", "data", "mnist")))
    |> Option.filter Directory.Exists

let private mnist =
    testList
        "Mnist"
        [
            testCase "the real files have their counts, mean and deviation" (fun () ->
                match mnistFolder with
                | None -> skiptest "MNIST is not here: ../shared/data/mnist, beside the repository, is absent."
                | Some folder ->
                    let mnist = Datasets.Mnist folder
                    Expect.equal (mnist.Training.Count, mnist.Test.Count) (60_000, 10_000) "rows"

                    Expect.equal
                        (mnist.Training.FeatureShape, mnist.Test.FeatureShape)
                        (dims [ 784 ], dims [ 784 ])
                        "features"

                    Expect.equal mnist.Training.ClassCount (Nullable 10) "classes"
                    Expect.equal (mnist.Training.Labels.Slice(0, 5).ToArray()) [| 5; 0; 4; 1; 9 |] "the first labels"
                    let pixels = mnist.Training.Take(10_000).Features<float>().Data.ToArray()
                    let mean = Array.average pixels
                    Expect.isLessThan (abs (mean - 0.1307)) 0.002 "the mean of the pixels"
                    let deviation = sqrt (pixels |> Array.averageBy (fun x -> (x - mean) * (x - mean)))
                    Expect.isLessThan (abs (deviation - 0.3081)) 0.002 "their deviation")

            testCase "files are found raw or packed, with dash or dot" (fun () ->
                inFolder (fun folder ->
                    let write (name: string) (tensor: Tensor<byte>) =
                        Idx.Write(tensor, Path.Combine(folder, name))

                    let images count =
                        Tensor<byte>(dims [ count; 2; 2 ], Array.init (count * 4) byte)

                    write "train-images-idx3-ubyte" (images 3)
                    write "train-labels.idx1-ubyte" (Tensor(dims [ 3 ], [| 0uy; 9uy; 4uy |]))
                    write "t10k-images.idx3-ubyte.gz" (images 2)
                    says (fun () -> Datasets.Mnist folder) [ "lacks t10k-labels-idx1-ubyte." ]
                    write "t10k-labels-idx1-ubyte.gz" (Tensor(dims [ 2 ], [| 1uy; 2uy |]))
                    let mnist = Datasets.Mnist folder
                    Expect.equal (mnist.Training.Labels.ToArray()) [| 0; 9; 4 |] "training labels"
                    Expect.equal mnist.Test.FeatureShape (dims [ 4 ]) "pixels"
                    write "train-labels.idx1-ubyte" (Tensor(dims [ 2 ], [| 0uy; 9uy |]))
                    says (fun () -> Datasets.Mnist folder) [ "3 images"; "2 labels" ]
                    write "train-labels.idx1-ubyte" (Tensor(dims [ 3 ], [| 0uy; 10uy; 4uy |]))
                    says (fun () -> Datasets.Mnist folder) [ "label 1 is 10" ]))

            testCase "a missing folder is answered with the four files to put there" (fun () ->
                says
                    (fun () -> Datasets.Mnist "/nowhere/mnist")
                    [
                        "/nowhere/mnist"
                        "does not exist"
                        "train-images-idx3-ubyte"
                        "train-labels-idx1-ubyte"
                        "t10k-images-idx3-ubyte"
                        "t10k-labels-idx1-ubyte"
                    ])
        ]

let tests = testList "Data" [ datasets; normalizations; generators; IdxTests.tests; CsvTests.tests; mnist ]
