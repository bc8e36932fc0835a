namespace Functional.FsCheck

open Functional

/// A network, a loss that fits it, and by what a batch and parameters are drawn. It prints as the C# and the F# code that checks its
/// gradient.
[<StructuredFormatDisplay "{Code}">]
type GradientCase =
    {
        /// The network.
        Network: Network
        /// The shape of an input row where the network does not state it.
        Input: Shape option
        /// The loss.
        Loss: Loss
        /// The rows of the batch.
        Rows: int
        /// What parameters and batch are drawn by.
        Seed: uint64
        /// To how many decimals what is drawn is rounded.
        Decimals: int option
        /// Everything else about the check: tolerances, mode, the gradient under test; what it says of the fields above does not count.
        Check: GradientCheckOptions
    }

    /// <summary>Options for <c>GradientCheck.Check</c> that say all of it.</summary>
    member this.Options =
        this.Check.DrawnBy(this.Seed, this.Rows, Option.toNullable this.Decimals, Option.toNullable this.Input)

    /// The options of the compiler: the input's shape.
    member this.Compilation = this.Options.Compilation

    /// Statements that build network and loss, and one more, in C# and in F#.
    member internal this.CodeThat statement =
        CaseCode.print this.Network this.Loss statement

    /// The case as code: statements that build network and loss and check the gradient, in C# and in F#.
    member this.Code = this.CodeThat(OptionsCode.check "Check" this.Options)

    /// The same as Code.
    override this.ToString() = this.Code
