namespace Functional.FSharp

open System
open Functional

/// Trained networks: immutable values of a network and its parameters.
[<RequireQualifiedAccess>]
module Model =
    /// A model from a network and the values of its parameters.
    let create network (parameters: Parameters<'T>) = Model<'T>(network, parameters)

    /// The network.
    let network (model: Model<'T>) = model.Network

    /// The values of the parameters, by path.
    let parameters (model: Model<'T>) = model.Parameters

    /// The outputs of one or several rows, row-major: <c>model |> Model.predict [| 0.5f; 0.25f |]</c>.
    let predict (features: 'T[]) (model: Model<'T>) = model.Predict(ReadOnlySpan features)

    /// The outputs of a tensor of rows: [n, …] → [n, …].
    let predictTensor (rows: Tensor<'T>) (model: Model<'T>) = model.Predict rows

    /// The class of one row: the largest output, or whether a single one is above ½.
    let classify (row: 'T[]) (model: Model<'T>) = model.Classify(ReadOnlySpan row)

    /// The class of each of several rows, row-major.
    let classifyAll (rows: 'T[]) (model: Model<'T>) = model.ClassifyAll(ReadOnlySpan rows)

    /// The mean loss over a dataset, and the accuracy where it has classes.
    let evaluate loss data (model: Model<'T>) = model.Evaluate(data, loss)

    /// Accuracy, precision, recall, F1 and the confusion matrix on a labelled dataset.
    let classificationReport data (model: Model<'T>) = model.ClassificationReport data

    /// The share of a labelled dataset's rows whose class is among the k largest outputs.
    let topKAccuracy k data (model: Model<'T>) = model.TopKAccuracy(data, k)

    /// Mean absolute error, root mean squared error and R² on a dataset of numbers.
    let regressionReport data (model: Model<'T>) = model.RegressionReport data

/// How good predictions are.
[<RequireQualifiedAccess>]
module Metrics =
    /// Accuracy, precision, recall, F1 and the confusion matrix: <c>Metrics.classification 3 predictions labels</c> of 3 classes.
    let classification classCount (predictions: int[]) (labels: int[]) =
        Metrics.Classification(ReadOnlySpan predictions, ReadOnlySpan labels, classCount)

    /// Mean absolute error, root mean squared error and R² of rows of so many columns.
    let regression columns (predictions: 'T[]) (targets: 'T[]) =
        Metrics.Regression<'T>(ReadOnlySpan predictions, ReadOnlySpan targets, columns)

    /// The share of rows whose class is among the k largest outputs.
    let topKAccuracy k (outputs: 'T[]) (labels: int[]) =
        Metrics.TopKAccuracy<'T>(ReadOnlySpan outputs, ReadOnlySpan labels, k)
