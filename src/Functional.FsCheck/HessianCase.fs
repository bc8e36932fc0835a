namespace Functional.FsCheck

open FsCheck.FSharp
open Functional

/// A case whose second derivatives are in question. It prints as the C# and the F# code that checks them.
[<StructuredFormatDisplay "{Code}">]
type HessianCase =
    /// The case.
    | HessianCase of GradientCase

    /// The case as code: statements that build network and loss and check products of the Hessian, in C# and in F#.
    member this.Code =
        let (HessianCase case) = this
        case.CodeThat(OptionsCode.check "CheckHessian" case.Options)

    /// The same as Code.
    override this.ToString() = this.Code

/// Generated cases without kinks.
[<RequireQualifiedAccess>]
module HessianCases =
    /// Generator and shrinker of cases whose second derivatives are checked to 1e-6; contents should have no kinks.
    [<CompiledName "Arbitrary">]
    let arbitrary contents =
        GradientCases.arbitraryFor contents (GradientCheckOptions(RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-6))
        |> Arb.convert HessianCase (fun (HessianCase case) -> case)
