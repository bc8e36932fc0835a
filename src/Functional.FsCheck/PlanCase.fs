namespace Functional.FsCheck

open FsCheck
open FsCheck.FSharp
open Functional

/// A case and an optimizer to train it by. It prints as the C# and the F# code that holds its plan against the oracle.
[<StructuredFormatDisplay "{Code}">]
type PlanCase =
    {
        /// The network, its loss and the batch.
        Case: GradientCase
        /// The optimizer.
        Optimizer: Optimizer
    }

    /// The case as code: statements that build network, loss and optimizer and verify the plan, in C# and in F#.
    member this.Code =
        let verify (precision: string) (language: CaseCode.Statement -> string) suffix =
            let compilation =
                CaseCode.compilation this.Case.Compilation
                |> Option.map (fun options -> ", " + language options)
                |> Option.defaultValue ""

            $"network.CompileTraining<{precision}>(loss, optimizer, {this.Case.Rows}{compilation})"
            + $".Verify({this.Case.Seed}{suffix}).ThrowIfFailed()"

        this.Case.CodeThat
            {
                CSharp =
                    $"Optimizer optimizer = {CSharpCode.optimizer this.Optimizer};\n"
                    + String.concat "\n" [ for p in [ "double"; "float" ] -> verify p _.CSharp "" + ";" ]
                FSharp =
                    $"let optimizer = {FSharpCode.optimizer this.Optimizer}\n"
                    + String.concat "\n" [ for p in [ "float"; "float32" ] -> verify p _.FSharp "UL" ]
            }

    /// The same as Code.
    override this.ToString() = this.Code

/// Generated cases with optimizers.
[<RequireQualifiedAccess>]
module PlanCases =
    /// Any case, any optimizer.
    [<CompiledName "Generate">]
    let generate contents : Gen<PlanCase> =
        Gen.map2
            (fun case optimizer -> { Case = case; Optimizer = optimizer })
            (GradientCases.generate contents)
            Optimizers.generate

    /// Smaller cases, and plain gradient descent; what is drawn for plans is not rounded.
    [<CompiledName "Shrink">]
    let shrink contents (plan: PlanCase) : PlanCase seq =
        seq {
            for case in GradientCases.shrink contents plan.Case do
                if case.Decimals = plan.Case.Decimals then
                    { plan with Case = case }

            for optimizer in Optimizers.shrink plan.Optimizer do
                { plan with Optimizer = optimizer }
        }

    /// Generator and shrinker together.
    [<CompiledName "Arbitrary">]
    let arbitrary contents =
        Arb.fromGenShrink (generate contents, shrink contents)
