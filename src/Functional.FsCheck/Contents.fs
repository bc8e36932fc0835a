namespace Functional.FsCheck

open System
open Functional

/// What generated expressions, networks and cases may contain, and how large they may be. Begin with one of its values:
/// { Contents.Kinked with Activations = [ mine ] }, or in C# Contents.Kinked.WithActivations(mine).
[<NoComparison; NoEquality>]
type Contents =
    {
        /// Functions with kinks or jumps, such as Relu.
        Kinks: bool
        /// Softmax and log-softmax anywhere, not only where a loss needs them.
        Softmax: bool
        /// Initializers of every kind, some of which leave parameters without gradient.
        Initializers: bool
        /// Expressions of any form, with values that no number format can hold and names that need escapes: to print, not to compute.
        AnyExpressions: bool
        /// Dropout.
        Dropout: bool
        /// Batch normalization, with which what becomes of a row depends on the others.
        BatchNorm: bool
        /// Networks that take whole numbers.
        Embeddings: bool
        /// Activations of one's own, drawn as often as all built-in ones together.
        Activations: Activation list
        /// Networks of one's own, each for any width that it takes and gives; what they share must be named by the width.
        Layers: (int -> Network) list
        /// The most parts in a row, at least 0; those of skip connections, branches, openings and endings come on top.
        MostParts: int
        /// The widest that a layer is drawn, at least 1; branches side by side add up to more, which skip connections and shared layers keep.
        LargestWidth: int
        /// The most rows of a batch, at least 1.
        MostRows: int
    }

    /// What has derivatives of every order everywhere.
    static member Smooth =
        {
            Kinks = false
            Softmax = true
            Initializers = false
            AnyExpressions = false
            Dropout = true
            BatchNorm = true
            Embeddings = true
            Activations = []
            Layers = []
            MostParts = 5
            LargestWidth = 9
            MostRows = 5
        }

    /// What is finite everywhere, with kinks and jumps.
    static member Kinked = { Contents.Smooth with Kinks = true }

    /// What prints: also initializers and expressions with which nothing can be computed.
    static member Printable =
        { Contents.Kinked with
            Initializers = true
            AnyExpressions = true
        }

    /// <summary>The same with activations of one's own: <c>Contents.Kinked.WithActivations(mine)</c>.</summary>
    member this.WithActivations([<ParamArray>] activations: Activation array) =
        { this with
            Activations = this.Activations @ List.ofArray activations
        }

    /// <summary>The same with networks of one's own: <c>Contents.Kinked.WithLayers(n => Dense(n, n) >> mine)</c>.</summary>
    member this.WithLayers([<ParamArray>] layers: Func<int, Network> array) =
        { this with
            Layers = this.Layers @ [ for layer in layers -> fun width -> layer.Invoke width ]
        }

    /// The same with other bounds.
    member this.WithBounds(mostParts, largestWidth, mostRows) =
        { this with
            MostParts = mostParts
            LargestWidth = largestWidth
            MostRows = mostRows
        }

    /// Refuses bounds that nothing can keep.
    member internal this.CheckBounds() =
        let atLeast least value name =
            if value < least then
                raise (
                    ArgumentOutOfRangeException(
                        name,
                        box value,
                        $"Contents.{name} must be at least {least}; 5 is usual."
                    )
                )

        atLeast 0 this.MostParts (nameof this.MostParts)
        atLeast 1 this.LargestWidth (nameof this.LargestWidth)
        atLeast 1 this.MostRows (nameof this.MostRows)

/// How a generated network ends, so that a loss can follow.
type Ending =
    /// In anything.
    | AnyOutput
    /// In a dense layer: for squared errors and their like.
    | Regression
    /// In a sigmoid, the built-in one or one defined by its formula: for binary cross-entropy.
    | Probability
    /// In a softmax or a log-softmax over at least two classes: for cross-entropy.
    | Distribution
