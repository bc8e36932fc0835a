namespace Functional.FsCheck

open FsCheck.FSharp
open Functional

/// A case of which a law is no gradient check. It prints as the C# and the F# code that draws its parameters and batch.
[<StructuredFormatDisplay "{Code}">]
type PointCase =
    /// The case.
    | PointCase of GradientCase

    /// The case as code: statements that build network and loss and draw the point, in C# and in F#.
    member this.Code =
        let (PointCase case) = this
        case.CodeThat(OptionsCode.pointOf case.Options)

    /// The same as Code.
    override this.ToString() = this.Code

/// Generated networks with losses, parameters and batches.
[<RequireQualifiedAccess>]
module PointCases =
    /// Where a case's parameters and batch lie.
    [<CompiledName "Point">]
    let point (at: PointCase) =
        let (PointCase case) = at
        GradientCheck.PointOf(case.Network, case.Loss, case.Options)

    /// Generator and shrinker together.
    [<CompiledName "Arbitrary">]
    let arbitrary contents =
        GradientCases.arbitrary contents |> Arb.convert PointCase (fun (PointCase case) -> case)
