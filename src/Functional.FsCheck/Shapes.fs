namespace Functional.FsCheck

open System
open FsCheck
open FsCheck.FSharp
open Functional

/// Generated shapes of input rows.
[<RequireQualifiedAccess>]
module Shapes =
    let private ofSizes (sizes: int list) = Shape(ReadOnlySpan(Array.ofList sizes))

    /// Shapes of one to three dimensions, each at most the largest width.
    [<CompiledName "Generate">]
    let generate contents : Gen<Shape> =
        gen {
            let! rank = Gen.frequency [ 4, Gen.constant 1; 2, Gen.constant 2; 1, Gen.constant 3 ]
            let! sizes = Gen.listOfLength rank (Gen.choose (1, contents.LargestWidth))
            return ofSizes sizes
        }

    /// Shapes of fewer dimensions, then of smaller ones.
    [<CompiledName "Shrink">]
    let shrink (shape: Shape) : Shape seq =
        let sizes = List.ofArray (shape.Dimensions.ToArray())

        seq {
            if sizes.Length > 1 then
                for i in 0 .. sizes.Length - 1 do
                    ofSizes (List.removeAt i sizes)

            for i in 0 .. sizes.Length - 1 do
                for smaller in List.distinct [ 1; sizes[i] / 2; sizes[i] - 1 ] do
                    if smaller > 0 && smaller < sizes[i] then
                        ofSizes (List.updateAt i smaller sizes)
        }
