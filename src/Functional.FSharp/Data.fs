namespace Functional.FSharp

open System
open Functional

/// Data sets to try a network on. The same seed gives the same rows; an argument out of range is a DataException.
[<RequireQualifiedAccess>]
module Datasets =
    /// Two interleaving half circles, one class each: <c>Datasets.moons 1000 0.1 7</c> with 1,000 rows, noise 0.1 and seed 7.
    let moons count noise (seed: int) =
        Datasets.Moons(count, noise, uint64 seed)

    /// A large circle around a small one, whose radius is factor.
    let circles count noise factor (seed: int) =
        Datasets.Circles(count, noise, factor, uint64 seed)

    /// Normal clouds around random centres, one class each, in two features.
    let blobs count centers deviation (seed: int) =
        Datasets.Blobs(count, centers, deviation, uint64 seed)

    /// Normal clouds around random centres, one class each, in any number of features.
    let blobsIn features count centers deviation (seed: int) =
        Datasets.Blobs(count, centers, deviation, uint64 seed, features)

    /// Spiral arms from the origin, one class each.
    let spiral count classes noise (seed: int) =
        Datasets.Spiral(count, classes, noise, uint64 seed)

    /// Exclusive or: the corners of the unit square in turn, class 1 where the coordinates differ.
    let xor count noise (seed: int) = Datasets.Xor(count, noise, uint64 seed)

    /// MNIST from the folder that holds its four files; <c>Training</c> and <c>Test</c>, features [784] as byte / 255, labels 0 … 9.
    let mnist folder = Datasets.Mnist folder

/// Rows of features, each with its row of targets. What does not fit is a DataException.
[<RequireQualifiedAccess>]
module Dataset =
    /// Numbers to predict from numbers, both row-major and copied.
    let create featureShape (features: float[]) targetShape (targets: float[]) =
        Dataset.Create(ReadOnlySpan features, featureShape, ReadOnlySpan targets, targetShape)

    /// The same, kept in single precision.
    let create32 featureShape (features: float32[]) targetShape (targets: float32[]) =
        Dataset.Create(ReadOnlySpan features, featureShape, ReadOnlySpan targets, targetShape)

    /// Classes 0 … classCount − 1, one label per row, to predict from numbers, row-major and copied.
    let createLabelled featureShape (features: float[]) classCount (labels: int[]) =
        Dataset.CreateLabelled(ReadOnlySpan features, featureShape, ReadOnlySpan labels, classCount)

    /// The same, kept in single precision.
    let createLabelled32 featureShape (features: float32[]) classCount (labels: int[]) =
        Dataset.CreateLabelled(ReadOnlySpan features, featureShape, ReadOnlySpan labels, classCount)

    /// The same from bytes, as pixels are; kept as bytes, read as byte × scale.
    let createLabelledBytes scale featureShape (features: byte[]) classCount (labels: int[]) =
        Dataset.CreateLabelled(ReadOnlySpan features, scale, featureShape, ReadOnlySpan labels, classCount)

    /// A CSV file with the class of each row in the column of that name, and features in all others.
    let ofCsv (label: string) path =
        Csv.Load(path, CsvOptions(Label = CsvColumn.Named label))

    /// A CSV file, with options: <c>Dataset.ofCsvWith (CsvOptions(Label = "species", Delimiter = ';')) path</c>.
    let ofCsvWith (options: CsvOptions) (path: string) = Csv.Load(path, options)

    /// The number of rows.
    let count (dataset: Dataset) = dataset.Count

    /// The batches, and so the training steps, of an epoch.
    let batchCount batchSize (dataset: Dataset) = dataset.BatchCount batchSize

    /// The first rows.
    let take count (dataset: Dataset) = dataset.Take count

    /// The rows at these positions, in this order; repeats are allowed.
    let select (rows: int seq) (dataset: Dataset) =
        dataset.Select(ReadOnlySpan(Array.ofSeq rows))

    /// Deals the rows, in a random order, to a training and a validation set; fraction is the share that trains.
    let split fraction (seed: int) (dataset: Dataset) =
        let struct (training, validation) = dataset.Split(fraction, uint64 seed)
        training, validation

    /// The same, where every class gives its share to both.
    let splitStratified fraction (seed: int) (dataset: Dataset) =
        let struct (training, validation) = dataset.Split(fraction, uint64 seed, stratified = true)

        training, validation

    /// The same numbers with another shape of the features: [784] as [28, 28].
    let reshape featureShape (dataset: Dataset) = dataset.Reshape featureShape

    /// The rows of the first dataset, then those of the second.
    let concat (first: Dataset) second = first.Concat second

    /// The dataset with its features mapped: <c>test |> Dataset.normalize (Normalization.standard training)</c>.
    let normalize (normalization: Normalization) (dataset: Dataset) = normalization.Apply dataset

    /// The label of every row.
    let labels (dataset: Dataset) = dataset.Labels.ToArray()

/// Maps of every feature column to comparable numbers, x ↦ (x − mean) / scale: learn one from the training set, apply it to all.
[<RequireQualifiedAccess>]
module Normalization =
    /// A map from one mean and one scale per feature column.
    let create (mean: float seq) (scale: float seq) =
        Normalization(ValueList.ToValueList mean, ValueList.ToValueList scale)

    /// Mean 0 and standard deviation 1 over the dataset's rows.
    let standard (dataset: Dataset) = Normalization.Standard dataset

    /// The dataset's smallest number of each column to 0 and its largest to 1.
    let minMax (dataset: Dataset) = Normalization.MinMax dataset
