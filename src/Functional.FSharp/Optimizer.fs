namespace Functional.FSharp

open Functional

/// What stochastic gradient descent may be told beyond its learning rate; begin with <c>Optimizer.sgdDefaults</c>.
type SgdOptions =
    {
        /// μ in [0, 1).
        Momentum: float
        /// Whether to look ahead, as Nesterov does; needs momentum.
        Nesterov: bool
        /// λ ≥ 0: λ·w is added to the gradient.
        WeightDecay: float
    }

/// What Adam and AdamW may be told beyond their learning rate; begin with <c>Optimizer.adamDefaults</c> or <c>adamWDefaults</c>.
type AdamOptions =
    {
        /// β₁ in [0, 1).
        Beta1: float
        /// β₂ in [0, 1).
        Beta2: float
        /// ε, positive.
        Epsilon: float
        /// λ ≥ 0: added to the gradient as λ·w by Adam, applied to the weight itself by AdamW.
        WeightDecay: float
    }

/// What RMSProp may be told beyond its learning rate; begin with <c>Optimizer.rmsPropDefaults</c>.
type RmsPropOptions =
    {
        /// ρ in [0, 1).
        Decay: float
        /// ε, positive.
        Epsilon: float
        /// λ ≥ 0: λ·w is added to the gradient.
        WeightDecay: float
    }

/// What Adagrad may be told beyond its learning rate; begin with <c>Optimizer.adagradDefaults</c>.
type AdagradOptions =
    {
        /// ε, positive.
        Epsilon: float
        /// λ ≥ 0: λ·w is added to the gradient.
        WeightDecay: float
    }

/// What Lion may be told beyond its learning rate; begin with <c>Optimizer.lionDefaults</c>.
type LionOptions =
    {
        /// β₁ in [0, 1).
        Beta1: float
        /// β₂ in [0, 1).
        Beta2: float
        /// λ ≥ 0, applied to the weight itself.
        WeightDecay: float
    }

/// How a step changes the parameters. Options outside their range are an ArgumentOutOfRangeException.
[<RequireQualifiedAccess>]
module Optimizer =
    /// No momentum, no weight decay.
    let sgdDefaults: SgdOptions =
        {
            Momentum = 0.0
            Nesterov = false
            WeightDecay = 0.0
        }

    /// β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸, no weight decay.
    let adamDefaults: AdamOptions =
        {
            Beta1 = 0.9
            Beta2 = 0.999
            Epsilon = 1e-8
            WeightDecay = 0.0
        }

    /// Adam's, with weight decay 0.01.
    let adamWDefaults: AdamOptions = { adamDefaults with WeightDecay = 0.01 }

    /// ρ = 0.99, ε = 10⁻⁸, no weight decay.
    let rmsPropDefaults: RmsPropOptions =
        {
            Decay = 0.99
            Epsilon = 1e-8
            WeightDecay = 0.0
        }

    /// ε = 10⁻¹⁰, no weight decay.
    let adagradDefaults: AdagradOptions = { Epsilon = 1e-10; WeightDecay = 0.0 }

    /// β₁ = 0.9, β₂ = 0.99, no weight decay.
    let lionDefaults: LionOptions =
        {
            Beta1 = 0.9
            Beta2 = 0.99
            WeightDecay = 0.0
        }

    /// Stochastic gradient descent, w ← w − η·g.
    let sgd learningRate = Optimizer.Sgd learningRate

    /// Stochastic gradient descent with options: <c>Optimizer.sgdWith { Optimizer.sgdDefaults with WeightDecay = 1e-4 } 0.1</c>.
    let sgdWith (options: SgdOptions) learningRate =
        Optimizer.Sgd(learningRate, options.Momentum, options.Nesterov, options.WeightDecay)

    /// Descent with momentum μ: v ← μv + g, w ← w − η·v; the learning rate is the second argument.
    let momentum mu learningRate =
        Optimizer.Sgd(learningRate, momentum = mu)

    /// Descent with Nesterov's momentum μ: v ← μv + g, w ← w − η·(g + μv); the learning rate is the second argument.
    let nesterov mu learningRate =
        Optimizer.Sgd(learningRate, momentum = mu, nesterov = true)

    /// Adam (Kingma and Ba 2015).
    let adam learningRate = Optimizer.Adam learningRate

    /// Adam with options: <c>Optimizer.adamWith { Optimizer.adamDefaults with Beta1 = 0.5 } 0.001</c>.
    let adamWith (options: AdamOptions) learningRate =
        Optimizer.Adam(learningRate, options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay)

    /// Adam with decoupled weight decay 0.01 (Loshchilov and Hutter 2019).
    let adamW learningRate = Optimizer.AdamW learningRate

    /// AdamW with options: <c>Optimizer.adamWWith { Optimizer.adamWDefaults with WeightDecay = 0.1 } 0.001</c>.
    let adamWWith (options: AdamOptions) learningRate =
        Optimizer.AdamW(learningRate, options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay)

    /// RMSProp (Hinton 2012).
    let rmsProp learningRate = Optimizer.RmsProp learningRate

    /// RMSProp with options: <c>Optimizer.rmsPropWith { Optimizer.rmsPropDefaults with Decay = 0.9 } 0.01</c>.
    let rmsPropWith (options: RmsPropOptions) learningRate =
        Optimizer.RmsProp(learningRate, options.Decay, options.Epsilon, options.WeightDecay)

    /// Adagrad (Duchi, Hazan and Singer 2011).
    let adagrad learningRate = Optimizer.Adagrad learningRate

    /// Adagrad with options: <c>Optimizer.adagradWith { Optimizer.adagradDefaults with WeightDecay = 1e-4 } 0.01</c>.
    let adagradWith (options: AdagradOptions) learningRate =
        Optimizer.Adagrad(learningRate, options.Epsilon, options.WeightDecay)

    /// Lion (Chen et al. 2023).
    let lion learningRate = Optimizer.Lion learningRate

    /// Lion with options: <c>Optimizer.lionWith { Optimizer.lionDefaults with WeightDecay = 0.1 } 0.0001</c>.
    let lionWith (options: LionOptions) learningRate =
        Optimizer.Lion(learningRate, options.Beta1, options.Beta2, options.WeightDecay)

    /// With a schedule: every learning rate is multiplied by its factor of the step.
    let withSchedule (schedule: LearningRateSchedule) (optimizer: Optimizer) = optimizer.With schedule

    /// With every element of the gradient limited to ±limit before the update.
    let clipValue limit (optimizer: Optimizer) = optimizer.ClipValue limit

    /// With the norm of the gradient by all parameters together limited before the update.
    let clipNorm limit (optimizer: Optimizer) = optimizer.ClipNorm limit

    /// With a learning rate of their own for the parameters of a path: <c>Optimizer.forLayer "dense1" 0.001</c>.
    let forLayer path learningRate (optimizer: Optimizer) = optimizer.ForLayer(path, learningRate)

    /// Without the parameters of these paths, which stay as they are: <c>Optimizer.freeze [ "encoder" ]</c>.
    let freeze (paths: string seq) (optimizer: Optimizer) = optimizer.Freeze(Array.ofSeq paths)
