/// A batch's gradient against those of its rows.
module internal Functional.FsCheck.RowGradients

open System
open Functional

/// Sums in another order: some ten thousand roundings of float64.
let private tolerance = 1e-10

let private ofRow (point: GradientPoint) row =
    let rows (tensor: Tensor<float>) =
        tensor.Rows(Range(Index row, Index(row + 1)))

    GradientPoint(
        point.Network,
        point.Loss,
        point.Mode,
        point.Parameters,
        rows point.Features,
        rows point.Targets,
        point.Seed
    )

/// Where the gradient of the mean loss is not the mean of the rows' gradients, as messages.
let differences (point: GradientPoint) =
    let batch = point.Compiled()
    let rows = [ for row in 0 .. point.Rows - 1 -> (ofRow point row).Compiled() ]

    let compare name (actual: float array) (parts: float array list) =
        let size = parts |> Seq.collect id |> Seq.map abs |> Seq.fold max 1.0
        let expected = parts |> List.reduce (Array.map2 (+)) |> Array.map (fun g -> g / float point.Rows)

        [
            for i in 0 .. actual.Length - 1 do
                if not (abs (actual[i] - expected[i]) <= size * tolerance) then
                    $"∂L/∂{name}, element {i}: the batch gives {actual[i]:R}, its rows give {expected[i]:R}"
        ]

    [
        for KeyValue(path, gradient) in batch.Parameters do
            yield! compare path (gradient.Data.ToArray()) [ for row in rows -> row.Parameters[path].Data.ToArray() ]

        // Embeddings have no gradient by their numbers.
        if not (Parts.everything point.Network |> Seq.exists (fun part -> part :? Network.Embedding)) then
            for i, row in List.indexed rows do
                let own = batch.Input.Rows(Range(Index i, Index(i + 1))).Data.ToArray()
                // One row's loss alone depends on it.
                yield! compare $"x, row {i}" own [ row.Input.Data.ToArray() ]
    ]
